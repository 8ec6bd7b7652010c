import type { JsonObject } from '../../protocol/json.ts'
import { checkDocument, checkDocumentQuery, checkVersion } from '../check.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import type { Document, DocumentPage, DocumentQuery, Documents, IndexValue } from '../documents.ts'
import { pack, unpack } from '../pack.ts'
import type { Sql, SqlRow, SqlValue } from '../sql.ts'
import { numberOf, textOf } from '../sql.ts'
import type { SqlPieces } from './sql-pieces.ts'
import { createSqlPieces, PIECES_TABLE } from './sql-pieces.ts'

/** A deleted document stays as a row without a body, so that a late write of an older version is known as such. */
const TABLES = [
  `CREATE TABLE IF NOT EXISTS documents (
    collection TEXT, id TEXT, version INTEGER, body TEXT, PRIMARY KEY (collection, id)
  ) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS entries (
    collection TEXT, field TEXT, value, id TEXT, PRIMARY KEY (collection, field, value, id)
  ) WITHOUT ROWID`,
  PIECES_TABLE,
]

export interface SqlDocumentsOptions {
  /** Bodies longer than so many characters are compressed. Default: none is. */
  compressOver?: number
}

/** A row's text as JSON: the body itself, or what compressing it gave. */
type Stored = Pick<Document, 'index'> & ({ body: JsonObject } | { packed: string })

/** Documents in a SQLite database. Proof of the casts: what is parsed here was written here. */
export function createSqlDocuments(
  sql: Sql,
  { compressOver = Infinity }: SqlDocumentsOptions = {},
): Documents {
  for (const table of TABLES) sql.run(table)
  const rows = new DocumentRows(sql)
  return {
    put: async (collection, ...documents) => {
      for (const document of documents) checkDocument(document)
      for (const document of documents) {
        const stored = await toStored(document, compressOver)
        sql.transaction(() => rows.put(collection, document, JSON.stringify(stored)))
      }
    },
    get: async (collection, id) => rows.get(collection, id),
    getMany: (collection, ids) => Promise.all(ids.map((id) => rows.get(collection, id))),
    delete: async (collection, id, version) => {
      checkVersion(version)
      sql.transaction(() => rows.remove(collection, id, version))
    },
    query: (collection, query) => find(sql, rows, collection, query),
    clear: async (collection) => sql.transaction(() => rows.clear(collection)),
    forget: async (collection, id) => {
      sql.run('DELETE FROM documents WHERE collection = ? AND id = ? AND body IS NULL', collection, id)
    },
  }
}

async function toStored({ body, index }: Document, compressOver: number): Promise<Stored> {
  const text = JSON.stringify(body)
  if (text.length <= compressOver) return { body, index }
  return { packed: await pack(text, compressOver), index }
}

/** The rows that one document has: its own, its pieces, one for each index field. */
class DocumentRows {
  readonly #sql: Sql
  readonly #pieces: SqlPieces

  constructor(sql: Sql) {
    this.#sql = sql
    this.#pieces = createSqlPieces(sql)
  }

  async get(collection: string, id: string): Promise<Document | undefined> {
    const row = this.#read(collection, id)
    return row && row['body'] !== null ? this.toDocument(collection, row) : undefined
  }

