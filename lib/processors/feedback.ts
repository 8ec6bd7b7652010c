import type { Message, Part } from '../protocol/message.ts'
import type { TripWire } from './tripwire.ts'

export interface FeedbackOptions {
  /** What the stopped try had said. */
  parts: readonly Part[]
  newId: () => string
  now: () => number
}

/**
 * What the model is shown in the next try of a step that a tripwire stopped: the words of its last try and the reason.
 * The reason stands in a user's message, because not every provider takes a system's in the middle.
 */
export function toFeedback({ reason }: TripWire, { parts, newId, now }: FeedbackOptions): Message[] {
  const text: Message['parts'] = [
    { type: 'text', text: `[The last answer was not accepted: ${reason}. Try again.]` },
  ]
  const said = parts.filter((part) => part.type === 'text' && part.text !== '')
  const rejected: Message[] =
    said.length > 0 ? [{ id: newId(), role: 'assistant', parts: said, createdAt: now() }] : []
  return [...rejected, { id: newId(), role: 'user', parts: text, createdAt: now() }]
}
