import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutText, pack, unpack } from './pack.ts'

describe('a packed text', () => {
  it('is what it was once it is unpacked', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.integer({ min: 1, max: 50 }), async (text, times) => {
        const long = `[${Array.from({ length: times }, () => text).join(',')}]`
        expect(await unpack(await pack(long, 0))).toBe(long)
      }),
    )
  })

  it('stays as it is when it is short, or when compressing it gains nothing', async () => {
    expect(await pack('"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"', 100)).toMatch(/^"a/)
    expect(await pack('"x"', 0)).toBe('"x"')
  })

  it('is much shorter when it repeats itself', async () => {
    expect((await pack(JSON.stringify('again '.repeat(100_000)), 1000)).length).toBeLessThan(2000)
  })
})

describe('a text that is cut', () => {
  it('is whole when its pieces are put together, and no piece ends within a letter', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 9 }), (text, length) => {
        const pieces = cutText(text, length)
        expect(pieces.join('')).toBe(text)
        for (const piece of pieces) {
          expect(piece.length).toBeLessThanOrEqual(length)
          expect(piece.isWellFormed()).toBe(true)
        }
      }),
    )
  })
})
