import type { Issue } from '../protocol/error.ts'
import type { JsonObject, JsonValue } from '../protocol/json.ts'
import { isRecord } from '../protocol/json.ts'

/** The keys from a value to the innermost value within it that is unfinished; all on the way are unfinished too. */
export type OpenPath = readonly (string | number)[]

/**
 * Where a value does not fit a JSON Schema. Of what `openPath` says is unfinished, only what can no longer become right
 * is told.
 *
 * Known words: type, enum, const, properties, required, additionalProperties, items, prefixItems, anyOf, oneOf, allOf,
 * $ref within the schema, and the limits of numbers, lengths and lists. Others are taken as kept, and so is what is
 * nested deeper than 500 values.
 */
export function checkJson(schema: JsonObject, value: JsonValue, openPath?: OpenPath): Issue[] {
  return check(schema, value, { root: schema, known: new Map(), path: '', openPath, depth: 0 })
}

interface Place {
  root: JsonObject
  path: string
  /** From here; undefined if the value is finished. */
  openPath: OpenPath | undefined
  /** Steps into the value and references followed: one may lead to itself. */
  depth: number
  /** What was found already: alternatives of a schema that refers to itself ask the same again and again. */
  known: Map<JsonObject, WeakMap<object, Issue[]>>
}

const MAX_DEPTH = 500
const MAX_ISSUES = 100

function check(schema: JsonValue | undefined, value: JsonValue, place: Place): Issue[] {
  if (schema === false) return [toIssue(place, 'is not allowed')]
  if (!isSchema(schema) || place.depth > MAX_DEPTH) return []
  if (typeof value !== 'object' || value === null) return find(schema, value, place)
  const ofSchema = place.known.get(schema) ?? new WeakMap<object, Issue[]>()
  place.known.set(schema, ofSchema)
  const issues = ofSchema.get(value) ?? find(schema, value, place).slice(0, MAX_ISSUES)
  ofSchema.set(value, issues)
  return issues
}

function find(schema: JsonObject, value: JsonValue, place: Place): Issue[] {
  const { $ref: ref } = schema
  if (typeof ref === 'string')
    return check(resolve(place.root, ref), value, { ...place, depth: place.depth + 1 })
  const type = checkType(schema['type'], value)
  if (type !== undefined) return [toIssue(place, type)]
  const isOpen = place.openPath !== undefined
  return [
    ...checkChoice(schema, value, isOpen).map((message) => toIssue(place, message)),
    ...checkLimits(schema, value, isOpen).map((message) => toIssue(place, message)),
    ...checkAlternatives(schema, value, place),
    ...listOf(schema['allOf']).flatMap((each) => check(each, value, place)),
    ...(Array.isArray(value) ? checkItems(schema, value, place) : []),
    ...(isSchema(value) ? checkProperties(schema, value, place) : []),
  ]
}

function checkType(type: JsonValue | undefined, value: JsonValue): string | undefined {
  const types = typeof type === 'string' ? [type] : listOf(type)
  if (types.length === 0 || types.some((each) => isOfType(each, value))) return undefined
  return `must be ${types.join(' or ')}`
}

function isOfType(type: JsonValue, value: JsonValue): boolean {
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isRecord(value)
  return typeof value === type
}

/** An unfinished string fits what it is the beginning of. */
function checkChoice(schema: JsonObject, value: JsonValue, isOpen: boolean): string[] {
  const { enum: choices, const: only } = schema
  const allowed = only === undefined ? choices : [only]
  if (!Array.isArray(allowed)) return []
  if (isOpen && typeof value !== 'string') return []
  const fits = allowed.some((choice) =>
    isOpen && typeof value === 'string' && typeof choice === 'string'
      ? choice.startsWith(value)
      : JSON.stringify(choice) === JSON.stringify(value),
  )
  return fits ? [] : [`must be ${allowed.map((choice) => JSON.stringify(choice)).join(' or ')}`]
}

