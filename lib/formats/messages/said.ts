import type { Message, ToolPart } from '../../protocol/message.ts'
import type { Loss, Place } from './loss.ts'
import { inside, lose, placeOf } from './loss.ts'

/** A list written in another format, and what did not come along. */
export interface Written<Item> {
  messages: Item[]
  losses: Loss[]
}

/** Writes one message after the other. */
export function writeEach<Item>(
  messages: readonly Message[],
  write: (message: Message, place: Place) => readonly Item[],
): Written<Item> {
  const losses: Loss[] = []
  const written = messages.flatMap((message, index) => write(message, startOf(message, index, losses)))
  return { messages: written, losses }
}

export function startOf({ id }: Message, index: number, losses: Loss[]): Place {
  const place = placeOf(losses, index)
  return { ...place, about: { index, messageId: id } }
}

export function partAt(place: Place, index: number): Place {
  return inside(inside(place, 'parts'), index)
}

/**
 * What no format without room for a message's own data can carry. Ids, times, the model of a step and how a turn ended
 * are of the record, not of what was said: docs/messages.md says which format has them.
 */
export function loseOwnData({ metadata, outcome }: Message, place: Place, format: string): void {
  if (metadata) lose(inside(place, 'metadata'), 'the metadata', `${format} has no place for it`)
  loseOutcome(outcome, place, format)
}

export function loseOutcome(outcome: Message['outcome'], place: Place, format: string): void {
  const at = inside(place, 'outcome')
  if (outcome?.error) lose(inside(at, 'error'), 'the error that ended it', `${format} has no place for it`)
  if (outcome?.object !== undefined)
    lose(inside(at, 'object'), 'the structured answer', `${format} has no place for it`)
}

/** What of a call no other format has. */
export function loseInner(part: ToolPart, place: Place, format: string): void {
  if (part.agentMessage)
    lose(
      inside(place, 'agentMessage'),
      'what the agent that was called said',
      `${format} has no place for it`,
    )
}

/** What a call waits for, or was answered, where the format shows it as a call without a result. */
export function loseWait(part: ToolPart, place: Place, format: string): void {
  if (part.state !== 'waiting' && part.state !== 'answered') return
  const what = part.state === 'waiting' ? 'that the call waits for' : 'the answer to the call that waited for'
  const names = { approval: 'approval', resume: 'data', client: 'the client', context: 'secrets' }
  lose(inside(place, 'wait'), `${what} ${names[part.wait.for]}`, `${format} has no place for it`)
}

/** The approval that is noted at a call whose state does not tell it. */
export function loseApproval(part: ToolPart, place: Place, format: string): void {
  if (part.approval) lose(inside(place, 'approval'), 'who was asked', `${format} has no place for it`)
}
