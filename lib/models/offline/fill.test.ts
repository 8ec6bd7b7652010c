import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Evidence } from './evidence.ts'
import { fill } from './fill.ts'
import { knownIn } from './known.ts'
import type { Schema } from './schema.ts'
import { namesOf } from './words.ts'

const evidenceOf = (text: string, more: Partial<Evidence> = {}): Evidence => ({
  text,
  known: [],
  earlier: [],
  system: '',
  tool: [],
  others: new Set(),
  ...more,
})

const object = (properties: Record<string, unknown>, required = Object.keys(properties)): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})

const filled = (schema: unknown, text: string, more: Partial<Evidence> = {}) =>
  fill(schema, evidenceOf(text, more)).value

const string = { type: 'string' }
const list = (items: unknown) => ({ type: 'array', items })
const number = { type: 'number' }
const integer = { type: 'integer' }
const boolean = { type: 'boolean' }

describe('strings', () => {
  it.each([
    ['city', 'What is the weather in Rome today?', 'Rome'],
    ['city', 'weather for new york please', 'new york'],
    ['location', 'How is it near San Francisco?', 'San Francisco'],
    ['city', 'city: Buenos Aires, unit: celsius', 'Buenos Aires'],
    ['city', 'city = "Rio de Janeiro"', 'Rio de Janeiro'],
    ['name', 'Create a project called Apollo for the team', 'Apollo'],
    ['name', 'make a channel named "big news"', 'big news'],
    ['orderId', 'Where is order #4411?', '4411'],
    ['orderId', 'refund order A-1043 please', 'A-1043'],
    ['trackingNumber', 'Track the parcel 1Z999AA1', '1Z999AA1'],
    ['query', 'Search the docs for durable objects', 'durable objects'],
    ['question', 'Why is the sky blue?', 'Why is the sky blue?'],
    ['requirement', 'A shop with payments', 'A shop with payments'],
    ['text', 'Summarize this: cats sleep a lot.', 'cats sleep a lot.'],
    ['message', 'Tell Bob something saying the train is late', 'the train is late'],
    ['expression', 'What is 12 * (7 + 1)?', '12 * (7 + 1)'],
    ['email', 'Write to ada@example.com.', 'ada@example.com'],
  ])('finds %s in "%s"', (name, text, expected) => {
    expect(filled(object({ [name]: string }), text)).toEqual({ [name]: expected })
  })

  it('keeps origin and destination apart', () => {
    const schema = object({ to: string, from: string })
    expect(filled(schema, 'Find a flight from Oslo to Rome')).toEqual({ from: 'Oslo', to: 'Rome' })
  })

  it('knows values by their format', () => {
    const schema = object({
      link: { type: 'string', format: 'uri' },
      owner: { type: 'string', format: 'email' },
      key: { type: 'string', format: 'uuid' },
      day: { type: 'string', format: 'date' },
      at: { type: 'string', format: 'date-time' },
    })
    const uuid = '7b9c2e54-2f6d-4c1b-9a0e-1d2c3b4a5f60'
    const text = `Send https://example.com/a?b=1 to bo@x.org for ${uuid} on 24 December 2026 or 2026-12-25T10:00:00Z`
    expect(filled(schema, text)).toEqual({
      link: 'https://example.com/a?b=1',
      owner: 'bo@x.org',
      key: uuid,
      day: '2026-12-24',
      at: '2026-12-25T10:00:00Z',
    })
  })

  it('counts relative days from the day the system message names', () => {
    const schema = object({ date: { type: 'string', format: 'date' } })
    const system = 'Today is 2026-11-21.'
    expect(filled(schema, 'a table for tomorrow', { system })).toEqual({ date: '2026-11-22' })
    expect(filled(schema, 'a table for next Friday', { system })).toEqual({ date: '2026-11-27' })
  })

  it('prefers the word that a pattern accepts', () => {
    const schema = object({ code: { type: 'string', pattern: '^[A-Z]{3}$' } })
    expect(filled(schema, 'What is the rate for CHF now?')).toEqual({ code: 'CHF' })
  })

  it('takes an allowed value whatever its case', () => {
    const schema = object({ unit: { enum: ['celsius', 'fahrenheit'] }, kind: { const: 'daily' } })
    expect(filled(schema, 'in Fahrenheit')).toEqual({ unit: 'fahrenheit', kind: 'daily' })
  })

  it('gives two properties of one enumeration their own values', () => {
    const currency = { type: 'string', enum: ['USD', 'EUR', 'GBP'] }
    const schema = object({ to: currency, from: currency, amount: number })
    expect(filled(schema, 'Convert 1.5k USD to EUR')).toEqual({ from: 'USD', to: 'EUR', amount: 1500 })
  })
})

