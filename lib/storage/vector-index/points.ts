import type { JsonObject } from '../../protocol/json.ts'
import type { FilterNode } from '../filter.ts'
import { passesFilter } from '../filter.ts'
import { endOfPrefix } from '../order.ts'
import type { Sql, SqlRow, SqlValue } from '../sql.ts'
import { numberOf, textOf } from '../sql.ts'
import type { VectorRecord } from '../vectors.ts'
import type { Space } from './space.ts'

/**
 * The truth: one row a vector. A point is never changed: what replaces it is a new one with a key above all others, so
 * what was found out about a key stays true. The vector comes last, because whoever reads metadata alone then does not
 * touch the pages behind it.
 */
export const POINTS_TABLES = [
  'CREATE TABLE IF NOT EXISTS points (key INTEGER PRIMARY KEY, space INTEGER, id TEXT, metadata TEXT, vector BLOB)',
  'CREATE UNIQUE INDEX IF NOT EXISTS points_by_id ON points (space, id)',
]

/** Rows that are held at once, by what their vectors take. */
const READ_BYTES = 4 << 20
const READ_ROWS = 1000

export interface StoredPoint {
  key: number
  id: string
  vector: Float32Array
  /** As it is stored: a search reads many more points than it answers with. */
  metadata: string | undefined
}

/** What is read of a point, in the order in which it is stored. */
const POINT = 'key, id, metadata, vector'

export function insertPoint(
  sql: Sql,
  { space }: Space,
  key: number,
  { id, vector, metadata }: VectorRecord,
): void {
  sql.run(
    'INSERT INTO points (key, space, id, metadata, vector) VALUES (?, ?, ?, ?, ?)',
    key,
    space,
    id,
    metadata ? JSON.stringify(metadata) : null,
    new Float32Array(vector).buffer,
  )
}

/** The key of the record, and whether what is stored is just that. */
export function findPoint(
  sql: Sql,
  { space }: Space,
  { id, vector, metadata }: VectorRecord,
): { key: number; isSame: boolean } | undefined {
  const [row] = sql.run('SELECT key, metadata, vector FROM points WHERE space = ? AND id = ?', space, id)
  if (!row) return undefined
  const stored = vectorOf(row)
  const isSame =
    row['metadata'] === (metadata ? JSON.stringify(metadata) : null) &&
    vector.every((number, at) => Object.is(Math.fround(number), stored[at]))
  return { key: numberOf(row, 'key'), isSame }
}

export function readRecord(sql: Sql, { space }: Space, id: string): VectorRecord | undefined {
  const [row] = sql.run(`SELECT ${POINT} FROM points WHERE space = ? AND id = ?`, space, id)
  return row && toRecord(toPoint(row))
}

export function toRecord({ id, vector, metadata }: StoredPoint): VectorRecord {
  return {
    id,
    vector: Array.from(vector),
    ...(metadata !== undefined && { metadata: parseMetadata(metadata) }),
  }
}

/** In no order. */
export function readPoints(sql: Sql, keys: readonly number[]): StoredPoint[] {
  return sql
    .run(`SELECT ${POINT} FROM points WHERE key IN (SELECT value FROM json_each(?))`, JSON.stringify(keys))
    .map(toPoint)
}

/** How many points of an index are read at once. */
export function pointsAtOnce({ dimension }: Space): number {
  return Math.max(8, Math.min(READ_ROWS, Math.floor(READ_BYTES / (4 * dimension))))
}

/**
 * Keys and vectors behind a key, in order, at most so many. The limit stands in the statement, since SQLite compiles one
 * anew each time a value is bound for it, and every query comes here.
 */
export function readVectors(
  sql: Sql,
  { end }: Space,
  after: number,
  limit: number,
): { key: number; vector: Float32Array }[] {
  return sql
    .run(`SELECT key, vector FROM points WHERE key > ? AND key < ? ORDER BY key LIMIT ${limit}`, after, end)
    .map((row) => ({ key: numberOf(row, 'key'), vector: vectorOf(row) }))
}

