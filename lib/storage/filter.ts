import type { JsonObject, JsonValue } from '../protocol/json.ts'
import { isRecord } from '../protocol/json.ts'
import { compareText } from './order.ts'

export type FilterScalar = string | number | boolean | null

export interface FieldConditions {
  $eq?: FilterScalar
  $ne?: FilterScalar
  $gt?: string | number
  $gte?: string | number
  $lt?: string | number
  $lte?: string | number
  $in?: readonly FilterScalar[]
  $nin?: readonly FilterScalar[]
  /** The field is a list that holds this. */
  $contains?: FilterScalar
  /** The field is a list that holds all of these. */
  $all?: readonly FilterScalar[]
  $exists?: boolean
  $not?: FieldConditions
}

/**
 * Which vectors a query may find, by their metadata, in the words of Mastra's filters: fields that must all fit, a
 * value standing for `$eq`; `$and`, `$or`, `$nor` over lists of filters, `$not` over one. A field may be a path
 * (`author.name`). `$ne` and `$nin` fit where the field is missing; comparisons fit only values of their own kind.
 */
export type VectorFilter = {
  $and?: readonly VectorFilter[]
  $or?: readonly VectorFilter[]
  $nor?: readonly VectorFilter[]
  $not?: VectorFilter
  [field: string]: FilterScalar | FieldConditions | VectorFilter | readonly VectorFilter[] | undefined
}

export type ConditionType =
  | 'eq'
  | 'ne'
  | 'gt'
  | 'gte'
  | 'lt'
  | 'lte'
  | 'in'
  | 'nin'
  | 'contains'
  | 'all'
  | 'exists'

/** A filter, checked: a tree without shorthands. */
export type FilterNode =
  | { type: 'and' | 'or'; nodes: FilterNode[] }
  | { type: 'not'; node: FilterNode }
  | { type: 'field'; field: string; is: ConditionType; value: JsonValue }

/** @throws TypeError that names the place, if the filter is not one. */
export function parseFilter(filter: unknown): FilterNode {
  return parseAt(filter, 'filter', DEPTH)
}

/** How deep filters may be nested. */
const DEPTH = 32

function parseAt(filter: unknown, path: string, depth: number): FilterNode {
  if (!isRecord(filter)) throw refuse(path, 'must be an object')
  if (depth === 0) throw refuse(path, 'is nested too deep')
  const nodes = Object.entries(filter).flatMap(([key, value]) =>
    value === undefined ? [] : [parseEntry(key, value, `${path}.${key}`, depth)],
  )
  return allOf(nodes)
}

/** Whether metadata passes a filter. The one judge: what a service filters by itself may only be wider. */
export function passesFilter(node: FilterNode, metadata: JsonObject | undefined): boolean {
  switch (node.type) {
    case 'and':
      return node.nodes.every((inner) => passesFilter(inner, metadata))
    case 'or':
      return node.nodes.some((inner) => passesFilter(inner, metadata))
    case 'not':
      return !passesFilter(node.node, metadata)
    case 'field':
      return holds(node.is, valueAt(metadata, node.field), node.value)
  }
}

function parseEntry(key: string, value: unknown, path: string, depth: number): FilterNode {
  switch (key) {
    case '$and':
      return allOf(parseList(value, path, depth))
    case '$or':
      return { type: 'or', nodes: parseList(value, path, depth) }
    case '$nor':
      return { type: 'not', node: { type: 'or', nodes: parseList(value, path, depth) } }
    case '$not':
      return { type: 'not', node: parseAt(value, path, depth - 1) }
  }
  if (key.startsWith('$')) throw refuse(path, 'is not known here')
  if (key === '') throw refuse(path, 'needs the name of a field')
  if (isScalar(value)) return { type: 'field', field: key, is: 'eq', value }
  if (isRecord(value)) return parseConditions(key, value, path, depth)
  throw refuse(path, 'must be a value or conditions; a list is looked into with $in, $contains or $all')
}

