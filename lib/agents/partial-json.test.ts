import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../protocol/json.ts'
import { createPartialJson } from './partial-json.ts'

function read(...pieces: string[]) {
  const json = createPartialJson()
  for (const piece of pieces) json.push(piece)
  return json.read()
}

describe('JSON that comes in pieces', () => {
  it.each<[string, JsonValue, (string | number)[]]>([
    ['{', {}, []],
    ['[', [], []],
    ['{"a', {}, []],
    ['{"a"', {}, []],
    ['{"a":', {}, []],
    ['{"a":"', { a: '' }, ['a']],
    ['{"a":"b', { a: 'b' }, ['a']],
    ['{"a":"b"', { a: 'b' }, []],
    ['{"a":"b\\', { a: 'b' }, ['a']],
    ['{"a":"b\\u00', { a: 'b' }, ['a']],
    ['{"a":"b\\u00e9', { a: 'bé' }, ['a']],
    ['{"a":1', {}, []],
    ['{"a":12,', { a: 12 }, []],
    ['{"a":tru', {}, []],
    ['{"a":true ', { a: true }, []],
    ['[1,-2.5e3,nul', [1, -2500], []],
    ['[[],[1,{"b":"c', [[], [1, { b: 'c' }]], [1, 1, 'b']],
    ['{"b":1,"7":{"c":[', { b: 1, 7: { c: [] } }, ['7', 'c']],
  ])('%s is shown as far as it is certain', (text, value, openPath) => {
    expect(read(text)).toEqual({ value, openPath })
  })

  it('is finished with its last bracket, whatever stands around it', () => {
    expect(read('Sure!\n```json\n{"a":1}\n```\nAnything [else]?')).toEqual({
      value: { a: 1 },
      openPath: undefined,
    })
    expect(read('Sure!')).toBeUndefined()
    const object = createPartialJson({ mayBeList: false })
    object.push('As [1] says: {"a":1}')
    expect(object.read()?.value).toEqual({ a: 1 })
    expect(object.isOver).toBe(true)
  })

  it.each([
    '[1 2]',
    '[1,]',
    '{"a" 1}',
    '{"a":1]',
    '[}',
    '{,}',
    '["\\x"]',
    '["\\u00zz"]',
    '[01,2]',
    '[tru]',
    '[+1]',
    '{a:1}',
  ])('stops at what cannot be JSON: %s', (text) => {
    const json = createPartialJson()
    json.push(text)
    const before = json.read()
    expect(json.isOver).toBe(true)
    expect(before?.openPath).toBeDefined()
    json.push('"more"]}')
    expect(json.read()).toEqual(before)
  })

  it('takes line breaks within strings, and no nesting without end', () => {
    expect(read('["a\nb"]')?.value).toEqual(['a\nb'])
    const deep = createPartialJson()
    deep.push('['.repeat(100_000))
    expect(deep.isOver).toBe(true)
  })

  it('keeps a key named __proto__ a key', () => {
    const value = read('{"__proto__":{"a":1},"b":[{"__proto__":"x')?.value
    expect(JSON.stringify(value)).toBe('{"__proto__":{"a":1},"b":[{"__proto__":"x"}]}')
  })

  it('ends with the whole, however it is cut, and only ever grows', () => {
    const value = fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()))
    const cuts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(value, fc.constantFrom(0, 2), cuts, (value, indent, cuts) => {
        const text = JSON.stringify(value, undefined, indent)
        const json = createPartialJson()
        let last: JsonValue | undefined
        for (let at = 0, i = 0; at < text.length; i += 1) {
          const size = cuts[i % cuts.length] ?? 1
          json.push(text.slice(at, at + size))
          at += size
          const partial = json.read()?.value
          if (partial === undefined) continue
          if (last !== undefined) expect(continues(last, partial)).toBe(true)
          last = structuredClone(partial)
        }
        expect(json.read()).toEqual({ value: JSON.parse(text), openPath: undefined })
      }),
      { numRuns: 400 },
    )
  })
})

/** Whether `after` is `before` with more: strings begin with what they were, lists and objects keep what they had. */
function continues(before: JsonValue, after: JsonValue): boolean {
  if (typeof before === 'string') return typeof after === 'string' && after.startsWith(before)
  if (Array.isArray(before))
    return (
      Array.isArray(after) && before.every((item, i) => i < after.length && continues(item, after[i] ?? null))
    )
  if (typeof before !== 'object' || before === null) return Object.is(before, after)
  if (typeof after !== 'object' || after === null || Array.isArray(after)) return false
  return Object.entries(before).every(
    ([key, item]) => Object.hasOwn(after, key) && continues(item, after[key] ?? null),
  )
}
