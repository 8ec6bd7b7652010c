import { findNonJson } from '../protocol/json.ts'
import type { Document, DocumentQuery, IndexValue } from './documents.ts'
import type { KeyQuery, KeyValueEntry } from './key-value.ts'

/** What the ports refuse, alike on every adapter. A wrong argument is the caller's mistake: a built-in error. */

const LIMIT = 1000

/** @throws TypeError or RangeError. */
export function checkDocument({ id, body, index, version }: Document): void {
  checkText(id, 'document id')
  checkVersion(version)
  const path = findNonJson(body)
  if (path !== undefined) throw new TypeError(`Cannot put document "${id}": body.${path} is not JSON`)
  for (const [field, value] of Object.entries(index)) {
    checkText(field, 'index field')
    checkIndexValue(value, field)
  }
}

export function checkVersion(version: number): void {
  if (Number.isSafeInteger(version) && version >= 0) return
  throw new RangeError(`Cannot write a document: its version is ${version}, it must be a whole number from 0`)
}

export function checkDocumentQuery({ by, from, to, limit, skip = 0 }: DocumentQuery): void {
  checkText(by, 'index field')
  if (from !== undefined) checkIndexValue(from, 'from')
  if (to !== undefined) checkIndexValue(to, 'to')
  checkCount(limit, 'limit', 0, LIMIT)
  checkCount(skip, 'skip', 0, Number.MAX_SAFE_INTEGER)
}

export function checkEntry({ key, value, ttlMs }: KeyValueEntry): void {
  checkText(key, 'key')
  const path = findNonJson(value)
  if (path !== undefined) throw new TypeError(`Cannot set "${key}": value.${path} is not JSON`)
  if (ttlMs !== undefined) checkCount(ttlMs, 'ttlMs', 1, Number.MAX_SAFE_INTEGER)
}

export function checkKeyQuery({ prefix = '', limit }: KeyQuery): void {
  checkText(prefix, 'prefix')
  checkCount(limit, 'limit', 1, LIMIT)
}

/** Half a surrogate pair cannot be written as UTF-8: two texts would become one. */
export function checkText(text: string, name: string): void {
  if (typeof text !== 'string' || !text.isWellFormed())
    throw new TypeError(`Cannot use this ${name}: it is not a well-formed text`)
}

export function checkCount(value: number, name: string, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new RangeError(`Cannot use ${name} ${value}: it must be a whole number from ${least} to ${most}`)
}

function checkIndexValue(value: IndexValue, field: string): void {
  if (typeof value === 'string') return checkText(value, `value of ${field}`)
  if (typeof value === 'number' && Number.isFinite(value)) return
  throw new TypeError(`Cannot use this value of ${field}: it is neither a text nor a finite number`)
}
