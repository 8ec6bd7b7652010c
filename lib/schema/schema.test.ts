import type { StandardSchemaV1 } from '@standard-schema/spec'
import { describe, expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import type { InferInput, InferOutput } from './schema.ts'
import { parse, toJsonSchema } from './schema.ts'

const order = z.object({ id: z.string(), count: z.coerce.number<string>().default(1) })

describe('parse', () => {
  it('gives the value as the schema makes it', async () => {
    expect(await parse(order, { id: 'a', count: '3', more: true })).toEqual({
      ok: true,
      value: { id: 'a', count: 3 },
    })
  })

  it('waits for a schema that checks asynchronously', async () => {
    const taken = z.string().refine(async (name) => name !== 'taken', 'is taken')
    expect(await parse(taken, 'taken')).toEqual({ ok: false, issues: [{ field: '', message: 'is taken' }] })
    expect(await parse(taken, 'free')).toEqual({ ok: true, value: 'free' })
  })

  it('names the field of each issue by its path', async () => {
    const schema = z.object({ list: z.array(z.object({ at: z.literal(1, 'must be 1') })) })
    const found = await parse(schema, { list: [{ at: 1 }, { at: 2 }] })
    expect(found).toEqual({ ok: false, issues: [{ field: 'list[1].at', message: 'must be 1' }] })
    expect(await parse(z.array(z.literal(1, 'must be 1')), [2])).toEqual({
      ok: false,
      issues: [{ field: '[0]', message: 'must be 1' }],
    })
  })

  it('reads path segments that are objects', async () => {
    const schema: StandardSchemaV1 = {
      '~standard': {
        version: 1,
        vendor: 'hand',
        validate: () => ({ issues: [{ message: 'no', path: [{ key: 'a' }, { key: 0 }, 'b'] }] }),
      },
    }
    expect(await parse(schema, {})).toEqual({ ok: false, issues: [{ field: 'a[0].b', message: 'no' }] })
  })
})

describe('toJsonSchema', () => {
  it('says what goes in, and what comes out', () => {
    const text = z.codec(z.string(), z.number(), { decode: Number, encode: String })
    expect(toJsonSchema(z.object({ a: text }))).toMatchObject({ properties: { a: { type: 'string' } } })
    expect(toJsonSchema(z.object({ a: text }), 'output')).toMatchObject({
      properties: { a: { type: 'number' } },
    })
    expect(toJsonSchema(order)).toMatchObject({ type: 'object', required: ['id'] })
  })

  it('tells a date that is made of what comes, or that goes out, as its text', async () => {
    const schema = z.object({ on: z.coerce.date().describe('The day') })
    const on = { type: 'string', format: 'date-time', description: 'The day' }
    expect(toJsonSchema(schema)).toMatchObject({ properties: { on } })
    expect(await parse(schema, { on: '2026-01-02T03:04:05Z' })).toEqual({
      ok: true,
      value: { on: new Date('2026-01-02T03:04:05Z') },
    })
    expect(toJsonSchema(z.array(z.date()), 'output')).toMatchObject({ items: { format: 'date-time' } })
  })

  it('names the place of what it has no words for, and what to write for a date', () => {
    expect(() => toJsonSchema(z.object({ list: z.array(z.instanceof(Map)) }))).toThrow(
      new TypeError('Custom types cannot be represented in JSON Schema at properties.list.items'),
    )
    expect(() => toJsonSchema(z.object({ on: z.date() }))).toThrow(
      new TypeError('Date cannot be represented in JSON Schema at properties.on: write z.coerce.date()'),
    )
  })

  it('throws a TypeError that names the library when it cannot be said', () => {
    const schema: StandardSchemaV1 = {
      '~standard': { version: 1, vendor: 'hand', validate: (value) => ({ value }) },
    }
    expect(() => toJsonSchema(schema)).toThrow(
      new TypeError('Cannot describe a hand schema: it has no JSON Schema (zod 4.2 and later have)'),
    )
  })
})

it('infers what goes into a schema and what comes out of it', () => {
  expectTypeOf<InferInput<typeof order>>().toEqualTypeOf<{ id: string; count?: string | undefined }>()
  expectTypeOf<InferOutput<typeof order>>().toEqualTypeOf<{ id: string; count: number }>()
})
