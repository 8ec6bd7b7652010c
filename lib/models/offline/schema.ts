// JSON Schema as a value of unknown origin: read here, trusted nowhere. References, allOf and unions end here.

export type Schema = { readonly [key: string]: unknown }

/** A schema ready to fill: no `$ref`, no `allOf`, one branch of each union. */
export interface Shape {
  readonly schema: Schema
  /** The document that references point into. */
  readonly root: Schema
  readonly type: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'any'
}

export const isRecord = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

/** The branches of a schema, the ones that say most first and `null` last. Never empty. */
export function shapesOf(schema: unknown, root: Schema, depth = 0): Shape[] {
  const merged = merge(schema, root, depth)
  const branches = [...listOf(merged['anyOf']), ...listOf(merged['oneOf'])]
  if (branches.length > 0 && depth < 12) {
    const { anyOf: _any, oneOf: _one, ...shared } = merged
    const all = branches.flatMap((branch) => shapesOf({ allOf: [shared, branch] }, root, depth + 1))
    return [...all.filter((shape) => shape.type !== 'null'), ...all.filter((shape) => shape.type === 'null')]
  }
  const types = listOf(merged['type'])
  if (types.length === 0) return [{ schema: merged, root, type: typeOf(merged) }]
  const ordered = [...types.filter((type) => type !== 'null'), ...types.filter((type) => type === 'null')]
  return ordered.map((type) => ({ schema: merged, root, type: typeOf({ ...merged, type }) }))
}

/** The properties of an object shape: name, schema, and whether the shape demands them. */
export function propertiesOf(shape: Shape): { name: string; schema: unknown; required: boolean }[] {
  const required = listOf(shape.schema['required'])
  const own = isRecord(shape.schema['properties']) ? Object.entries(shape.schema['properties']) : []
  const open = shape.schema['additionalProperties']
  const extra = required
    .filter((name) => typeof name === 'string')
    .filter((name) => !own.some(([known]) => known === name))
    .map((name): [string, unknown] => [name, isRecord(open) ? open : {}])
  return [...own, ...extra].map(([name, schema]) => ({ name, schema, required: required.includes(name) }))
}

/** The values a shape is limited to by `const` or `enum`, or undefined. */
export function choicesOf({ schema }: Shape): readonly unknown[] | undefined {
  if ('const' in schema) return [schema['const']]
  return Array.isArray(schema['enum']) ? schema['enum'] : undefined
}

/** The shape of an array's items, `{}` where it says nothing. */
export function itemsOf({ schema, root }: Shape, index = 0): Shape[] {
  const { items, prefixItems } = schema
  const tuple = Array.isArray(items) ? items : listOf(prefixItems)
  return shapesOf(tuple[index] ?? (Array.isArray(items) ? {} : (items ?? {})), root)
}

function merge(schema: unknown, root: Schema, depth: number): Schema {
  if (!isRecord(schema) || depth > 12) return {}
  const { $ref, allOf, ...own } = schema
  const parts = [...listOf(allOf), ...(typeof $ref === 'string' ? [follow($ref, root)] : [])]
  return parts.map((part) => merge(part, root, depth + 1)).reduce<Schema>(both, own)
}

function both(a: Schema, b: Schema): Schema {
  const result: Record<string, unknown> = { ...a, ...b }
  if (isRecord(a['properties']) && isRecord(b['properties'])) {
    result['properties'] = { ...a['properties'], ...b['properties'] }
  }
  if (a['required'] && b['required']) {
    result['required'] = [...new Set([...listOf(a['required']), ...listOf(b['required'])])]
  }
  return result
}

function follow(reference: string, root: Schema): unknown {
  let place: unknown = root
  for (const step of reference.split('/').slice(1)) {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
    place = isRecord(place) ? place[key] : undefined
  }
  return place
}

function typeOf(schema: Schema): Shape['type'] {
  const { type } = schema
  switch (type) {
    case 'object':
    case 'array':
    case 'string':
    case 'number':
    case 'integer':
    case 'boolean':
    case 'null':
      return type
    default:
  }
  if ('properties' in schema || 'additionalProperties' in schema) return 'object'
  if ('items' in schema || 'prefixItems' in schema) return 'array'
  if (schema['const'] === null) return 'null'
  return 'any'
}
