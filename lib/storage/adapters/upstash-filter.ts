import type { JsonValue } from '../../protocol/json.ts'
import type { FilterNode } from '../filter.ts'

/**
 * A filter in the words of Upstash Vector. It may be wider than the filter and is never narrower: whoever uses it
 * judges what comes back by the filter itself, unless `isExact`.
 */
export type RemoteFilter =
  | { type: 'all'; isExact: boolean }
  | { type: 'none' }
  | { type: 'some'; text: string; isExact: boolean }

const ALL: RemoteFilter = { type: 'all', isExact: true }
const NONE: RemoteFilter = { type: 'none' }
/** What cannot be said there: everything might fit. */
const UNSAYABLE: RemoteFilter = { type: 'all', isExact: false }

export function toRemoteFilter(node: FilterNode): RemoteFilter {
  switch (node.type) {
    case 'and':
      return both(node.nodes.map(toRemoteFilter))
    case 'or':
      return either(node.nodes.map(toRemoteFilter))
    case 'not':
      return without(node.node)
    case 'field':
      return ofField(node)
  }
}

type FieldNode = FilterNode & { type: 'field' }

/** There is no word for `not`, so it is moved inwards until it meets conditions that have an opposite. */
function without(node: FilterNode): RemoteFilter {
  switch (node.type) {
    case 'and':
      return either(node.nodes.map(without))
    case 'or':
      return both(node.nodes.map(without))
    case 'not':
      return toRemoteFilter(node.node)
    case 'field': {
      const opposite = OPPOSITES[node.is]
      if (opposite) return ofField({ ...node, is: opposite })
      return node.is === 'exists' ? ofField({ ...node, value: node.value === false }) : UNSAYABLE
    }
  }
}

const OPPOSITES: Partial<Record<FieldNode['is'], FieldNode['is']>> = {
  eq: 'ne',
  ne: 'eq',
  in: 'nin',
  nin: 'in',
}
const SIGNS: Partial<Record<FieldNode['is'], string>> = { gt: '>', gte: '>=', lt: '<', lte: '<=' }

function both(filters: readonly RemoteFilter[]): RemoteFilter {
  if (filters.some(({ type }) => type === 'none')) return NONE
  return join(filters, 'AND', ALL)
}

function either(filters: readonly RemoteFilter[]): RemoteFilter {
  const wide = filters.filter(({ type }) => type === 'all')
  if (wide.length > 0) return wide.find((filter) => isExact(filter)) ?? UNSAYABLE
  return join(filters, 'OR', NONE)
}

function join(filters: readonly RemoteFilter[], word: 'AND' | 'OR', empty: RemoteFilter): RemoteFilter {
  const some = filters.filter((filter) => filter.type === 'some')
  const isWhole = filters.every(isExact)
  const [first] = some
  if (!first) return isWhole ? empty : UNSAYABLE
  const text = some.length === 1 ? first.text : `(${some.map(({ text }) => text).join(` ${word} `)})`
  return { type: 'some', text, isExact: isWhole }
}

function isExact(filter: RemoteFilter): boolean {
  return filter.type === 'none' || filter.isExact
}

function ofField({ field, is, value }: FieldNode): RemoteFilter {
  if (!isSayableField(field)) return UNSAYABLE
  switch (is) {
    case 'exists':
      // Whether a null counts as a value there is not written down.
      return {
        type: 'some',
        text: value === true ? `HAS FIELD ${field}` : `HAS NOT FIELD ${field}`,
        isExact: false,
      }
    case 'eq':
      return positive(field, [value], (literal) => `${field} = ${literal}`)
    case 'in':
      return either(asList(value).map((item) => ofField({ type: 'field', field, is: 'eq', value: item })))
    case 'contains':
      return positive(field, [value], (literal) => `${field} CONTAINS ${literal}`)
    case 'all':
      return asList(value).length === 0
        ? UNSAYABLE
        : both(asList(value).map((item) => ofField({ type: 'field', field, is: 'contains', value: item })))
    case 'ne':
      // It fits a null as well, and lists and objects: no words there let those in.
      return UNSAYABLE
    case 'nin':
      return asList(value).length === 0 ? ALL : UNSAYABLE
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return typeof value === 'number'
        ? positive(field, [value], (literal) => `${field} ${SIGNS[is]} ${literal}`)
        : UNSAYABLE
  }
}

function positive(field: string, [value]: JsonValue[], say: (literal: string) => string): RemoteFilter {
  const literal = toLiteral(value)
  return literal === undefined
    ? UNSAYABLE
    : { type: 'some', text: say(literal), isExact: field !== '' && !isDoubtful(value) }
}

/** There, true and 1 are one, and so are false and 0. */
function isDoubtful(value: JsonValue | undefined): boolean {
  return typeof value === 'boolean' || value === 0 || value === 1
}

function asList(value: JsonValue): JsonValue[] {
  return Array.isArray(value) ? value : []
}

/**
 * Undefined if it cannot be written so that nobody could take it for anything else: how a quote or a backslash is
 * escaped there is not written down, so a text with both kinds of quotes, or a backslash, is not said at all.
 */
function toLiteral(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return /^-?\d+(\.\d+)?$/.test(String(value)) ? String(value) : undefined
  // eslint-disable-next-line no-control-regex -- those are what is kept out
  if (typeof value !== 'string' || /[\\\u0000-\u001f]/.test(value)) return undefined
  if (!value.includes("'")) return `'${value}'`
  return value.includes('"') ? undefined : `"${value}"`
}

const WORDS = new Set(['and', 'or', 'not', 'in', 'glob', 'contains', 'has', 'field', 'true', 'false', 'null'])

function isSayableField(field: string): boolean {
  return /^[a-zA-Z_][a-zA-Z_0-9]*(\.[a-zA-Z_][a-zA-Z_0-9]*)*$/.test(field) && !WORDS.has(field.toLowerCase())
}
