import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareText, endOfPrefix } from './order.ts'

const anyText = fc.string({
  unit: fc.constantFrom('a', 'b', '\u0000', '\ud7ff', '\ue000', '\uffff', '😀', '\u{10ffff}'),
  maxLength: 4,
})
const bytes = (text: string): Buffer => Buffer.from(text)

describe('the order of texts', () => {
  it('is that of their bytes in UTF-8', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        expect(Math.sign(compareText(a, b))).toBe(Buffer.compare(bytes(a), bytes(b)))
      }),
    )
  })

  it('has an end to each prefix, behind all texts that begin so and no other', () => {
    fc.assert(
      fc.property(anyText, anyText, (prefix, text) => {
        const end = endOfPrefix(prefix)
        const isWithin = compareText(text, prefix) >= 0 && (end === undefined || compareText(text, end) < 0)
        expect(isWithin).toBe(text.startsWith(prefix))
      }),
      { numRuns: 1000 },
    )
  })
})
