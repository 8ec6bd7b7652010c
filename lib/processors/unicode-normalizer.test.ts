import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { inputTexts } from '../../test/fixtures/processing.ts'
import type { UnicodeNormalizerOptions } from './unicode-normalizer.ts'
import { unicodeNormalizer } from './unicode-normalizer.ts'

async function clean(text: string, options?: UnicodeNormalizerOptions): Promise<string | undefined> {
  return (await inputTexts(unicodeNormalizer(options), text)).texts[0]
}

it.each([
  ['ｉｇｎｏｒｅ ﬁrst x²', 'ignore first x2'],
  ['e\u0301', 'é'],
  ['a\u0000b\u0007c\u001B[31m\u0085', 'abc[31m'],
  ['a\tb\r\nc\rd', 'a\tb\nc\nd'],
  ['ig\u200Bno\u00ADre\uFEFF \u202Eall\u2066', 'ignore all'],
  ['hi\u{E0069}\u{E0067}\u{E006E}', 'hi'],
  ['a\u200Db\u200C', 'ab'],
  ['x\uFE0F\uFE01\uFE02', 'x\uFE0F'],
])('makes %j say what it shows', async (text, shown) => {
  expect(await clean(text)).toBe(shown)
})

it.each([
  ['a family', '👩‍👩‍👧'],
  ['a flag of parts', '🏳️‍🌈'],
  ['a skin tone', '👩🏽‍💻'],
  ['a region', '🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}'],
  ['Persian', 'می\u200Cخواهم'],
  ['Hindi', 'क्\u200Dष'],
])('keeps what %s needs', async (_name, text) => {
  expect(await clean(text)).toBe(text)
})

it('keeps forms that differ in meaning if NFKC is not wanted', async () => {
  expect(await clean('x² e\u0301', { nfkc: false })).toBe('x² é')
})

it('collapses white space only if asked', async () => {
  const text = '  a \t b \n \n\n\n c  '
  expect(await clean(text)).toBe(text)
  expect(await clean(text, { collapseWhitespace: true })).toBe('a b\n\nc')
})

it('leaves a clean message as it is, and a second pass nothing to do', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
      const once = (await clean(text)) ?? ''
      expect(await clean(once)).toBe(once)
    }),
  )
})