  /** In a transaction. */
  put(collection: string, { id, index, version }: Document, text: string): void {
    const row = this.#read(collection, id)
    if (row && numberOf(row, 'version') >= version) return
    const before = row && row['body'] !== null ? this.#stored(collection, row).index : {}
    if (row) this.#dropPieces(collection, row)
    this.#write(collection, id, version, this.#pieces.write(collection, id, text))
    for (const [field, value] of Object.entries(before)) {
      if (index[field] !== value) this.#dropEntry(collection, field, value, id)
    }
    for (const [field, value] of Object.entries(index)) {
      if (before[field] === value) continue
      this.#sql.run(
        'INSERT OR REPLACE INTO entries (collection, field, value, id) VALUES (?, ?, ?, ?)',
        collection,
        field,
        value,
        id,
      )
    }
  }

  /** In a transaction. */
  remove(collection: string, id: string, version: number): void {
    const row = this.#read(collection, id)
    if (row && numberOf(row, 'version') >= version) return
    if (row && row['body'] !== null) {
      for (const [field, value] of Object.entries(this.#stored(collection, row).index))
        this.#dropEntry(collection, field, value, id)
      this.#dropPieces(collection, row)
    }
    this.#write(collection, id, version, null)
  }

  /** In a transaction. */
  clear(collection: string): void {
    this.#sql.run('DELETE FROM documents WHERE collection = ?', collection)
    this.#sql.run('DELETE FROM entries WHERE collection = ?', collection)
    this.#sql.run('DELETE FROM pieces WHERE space = ?', collection)
  }

  async toDocument(collection: string, row: SqlRow): Promise<Document> {
    const stored = this.#stored(collection, row)
    const body = 'packed' in stored ? (JSON.parse(await unpack(stored.packed)) as JsonObject) : stored.body
    return { id: textOf(row, 'id'), version: numberOf(row, 'version'), body, index: stored.index }
  }

  #read(collection: string, id: string): SqlRow | undefined {
    return this.#sql.run('SELECT * FROM documents WHERE collection = ? AND id = ?', collection, id)[0]
  }

  #stored(collection: string, row: SqlRow): Stored {
    return JSON.parse(this.#pieces.read(collection, textOf(row, 'id'), textOf(row, 'body'))) as Stored
  }

  #write(collection: string, id: string, version: number, body: string | null): void {
    this.#sql.run(
      'INSERT OR REPLACE INTO documents (collection, id, version, body) VALUES (?, ?, ?, ?)',
      collection,
      id,
      version,
      body,
    )
  }

  #dropPieces(collection: string, row: SqlRow): void {
    const { id, body } = row
    if (typeof id === 'string' && typeof body === 'string') this.#pieces.drop(collection, id, body)
  }

  #dropEntry(collection: string, field: string, value: IndexValue, id: string): void {
    this.#sql.run(
      'DELETE FROM entries WHERE collection = ? AND field = ? AND value = ? AND id = ?',
      collection,
      field,
      value,
      id,
    )
  }
}

async function find(
  sql: Sql,
  rows: DocumentRows,
  collection: string,
  query: DocumentQuery,
): Promise<DocumentPage> {
  checkDocumentQuery(query)
  const { by, order = 'ascending', limit, skip = 0, after, withTotal } = query
  const [direction, behind] = order === 'ascending' ? (['ASC', '>'] as const) : (['DESC', '<'] as const)
  const { where, values } = boundsOf(collection, query)
  const cursor = after === undefined ? undefined : readCursor(after)
  const found = sql.run(
    `SELECT documents.*, found.value FROM
      (SELECT value, id FROM entries WHERE ${where} ${cursor ? `AND (value, id) ${behind} (?, ?)` : ''}
        ORDER BY value ${direction}, id ${direction} LIMIT ? OFFSET ?) AS found
      JOIN documents ON documents.collection = ? AND documents.id = found.id
      ORDER BY found.value ${direction}, found.id ${direction}`,
    ...values,
    ...(cursor ? [cursor.value, cursor.id] : []),
    // One more tells whether a page follows.
    limit + 1,
    skip,
    collection,
  )
  const documents = await Promise.all(found.slice(0, limit).map((row) => rows.toDocument(collection, row)))
  const last = documents.at(-1)
  const value = last?.index[by]
  const [count] = withTotal ? sql.run(`SELECT count(*) AS total FROM entries WHERE ${where}`, ...values) : []
  return {
    documents,
    ...(count && { total: numberOf(count, 'total') }),
    ...(found.length > limit && last && value !== undefined && { next: writeCursor({ value, id: last.id }) }),
  }
}

function boundsOf(
  collection: string,
  { by, from, to }: DocumentQuery,
): { where: string; values: SqlValue[] } {
  const bounds = ['collection = ?', 'field = ?']
  const values: SqlValue[] = [collection, by]
  if (from !== undefined) {
    bounds.push('value >= ?')
    values.push(from)
  }
  if (to !== undefined) {
    bounds.push('value <= ?')
    values.push(to)
  }
  return { where: bounds.join(' AND '), values }
}
