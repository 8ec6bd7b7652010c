import { describe, expect, it } from 'vitest'
import { vectorHistories } from '../../../test/contracts/vector-histories.ts'
import type { VectorsWorld } from '../../../test/contracts/vectors.ts'
import { vectorsContract } from '../../../test/contracts/vectors.ts'
import { kernels } from '../../../test/fixtures/kernels.ts'
import { wordHistories } from '../../../test/contracts/word-histories.ts'
import { wordsContract } from '../../../test/contracts/words.ts'
import { createNodeSql } from '../../../test/fixtures/node-sql.ts'
import { findDamage, searchAll } from '../../../test/fixtures/vector-store.ts'
import { createVectorMemory } from '../vector-index/vector-memory.ts'
import type { VectorRecord } from '../vectors.ts'
import { createSqlVectors } from './sql-vectors.ts'

describe.each(kernels)('vectors in SQLite, with the kernel in %s', (_name, createKernel) => {
  const createWorld = (): VectorsWorld => ({
    vectors: createSqlVectors(createNodeSql(), { memory: createVectorMemory({ kernel: createKernel() }) }),
    settle: async () => undefined,
  })
  vectorsContract(createWorld)
  vectorHistories(createWorld)
  wordsContract(createWorld)
  wordHistories(createWorld)
})

describe('an index in SQLite', () => {
  it.each([
    ['euclidean', [1, 1 / 3, 1 / 2]],
    ['dotproduct', [1, 1, 0.5]],
  ] as const)('scores by %s', async (metric, [same, far, across]) => {
    const vectors = createSqlVectors(createNodeSql())
    await vectors.createIndex('a', { dimension: 2, metric })
    await vectors.upsert('a', [
      { id: 'same', vector: [1, 0] },
      { id: 'far', vector: [1, Math.SQRT2] },
      { id: 'across', vector: [0, 0] },
    ])
    const found = await vectors.query('a', { vector: [1, 0], topK: 3 })
    const scores = Object.fromEntries(found.map(({ id, score }) => [id, score]))
    expect(scores).toEqual({
      same: expect.closeTo(same, 5),
      far: expect.closeTo(far, 5),
      across: expect.closeTo(across, 5),
    })
  })

  it('that was not created is named', async () => {
    const vectors = createSqlVectors(createNodeSql())
    await expect(vectors.upsert('none', [{ id: 'x', vector: [1] }])).rejects.toThrow(
      'Cannot use vector index "none": it was not created',
    )
    expect(await vectors.describeIndex('none')).toBeUndefined()
  })

  it('writes two rows a vector, and packs those that came 256 at a time', async () => {
    const sql = createNodeSql()
    const vectors = createSqlVectors(sql)
    await vectors.createIndex('a', { dimension: 3 })
    for (let n = 0; n < 600; n += 1) await vectors.upsert('a', [toRecord(n)])
    expect(sql.written.get('points')).toBe(600)
    // 256 rows, then those with 256 more; 88 wait.
    expect(sql.written.get('packed')).toBe(2)
    expect(sql.run('SELECT count FROM segments')).toEqual([{ count: 512 }])
  })

  it('writes nothing when the same comes again', async () => {
    const sql = createNodeSql()
    const vectors = createSqlVectors(sql)
    await vectors.createIndex('a', { dimension: 3 })
    const records = Array.from({ length: 300 }, (_, n) => toRecord(n))
    await vectors.upsert('a', records)
    const written = new Map(sql.written)
    await vectors.upsert('a', records)
    expect(new Map(sql.written)).toEqual(written)
    await vectors.upsert('a', [{ ...toRecord(7), metadata: { n: 8 } }])
    expect(sql.written.get('points')).toBe(301)
  })

  it('finds what is left of many points that wait to be packed', async () => {
    const vectors = createSqlVectors(createNodeSql())
    await vectors.createIndex('a', { dimension: 3 })
    const records = Array.from({ length: 200 }, (_, n) => toRecord(n))
    await vectors.upsert('a', records)
    const query = { vector: [1, 2, 3], topK: 5 }
    expect(await vectors.query('a', query)).toEqual(searchAll('cosine', records, query))
    await vectors.delete('a', { filter: { n: { $gte: 3 } } })
    expect(await vectors.query('a', query)).toEqual(searchAll('cosine', records.slice(0, 3), query))
  })

  it('packs as many as a row may hold, however long its vectors are', async () => {
    const sql = createNodeSql()
    const vectors = createSqlVectors(sql)
    await vectors.createIndex('a', { dimension: 20_000 })
    const records = Array.from({ length: 80 }, (_, n): VectorRecord => {
      const vector = Array.from({ length: 20_000 }, (_, at) => Math.fround(Math.sin(n * at)))
      return { id: `${n}`.padStart(2, '0'), vector }
    })
    await vectors.upsert('a', records)
    const [largest] = sql.run('SELECT max(length(data)) AS bytes, count(*) AS segments FROM packed')
    expect(largest).toEqual({ bytes: 74 * 20_016, segments: 2 })
    const query = { vector: records[33]?.vector ?? [], topK: 5 }
    expect(await vectors.query('a', query)).toEqual(searchAll('cosine', records, query))
  })

  it('finds what is longer than 32-bit numbers reach when they are multiplied', async () => {
    const vectors = createSqlVectors(createNodeSql(), { limits: () => ({ tail: 3, segment: 2 }) })
    await vectors.createIndex('a', { dimension: 2, metric: 'dotproduct' })
    const records = [
      [3e38, 3e38],
      [3e38, -3e38],
      [-3e38, 1e38],
      [1e-40, 1e-42],
      [0, 0],
    ].map(([x = 0, y = 0], n) => ({ id: `${n}`, vector: [x, y] }))
    await vectors.upsert('a', records)
    await vectors.upsert('a', [{ id: '5', vector: [-2e38, 3e38] }])
    const query = { vector: [3e38, 2.9e38], topK: 6 }
    const all = [...records, { id: '5', vector: [-2e38, 3e38] }]
    expect(await vectors.query('a', query)).toEqual(searchAll('dotproduct', all, query))
  })
})

