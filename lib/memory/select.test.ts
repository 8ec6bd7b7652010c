import { describe, expect, it } from 'vitest'
import type { Message } from '../protocol/message.ts'
import type { Exchange, Remark, Remembered } from './select.ts'
import { select } from './select.ts'
import { messageTokens } from './tokens.ts'

describe('what fits into the budget', () => {
  it('is recent first, then pinned, then recalled', () => {
    const remembered: Remembered = { recent: [exchange(9)], pinned: [exchange(1)], recalled: [exchange(4)] }
    const size = sizeOf(exchange(9))
    expect(turnsOf(select(remembered, size))).toEqual([9])
    expect(turnsOf(select(remembered, 2 * size))).toEqual([1, 9])
    expect(turnsOf(select(remembered, 3 * size))).toEqual([1, 4, 9])
  })

  it('leaves out an answer whose question does not fit', () => {
    const [question, answer] = exchange(3).messages
    const budget = answer ? messageTokens(answer) : 0
    expect(question).toBeDefined()
    expect(select({ recent: [exchange(3)], pinned: [], recalled: [] }, budget)).toEqual({
      messages: [],
      remarks: [],
      tokens: 0,
    })
  })

  it('passes over what is too long and takes what comes after it', () => {
    const long = exchange(2, 'x'.repeat(4000))
    const recalled = [long, exchange(5)]
    expect(turnsOf(select({ recent: [exchange(9)], pinned: [], recalled }, 200))).toEqual([5, 9])
  })

  it('tells what was said elsewhere in its own order, once', () => {
    const [a, b, c] = [remark('x', 1, 'user'), remark('x', 1, 'assistant'), remark('y', 1, 'user')]
    const recalled = [[c], [b], [a, b]]
    expect(select({ recent: [], pinned: [], recalled }, 1000).remarks).toEqual([a, b, c])
  })
})

describe('whatever there is to choose from', () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    it(`keeps the rules of choosing (seed ${seed})`, () => {
      const random = randomOf(seed)
      const turns = Array.from({ length: 12 }, (_, i) => exchange(i + 1, 'w'.repeat(random(200))))
      const from = random(13)
      const some = (): Exchange[] => turns.filter(() => random(4) === 0)
      const remarks = [remark('x', random(5), 'user'), remark('x', random(5), 'assistant')]
      const recalled = [...some(), remarks, ...some()]
      const remembered: Remembered = { recent: turns.slice(from), pinned: some(), recalled }
      const budget = random(1500)
      checkRules(remembered, budget)
    })
  }
})

function checkRules(remembered: Remembered, budget: number): void {
  const { recent, pinned, recalled } = remembered
  const { messages, remarks, tokens } = select(remembered, budget)
  const ids = messages.map(({ id }) => id)
  expect(tokens).toBeLessThanOrEqual(budget)
  expect(new Set(ids).size).toBe(ids.length)
  // In the order of the thread.
  expect(ids).toEqual(ids.toSorted())
  // Of the recent ones the newest, without a gap, and no answer without its question.
  const all = recent.flatMap((one) => one.messages)
  const withoutRest = select({ recent, pinned: [], recalled: [] }, budget).messages
  expect(withoutRest).toEqual(withoutRest.length === 0 ? [] : all.slice(-withoutRest.length))
  expect(withoutRest[0]?.role).not.toBe('assistant')
  const next = all.at(-withoutRest.length - 1)
  if (next?.role === 'user') expect(sum(withoutRest) + messageTokens(next)).toBeGreaterThan(budget)
  // They are there whatever else is.
  expect(ids).toEqual(expect.arrayContaining(withoutRest.map(({ id }) => id)))
  // What is recalled never takes the place of what is pinned.
  const withoutRecalled = select({ recent, pinned, recalled: [] }, budget).messages
  expect(ids).toEqual(expect.arrayContaining(withoutRecalled.map(({ id }) => id)))
  // Nothing that was not offered, and without a limit all of it.
  const offered = new Set(
    [...recent, ...pinned, ...recalled.filter((one) => 'messages' in one)].flatMap((one) => one.messages),
  )
  expect(messages.every((message) => offered.has(message))).toBe(true)
  const leading = all[0]?.role === 'assistant' ? 1 : 0
  expect(select(remembered, Infinity).messages).toHaveLength(offered.size - leading)
  expect(new Set(remarks).size).toBe(remarks.length)
}

function exchange(turn: number, text = 'hello'): Exchange {
  const id = String(turn).padStart(3, '0')
  return {
    turn,
    messages: (['user', 'assistant'] as const).map((role, i): Message => ({
      id: `${id}.${i}`,
      role,
      parts: [{ type: 'text', text }],
      createdAt: turn,
    })),
  }
}

function remark(address: string, turn: number, role: Remark['role']): Remark {
  return { address, threadId: address, messageId: `${turn}`, turn, role, text: 'said', createdAt: 1 }
}

function turnsOf({ messages }: { messages: readonly Message[] }): number[] {
  return [...new Set(messages.map(({ createdAt }) => createdAt))]
}

function sizeOf({ messages }: Exchange): number {
  return sum(messages)
}

function sum(messages: readonly Message[]): number {
  return messages.reduce((all, message) => all + messageTokens(message), 0)
}

/** Whole numbers below a bound, the same for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
