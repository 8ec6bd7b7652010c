import type { Message, Part } from '../protocol/message.ts'
import type { Processor } from './processor.ts'

export interface ToolCallFilterOptions {
  /** Default: `tool-call-filter`. */
  id?: string
  /** The names of the tools whose calls are left out. Default: all. */
  exclude?: readonly string[]
}

/**
 * Leaves calls of tools out of the history that the model is shown, each with its result. What the running turn has
 * called stays: without it the model would call the same again.
 */
export function toolCallFilter({ id = 'tool-call-filter', exclude }: ToolCallFilterOptions = {}): Processor {
  const names = exclude && new Set(exclude)
  const isKept = (part: Part): boolean => part.type !== 'tool' || names?.has(part.toolName) === false
  return {
    id,
    processInputStep: ({ messages }) => {
      const turn = messages.findLastIndex(({ role }) => role === 'user')
      return messages.flatMap((message, index) => (index > turn ? [message] : keepParts(message, isKept)))
    },
  }
}

/** A message of which nothing is left but its steps is left out. */
function keepParts(message: Message, isKept: (part: Part) => boolean): Message[] {
  const parts = message.parts.filter(isKept)
  if (parts.length === message.parts.length) return [message]
  return parts.every(({ type }) => type === 'step-start') ? [] : [{ ...message, parts }]
}
