import { describe, expect, it } from 'vitest'
import type { NodeSql } from '../../../test/fixtures/node-sql.ts'
import { createNodeSql } from '../../../test/fixtures/node-sql.ts'
import { findDamage, searchAll } from '../../../test/fixtures/vector-store.ts'
import { createSqlVectors } from '../adapters/sql-vectors.ts'
import type { VectorRecord } from '../vectors.ts'

const records = Array.from({ length: 300 }, (_, n): VectorRecord => {
  const record = { id: `m/${n}`, vector: [Math.sin(n), Math.cos(3 * n), n / 300].map(Math.fround) }
  return n % 2 === 0 ? { ...record, metadata: { n } } : record
})

/** A database as it was written before there were segments. */
function oldSql(indexes: Record<string, readonly VectorRecord[]>): NodeSql {
  const sql = createNodeSql()
  sql.run('CREATE TABLE indexes (name TEXT PRIMARY KEY, dimension INTEGER, metric TEXT) WITHOUT ROWID')
  sql.run(
    'CREATE TABLE vectors (name TEXT, id TEXT, vector BLOB, metadata TEXT, PRIMARY KEY (name, id)) WITHOUT ROWID',
  )
  for (const [name, records] of Object.entries(indexes)) {
    sql.run("INSERT INTO indexes (name, dimension, metric) VALUES (?, 3, 'cosine')", name)
    for (const { id, vector, metadata } of records)
      sql.run(
        'INSERT INTO vectors (name, id, vector, metadata) VALUES (?, ?, ?, ?)',
        name,
        id,
        new Float32Array(vector).buffer,
        metadata ? JSON.stringify(metadata) : null,
      )
  }
  return sql
}

function tables(sql: NodeSql): unknown[] {
  const rows = sql.run(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('indexes', 'vectors')",
  )
  return rows.map(({ name }) => name)
}

describe('a store that was written by an older version', () => {
  it('is listed, found and changed as if it had been written by this one', async () => {
    const sql = oldSql({ old: records, other: records.slice(0, 2), empty: [] })
    const vectors = createSqlVectors(sql)
    await vectors.createIndex('new', { dimension: 3 })
    expect(await vectors.listIndexes()).toEqual(['empty', 'new', 'old', 'other'])
    const query = { vector: [1, 0.5, 0.2], topK: 20 }
    expect(await vectors.query('old', query)).toEqual(searchAll('cosine', records, query))
    expect(await vectors.fetch('old', ['m/7', 'm/8'])).toEqual([records[7], records[8]])
    expect(await vectors.describeIndex('old')).toMatchObject({ count: 300, dimension: 3, metric: 'cosine' })
    await vectors.delete('old', { filter: { n: { $gte: 0 } } })
    const left = records.filter(({ metadata }) => !metadata)
    expect(await vectors.query('old', query)).toEqual(searchAll('cosine', left, query))
    expect(findDamage(sql, 'old')).toEqual([])
    expect(await vectors.listIndexes()).toEqual(['empty', 'new', 'old', 'other'])
  })

  it('keeps nothing of the old once all of it was used', async () => {
    const sql = oldSql({ old: records, other: records.slice(0, 2) })
    const vectors = createSqlVectors(sql)
    await expect(vectors.createIndex('old', { dimension: 4 })).rejects.toThrow('it has 3 numbers, cosine')
    expect(tables(sql)).toEqual(['indexes', 'vectors'])
    await vectors.deleteIndex('other')
    expect(tables(sql)).toEqual([])
    expect(await vectors.listIndexes()).toEqual(['old'])
    expect(await createSqlVectors(sql).fetch('old', ['m/0'])).toEqual([records[0]])
  })

  it('that held no index needs nothing of it', async () => {
    const sql = oldSql({})
    const vectors = createSqlVectors(sql)
    expect(await vectors.listIndexes()).toEqual([])
    await expect(vectors.query('none', { vector: [1], topK: 1 })).rejects.toThrow('it was not created')
    expect(tables(sql)).toEqual([])
  })
})
