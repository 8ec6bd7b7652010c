import type { JsonObject, JsonValue } from '../protocol/json.ts'
import { isRecord } from '../protocol/json.ts'
import type { Schema } from '../schema/schema.ts'
import { toJsonSchema } from '../schema/schema.ts'

/** A schema of zod (or any library that speaks Standard Schema), or a JSON Schema. */
export type OutputSchema<Output = unknown> = Schema<unknown, Output> | JsonObject

/** A user's schema in its two forms. */
export interface Described {
  /** As the user's schema says it. */
  plain: JsonObject
  /** As a model is told: an object outermost. */
  told: JsonObject
  /** The model's object holds the answer as its `value`. */
  isWrapped: boolean
  /** The answer itself is a list. */
  isList: boolean
  /** A strict mode, as OpenAI's, takes what the model is told. */
  isStrict: boolean
}

const described = new WeakMap<OutputSchema, Described>()

/** Made once for a schema. @throws TypeError if its library cannot say it as JSON Schema. */
export function describeOutput(schema: OutputSchema): Described {
  const known = described.get(schema)
  if (known) return known
  const plain = isStandard(schema) ? toJsonSchema(schema) : schema
  const closed = isStandard(schema) ? close(plain) : plain
  // A schema that refers to itself as a whole cannot be put into another.
  const isWrapped = plain['type'] !== 'object' && !JSON.stringify(plain).includes('"$ref":"#"')
  const told = isWrapped ? wrap(closed) : closed
  const made = { plain, told, isWrapped, isList: plain['type'] === 'array', isStrict: fitsStrict(told) }
  described.set(schema, made)
  return made
}

export function isStandard<Output>(schema: OutputSchema<Output>): schema is Schema<unknown, Output> {
  return '~standard' in schema
}

function wrap({ $schema, definitions, $defs, ...schema }: JsonObject): JsonObject {
  return {
    ...($schema !== undefined && { $schema }),
    type: 'object',
    properties: { value: schema },
    required: ['value'],
    additionalProperties: false,
    // References count from the outside.
    ...(definitions !== undefined && { definitions }),
    ...($defs !== undefined && { $defs }),
  }
}

/** The schema with every object that says nothing of further properties closed to them. */
function close(schema: JsonObject): JsonObject {
  const closed = Object.fromEntries(
    Object.entries(schema).map(([word, value]) => [word, closeWord(word, value)]),
  )
  const isOpen = isRecord(schema['properties']) && schema['additionalProperties'] === undefined
  return isOpen ? { ...closed, additionalProperties: false } : closed
}

const OF_SCHEMAS = new Set(['properties', 'definitions', '$defs', 'patternProperties'])
const SCHEMAS = new Set([
  'items',
  'prefixItems',
  'anyOf',
  'oneOf',
  'allOf',
  'additionalProperties',
  'additionalItems',
])

function closeWord(word: string, value: JsonValue): JsonValue {
  if (OF_SCHEMAS.has(word) && isObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, closeSchema(each)]))
  if (!SCHEMAS.has(word)) return value
  return Array.isArray(value) ? value.map(closeSchema) : closeSchema(value)
}

function closeSchema(value: JsonValue): JsonValue {
  return isObject(value) ? close(value) : value
}

/** Every object is closed and requires all that it has, and nothing is a tuple, one of several, all of several or anything. */
function fitsStrict(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.every(fitsStrict)
  if (!isObject(value)) return true
  const { type, properties, required, additionalProperties: more, items, oneOf, allOf } = value
  const names = isRecord(properties) ? Object.keys(properties) : []
  const isLoose =
    Object.keys(value).length === 0 ||
    (type === 'object' && more !== false) ||
    !names.every((name) => Array.isArray(required) && required.includes(name)) ||
    Array.isArray(items) ||
    oneOf !== undefined ||
    allOf !== undefined
  return !isLoose && Object.values(value).every(fitsStrict)
}

function isObject(value: JsonValue): value is JsonObject {
  return isRecord(value)
}

/** Whether the value is what a model gives for a schema that was wrapped. */
export function isWrapper(value: JsonValue): value is { value: JsonValue } {
  return isObject(value) && Object.hasOwn(value, 'value') && Object.keys(value).length === 1
}