describe('numbers', () => {
  it('gives numbers to the properties whose words stand beside them', () => {
    const schema = object({ nights: integer, guests: integer, budget: number })
    const text = 'A room for two people, 3 nights, at most $1,200'
    expect(filled(schema, text)).toEqual({ nights: 3, guests: 2, budget: 1200 })
  })

  it('gives numbers without words in order', () => {
    expect(filled(object({ a: number, b: number }), 'add 12 and 30.5')).toEqual({ a: 12, b: 30.5 })
  })

  it.each([
    ['100k users', 100_000],
    ['2.5m users', 2_500_000],
    ['twelve users', 12],
    ['-4 users', -4],
    ['3 million users', 3_000_000],
  ])('reads %s', (text, expected) => {
    expect(filled(object({ users: number }), text)).toEqual({ users: expected })
  })

  it('stays between the bounds', () => {
    const schema = object({ limit: { type: 'integer', minimum: 1, maximum: 10 } })
    expect(filled(schema, 'top 50 results')).toEqual({ limit: 10 })
  })

  it('does not take the digits of ids, dates and addresses', () => {
    const schema = object({ orderId: string, amount: number })
    expect(filled(schema, 'order A-17 of 2026-01-02: pay 40')).toEqual({ orderId: 'A-17', amount: 40 })
  })
})

describe('switches and lists', () => {
  it.each([
    ['with breakfast', { breakfast: true }],
    ['without breakfast', { breakfast: false }],
    ['breakfast: no', { breakfast: false }],
    ['a room', {}],
  ])('reads "%s"', (text, expected) => {
    expect(filled(object({ breakfast: boolean }, []), text)).toEqual(expected)
  })

  it('reads lists of names, numbers, allowed values', () => {
    expect(filled(object({ cities: list(string) }), 'Compare Rome, Paris and Oslo')).toEqual({
      cities: ['Rome', 'Paris', 'Oslo'],
    })
    expect(filled(object({ values: list(number) }), 'the mean of 1, 2 and 30')).toEqual({
      values: [1, 2, 30],
    })
    expect(filled(object({ tags: list(string) }), 'tags: red, green')).toEqual({ tags: ['red', 'green'] })
    expect(filled(object({ days: list({ enum: ['mon', 'tue', 'wed'] }) }), 'on wed and mon')).toEqual({
      days: ['wed', 'mon'],
    })
  })

  it('fills one item of a list of objects', () => {
    const schema = object({ items: { type: 'array', items: object({ sku: string, quantity: integer }) } })
    expect(filled(schema, 'order quantity 3 of SKU-9')).toEqual({ items: [{ sku: 'SKU-9', quantity: 3 }] })
  })
})

describe('structure', () => {
  it('fills nested objects from the same text', () => {
    const schema = object({ trip: object({ city: string, days: integer }), note: string }, ['trip'])
    expect(filled(schema, '4 days in Rome')).toEqual({ trip: { city: 'Rome', days: 4 } })
  })

  it('follows $ref and $defs, merges allOf', () => {
    const schema = {
      ...object({ place: { $ref: '#/$defs/place' } }),
      $defs: { place: { allOf: [object({ city: string }), { required: ['city'] }] } },
    }
    expect(filled(schema, 'in Oslo')).toEqual({ place: { city: 'Oslo' } })
  })

  it('ends on schemas that hold themselves', () => {
    const node = object({ name: string, next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } })
    expect(filled(node, 'called Apollo')).toEqual({ name: 'Apollo', next: null })
  })

  it('takes the branch whose words the text uses', () => {
    const card = object({ kind: { const: 'card' }, number: string })
    const transfer = object({ kind: { const: 'transfer' }, iban: string })
    const schema = object({ pay: { oneOf: [card, transfer] } })
    expect(filled(schema, 'by transfer, iban: DE001')).toEqual({ pay: { kind: 'transfer', iban: 'DE001' } })
  })

  it('is null where nothing was said and null is allowed', () => {
    const schema = object({ city: { anyOf: [string, { type: 'null' }] }, age: { type: ['integer', 'null'] } })
    expect(filled(schema, '')).toEqual({ city: null, age: null })
  })

  it('uses defaults, then neutral values, for what is required and unsaid', () => {
    const schema = object({
      size: { enum: ['s', 'medium', 'l'] },
      page: { type: 'integer', default: 4 },
      on: boolean,
    })
    const { value, missing } = fill(schema, evidenceOf('hm'))
    expect(value).toEqual({ size: 'medium', page: 4, on: false })
    expect(missing.map(({ name }) => name)).toEqual(['size', 'on'])
  })

  it('leaves optional properties out when nothing was said', () => {
    expect(filled(object({ city: string, unit: { enum: ['c', 'f'] } }, ['city']), 'in Rome')).toEqual({
      city: 'Rome',
    })
  })
})

