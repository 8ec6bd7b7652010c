import { abortAllDurableObjects, reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { createObjectSql } from '../../lib/storage/adapters/do-sql.ts'
import { unsettle } from '../../lib/storage/adapters/settled.ts'
import { storeVectors } from '../../lib/storage/adapters/store.ts'
import { createMovesTables } from '../../lib/storage/vector-index/moves.ts'
import type { VectorRecord, Vectors } from '../../lib/storage/vectors.ts'
import { findDamage, searchAll } from '../fixtures/vector-store.ts'
import { storeOf } from './kit.ts'

afterEach(reset)

const DIMENSION = 24

/** A Store object that is asked as the Worker asks it, and what it must hold. */
function open(name = `resource/${crypto.randomUUID()}`) {
  const vectors = storeVectors(async (question) => unsettle(await question(env.STORE.getByName(name))))
  const damage = (): Promise<string[]> =>
    runInDurableObject(storeOf(name), (_object, { storage }) => findDamage(createObjectSql(storage), 'a'))
  return { vectors, damage, model: new Map<string, VectorRecord>() }
}

function toRecord(n: number, life = 0): VectorRecord {
  const vector = Array.from({ length: DIMENSION }, (_, at) => Math.fround(Math.sin(n * (at + 1) + life)))
  return { id: `t${n % 2}/${n}`, vector, metadata: { thread: n % 2, life } }
}

function range(from: number, to: number, life?: number): VectorRecord[] {
  return Array.from({ length: to - from }, (_, at) => toRecord(from + at, life))
}

async function upsert(vectors: Vectors, model: Map<string, VectorRecord>, records: VectorRecord[]) {
  await vectors.upsert('a', records)
  for (const record of records) model.set(record.id, record)
}

async function expectFound(vectors: Vectors, model: Map<string, VectorRecord>): Promise<void> {
  for (const n of [3, 40]) {
    const query = { vector: toRecord(n, 0.01).vector, topK: 12 }
    expect(await vectors.query('a', query)).toEqual(searchAll('cosine', model.values(), query))
    const ofThread = [...model.values()].filter(({ metadata }) => metadata?.['thread'] === 1)
    expect(await vectors.query('a', { ...query, filter: { thread: 1 } })).toEqual(
      searchAll('cosine', ofThread, query),
    )
  }
}

describe('the vectors of a Store object', () => {
  it('that have moved elsewhere are not taken for none by an app that no longer says where', async () => {
    const name = `resource/${crypto.randomUUID()}`
    const { vectors } = open(name)
    await vectors.createIndex('a', { dimension: DIMENSION })
    await vectors.createIndex('b', { dimension: DIMENSION })
    await runInDurableObject(storeOf(name), (_object, { storage }) => {
      const sql = createObjectSql(storage)
      createMovesTables(sql)
      sql.run("INSERT INTO moves (name, space, status) VALUES ('a', 1, 'remote')")
    })
    await abortAllDurableObjects()
    await expect(vectors.query('a', { vector: toRecord(1).vector, topK: 1 })).rejects.toMatchObject({
      code: 'storage_unavailable',
    })
    await vectors.upsert('b', [toRecord(1)])
    expect(await vectors.fetch('b', ['t1/1'])).toEqual([toRecord(1)])
  })

  it('are all found, and nothing else, though it dies after every change', async () => {
    const { vectors, model, damage } = open()
    await vectors.createIndex('a', { dimension: DIMENSION })
    const changes: (() => Promise<void>)[] = [
      () => upsert(vectors, model, range(0, 200)),
      // The first segment, then one that is full.
      () => upsert(vectors, model, range(200, 300)),
      () => upsert(vectors, model, range(300, 1100)),
      () => upsert(vectors, model, range(100, 130, 1)),
      () => upsert(vectors, model, range(1090, 1120, 2)),
      async () => {
        await vectors.delete('a', { prefix: 't0/1' })
        for (const id of model.keys()) if (id.startsWith('t0/1')) model.delete(id)
      },
      async () => {
        await vectors.delete('a', { filter: { thread: 0 } })
        for (const [id, { metadata }] of model) if (metadata?.['thread'] === 0) model.delete(id)
      },
      () => upsert(vectors, model, range(0, 400, 3)),
    ]
    for (const change of changes) {
      await change()
      await expectFound(vectors, model)
      await abortAllDurableObjects()
      expect(await damage()).toEqual([])
      await expectFound(vectors, model)
    }
    expect(await vectors.describeIndex('a')).toMatchObject({ count: model.size })
  })

  it('are found at once, while others are still being written', async () => {
    const { vectors, model } = open()
    await vectors.createIndex('a', { dimension: DIMENSION })
    const found = Array.from({ length: 300 }, async (_, n) => {
      await upsert(vectors, model, [toRecord(n)])
      const [first] = await vectors.query('a', { vector: toRecord(n).vector, topK: 1 })
      return first?.id === toRecord(n).id
    })
    expect((await Promise.all(found)).filter((isFound) => !isFound)).toEqual([])
  })

  it('of a store that an older version wrote are taken over', async () => {
    const name = `resource/${crypto.randomUUID()}`
    const records = Array.from({ length: 400 }, (_, n) => toRecord(n))
    await runInDurableObject(storeOf(name), (_object, { storage }) => {
      const sql = createObjectSql(storage)
      sql.run('CREATE TABLE indexes (name TEXT PRIMARY KEY, dimension INTEGER, metric TEXT) WITHOUT ROWID')
      sql.run(
        'CREATE TABLE vectors (name TEXT, id TEXT, vector BLOB, metadata TEXT, PRIMARY KEY (name, id)) WITHOUT ROWID',
      )
      sql.run("INSERT INTO indexes (name, dimension, metric) VALUES ('a', ?, 'cosine')", DIMENSION)
      for (const { id, vector, metadata } of records)
        sql.run(
          "INSERT INTO vectors (name, id, vector, metadata) VALUES ('a', ?, ?, ?)",
          id,
          new Float32Array(vector).buffer,
          JSON.stringify(metadata),
        )
    })
    await abortAllDurableObjects()
    const { vectors } = open(name)
    await expectFound(vectors, new Map(records.map((record) => [record.id, record])))
    expect(await vectors.listIndexes()).toEqual(['a'])
  })
})
