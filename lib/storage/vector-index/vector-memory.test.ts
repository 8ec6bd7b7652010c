import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Span } from './arena.ts'
import { createArena } from './arena.ts'
import type { VectorMemory } from './vector-memory.ts'
import { createVectorMemory } from './vector-memory.ts'

const KIB = 1024

describe('an arena', () => {
  it('gives stretches that do not overlap, within its limit, and is whole again when all came back', () => {
    const steps = fc.array(
      fc.oneof(
        fc.integer({ min: 1, max: 3000 }),
        fc.nat({ max: 50 }).map((n) => -n),
      ),
    )
    fc.assert(
      fc.property(steps, (sizes) => {
        const [start, limit] = [640, 20 * KIB]
        let reached = start
        const arena = createArena(start, (end) => (reached = end))
        const taken: Span[] = []
        for (const size of sizes) {
          const span = size > 0 ? arena.take(size, limit) : undefined
          if (span) taken.push(span)
          const [back] = size > 0 ? [] : taken.splice(-size % Math.max(1, taken.length), 1)
          if (back) arena.give(back)
          const sorted = taken.toSorted((a, b) => a.address - b.address)
          for (const [at, { address, size }] of sorted.entries()) {
            expect(address).toBeGreaterThanOrEqual(start)
            expect(address % 64).toBe(0)
            expect(address + size).toBeLessThanOrEqual(sorted[at + 1]?.address ?? Math.min(limit, reached))
          }
        }
        for (const span of taken) arena.give(span)
        expect(arena.take(limit - start, limit)).toEqual({ address: start, size: limit - start })
      }),
    )
  })
})

describe('the memory of indexes', () => {
  it('lets the index go that was not asked for the longest time', () => {
    const memory = open(3)
    const [a, b, c] = [memory.openShelf(), memory.openShelf(), memory.openShelf()]
    for (const shelf of [a, b, c]) expect(shelf.place(1, KIB)).toBeDefined()
    expect(a.find(1)).toBeDefined()
    expect(memory.openShelf().place(1, KIB)).toBeDefined()
    expect([a, b, c].map((shelf) => shelf.find(1) !== undefined)).toEqual([true, false, true])
  })

  it('never takes from the index that asks, unless it is told to', () => {
    const shelf = open(2).openShelf()
    expect(shelf.place(1, KIB)).toBeDefined()
    expect(shelf.place(2, KIB)).toBeDefined()
    expect(shelf.place(3, KIB)).toBeUndefined()
    expect(shelf.find(1)).toBeDefined()
    expect(shelf.place(3, KIB, { overOwn: true })).toBeDefined()
    expect(shelf.find(1)).toBeUndefined()
    expect(shelf.find(2)).toBeDefined()
  })

  it('takes no more than its budget, however many indexes there are', () => {
    const memory = open(64)
    for (let at = 0; at < 1000; at += 1) expect(memory.openShelf().place(at, 700 + at)).toBeDefined()
    expect(memory.kernel.memory().byteLength).toBeLessThanOrEqual((128 + 64) * KIB)
    expect(memory.openShelf().place(0, 65 * KIB)).toBeUndefined()
  })

  it('lends more than its budget, and has it back', () => {
    const memory = open(1)
    const address = memory.borrow(100 * KIB, (at) => at)
    expect(memory.borrow(100 * KIB, (at) => at)).toBe(address)
    expect(() => memory.borrow(100 * KIB, () => expect.unreachable())).toThrow()
    expect(memory.borrow(100 * KIB, (at) => at)).toBe(address)
  })

  it('keeps to its budget where more was lent before', () => {
    const memory = open(1)
    const shelf = memory.openShelf()
    expect(shelf.place(1, KIB)).toBeDefined()
    memory.borrow(2 * KIB, () => undefined)
    expect(shelf.place(2, KIB)).toBeUndefined()
    expect(memory.openShelf().place(1, 2 * KIB)).toBeUndefined()
  })

  it('is given back by an index that is closed', () => {
    const memory = open(2)
    const [a, b] = [memory.openShelf(), memory.openShelf()]
    expect(a.place(1, 2 * KIB)).toBeDefined()
    a.dropAll()
    expect(b.place(1, KIB)).toBeDefined()
    expect(b.place(2, KIB)).toBeDefined()
  })
})

/** The budget holds what lies before all rows as well. */
function open(kib: number): VectorMemory {
  return createVectorMemory({ budget: (128 + kib) * KIB })
}
