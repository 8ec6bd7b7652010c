import type { Message } from '../protocol/message.ts'
import { messageTokens, textTokens } from './tokens.ts'

/** What was asked and answered together, of one turn of the thread. */
export interface Exchange {
  turn: number
  messages: readonly Message[]
}

/** Something that was said in another thread. */
export interface Remark {
  address: string
  threadId: string
  messageId: string
  turn: number
  role: 'user' | 'assistant'
  text: string
  /** In milliseconds since 1970. */
  createdAt: number
}

/** What may be shown of the past. */
export interface Remembered {
  /** The thread's last messages, oldest first. */
  recent: readonly Exchange[]
  /** What is always to be shown. */
  pinned: readonly Exchange[]
  /** What was recalled, best first. */
  recalled: readonly (Exchange | readonly Remark[])[]
}

export interface Selection {
  /** Messages of this thread, in its order. */
  messages: Message[]
  /** What was said elsewhere, thread by thread, in their order. */
  remarks: Remark[]
  /** Estimated. */
  tokens: number
}

/**
 * What fits into `budget` tokens: the recent messages from the newest back to the first that does not fit, then the
 * pinned ones, then the recalled ones from the best on, each whole or not at all. Nothing is shown twice, and all of it
 * in the order in which it was said. A recent answer whose question is not shown is left out: it would confuse a model.
 */
export function select({ recent, pinned, recalled }: Remembered, budget: number): Selection {
  const kept = new Map<string, [turn: number, index: number, message: Message]>()
  const remarks = new Map<string, Remark>()
  let tokens = 0
  const take = (size: number): boolean => {
    if (tokens + size > budget) return false
    tokens += size
    return true
  }
  for (const { turn, index, message, size } of recentThatFit(recent, budget)) {
    tokens += size
    kept.set(message.id, [turn, index, message])
  }
  const takeExchange = ({ turn, messages }: Exchange): void => {
    const missing = messages.filter(({ id }) => !kept.has(id))
    if (!take(missing.reduce((sum, message) => sum + messageTokens(message), 0))) return
    for (const message of missing) kept.set(message.id, [turn, messages.indexOf(message), message])
  }
  for (const exchange of pinned) takeExchange(exchange)
  for (const item of recalled) {
    if ('messages' in item) {
      takeExchange(item)
      continue
    }
    const missing = item.filter((remark) => !remarks.has(keyOf(remark)))
    if (!take(missing.reduce((sum, { text }) => sum + remarkTokens(text), 0))) continue
    for (const remark of missing) remarks.set(keyOf(remark), remark)
  }
  return {
    messages: [...kept.values()].toSorted(([a, i], [b, j]) => a - b || i - j).map(([, , message]) => message),
    remarks: [...remarks.values()].toSorted(inOrder),
    tokens,
  }
}

interface Sized {
  turn: number
  index: number
  message: Message
  size: number
}

function recentThatFit(recent: readonly Exchange[], budget: number): Sized[] {
  const all = recent.flatMap(({ turn, messages }) =>
    messages.map((message, index): Sized => ({ turn, index, message, size: messageTokens(message) })),
  )
  let left = budget
  let first = all.length
  for (let at = all.length - 1; at >= 0; at -= 1) {
    left -= all[at]?.size ?? 0
    if (left < 0) break
    first = at
  }
  while (all[first]?.message.role === 'assistant') first += 1
  return all.slice(first)
}

function keyOf({ address, turn, role }: Remark): string {
  return `${address} ${turn} ${role}`
}

function remarkTokens(text: string): number {
  return textTokens(text) + 8
}

function inOrder(a: Remark, b: Remark): number {
  if (a.address !== b.address) return a.address < b.address ? -1 : 1
  return a.turn - b.turn || Number(a.role === 'assistant') - Number(b.role === 'assistant')
}
