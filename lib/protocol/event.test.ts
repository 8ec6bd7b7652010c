import { describe, expect, it } from 'vitest'
import type { TurnEvent } from './event.ts'
import { eventSize, isDelta } from './event.ts'

const deltas: TurnEvent[] = [
  { type: 'text-delta', id: 'a', delta: 'four' },
  { type: 'reasoning-delta', id: 'a', delta: '😀' },
  { type: 'tool-input-delta', id: 'a', delta: '{}{}{' },
]
const others: TurnEvent[] = [
  { type: 'step-start', step: 0, model: 'test/model' },
  { type: 'text-start', id: 'a' },
  { type: 'warning', code: 'c', message: 'a long message' },
]

describe('an event', () => {
  it('moves an offset by its length in UTF-16 units if it is a piece of text, else by one', () => {
    expect(deltas.map(eventSize)).toEqual([4, 2, 5])
    expect(others.map(eventSize)).toEqual([1, 1, 1])
  })

  it('is a delta if it is a piece of a block', () => {
    expect([...deltas, ...others].map(isDelta)).toEqual([true, true, true, false, false, false])
    expect(isDelta({ type: 'step-restart' })).toBe(false)
  })
})
