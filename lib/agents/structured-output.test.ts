import * as fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import type { JsonObject } from '../protocol/json.ts'
import type { PartialObject } from './structured-output.ts'
import {
  checkStructuredOutput,
  createPartialParser,
  finishObject,
  toObjectOutcome,
  toOutputInstructions,
  toResponseFormat,
} from './structured-output.ts'

const order = z.object({
  id: z.string(),
  size: z.enum(['small', 'large']),
  lines: z.array(z.object({ name: z.string(), count: z.number().int() })).default([]),
})
const plain: JsonObject = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] }

function partials(
  schema: Parameters<typeof createPartialParser>[0],
  pieces: readonly string[],
): PartialObject[] {
  const parser = createPartialParser(schema)
  const given = [...pieces.map((piece) => parser.push(piece)), parser.end()]
  return given.filter((partial) => partial !== undefined)
}

describe('toResponseFormat', () => {
  it('tells a library’s schema with its objects closed', () => {
    const line = {
      type: 'object',
      properties: {
        name: { type: 'string' },
        count: { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
      },
      required: ['name', 'count'],
      additionalProperties: false,
    }
    expect(toResponseFormat(order)).toEqual({
      type: 'json',
      name: 'answer',
      schema: {
        $schema: 'http://json-schema.org/draft-07/schema#',
        type: 'object',
        properties: {
          id: { type: 'string' },
          size: { type: 'string', enum: ['small', 'large'] },
          lines: { type: 'array', items: line, default: [] },
        },
        required: ['id', 'size'],
        additionalProperties: false,
      },
    })
    const map = toResponseFormat(z.object({ any: z.record(z.string(), z.number()) })).schema
    expect(map).toMatchObject({ properties: { any: { additionalProperties: { type: 'number' } } } })
  })

  it('tells a JSON Schema as it is', () => {
    expect(toResponseFormat(plain).schema).toBe(plain)
  })

  it('puts what is no object into one, and its references with it', () => {
    const list: JsonObject = { type: 'array', items: { $ref: '#/$defs/x' }, $defs: { x: { type: 'null' } } }
    expect(toResponseFormat(list).schema).toEqual({
      type: 'object',
      properties: { value: { type: 'array', items: { $ref: '#/$defs/x' } } },
      required: ['value'],
      additionalProperties: false,
      $defs: { x: { type: 'null' } },
    })
    const own: JsonObject = { anyOf: [{ type: 'null' }, { type: 'array', items: { $ref: '#' } }] }
    expect(toResponseFormat(own).schema).toBe(own)
  })
})

it('the schema is put into the prompt only if asked', () => {
  expect(toOutputInstructions({ schema: plain })).toBe('')
  expect(toOutputInstructions({ schema: plain, instructions: 'Be exact.' })).toBe('Be exact.')
  const text = toOutputInstructions({ schema: plain, instructions: 'Be exact.', jsonPromptInjection: true })
  expect(text).toBe(
    `Be exact.\n\nAnswer with JSON alone, with no text or fence around it, that fits this JSON Schema:\n${JSON.stringify(plain)}`,
  )
})

it('what cannot work is said before the turn begins', () => {
  expect(() => checkStructuredOutput({ schema: plain, errorStrategy: 'fallback' })).toThrow(TypeError)
  expect(() =>
    checkStructuredOutput({ schema: plain, errorStrategy: 'fallback', fallbackValue: null }),
  ).not.toThrow()
  const schema = {
    '~standard': { version: 1, vendor: 'hand', validate: (value: unknown) => ({ value }) },
  } as const
  expect(() => checkStructuredOutput({ schema })).toThrow('Cannot describe a hand schema')
})

describe('createPartialParser', () => {
  it('gives each partial once, with what can no longer become right', () => {
    const pieces = [
      '{"id": "',
      'o-1"',
      ', "size": "sm',
      'ug", "lines": [{"name": "x", "count": 1',
      '.5}',
      '  ]',
      '}',
    ]
    expect(partials(order, pieces)).toEqual([
      { object: { id: '' }, issues: [] },
      { object: { id: 'o-1' }, issues: [] },
      { object: { id: 'o-1', size: 'sm' }, issues: [] },
      {
        object: { id: 'o-1', size: 'smug', lines: [{ name: 'x' }] },
        issues: [{ field: 'size', message: 'must be "small" or "large"' }],
      },
      {
        object: { id: 'o-1', size: 'smug', lines: [{ name: 'x', count: 1.5 }] },
        issues: [
          { field: 'size', message: 'must be "small" or "large"' },
          { field: 'lines[0].count', message: 'must be integer' },
        ],
      },
    ])
  })

  it('takes the answer out of the object that a provider wants around it', () => {
    expect(partials(z.array(z.enum(['ab', 'c'])), ['{"val', 'ue":[', '"a', 'b","c"', ',"d"]', '}'])).toEqual([
      { object: [], issues: [] },
      { object: ['a'], issues: [] },
      { object: ['ab', 'c'], issues: [] },
      { object: ['ab', 'c', 'd'], issues: [{ field: '[2]', message: 'must be "ab" or "c"' }] },
    ])
    expect(partials(z.array(z.string()), ['["a"', ']']).at(-1)).toEqual({ object: ['a'], issues: [] })
  })

  it('ends with the whole, however the text is cut, and issues only what the whole has too', async () => {
    const value = fc.record({
      id: fc.string(),
      size: fc.constantFrom('small', 'large', 'smart'),
      lines: fc.jsonValue(),
    })
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 })
    await fc.assert(
      fc.asyncProperty(value, sizes, async (value, sizes) => {
        const text = JSON.stringify(value)
        const pieces: string[] = []
        for (let at = 0; at < text.length; at += pieces.at(-1)?.length ?? 1)
          pieces.push(text.slice(at, at + (sizes[pieces.length % sizes.length] ?? 1)))
        const given = partials(order, pieces)
        expect(given.at(-1)?.object).toEqual(JSON.parse(text))
        const { ok } = await finishObject(text, { schema: order })
        if (ok) expect(given.flatMap(({ issues }) => issues)).toEqual([])
      }),
    )
  })

  it('reads a long answer in a time that grows with its length alone', () => {
    const lines = Array.from({ length: 4000 }, (_, count) => ({ name: 'a name of some length', count }))
    const text = JSON.stringify({ id: 'x', size: 'small', lines })
    const pieces = text.match(/[\s\S]{1,4}/g) ?? []
    const given = partials(order, pieces)
    const written = given.reduce((total, { object }) => total + JSON.stringify(object).length, 0)
    expect(written).toBeLessThan(text.length * 40)
    expect(given.at(-1)).toEqual({ object: { id: 'x', size: 'small', lines }, issues: [] })
  })

  it('says nothing more once the text cannot become JSON', () => {
    const parser = createPartialParser(order)
    expect(parser.push('{"id": "a", oops')).toEqual({ object: { id: 'a' }, issues: [] })
    expect(parser.push('"size": "small"}')).toBeUndefined()
    expect(parser.end()).toBeUndefined()
  })
})

