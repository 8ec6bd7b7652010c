import { shapesOf, choicesOf, isRecord, itemsOf, listOf, numberOf, propertiesOf, textOf } from './schema.ts'
import type { Schema, Shape } from './schema.ts'

/**
 * The value bent to the shape without changing its meaning (`"12"` to 12, `Celsius` to `celsius`, 99 to the
 * maximum), or undefined if that cannot be. What comes back is valid against the shape.
 */
export function fit(shape: Shape, value: unknown): unknown {
  const choices = choicesOf(shape)
  if (choices) return fitChoice(choices, value)
  switch (shape.type) {
    case 'string':
      return fitString(shape.schema, value)
    case 'number':
    case 'integer':
      return fitNumber(shape.schema, shape.type, value)
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'null':
      return value === null ? null : undefined
    case 'array':
      return fitArray(shape, value)
    case 'object':
      return fitObject(shape, value)
    default:
      return value
  }
}

/** Like `fit`, over the branches of a schema: the first that takes the value. */
export function fitAny(shapes: readonly Shape[], value: unknown): unknown {
  for (const shape of shapes) {
    const fitted = fit(shape, value)
    if (fitted !== undefined) return fitted
  }
  return undefined
}

/** Whether a string satisfies a pattern. One that does not compile is satisfied by anything. */
export function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text)
  } catch {
    return true
  }
}

/** The nearest number that bounds, `multipleOf` and wholeness allow. */
export function clamp(schema: Schema, type: string, value: number): number {
  const step = numberOf(schema['multipleOf']) ?? (type === 'integer' ? 1 : 0)
  const above = numberOf(schema['exclusiveMinimum'])
  const below = numberOf(schema['exclusiveMaximum'])
  const low = Math.max(numberOf(schema['minimum']) ?? -Infinity, above ?? -Infinity)
  const high = Math.min(numberOf(schema['maximum']) ?? Infinity, below ?? Infinity)
  const gap = Number.isFinite(high - low) ? (high - low) / 2 : 1
  let result = Math.min(Math.max(value, low), high)
  if (step > 0) {
    result = Math.round(result / step) * step
    if (result < low) result = Math.ceil(low / step) * step
    if (result > high) result = Math.floor(high / step) * step
  }
  if (above !== undefined && result <= above)
    result = step > 0 ? (Math.floor(above / step) + 1) * step : above + gap
  if (below !== undefined && result >= below)
    result = step > 0 ? (Math.ceil(below / step) - 1) * step : below - gap
  return result
}

function fitChoice(choices: readonly unknown[], value: unknown): unknown {
  return (
    choices.find((choice) => choice === value) ?? choices.find((choice) => plain(choice) === plain(value))
  )
}

const plain = (one: unknown) => (typeof one === 'string' ? one.toLowerCase() : JSON.stringify(one))

function fitString(schema: Schema, value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const text = String(value)
    .slice(0, numberOf(schema['maxLength']))
    .replace(/[\uD800-\uDBFF]$/, '')
  const { pattern } = schema
  if ([...text].length < (numberOf(schema['minLength']) ?? 0)) return undefined
  if (typeof pattern === 'string' && !matches(pattern, text)) return undefined
  const format = FORMATS[textOf(schema['format'])]
  return format && !format.test(text) ? undefined : text
}

const FORMATS: { readonly [format: string]: RegExp } = {
  date: /^\d{4}-\d\d-\d\d$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/,
  time: /^\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?$/,
  email: /^[\w.+'-]+@[\w-]+(?:\.[\w-]+)+$/,
  uri: /^[a-z][a-z\d+.-]*:\S+$/i,
  url: /^https?:\S+$/i,
  uuid: /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i,
  ipv4: /^(?:\d{1,3}\.){3}\d{1,3}$/,
}

function fitNumber(schema: Schema, type: string, value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : numberOf(value)
  return number === undefined || !Number.isFinite(number) ? undefined : clamp(schema, type, number)
}

function fitArray(shape: Shape, value: unknown): unknown[] | undefined {
  if (!Array.isArray(value)) return undefined
  const fitted = value
    .map((item: unknown, index) => fitAny(itemsOf(shape, index), item))
    .filter((item) => item !== undefined)
    .slice(0, numberOf(shape.schema['maxItems']))
  const distinct = shape.schema['uniqueItems']
    ? fitted.filter(
        (item, index) => fitted.findIndex((one) => JSON.stringify(one) === JSON.stringify(item)) === index,
      )
    : fitted
  const enough =
    distinct.length >= Math.max(numberOf(shape.schema['minItems']) ?? 0, value.length > 0 ? 1 : 0)
  return enough ? distinct : undefined
}

function fitObject(shape: Shape, value: unknown): Schema | undefined {
  if (!isRecord(value)) return undefined
  const properties = propertiesOf(shape)
  const open = shape.schema['additionalProperties']
  const known = new Set(properties.map(({ name }) => name))
  const result: Record<string, unknown> = {}
  for (const { name, schema, required } of properties) {
    const fitted = name in value ? fitAny(shapesOf(schema, shape.root), value[name]) : undefined
    if (fitted !== undefined) result[name] = fitted
    else if (required) return undefined
  }
  for (const name of Object.keys(value)) {
    if (known.has(name) || open === false) continue
    const fitted = isRecord(open) ? fitAny(shapesOf(open, shape.root), value[name]) : value[name]
    if (fitted !== undefined) result[name] = fitted
  }
  return Object.keys(result).length >= listOf(shape.schema['required']).length ? result : undefined
}
