import { describe, expect, it } from 'vitest'
import type { Deadlines } from './wake.ts'
import { DEADMAN_MS, nextWake } from './wake.ts'

const nothing: Deadlines = {
  now: 1000,
  openTurns: 0,
  outboxAt: undefined,
  keysAt: undefined,
  expiresAt: undefined,
}

describe('the next wake', () => {
  it('is never, when there is nothing to wake for', () => {
    expect(nextWake(nothing)).toBeUndefined()
  })

  it('is within ten seconds while a turn has not ended', () => {
    expect(nextWake({ ...nothing, openTurns: 1 })).toBe(1000 + DEADMAN_MS)
    expect(DEADMAN_MS).toBeLessThanOrEqual(10_000)
  })

  it('is the first of all there is to do, one in the past among them', () => {
    expect(nextWake({ ...nothing, openTurns: 3, outboxAt: 3000, keysAt: 90_000, expiresAt: 50_000 })).toBe(
      3000,
    )
    expect(nextWake({ ...nothing, keysAt: 90_000, expiresAt: 50_000 })).toBe(50_000)
    expect(nextWake({ ...nothing, openTurns: 1, expiresAt: 10 })).toBe(10)
  })
})
