import type { JsonObject } from '../../protocol/json.ts'
import type { Document, DocumentPage, DocumentQuery, Documents, IndexValue } from '../documents.ts'
import type { Sql, SqlRow, SqlValue } from '../sql.ts'
import { numberOf, textOf } from '../sql.ts'

/** A deleted document stays as a row without a body, so that a late write of an older version is known as such. */
const TABLES = [
  `CREATE TABLE IF NOT EXISTS documents (
    collection TEXT, id TEXT, version INTEGER, body TEXT, PRIMARY KEY (collection, id)
  ) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS entries (
    collection TEXT, field TEXT, value, id TEXT, PRIMARY KEY (collection, field, value, id)
  ) WITHOUT ROWID`,
]

type Stored = Pick<Document, 'body' | 'index'>

/** Documents in a SQLite database. Proof of the casts: what is parsed here was written here. */
export function createSqlDocuments(sql: Sql): Documents {
  for (const table of TABLES) sql.run(table)
  return {
    put: async (collection, document) => sql.transaction(() => put(sql, collection, document)),
    get: async (collection, id) => {
      const [row] = sql.run(
        'SELECT * FROM documents WHERE collection = ? AND id = ? AND body NOT NULL',
        collection,
        id,
      )
      return row && toDocument(row)
    },
    delete: async (collection, id, version) => sql.transaction(() => remove(sql, collection, id, version)),
    query: async (collection, query) => find(sql, collection, query),
  }
}

function put(sql: Sql, collection: string, { id, body, index, version }: Document): void {
  const [row] = sql.run('SELECT * FROM documents WHERE collection = ? AND id = ?', collection, id)
  if (row && numberOf(row, 'version') >= version) return
  const before = row && row['body'] !== null ? toDocument(row).index : {}
  sql.run(
    'INSERT OR REPLACE INTO documents (collection, id, version, body) VALUES (?, ?, ?, ?)',
    collection,
    id,
    version,
    JSON.stringify({ body, index } satisfies Stored),
  )
  for (const [field, value] of Object.entries(before)) {
    if (index[field] !== value) dropEntry(sql, collection, field, value, id)
  }
  for (const [field, value] of Object.entries(index)) {
    if (before[field] === value) continue
    sql.run(
      'INSERT OR REPLACE INTO entries (collection, field, value, id) VALUES (?, ?, ?, ?)',
      collection,
      field,
      value,
      id,
    )
  }
}

function remove(sql: Sql, collection: string, id: string, version: number): void {
  const [row] = sql.run('SELECT * FROM documents WHERE collection = ? AND id = ?', collection, id)
  if (row && numberOf(row, 'version') >= version) return
  if (row && row['body'] !== null) {
    for (const [field, value] of Object.entries(toDocument(row).index))
      dropEntry(sql, collection, field, value, id)
  }
  sql.run(
    'INSERT OR REPLACE INTO documents (collection, id, version, body) VALUES (?, ?, ?, NULL)',
    collection,
    id,
    version,
  )
}

function dropEntry(sql: Sql, collection: string, field: string, value: IndexValue, id: string): void {
  sql.run(
    'DELETE FROM entries WHERE collection = ? AND field = ? AND value = ? AND id = ?',
    collection,
    field,
    value,
    id,
  )
}

function find(
  sql: Sql,
  collection: string,
  { by, order = 'ascending', from, to, limit, skip = 0 }: DocumentQuery,
): DocumentPage {
  const bounds: string[] = ['collection = ?', 'field = ?']
  const values: SqlValue[] = [collection, by]
  if (from !== undefined) {
    bounds.push('value >= ?')
    values.push(from)
  }
  if (to !== undefined) {
    bounds.push('value <= ?')
    values.push(to)
  }
  const where = bounds.join(' AND ')
  const direction = order === 'ascending' ? 'ASC' : 'DESC'
  const rows = sql.run(
    `SELECT documents.* FROM
      (SELECT value, id FROM entries WHERE ${where} ORDER BY value ${direction}, id ${direction} LIMIT ? OFFSET ?) AS found
      JOIN documents ON documents.collection = ? AND documents.id = found.id
      ORDER BY found.value ${direction}, found.id ${direction}`,
    ...values,
    limit,
    skip,
    collection,
  )
  const [count] = sql.run(`SELECT count(*) AS total FROM entries WHERE ${where}`, ...values)
  return { documents: rows.map(toDocument), total: count ? numberOf(count, 'total') : 0 }
}

function toDocument(row: SqlRow): Document {
  const { body, index } = JSON.parse(textOf(row, 'body')) as Stored & { body: JsonObject }
  return { id: textOf(row, 'id'), version: numberOf(row, 'version'), body, index }
}