describe('many indexes in SQLite', () => {
  const budget = 256 * 1024

  it('share a bounded memory, and small ones cost no segment', async () => {
    const sql = createNodeSql()
    const memory = createVectorMemory({ budget })
    const vectors = createSqlVectors(sql, { memory })
    const query = { vector: [1, 2, 3], topK: 1 }
    for (let n = 0; n < 1200; n += 1) {
      await vectors.createIndex(`resource/${n}`, { dimension: 3 })
      await vectors.upsert(`resource/${n}`, [toRecord(n), toRecord(n + 1)])
      const [first] = await vectors.query(`resource/${n}`, query)
      expect(first?.id).toBe(searchAll('cosine', [toRecord(n), toRecord(n + 1)], query)[0]?.id)
    }
    for (const n of [0, 600, 1199])
      expect(await vectors.query(`resource/${n}`, query)).toEqual(
        searchAll('cosine', [toRecord(n), toRecord(n + 1)], query),
      )
    expect(sql.run('SELECT count(*) AS count FROM packed')).toEqual([{ count: 0 }])
    expect(memory.kernel.memory().byteLength).toBeLessThanOrEqual(budget)
  })

  it('are searched whole where one is larger than the memory for all', async () => {
    const sql = createNodeSql()
    const vectors = createSqlVectors(sql, { memory: createVectorMemory({ budget }) })
    await vectors.createIndex('large', { dimension: 256 })
    const records = Array.from({ length: 2300 }, (_, n): VectorRecord => {
      const vector = Array.from({ length: 256 }, (_, at) => Math.fround(Math.sin(n * (at + 1))))
      return { id: `${n}`, vector, metadata: { third: n % 3 } }
    })
    for (let at = 0; at < records.length; at += 100)
      await vectors.upsert('large', records.slice(at, at + 100))
    await vectors.delete('large', { ids: records.slice(500, 1200).map(({ id }) => id) })
    expect(findDamage(sql, 'large')).toEqual([])
    const left = [...records.slice(0, 500), ...records.slice(1200)]
    const query = { vector: records[77]?.vector ?? [], topK: 15 }
    expect(await vectors.query('large', query)).toEqual(searchAll('cosine', left, query))
    const third = left.filter(({ metadata }) => metadata?.['third'] === 1)
    for (let time = 0; time < 2; time += 1)
      expect(await vectors.query('large', { ...query, filter: { third: 1 } })).toEqual(
        searchAll('cosine', third, query),
      )
  })
})

function toRecord(n: number): VectorRecord {
  return { id: `${n}`, vector: [Math.sin(n), Math.cos(n), 0.5].map(Math.fround), metadata: { n } }
}
