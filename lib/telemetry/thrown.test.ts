import { describe, expect, it } from 'vitest'
import { errorText, readThrown } from './thrown.ts'

const hostile = new Proxy(
  {},
  {
    get: () => {
      throw new Error('no')
    },
  },
)

describe('what was thrown', () => {
  it.each([
    [new RangeError('too far'), { name: 'RangeError', message: 'too far' }],
    [
      Object.assign(new Error('gone'), { code: 'ENOENT' }),
      { name: 'Error', message: 'gone', code: 'ENOENT' },
    ],
    [
      { code: 'PGRST116', message: 'no row', details: null },
      { name: 'Error', message: 'no row', code: 'PGRST116' },
    ],
    [{ status: 404 }, { name: 'Error', message: '{"status":404}' }],
    [Object.assign(new Error('x'), { message: { deep: 1 } }), { name: 'Error', message: '{"deep":1}' }],
    ['only words', { name: 'Error', message: 'only words' }],
    [undefined, { name: 'Error', message: 'undefined' }],
    [Symbol('s'), { name: 'Error', message: 'Symbol(s)' }],
    [Object.create(null), { name: 'Error', message: '{}' }],
    [hostile, { name: 'Error', message: 'What was thrown cannot be read' }],
    [{ n: 1n }, { name: 'Error', message: 'What was thrown cannot be read' }],
  ])('is read: %#', (thrown, read) => {
    expect(readThrown(thrown)).toEqual(read)
  })

  it('is told without secrets, and not at any length', () => {
    expect(errorText(new Error('refused: sk-proj-abcdefgh12345678'))).toBe('refused: [redacted]')
    expect(errorText(new Error('x'.repeat(20_000)))).toHaveLength(10_000)
    expect(errorText(new TypeError(''))).toBe('TypeError')
  })
})