describe('results', () => {
  const known = knownIn(
    { order: { id: 'ord_1', lines: [{ sku: 'A1' }, { sku: 'B2' }] }, quote: 3, lat: 4.5 },
    'findOrder',
  )

  it('takes values by name, also through surroundings and short forms', () => {
    const schema = object({ orderId: string, latitude: number, quote: integer })
    expect(filled(schema, 'go on', { known })).toEqual({ orderId: 'ord_1', latitude: 4.5, quote: 3 })
  })

  it('collects the values of a list', () => {
    expect(filled(object({ skus: { type: 'array', items: string } }), 'go on', { known })).toEqual({
      skus: ['A1', 'B2'],
    })
  })

  it('offers each value when the request is for each', () => {
    const schema = object({ sku: string })
    const { value, siblings } = fill(schema, evidenceOf('check each', { known }))
    expect([value, ...siblings]).toEqual([{ sku: 'A1' }, { sku: 'B2' }])
  })

  it('does not guess an id that another tool gives', () => {
    const more = { tool: namesOf('issueRefund'), others: new Set(namesOf('makeQuote')) }
    const { missing } = fill(object({ quoteId: string }), evidenceOf('refund A-1043', more))
    expect(missing.map(({ name }) => name)).toEqual(['quoteId'])
  })
})

const names = fc.constantFrom(
  'city',
  'orderId',
  'amount',
  'tags',
  'isUrgent',
  'text',
  'date',
  'count',
  'nested',
  'to',
  'from',
  'email',
  'note',
  'x',
)

const leafSchema: fc.Arbitrary<unknown> = fc.oneof(
  fc.record({
    type: fc.constant('string'),
    minLength: fc.nat(5),
    maxLength: fc.integer({ min: 5, max: 40 }),
  }),
  fc.record({
    type: fc.constant('string'),
    format: fc.constantFrom('email', 'date', 'date-time', 'uuid', 'uri'),
  }),
  fc.record({
    type: fc.constant('string'),
    pattern: fc.constantFrom('^[A-Z]{2}-\\d{3}$', '^(on|off)$', '^\\w+@\\w+$', '^x?y+$'),
  }),
  fc.record({
    type: fc.constant('string'),
    enum: fc.uniqueArray(fc.constantFrom('red', 'low', 'Rome', 'a b'), { minLength: 1 }),
  }),
  fc.record({
    type: fc.constantFrom('number', 'integer'),
    minimum: fc.integer({ min: -9, max: 9 }),
    maximum: fc.integer({ min: 9, max: 90 }),
  }),
  fc.record({
    type: fc.constant('integer'),
    multipleOf: fc.constantFrom(2, 5),
    exclusiveMinimum: fc.integer({ min: -9, max: 9 }),
  }),
  fc.constantFrom(
    { type: 'boolean' },
    { const: 7 },
    { anyOf: [{ type: 'integer' }, { type: 'null' }] },
    { type: ['string', 'null'] },
  ),
)

const anySchema = fc.letrec<{ schema: unknown; object: unknown }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leafSchema,
    fc.record({
      type: fc.constant('array'),
      items: tie('schema'),
      minItems: fc.nat(2),
      maxItems: fc.integer({ min: 2, max: 4 }),
    }),
    tie('object'),
    fc.array(leafSchema, { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
  ),
  object: fc.dictionary(names, fc.tuple(tie('schema'), fc.boolean()), { maxKeys: 5 }).map((entries) => ({
    type: 'object',
    properties: Object.fromEntries(Object.entries(entries).map(([name, [schema]]) => [name, schema])),
    required: Object.entries(entries)
      .filter(([, [, required]]) => required)
      .map(([name]) => name),
    additionalProperties: false,
  })),
})).object

const anyText = fc.oneof(
  fc.constantFrom(
    'Book a table in Rome for 4 people on 2026-12-24, urgent, low, tags: red, a b and send it to ada@x.org',
    'order A-17 from Oslo to "New York" with 3, 5 and 12 of AB-123 on off',
    '',
  ),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
)

describe('any schema', () => {
  it('gets arguments that are valid against it', () => {
    fc.assert(
      fc.property(anySchema, anyText, (schema, text) => {
        const { value } = fill(schema, evidenceOf(text))
        const result = z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema).safeParse(value)
        expect(result.error?.issues ?? []).toEqual([])
        expect(fill(schema, evidenceOf(text)).value).toEqual(value)
      }),
      { numRuns: 400 },
    )
  })
})