function parseList(value: unknown, path: string, depth: number): FilterNode[] {
  if (!Array.isArray(value)) throw refuse(path, 'must be a list of filters')
  return value.map((item, at) => parseAt(item, `${path}[${at}]`, depth - 1))
}

function parseConditions(
  field: string,
  conditions: Record<string, unknown>,
  path: string,
  depth: number,
): FilterNode {
  if (depth === 0) throw refuse(path, 'is nested too deep')
  const entries = Object.entries(conditions).filter(([, value]) => value !== undefined)
  if (entries.length === 0) throw refuse(path, 'must hold a condition')
  return allOf(
    entries.map(([key, value]) => {
      const place = `${path}.${key}`
      if (key === '$not') {
        if (!isRecord(value)) throw refuse(place, 'must hold conditions')
        return { type: 'not', node: parseConditions(field, value, place, depth - 1) }
      }
      const is = Object.hasOwn(CONDITIONS, key) ? CONDITIONS[key] : undefined
      if (!is) throw refuse(place, `is not known here (have: ${Object.keys(CONDITIONS).join(', ')}, $not)`)
      return { type: 'field', field, is, value: checkOperand(is, value, place) }
    }),
  )
}

const CONDITIONS: Readonly<Record<string, ConditionType>> = {
  $eq: 'eq',
  $ne: 'ne',
  $gt: 'gt',
  $gte: 'gte',
  $lt: 'lt',
  $lte: 'lte',
  $in: 'in',
  $nin: 'nin',
  $contains: 'contains',
  $all: 'all',
  $exists: 'exists',
}

function checkOperand(is: ConditionType, value: unknown, path: string): JsonValue {
  if (is === 'exists') {
    if (typeof value === 'boolean') return value
    throw refuse(path, 'must be true or false')
  }
  if (is === 'in' || is === 'nin' || is === 'all') {
    if (Array.isArray(value) && value.every(isScalar)) return value
    throw refuse(path, 'must be a list of values')
  }
  const isOrdered = is === 'gt' || is === 'gte' || is === 'lt' || is === 'lte'
  if (isOrdered && typeof value !== 'string' && typeof value !== 'number')
    throw refuse(path, 'must be a number or a text')
  if (isScalar(value)) return value
  throw refuse(path, 'must be a text, a finite number, true, false or null')
}

function allOf(nodes: FilterNode[]): FilterNode {
  const [first] = nodes
  return nodes.length === 1 && first ? first : { type: 'and', nodes }
}

function isScalar(value: unknown): value is FilterScalar {
  if (typeof value === 'number') return Number.isFinite(value)
  return value === null || typeof value === 'string' || typeof value === 'boolean'
}

function refuse(path: string, message: string): TypeError {
  return new TypeError(`Cannot filter vectors: ${path} ${message}`)
}

function valueAt(metadata: JsonObject | undefined, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = metadata
  for (const name of path.split('.')) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}

function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return isRecord(value)
}

function holds(is: ConditionType, value: JsonValue | undefined, operand: JsonValue): boolean {
  const isIn = (list: JsonValue): boolean =>
    Array.isArray(list) && value !== undefined && list.includes(value)
  switch (is) {
    case 'eq':
      return value === operand
    case 'ne':
      return value !== operand
    case 'in':
      return isIn(operand)
    case 'nin':
      return !isIn(operand)
    case 'exists':
      return (value !== undefined) === operand
    case 'contains':
      return Array.isArray(value) && value.includes(operand)
    case 'all':
      return Array.isArray(value) && Array.isArray(operand) && operand.every((item) => value.includes(item))
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return isOrdered(is, compare(value, operand))
  }
}

function isOrdered(is: 'gt' | 'gte' | 'lt' | 'lte', order: number | undefined): boolean {
  if (order === undefined) return false
  if (order === 0) return is === 'gte' || is === 'lte'
  return order > 0 ? is === 'gt' || is === 'gte' : is === 'lt' || is === 'lte'
}

/** Undefined if they are of different kinds. */
function compare(a: JsonValue | undefined, b: JsonValue): number | undefined {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  return undefined
}