/** The keys between two, both included, whose metadata passes; in order. */
export function fittingKeys(sql: Sql, node: FilterNode, first: number, last: number): number[] {
  const keys: number[] = []
  for (let from = first; ;) {
    const rows = sql.run(
      'SELECT key, metadata FROM points WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ?',
      from,
      last,
      READ_ROWS,
    )
    for (const row of rows) if (passesFilter(node, metadataOf(row))) keys.push(numberOf(row, 'key'))
    const end = rows.at(-1)
    if (!end || rows.length < READ_ROWS) return keys
    from = numberOf(end, 'key') + 1
  }
}

/** Those of the keys whose metadata passes. */
export function fittingOf(sql: Sql, node: FilterNode, keys: readonly number[]): Set<number> {
  const rows = sql.run(
    'SELECT key, metadata FROM points WHERE key IN (SELECT value FROM json_each(?))',
    JSON.stringify(keys),
  )
  return new Set(rows.filter((row) => passesFilter(node, metadataOf(row))).map((row) => numberOf(row, 'key')))
}

/** Keys and metadata before a key, from the newest on, at most so many. */
export function readMetadata(
  sql: Sql,
  { base }: Space,
  before: number,
  limit: number,
): { key: number; metadata: JsonObject | undefined }[] {
  return sql
    .run(
      'SELECT key, metadata FROM points WHERE key < ? AND key >= ? ORDER BY key DESC LIMIT ?',
      before,
      base,
      limit,
    )
    .map((row) => ({ key: numberOf(row, 'key'), metadata: metadataOf(row) }))
}

export function keysByPrefix(sql: Sql, { space }: Space, prefix: string): number[] {
  const end = endOfPrefix(prefix)
  const values: SqlValue[] = [space, prefix, ...(end === undefined ? [] : [end])]
  const rows = sql.run(
    `SELECT key FROM points WHERE space = ? AND id >= ? ${end === undefined ? '' : 'AND id < ?'}`,
    ...values,
  )
  return rows.map((row) => numberOf(row, 'key'))
}

export function keysByIds(sql: Sql, { space }: Space, ids: readonly string[]): number[] {
  return ids.flatMap((id) =>
    sql
      .run('SELECT key FROM points WHERE space = ? AND id = ?', space, id)
      .map((row) => numberOf(row, 'key')),
  )
}

export function deletePoints(sql: Sql, keys: readonly number[]): void {
  if (keys.length === 0) return
  sql.run('DELETE FROM points WHERE key IN (SELECT value FROM json_each(?))', JSON.stringify(keys))
}

export function deleteAllPoints(sql: Sql, { base, end }: Space): void {
  sql.run('DELETE FROM points WHERE key >= ? AND key < ?', base, end)
}

export function countPoints(sql: Sql, { space }: Space): number {
  const [row] = sql.run('SELECT count(*) AS count FROM points WHERE space = ?', space)
  return row ? numberOf(row, 'count') : 0
}

/** The highest key that is in use; the index's base if there is none. */
export function lastKey(sql: Sql, { base, end }: Space): number {
  const [row] = sql.run(
    'SELECT coalesce(max(key), ?) AS key FROM points WHERE key > ? AND key < ?',
    base,
    base,
    end,
  )
  return row ? numberOf(row, 'key') : base
}

function toPoint(row: SqlRow): StoredPoint {
  return {
    key: numberOf(row, 'key'),
    id: textOf(row, 'id'),
    vector: vectorOf(row),
    metadata: row['metadata'] === null ? undefined : textOf(row, 'metadata'),
  }
}

function vectorOf(row: SqlRow): Float32Array {
  const { vector } = row
  if (vector instanceof ArrayBuffer) return new Float32Array(vector)
  throw new TypeError(`Cannot read column vector as bytes: it is ${typeof vector}`)
}

function metadataOf(row: SqlRow): JsonObject | undefined {
  const { metadata } = row
  return typeof metadata === 'string' ? parseMetadata(metadata) : undefined
}

/** Proof of the cast: what is read here was written above. */
export function parseMetadata(metadata: string): JsonObject {
  return JSON.parse(metadata) as JsonObject
}