describe('finishObject', () => {
  const object = { id: 'o', size: 'small', lines: [] }

  it.each([
    '{"id":"o","size":"small"}',
    ' \n{"id":"o","size":"small"}\n',
    '```json\n{"id":"o","size":"small"}\n```',
    'Here it is:\n```\n{"id":"o",\n"size":"small"}\n```\nAnything else?',
    'As [1] says: {"id":"o","size":"small"}. Bye {}',
  ])('reads %j, as the schema makes it', async (text) => {
    const finished = await finishObject(text, { schema: order })
    expect(finished).toEqual({ ok: true, object })
    if (finished.ok) expectTypeOf(finished.object).toEqualTypeOf<z.output<typeof order>>()
  })

  it('says where it does not fit, and gives the text', async () => {
    const text = '{"id":1,"size":"small"}'
    const finished = await finishObject(text, { schema: z.object({ id: z.string('must be text') }) })
    expect(finished).toEqual({ ok: false, issues: [{ field: 'id', message: 'must be text' }], text })
    const none = { ok: false, issues: [{ field: '', message: 'is not JSON' }], text: 'No.' }
    expect(await finishObject('No.', { schema: order })).toEqual(none)
    expect(await finishObject('{"id":"o"', { schema: order })).toMatchObject({ ok: false })
  })

  it('checks by a JSON Schema, too', async () => {
    expect(await finishObject('{"a":1}', { schema: plain })).toEqual({ ok: true, object: { a: 1 } })
    expect(await finishObject('{}', { schema: plain })).toMatchObject({
      issues: [{ field: 'a', message: 'is missing' }],
    })
  })

  it('takes a list with or without the object around it', async () => {
    const schema = z.array(z.number())
    for (const text of ['{"value":[1,2]}', '[1,2]', 'It is [1,2].'])
      expect(await finishObject(text, { schema })).toEqual({ ok: true, object: [1, 2] })
  })
})

describe('an answer that does not fit', () => {
  const issues = [
    { field: '', message: 'is odd' },
    { field: 'a', message: 'is missing' },
  ]
  const failed = { ok: false, issues, text: 'x' } as const
  const message = 'The answer does not fit the schema: is odd; a is missing'

  it('fails the turn', () => {
    const outcome = toObjectOutcome(failed, { schema: plain })
    expect(outcome).toMatchObject({ type: 'error', error: { code: 'output_invalid', message, issues } })
  })

  it('is left out with a warning', () => {
    const outcome = toObjectOutcome(failed, { schema: plain, errorStrategy: 'warn' })
    expect(outcome).toEqual({ type: 'none', warning: message, issues })
  })

  it('is replaced by the fallback', () => {
    const options = { schema: plain, errorStrategy: 'fallback', fallbackValue: { a: 0 } } as const
    expect(toObjectOutcome(failed, options)).toEqual({ type: 'fallback', object: { a: 0 }, warning: message })
  })

  it('is not looked for in one that does', () => {
    const outcome = toObjectOutcome({ ok: true, object: 1 }, { schema: plain, errorStrategy: 'strict' })
    expect(outcome).toEqual({ type: 'object', object: 1 })
  })
})
