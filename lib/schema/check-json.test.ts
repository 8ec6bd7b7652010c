import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../protocol/json.ts'
import type { OpenPath } from './check-json.ts'
import { checkJson } from './check-json.ts'

const told = (schema: JsonObject, value: JsonValue, openPath?: OpenPath): string[] =>
  checkJson(schema, value, openPath).map(({ field, message }) => `${field}: ${message}`)

const kind = (name: string): JsonObject => ({ properties: { kind: { const: name }, next: { $ref: '#' } } })

describe('a finished value', () => {
  it.each<[string, JsonObject, JsonValue, JsonValue, string]>([
    ['type', { type: 'string' }, 'a', 1, ': must be string'],
    ['types', { type: ['string', 'null'] }, null, 1, ': must be string or null'],
    ['integer', { type: 'integer' }, 1, 1.5, ': must be integer'],
    ['number', { type: 'number' }, 1.5, '1', ': must be number'],
    ['boolean', { type: 'boolean' }, true, 0, ': must be boolean'],
    ['array', { type: 'array' }, [], {}, ': must be array'],
    ['object', { type: 'object' }, {}, [], ': must be object'],
    ['enum', { enum: ['a', 1, null] }, 1, 'b', ': must be "a" or 1 or null'],
    ['const', { const: { a: 1 } }, { a: 1 }, 'b', ': must be {"a":1}'],
    ['properties', { properties: { a: { type: 'null' } } }, { a: null }, { a: 1 }, 'a: must be null'],
    ['required', { required: ['a'] }, { a: null }, {}, 'a: is missing'],
    ['additionalProperties', { additionalProperties: false }, {}, { a: 1 }, 'a: is not allowed'],
    ['typed others', { additionalProperties: { type: 'null' } }, { a: null }, { a: 1 }, 'a: must be null'],
    ['items', { items: { type: 'null' } }, [null], [null, 1], '[1]: must be null'],
    [
      'a tuple',
      { items: [{ type: 'null' }], additionalItems: false },
      [null],
      [null, 1],
      '[1]: is not allowed',
    ],
    ['prefixItems', { prefixItems: [true, { type: 'null' }] }, [1, null], [1, 1], '[1]: must be null'],
    ['allOf', { allOf: [{ type: 'number' }, { minimum: 2 }] }, 2, 1, ': must be at least 2'],
    ['anyOf', { anyOf: [{ type: 'number' }, { type: 'null' }] }, 2, 'a', ': fits none of the alternatives'],
    ['oneOf', { oneOf: [{ const: 1 }, { const: 2 }] }, 2, 3, ': fits none of the alternatives'],
    [
      'the closest',
      { anyOf: [{ items: { type: 'null' }, type: 'array' }, { type: 'null' }] },
      null,
      [1],
      '[0]: must be null',
    ],
    ['maximum', { maximum: 2 }, 2, 3, ': must be at most 2'],
    ['exclusiveMinimum', { exclusiveMinimum: 2 }, 3, 2, ': must be more than 2'],
    ['exclusiveMaximum', { exclusiveMaximum: 2 }, 1, 2, ': must be less than 2'],
    ['minLength', { minLength: 2 }, '😀😀', '😀', ': must be no shorter than 2'],
    ['maxLength', { maxLength: 1 }, '😀', 'ab', ': must be no longer than 1'],
    ['minItems', { minItems: 1 }, [1], [], ': must have no fewer items than 1'],
    ['maxItems', { maxItems: 1 }, [1], [1, 2], ': must have no more items than 1'],
    ['a word it does not know', { pattern: 'a', not: {} }, 'a', 'b', ''],
  ])('is checked by %s', (_word, schema, good, bad, issue) => {
    expect(told(schema, good)).toEqual([])
    expect(told(schema, bad)).toEqual(issue === '' ? [] : [issue])
  })

  it('is followed through references, by the path of each issue', () => {
    const schema: JsonObject = {
      $ref: '#/definitions/a~1b',
      definitions: { 'a/b': { properties: { next: { $ref: '#' }, list: { items: { type: 'null' } } } } },
    }
    expect(told(schema, { next: { list: [null, 1] } })).toEqual(['next.list[1]: must be null'])
    expect(told({ $ref: '#/nowhere' }, 1)).toEqual([])
    expect(told({ $ref: 'https://elsewhere.test' }, 1)).toEqual([])
  })

  it('does not hang on a schema that leads to itself, or that asks for too much', () => {
    expect(told({ $ref: '#' }, 1)).toEqual([])
    let value: JsonValue = { kind: 'c' }
    for (let i = 0; i < 100; i += 1) value = { kind: 'c', next: value }
    expect(told({ anyOf: [kind('a'), kind('b')] }, value)).toEqual([': fits none of the alternatives'])
  })

  it('does not take what every object has for a property', () => {
    expect(told({ properties: { constructor: { type: 'null' } }, required: ['toString'] }, {})).toEqual([
      'toString: is missing',
    ])
    expect(told({ properties: {}, additionalProperties: false }, { constructor: 1 })).toEqual([
      'constructor: is not allowed',
    ])
  })
})

describe('an unfinished value', () => {
  it.each<[string, JsonObject, JsonValue, OpenPath]>([
    ['may still get what is required', { required: ['a'] }, {}, []],
    ['may still become longer', { minLength: 3 }, 'a', []],
    ['may still get more items', { minItems: 3 }, [1], []],
    ['may begin what is allowed', { enum: ['green', 'red'] }, 'gr', []],
    ['may become what is allowed', { const: { a: 1 } }, {}, []],
    [
      'may be deep inside',
      { properties: { a: { items: { const: 'abc' } } } },
      { 1: 'x', a: ['abc', 'a'] },
      ['a', 1],
    ],
  ])('%s', (_name, schema, value, path) => {
    expect(told(schema, value, path)).toEqual([])
    expect(told(schema, value)).not.toEqual([])
  })

  it('is told what can no longer become right', () => {
    expect(told({ enum: ['green', 'red'] }, 'gx', [])).toEqual([': must be "green" or "red"'])
    expect(told({ maxLength: 1 }, 'ab', [])).toEqual([': must be no longer than 1'])
    expect(told({ type: 'array' }, 'a', [])).toEqual([': must be array'])
    expect(told({ properties: { a: { const: 'x' } } }, { a: 'y', b: 'z' }, ['b'])).toEqual(['a: must be "x"'])
  })
})
