import { reset, runInDurableObject } from 'cloudflare:test'
import { afterEach, expect, it } from 'vitest'
import { createObjectSql } from '../../lib/storage/adapters/do-sql.ts'
import { createSqlVectors } from '../../lib/storage/adapters/sql-vectors.ts'
import type { Sql } from '../../lib/storage/sql.ts'
import type { VectorRecord } from '../../lib/storage/vectors.ts'
import { storeOf } from './kit.ts'

afterEach(reset)

const TURNS = 500

interface Cost {
  /** A message, as the platform counts them. */
  rows: number
  bytes: number
}

/** What messages cost that come two at a time, as turns put them into the index. */
async function costOf(isAsked: boolean): Promise<Cost> {
  return runInDurableObject(storeOf(`resource/${crypto.randomUUID()}`), async (_store, state) => {
    let rows = 0
    const plain = createObjectSql(state.storage)
    const sql: Sql = {
      transaction: plain.transaction,
      run: (statement, ...values) => {
        const cursor = state.storage.sql.exec(statement, ...values)
        const found = cursor.toArray()
        rows += cursor.rowsWritten
        // What SQLite gives back is what Sql declares.
        return found as ReturnType<Sql['run']>
      },
    }
    const vectors = createSqlVectors(sql)
    await vectors.createIndex('messages/offline-256', { dimension: 256 })
    if (isAsked) await vectors.query('messages/offline-256', { ...toRecord(0), topK: 1, text: 'order' })
    const before = state.storage.sql.databaseSize
    rows = 0
    for (let turn = 0; turn < TURNS; turn += 1)
      await vectors.upsert('messages/offline-256', [toRecord(2 * turn), toRecord(2 * turn + 1)])
    const bytes = state.storage.sql.databaseSize - before
    return { rows: rows / TURNS / 2, bytes: bytes / TURNS / 2 }
  })
}

function toRecord(n: number): VectorRecord {
  const vector = Array.from({ length: 256 }, (_, at) => Math.fround(Math.sin(n * (at + 1))))
  const text = `Message ${n} speaks of order A-${1000 + n} and of subject ${n % 97}, in some words more.`
  return { id: `-/thread#${n}.0`, vector, metadata: { address: '-/thread', text } }
}

it('words cost one row more a message and fewer than 200 bytes, and nothing where nobody asks for them', async () => {
  const [without, withWords] = [await costOf(false), await costOf(true)]
  expect(withWords.rows - without.rows).toBeCloseTo(1, 5)
  expect(withWords.bytes - without.bytes).toBeLessThan(200)
  expect(withWords.bytes - without.bytes).toBeGreaterThan(50)
})
