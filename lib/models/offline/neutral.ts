import { clamp, fit, matches } from './fit.ts'
import { sampleOf } from './sample.ts'
import { choicesOf, itemsOf, numberOf, propertiesOf, shapesOf, textOf } from './schema.ts'
import type { Shape } from './schema.ts'

/**
 * The value that says least and is still valid: the default, a middle-of-the-road choice, an empty text or
 * list, false, one. `nth` asks for another one than the last (lists of distinct items).
 */
export function neutral(shapes: readonly Shape[], nth = 0, depth = 0): unknown {
  const shape = shapes.find(({ type }) => type !== 'null' || shapes.length === 1)
  if (!shape) return null
  const nullable = shapes.some(({ type }) => type === 'null')
  const fallback = 'default' in shape.schema ? fit(shape, shape.schema['default']) : undefined
  if (fallback !== undefined && nth === 0) return fallback
  if (nullable && (nth === 0 || depth > 4)) return null
  const choices = choicesOf(shape)
  if (choices) return neutralChoice(choices, nth)
  switch (shape.type) {
    case 'string':
      return neutralString(shape, nth)
    case 'integer':
      return clamp(shape.schema, 'integer', 1) + nth * (numberOf(shape.schema['multipleOf']) ?? 1)
    case 'number':
      return clamp(shape.schema, 'number', 0) + nth * (numberOf(shape.schema['multipleOf']) ?? 1)
    case 'boolean':
      return nth % 2 === 1
    case 'array':
      return neutralArray(shape, depth)
    case 'object':
      return neutralObject(shape, depth)
    case 'null':
      return null
    case 'any':
      return nth === 0 ? '' : nth
  }
}

function neutralChoice(choices: readonly unknown[], nth: number): unknown {
  const calm = /^(?:normal|medium|default|auto|any|all|other|general|standard|none|unknown)$/i
  const first = choices.find((choice) => typeof choice === 'string' && calm.test(choice))
  return nth === 0 ? (first ?? choices[0]) : choices[nth % choices.length]
}

const FORMAT_SAMPLES: { readonly [format: string]: string } = {
  date: '2000-01-01',
  'date-time': '2000-01-01T00:00:00Z',
  time: '00:00:00Z',
  email: 'someone@example.com',
  uri: 'https://example.com',
  url: 'https://example.com',
  uuid: '00000000-0000-4000-8000-000000000000',
  ipv4: '192.0.2.1',
  duration: 'P1D',
}

function neutralString({ schema }: Shape, nth: number): string {
  const pattern = textOf(schema['pattern'])
  const least = numberOf(schema['minLength']) ?? 0
  const most = numberOf(schema['maxLength']) ?? Infinity
  const suffix = nth > 0 ? String(nth) : ''
  const sample = FORMAT_SAMPLES[textOf(schema['format'])]
  if (sample && (!pattern || matches(pattern, sample))) return sample
  const sampled = pattern ? sampleOf(pattern, Math.max(least, nth)) : ''
  if (pattern && sampled !== undefined) return sampled
  return (suffix + '-'.repeat(Math.max(0, least - suffix.length))).slice(0, most)
}

function neutralArray(shape: Shape, depth: number): unknown[] {
  const tuple = Array.isArray(shape.schema['items']) ? shape.schema['items'] : shape.schema['prefixItems']
  const least = Math.max(numberOf(shape.schema['minItems']) ?? 0, Array.isArray(tuple) ? tuple.length : 0)
  if (depth > 8) return []
  const distinct = Boolean(shape.schema['uniqueItems'])
  return Array.from({ length: least }, (_, index) =>
    neutral(itemsOf(shape, index), distinct ? index : 0, depth + 1),
  )
}

function neutralObject(shape: Shape, depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  if (depth > 8) return result
  for (const { name, schema, required } of propertiesOf(shape)) {
    if (required) result[name] = neutral(shapesOf(schema, shape.root), 0, depth + 1)
  }
  return result
}
