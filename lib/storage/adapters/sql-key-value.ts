import type { JsonValue } from '../../protocol/json.ts'
import { checkEntry, checkKeyQuery } from '../check.ts'
import type { KeyPage, KeyQuery, KeyValue, KeyValueEntry } from '../key-value.ts'
import { endOfPrefix } from '../order.ts'
import type { Sql, SqlRow, SqlValue } from '../sql.ts'
import { textOf } from '../sql.ts'
import { createSqlPieces, PIECES_TABLE } from './sql-pieces.ts'

/** `due` is when the value expires, in milliseconds since 1970. No index on it: it would be one more row per write. */
const TABLES = [
  'CREATE TABLE IF NOT EXISTS pairs (key TEXT PRIMARY KEY, body TEXT, due INTEGER) WITHOUT ROWID',
  PIECES_TABLE,
]

/** Where the pieces of long values stand, beside those of documents: no collection is called so by the kit. */
const SPACE = '\u0000pairs'

/** After so many writes what has expired is swept out: reading a row costs a thousandth of writing one. */
const SWEEP_EVERY = 256

/** Values by key in a SQLite database. `now` gives milliseconds since 1970. */
export function createSqlKeyValue(sql: Sql, now: () => number): KeyValue {
  for (const table of TABLES) sql.run(table)
  const pieces = createSqlPieces(sql)
  let writes = 0

  const drop = (row: SqlRow): void => {
    const key = textOf(row, 'key')
    pieces.drop(SPACE, key, textOf(row, 'body'))
    sql.run('DELETE FROM pairs WHERE key = ?', key)
  }
  const dropKey = (key: string): void =>
    sql.run('SELECT key, body FROM pairs WHERE key = ?', key).forEach(drop)
  const write = ({ key, value, ttlMs }: KeyValueEntry): void => {
    if (writes % SWEEP_EVERY === 0) sql.run('SELECT key, body FROM pairs WHERE due <= ?', now()).forEach(drop)
    writes += 1
    const [old] = sql.run('SELECT body FROM pairs WHERE key = ?', key)
    if (old) pieces.drop(SPACE, key, textOf(old, 'body'))
    const body = pieces.write(SPACE, key, JSON.stringify(value))
    const due = ttlMs === undefined ? null : now() + ttlMs
    sql.run('INSERT OR REPLACE INTO pairs (key, body, due) VALUES (?, ?, ?)', key, body, due)
  }
  const get = (key: string): JsonValue | undefined => {
    const [row] = sql.run('SELECT body FROM pairs WHERE key = ? AND (due IS NULL OR due > ?)', key, now())
    if (!row) return undefined
    // It was written here.
    return JSON.parse(pieces.read(SPACE, key, textOf(row, 'body'))) as JsonValue
  }
  const setMany = async (entries: readonly KeyValueEntry[]): Promise<void> => {
    for (const entry of entries) checkEntry(entry)
    sql.transaction(() => entries.forEach(write))
  }
  return {
    get: async (key) => get(key),
    getMany: async (keys) => keys.map(get),
    set: (key, value, options) => setMany([{ key, value, ...options }]),
    setMany,
    delete: async (...keys) => sql.transaction(() => keys.forEach(dropKey)),
    list: async (query) => list(sql, query, now()),
  }
}

function list(sql: Sql, query: KeyQuery, now: number): KeyPage {
  checkKeyQuery(query)
  const { prefix = '', after, limit } = query
  const end = endOfPrefix(prefix)
  const bounds = ['key >= ?', '(due IS NULL OR due > ?)']
  const values: SqlValue[] = [prefix, now]
  if (end !== undefined) {
    bounds.push('key < ?')
    values.push(end)
  }
  if (after !== undefined) {
    bounds.push('key > ?')
    values.push(after)
  }
  const rows = sql.run(
    `SELECT key FROM pairs WHERE ${bounds.join(' AND ')} ORDER BY key LIMIT ?`,
    ...values,
    limit + 1,
  )
  const keys = rows.slice(0, limit).map((row) => textOf(row, 'key'))
  const last = keys.at(-1)
  return rows.length > limit && last !== undefined ? { keys, next: last } : { keys }
}