/** What is unfinished can still grow, so only its upper limits count. */
function checkLimits(schema: JsonObject, value: JsonValue, isOpen: boolean): string[] {
  const issues: string[] = []
  const limit = (word: string, isKept: (limit: number) => boolean, message: string): void => {
    const limit = schema[word]
    if (typeof limit === 'number' && !isKept(limit)) issues.push(`${message} ${limit}`)
  }
  if (typeof value === 'number') {
    limit('minimum', (least) => value >= least, 'must be at least')
    limit('maximum', (most) => value <= most, 'must be at most')
    limit('exclusiveMinimum', (least) => value > least, 'must be more than')
    limit('exclusiveMaximum', (most) => value < most, 'must be less than')
  }
  if (typeof value === 'string') {
    const length = [...value].length
    limit('maxLength', (most) => length <= most, 'must be no longer than')
    if (!isOpen) limit('minLength', (least) => length >= least, 'must be no shorter than')
  }
  if (Array.isArray(value)) {
    limit('maxItems', (most) => value.length <= most, 'must have no more items than')
    if (!isOpen) limit('minItems', (least) => value.length >= least, 'must have no fewer items than')
  }
  return issues
}

/** Of alternatives that all fail, the one that comes closest tells why. */
function checkAlternatives(schema: JsonObject, value: JsonValue, place: Place): Issue[] {
  const alternatives = listOf(schema['anyOf'] ?? schema['oneOf'])
  const tried = alternatives.map((each) => check(each, value, place))
  if (tried.length === 0 || tried.some((issues) => issues.length === 0)) return []
  const close = tried.filter((issues) => issues.every(({ field }) => field !== place.path))
  return close.length === 1 && close[0] ? close[0] : [toIssue(place, 'fits none of the alternatives')]
}

function checkItems(schema: JsonObject, items: JsonValue[], place: Place): Issue[] {
  const { items: rule, prefixItems, additionalItems } = schema
  // Draft 7 says a tuple with a list of items, later ones with prefixItems.
  const tuple = Array.isArray(rule) ? rule : listOf(prefixItems)
  const rest = Array.isArray(rule) ? additionalItems : rule
  return items.flatMap((item, index) =>
    check(tuple[index] ?? rest, item, childOf(place, index, `${place.path}[${index}]`)),
  )
}

function checkProperties(schema: JsonObject, value: JsonObject, place: Place): Issue[] {
  const { properties, additionalProperties: others, required } = schema
  const known = isSchema(properties) ? properties : {}
  const pathOf = (name: string): string => (place.path === '' ? name : `${place.path}.${name}`)
  const issues = Object.entries(value).flatMap(([name, item]) =>
    check(Object.hasOwn(known, name) ? known[name] : others, item, childOf(place, name, pathOf(name))),
  )
  if (place.openPath) return issues
  for (const name of listOf(required)) {
    if (typeof name !== 'string' || Object.hasOwn(value, name)) continue
    issues.push({ field: pathOf(name), message: 'is missing' })
  }
  return issues
}

function childOf(place: Place, key: string | number, path: string): Place {
  const openPath = place.openPath?.[0] === key ? place.openPath.slice(1) : undefined
  return { ...place, path, openPath, depth: place.depth + 1 }
}

/** A reference within the schema: `#`, `#/definitions/order`. */
function resolve(root: JsonObject, ref: string): JsonValue | undefined {
  if (!ref.startsWith('#')) return undefined
  let target: JsonValue | undefined = root
  for (const segment of ref.split('/').slice(1)) {
    const key = decodeURIComponent(segment).replaceAll('~1', '/').replaceAll('~0', '~')
    target = isSchema(target) && Object.hasOwn(target, key) ? target[key] : undefined
  }
  return target
}

function toIssue({ path }: Place, message: string): Issue {
  return { field: path, message }
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : []
}

function isSchema(value: JsonValue | undefined): value is JsonObject {
  return isRecord(value)
}
