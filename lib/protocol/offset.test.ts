import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { START, compareOffsets, formatOffset, parseOffset } from './offset.ts'
import type { Offset } from './offset.ts'

const offsets: fc.Arbitrary<Offset> = fc.record({
  generation: fc.nat({ max: 36 ** 6 - 1 }),
  attempt: fc.nat({ max: 36 ** 4 - 1 }),
  position: fc.nat({ max: 36 ** 6 - 1 }),
})

/** Offsets that share parts often, so that every part decides now and then. */
const near: fc.Arbitrary<Offset> = fc.record({
  generation: fc.constantFrom(0, 1, 35, 36, 36 ** 5),
  attempt: fc.constantFrom(0, 1, 35, 36, 36 ** 3),
  position: fc.constantFrom(0, 1, 35, 36, 36 ** 5),
})

describe('an offset', () => {
  it('orders as its text does', () => {
    fc.assert(
      fc.property(fc.oneof(offsets, near), fc.oneof(offsets, near), (a, b) => {
        const [left, right] = [formatOffset(a), formatOffset(b)]
        const asText = left < right ? -1 : left > right ? 1 : 0
        expect(Math.sign(compareOffsets(a, b))).toBe(asText)
      }),
    )
  })

  it('is read back from its text', () => {
    fc.assert(
      fc.property(offsets, (offset) => {
        expect(parseOffset(formatOffset(offset))).toEqual(offset)
      }),
    )
  })

  it('is written with every part at its full width', () => {
    expect(formatOffset({ generation: 1, attempt: 35, position: 36 })).toBe('000001-000z-000010')
  })

  it('is the start of the log as "0" and as the empty text', () => {
    expect([parseOffset('0'), parseOffset('')]).toEqual([START, START])
  })

  it.each(['1', '000001-0000', '000001-0000-00000G', '000001-0000-0000000', ' 000001-0000-000000', '-1'])(
    'is not read from %j',
    (text) => {
      expect(parseOffset(text)).toBeUndefined()
    },
  )
})
