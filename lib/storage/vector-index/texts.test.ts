import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createNodeSql } from '../../../test/fixtures/node-sql.ts'
import { dying, findDamage, findWordDamage } from '../../../test/fixtures/vector-store.ts'
import { createSqlVectors } from '../adapters/sql-vectors.ts'
import type { Sql } from '../sql.ts'
import type { VectorRecord, Vectors } from '../vectors.ts'

/** So small that points are packed, and taken out of what was packed, all the time. */
const limits = () => ({ tail: 3, segment: 5 })

describe('words in SQLite', () => {
  it('cost no table where nobody asks for them', async () => {
    const { sql, vectors } = await create()
    await vectors.upsert('a', [toRecord(1), toRecord(2)])
    await vectors.query('a', { vector: [1, 0], topK: 1 })
    await vectors.query('a', { vector: [1, 0], topK: 1, text: '?!' })
    await vectors.delete('a', { ids: ['1'] })
    expect(wordTables(sql)).toEqual([])
  })

  it('are those of one index alone, and go with it', async () => {
    const { sql, vectors } = await create()
    await vectors.createIndex('b', { dimension: 2 })
    await vectors.upsert('b', [toRecord(1)])
    await vectors.query('b', { vector: [1, 0], topK: 1, text: 'number' })
    expect(wordTables(sql)).toContain('words_2')
    expect(wordTables(sql)).not.toContain('words_1')
    await vectors.deleteIndex('b')
    expect(wordTables(sql)).toEqual(['word_lists'])
    expect(sql.run('SELECT * FROM word_lists')).toEqual([])
    await vectors.createIndex('b', { dimension: 2 })
    await vectors.upsert('b', [toRecord(5)])
    expect(await idsBy(vectors, 'number', 'b')).toEqual(['5'])
  })

  it('of what was there before are taken up by and by, the newest first, by each that asks for words', async () => {
    const { sql, vectors } = await create()
    await vectors.upsert(
      'a',
      Array.from({ length: 2500 }, (_, n) => toRecord(n)),
    )
    expect(await idsBy(vectors, 'number 2400')).toEqual(['2400'])
    expect(await idsBy(vectors, 'number 1400')).toEqual(['1400'])
    expect(sql.run('SELECT count(*) AS count FROM words_1')).toEqual([{ count: 2000 }])
    await vectors.delete('a', { ids: ['2400', '200'] })
    await vectors.upsert('a', [toRecord(2500), { ...toRecord(300), metadata: { text: 'pears' } }])
    expect(findWordDamage(sql, 'a')).toEqual([])
    expect(await idsBy(vectors, 'number 100')).toEqual(['100'])
    expect(await idsBy(vectors, '2400 200 2500')).toEqual(['2500'])
    expect(await idsBy(vectors, 'pears')).toEqual(['300'])
    expect(findWordDamage(sql, 'a')).toEqual([])
    expect(sql.run('SELECT count(*) AS count FROM words_1')).toEqual([{ count: 2499 }])
  })

  it('of a new record are its own where the newest ones were deleted before older ones were taken up', async () => {
    const { sql, vectors } = await create()
    const records = Array.from({ length: 2500 }, (_, n) => toRecord(n))
    await vectors.upsert('a', records)
    expect(await idsBy(vectors, 'number 2400')).toEqual(['2400'])
    await vectors.delete('a', { ids: records.slice(1000).map(({ id }) => id) })
    await vectors.upsert('a', [toRecord(7000)])
    expect(await idsBy(vectors, 'number 7000')).toEqual(['7000'])
    expect(await idsBy(vectors, 'number 7')).toContain('7')
    expect(findWordDamage(sql, 'a')).toEqual([])
  })

  it('that stand nearly everywhere are not counted through beside rarer ones', async () => {
    const { vectors } = await create()
    const many = Array.from({ length: 2100 }, (_, n) => ({ ...toRecord(n), metadata: { text: 'an order' } }))
    await vectors.upsert('a', [...many, toRecord(7000)])
    for (let time = 0; time < 3; time += 1) await idsBy(vectors, 'order')
    expect(await idsBy(vectors, 'order 7000')).toEqual(['7000'])
    expect(await idsBy(vectors, 'order')).toContain('0')
  })

  it('under a filter are judged no further than until there are enough', async () => {
    const { sql, vectors } = await create()
    const records = Array.from({ length: 900 }, (_, n) => ({
      ...toRecord(n),
      metadata: { text: `pears ${'and '.repeat(n % 7)}more`, by: n % 3 === 0 ? 'ann' : 'bob' },
    }))
    await vectors.upsert('a', records)
    const byAnn = { vector: [1, 0], text: 'pears', filter: { by: 'ann' } }
    await vectors.query('a', { ...byAnn, topK: 1 })
    const { run } = sql
    let judged = 0
    sql.run = (statement, ...values) => {
      const rows = run(statement, ...values)
      if (statement.startsWith('SELECT key, metadata')) judged += rows.length
      return rows
    }
    const few = await vectors.query('a', { ...byAnn, topK: 20 })
    expect(judged).toBe(200)
    judged = 0
    const all = await vectors.query('a', { ...byAnn, topK: 1000 })
    expect(judged).toBe(900)
    sql.run = run
    expect(all.filter(({ ranks }) => ranks?.text !== undefined)).toHaveLength(300)
    const ranks = new Map(all.map((match) => [match.id, match.ranks?.text]))
    const worded = few.filter((match) => match.ranks?.text !== undefined)
    expect(worded.length).toBeGreaterThan(5)
    for (const { id, ranks: own } of worded) expect([id, ranks.get(id)]).toEqual([id, own?.text])
  })

  it('leave the file with what held them', async () => {
    const { sql, vectors } = await create()
    const secret = { ...toRecord(1), metadata: { text: 'xylophonequartz' } }
    await vectors.upsert('a', [secret, toRecord(2)])
    await idsBy(vectors, 'number')
    const holdsIt = (): boolean =>
      sql
        .run('SELECT hex(block) AS block FROM words_1_data UNION ALL SELECT hex(c0) FROM words_1_content')
        .some(({ block }) =>
          String(block).includes(Buffer.from('xylophonequartz').toString('hex').toUpperCase()),
        )
    expect(holdsIt()).toBe(true)
    await vectors.delete('a', { ids: ['1'] })
    expect(holdsIt()).toBe(false)
  })

  it('are written as one row a record, and nothing when the same comes again', async () => {
    const { sql, vectors } = await create()
    await idsBy(vectors, 'number')
    const records = Array.from({ length: 300 }, (_, n) => toRecord(n))
    await vectors.upsert('a', records)
    await vectors.upsert('a', records)
    expect(sql.written.get('words_1')).toBe(300 + 1)
  })
})

