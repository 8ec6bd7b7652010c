import type { JsonValue } from '../protocol/json.ts'
import type { Message, Part } from '../protocol/message.ts'
import { createOwnState } from './own-state.ts'
import type { OutputStreamOptions, Processor, StreamAnswer } from './processor.ts'

/** What a file counts, whatever its size: providers charge an image some hundreds to some thousands. */
const FILE_TOKENS = 1000

/** What a message counts beside its words. */
const MESSAGE_TOKENS = 4

export interface TokenLimiterOptions {
  /** Default: `token-limiter`. */
  id?: string
  /** Tokens of what a step is shown (as an input processor), of all that a turn writes (as an output processor). */
  limit: number
  /** Default: a quarter of the text's length in UTF-16 units, which is near enough for English. */
  count?: (text: string) => number
  /**
   * When it is too much. Output: `truncate` leaves out what comes after the limit, `abort` ends the turn. Input: old
   * messages are left out either way; if what must stay is still too much, `truncate` sends it and warns. Default:
   * `truncate`.
   */
  strategy?: 'truncate' | 'abort'
}

/**
 * Keeps a conversation or an answer within a number of tokens. As an input processor it leaves out the oldest messages,
 * never a system's, the last of a user, or what follows that. As an output processor it counts the text of the turn.
 *
 * @throws RangeError if the limit is not a positive number.
 */
export function tokenLimiter(options: TokenLimiterOptions): Processor {
  const { id = 'token-limiter', limit, count = estimate, strategy = 'truncate' } = options
  if (!(limit > 0))
    throw new RangeError(`Cannot create processor "${id}": limit is ${limit}, it must be positive`)
  const writtenOf = createOwnState(() => ({ tokens: undefined as number | undefined, isFull: false }))
  return {
    id,
    processInputStep: ({ messages, instructions, abort, warn }) => {
      const { kept, tokens } = fit(messages, limit - count(instructions), count)
      if (tokens > limit - count(instructions)) {
        const message = `What must stay of the conversation is over the limit of ${limit} tokens`
        if (strategy === 'abort') return abort(message)
        warn('token_limit_exceeded', message)
      }
      return kept
    },
    processOutputStream: (hook) => {
      const written = writtenOf(hook.stepState)
      written.tokens ??= sum(hook.answer.parts, (part) => (part.type === 'text' ? count(part.text) : 0))
      if (hook.part.type !== 'text-delta') return undefined
      if (written.isFull) return null
      const { delta } = hook.part
      const room = limit - written.tokens
      written.tokens += count(delta)
      if (written.tokens <= limit) return undefined
      written.isFull = true
      return stop(hook, hook.part, { limit, strategy, text: longestWithin(delta, room, count) })
    },
  }
}

function estimate(text: string): number {
  return text.length / 4
}

function stop(
  { abort, warn }: OutputStreamOptions,
  part: OutputStreamOptions['part'] & { type: 'text-delta' },
  { limit, strategy, text }: { limit: number; strategy: 'truncate' | 'abort'; text: string },
): StreamAnswer {
  const message = `The answer is over the limit of ${limit} tokens`
  if (strategy === 'abort') return abort(message)
  warn('output_truncated', message)
  return text === '' ? null : { ...part, delta: text }
}

/** A cut as late as the room allows, found by halving; never within a character. */
function longestWithin(text: string, room: number, count: (text: string) => number): string {
  let low = 0
  let high = text.length
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (count(text.slice(0, middle)) <= room) low = middle
    else high = middle - 1
  }
  const last = text.charCodeAt(low - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? low - 1 : low)
}

interface Fitted {
  kept: Message[] | undefined
  tokens: number
}

/** Leaves out the oldest exchanges until the rest fits: an answer whose question is gone goes with it. */
function fit(messages: readonly Message[], room: number, count: (text: string) => number): Fitted {
  const sizes = messages.map((message) => MESSAGE_TOKENS + sum(message.parts, (part) => sizeOf(part, count)))
  let tokens = sizes.reduce((total, size) => total + size, 0)
  const lastUser = messages.findLastIndex(({ role }) => role === 'user')
  const dropped = new Set<Message>()
  for (const [index, message] of messages.entries()) {
    if (index >= lastUser) break
    if (message.role === 'system') continue
    const isOrphan = dropped.size > 0 && message.role === 'assistant'
    if (tokens <= room && !isOrphan) break
    dropped.add(message)
    tokens -= sizes[index] ?? 0
  }
  return { kept: dropped.size > 0 ? messages.filter((message) => !dropped.has(message)) : undefined, tokens }
}

function sizeOf(part: Part, count: (text: string) => number): number {
  const json = (value: JsonValue): number => count(JSON.stringify(value))
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return count(part.text)
    case 'file':
      return FILE_TOKENS
    case 'tool': {
      const call = count(part.toolName) + json(part.input)
      if (part.state === 'done') return call + json(part.output)
      return part.state === 'failed' ? call + count(part.error.message) : call
    }
    case 'source':
    case 'step-start':
      return 0
    default:
      return part satisfies never
  }
}

function sum<Item>(items: readonly Item[], size: (item: Item) => number): number {
  return items.reduce((total, item) => total + size(item), 0)
}
