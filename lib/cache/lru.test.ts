import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Lru } from './lru.ts'

describe('what an isolate keeps', () => {
  it('is what was used last, within both limits', () => {
    const lru = new Lru({ entries: 2, bytes: 100 })
    lru.set('a', 'one', 10)
    lru.set('b', 'two', 10)
    expect(lru.get('a', 0)).toBe('one')
    lru.set('c', 'three', 10)
    expect([lru.get('a', 0), lru.get('b', 0), lru.get('c', 0)]).toEqual(['one', undefined, 'three'])
    lru.set('d', 'x'.repeat(45), 10)
    expect([lru.size, lru.bytes]).toEqual([1, 92])
    lru.set('e', 'x'.repeat(50), 10)
    expect(lru.get('e', 0)).toBeUndefined()
    expect(lru.get('d', 10)).toBeUndefined()
    expect([lru.size, lru.bytes]).toEqual([0, 0])
  })

  const key = fc.constantFrom('a', 'bb', 'ccc', 'd')
  const step = fc.oneof(
    fc.record({ type: fc.constant('set' as const), key, text: fc.string({ maxLength: 12 }), ttl: fc.nat(6) }),
    fc.record({ type: fc.constant('get' as const), key }),
    fc.record({ type: fc.constant('delete' as const), key }),
    fc.record({ type: fc.constant('pass' as const), ms: fc.nat(3) }),
  )

  it('whatever is done with it, keeps its limits, counts what it has and gives nothing old', () => {
    const limits = { entries: 3, bytes: 60 }
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const lru = new Lru(limits)
        const model = new Map<string, { text: string; due: number }>()
        let now = 0
        for (const one of steps) {
          if (one.type === 'pass') now += one.ms
          if (one.type === 'set') {
            lru.set(one.key, one.text, now + one.ttl)
            model.set(one.key, { text: one.text, due: now + one.ttl })
          }
          if (one.type === 'delete') {
            lru.delete(one.key)
            model.delete(one.key)
          }
          if (one.type === 'get') {
            const got = lru.get(one.key, now)
            const known = model.get(one.key)
            if (got !== undefined)
              expect({ text: got, isOld: now >= (known?.due ?? 0) }).toEqual({
                text: known?.text,
                isOld: false,
              })
          }
          expect(lru.size).toBeLessThanOrEqual(limits.entries)
          expect(lru.bytes).toBeLessThanOrEqual(limits.bytes)
          expect(lru.bytes).toBeGreaterThanOrEqual(lru.size * 2)
        }
        for (const name of model.keys()) lru.delete(name)
        expect([lru.size, lru.bytes]).toEqual([0, 0])
      }),
    )
  })
})
