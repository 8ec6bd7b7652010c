import type { JsonObject } from '../../protocol/json.ts'
import type { FilterNode } from '../filter.ts'
import { parseFilter, passesFilter } from '../filter.ts'
import { nearest, scorer } from '../nearest.ts'
import { endOfPrefix } from '../order.ts'
import type { Sql, SqlRow, SqlValue } from '../sql.ts'
import { numberOf, textOf } from '../sql.ts'
import { checkQuery, checkRecords, checkShape, requireSameShape } from '../vector-check.ts'
import type {
  VectorMatch,
  VectorMetric,
  VectorQuery,
  VectorRecord,
  Vectors,
  VectorSelection,
  VectorShape,
} from '../vectors.ts'

const TABLES = [
  'CREATE TABLE IF NOT EXISTS indexes (name TEXT PRIMARY KEY, dimension INTEGER, metric TEXT) WITHOUT ROWID',
  `CREATE TABLE IF NOT EXISTS vectors (
    name TEXT, id TEXT, vector BLOB, metadata TEXT, PRIMARY KEY (name, id)
  ) WITHOUT ROWID`,
]

/** Rows that a scan holds in memory at once: at 1536 numbers a vector about 3 MB. */
const SCAN_ROWS = 512

/** Vectors in a SQLite database, searched by an exact scan. Proof of the casts: what is read here was written here. */
export function createSqlVectors(sql: Sql): Vectors {
  for (const table of TABLES) sql.run(table)
  return {
    createIndex: async (index, shape) => create(sql, index, checkShape(index, shape)),
    describeIndex: async (index) => {
      const shape = findShape(sql, index)
      if (!shape) return undefined
      const [row] = sql.run('SELECT count(*) AS count FROM vectors WHERE name = ?', index)
      return { ...shape, count: row ? numberOf(row, 'count') : 0, pendingCount: 0 }
    },
    listIndexes: async () =>
      sql.run('SELECT name FROM indexes ORDER BY name').map((row) => textOf(row, 'name')),
    deleteIndex: async (index) =>
      sql.transaction(() => {
        sql.run('DELETE FROM vectors WHERE name = ?', index)
        sql.run('DELETE FROM indexes WHERE name = ?', index)
      }),
    upsert: async (index, records) => {
      checkRecords(index, shapeOf(sql, index), records)
      sql.transaction(() => records.forEach((record) => write(sql, index, record)))
    },
    query: async (index, query) => {
      const shape = shapeOf(sql, index)
      checkQuery(index, shape, query)
      return search(sql, index, shape.metric, query)
    },
    fetch: async (index, ids) => ids.map((id) => read(sql, index, id)),
    delete: async (index, selection) => sql.transaction(() => remove(sql, index, selection)),
  }
}

function create(sql: Sql, index: string, shape: Required<VectorShape>): void {
  const known = findShape(sql, index)
  if (known) return requireSameShape(index, known, shape)
  sql.run(
    'INSERT INTO indexes (name, dimension, metric) VALUES (?, ?, ?)',
    index,
    shape.dimension,
    shape.metric,
  )
}

function findShape(sql: Sql, index: string): Required<VectorShape> | undefined {
  const [row] = sql.run('SELECT * FROM indexes WHERE name = ?', index)
  return row && { dimension: numberOf(row, 'dimension'), metric: textOf(row, 'metric') as VectorMetric }
}

function shapeOf(sql: Sql, index: string): Required<VectorShape> {
  const shape = findShape(sql, index)
  if (shape) return shape
  throw new ReferenceError(`Cannot use vector index "${index}": it was not created`)
}

function write(sql: Sql, index: string, { id, vector, metadata }: VectorRecord): void {
  sql.run(
    'INSERT OR REPLACE INTO vectors (name, id, vector, metadata) VALUES (?, ?, ?, ?)',
    index,
    id,
    new Float32Array(vector).buffer,
    metadata ? JSON.stringify(metadata) : null,
  )
}

function read(sql: Sql, index: string, id: string): VectorRecord | undefined {
  const [row] = sql.run('SELECT * FROM vectors WHERE name = ? AND id = ?', index, id)
  if (!row) return undefined
  const metadata = metadataOf(row)
  return { id, vector: Array.from(vectorOf(row)), ...(metadata && { metadata }) }
}

function search(
  sql: Sql,
  index: string,
  metric: VectorMetric,
  { vector, topK, filter, includeVectors }: VectorQuery,
): VectorMatch[] {
  const node = filter && parseFilter(filter)
  const score = scorer(metric, Float32Array.from(vector))
  const best = nearest(topK)
  for (const row of scan(sql, index)) {
    if (node && !passesFilter(node, metadataOf(row))) continue
    best.offer(textOf(row, 'id'), score(vectorOf(row)))
  }
  return best.take().map(({ id, score }) => {
    const { vector, metadata } = read(sql, index, id) ?? { vector: [] }
    return { id, score, ...(metadata && { metadata }), ...(includeVectors && { vector }) }
  })
}

function remove(sql: Sql, index: string, selection: VectorSelection): void {
  if ('ids' in selection) {
    for (const id of selection.ids) sql.run('DELETE FROM vectors WHERE name = ? AND id = ?', index, id)
  } else if ('prefix' in selection) {
    const end = endOfPrefix(selection.prefix)
    const values: SqlValue[] = [index, selection.prefix, ...(end === undefined ? [] : [end])]
    sql.run(
      `DELETE FROM vectors WHERE name = ? AND id >= ? ${end === undefined ? '' : 'AND id < ?'}`,
      ...values,
    )
  } else {
    for (const id of fitting(sql, index, parseFilter(selection.filter)))
      sql.run('DELETE FROM vectors WHERE name = ? AND id = ?', index, id)
  }
}

function fitting(sql: Sql, index: string, node: FilterNode): string[] {
  return [...scan(sql, index)]
    .filter((row) => passesFilter(node, metadataOf(row)))
    .map((row) => textOf(row, 'id'))
}

/** All rows of an index, some at a time. */
function* scan(sql: Sql, index: string): Generator<SqlRow> {
  let after = ''
  // The empty id comes first of all, and behind itself it would not be found.
  let compare = '>='
  for (;;) {
    const rows = sql.run(
      `SELECT * FROM vectors WHERE name = ? AND id ${compare} ? ORDER BY id LIMIT ${SCAN_ROWS}`,
      index,
      after,
    )
    yield* rows
    const last = rows.at(-1)
    if (!last || rows.length < SCAN_ROWS) return
    after = textOf(last, 'id')
    compare = '>'
  }
}

function vectorOf(row: SqlRow): Float32Array {
  const { vector } = row
  if (vector instanceof ArrayBuffer) return new Float32Array(vector)
  throw new TypeError(`Cannot read column vector as bytes: it is ${typeof vector}`)
}

function metadataOf(row: SqlRow): JsonObject | undefined {
  const { metadata } = row
  return typeof metadata === 'string' ? (JSON.parse(metadata) as JsonObject) : undefined
}