describe('any history of words in SQLite', () => {
  it('leaves as words what stands in the records', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 25 }), async (steps) => {
        const { sql, vectors } = await create()
        let isAsked = false
        for (const step of steps) {
          if (step.type === 'upsert') await vectors.upsert('a', step.records)
          else if (step.type === 'ask') await idsBy(vectors, 'number')
          else await vectors.delete('a', step.selection)
          isAsked ||= step.type === 'ask'
          if (isAsked) expect(findWordDamage(sql, 'a')).toEqual([])
        }
      }),
      { numRuns: 100 },
    )
  })

  it('is whole or not there at all, at whatever statement it dies, and goes through when it is made again', async () => {
    for (const change of CHANGES) {
      for (const isAsked of [true, false]) {
        for (let dieAt = 0, isDone = false; !isDone; dieAt += 1) {
          const { sql, vectors } = await create()
          await vectors.upsert(
            'a',
            Array.from({ length: 12 }, (_, n) => toRecord(n)),
          )
          if (isAsked) await idsBy(vectors, 'number')
          const mortal = dying(sql, dieAt)
          const last = createSqlVectors(mortal.sql, { limits })
          mortal.arm()
          isDone = await change(last).then(
            () => true,
            () => false,
          )
          mortal.disarm()
          const label = `${isDone ? 'done' : 'died'} at ${dieAt}`
          if (wordTables(sql).length > 0) expect(findWordDamage(sql, 'a'), label).toEqual([])
          await change(last)
          await idsBy(last, 'number')
          expect([findDamage(sql, 'a'), findWordDamage(sql, 'a')], label).toEqual([[], []])
        }
      }
    }
  })
})

const CHANGES: ((vectors: Vectors) => Promise<unknown>)[] = [
  (vectors) =>
    vectors.upsert('a', [toRecord(12), { ...toRecord(2), metadata: { text: 'pears' } }, toRecord(13)]),
  (vectors) => vectors.delete('a', { ids: ['1', '3', '4'] }),
  (vectors) => vectors.delete('a', { prefix: '1' }),
  (vectors) => idsBy(vectors, 'number 7'),
]

type Step =
  | { type: 'upsert'; records: VectorRecord[] }
  | { type: 'delete'; selection: { ids: string[] } | { prefix: string } }
  | { type: 'ask' }

const anyRecord = fc
  .tuple(
    fc.integer({ min: 0, max: 15 }),
    fc.constantFrom('apples', 'pears A-1042', '', '東京タワー', '+49 170 1234567'),
  )
  .map(([n, text]): VectorRecord => ({ ...toRecord(n), metadata: { text } }))

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.array(anyRecord, { minLength: 1, maxLength: 5 }).map((records): Step => ({ type: 'upsert', records })),
  fc
    .array(fc.integer({ min: 0, max: 15 }).map(String), { maxLength: 3 })
    .map((ids): Step => ({ type: 'delete', selection: { ids } })),
  fc.constant<Step>({ type: 'delete', selection: { prefix: '1' } }),
  fc.constant<Step>({ type: 'ask' }),
)

async function create(): Promise<{ sql: ReturnType<typeof createNodeSql>; vectors: Vectors }> {
  const sql = createNodeSql()
  const vectors = createSqlVectors(sql, { limits })
  await vectors.createIndex('a', { dimension: 2 })
  return { sql, vectors }
}

function toRecord(n: number): VectorRecord {
  return { id: `${n}`, vector: [Math.sin(n), 1].map(Math.fround), metadata: { text: `The number ${n}` } }
}

async function idsBy(vectors: Vectors, text: string, index = 'a'): Promise<string[]> {
  const found = await vectors.query(index, { vector: [1, 0], topK: 20, text })
  return found.filter(({ ranks }) => ranks?.text !== undefined).map(({ id }) => id)
}

function wordTables(sql: Sql): unknown[] {
  const rows = sql.run(
    "SELECT name FROM sqlite_master WHERE name LIKE 'word%' AND type = 'table' ORDER BY name",
  )
  return rows.map(({ name }) => name)
}
