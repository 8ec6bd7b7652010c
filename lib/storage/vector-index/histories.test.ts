import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kernels } from '../../../test/fixtures/kernels.ts'
import { createNodeSql } from '../../../test/fixtures/node-sql.ts'
import { dying, findDamage, searchAll } from '../../../test/fixtures/vector-store.ts'
import { createSqlVectors } from '../adapters/sql-vectors.ts'
import type { Sql } from '../sql.ts'
import type { VectorMetric, VectorRecord, Vectors } from '../vectors.ts'
import { createVectorMemory } from './vector-memory.ts'

/** So small that a history of a few dozen points has many segments, full ones and half dead ones. */
const limits = () => SMALL
const SMALL = { tail: 3, segment: 5 }
/** And so that the tail is long. */
const SIZES = [SMALL, { tail: 50, segment: 60 }]

/** KiB beside what lies before all rows: none at all, room for some segments, room for all. */
const BUDGETS = [0, 1, 1000]

type Step =
  | { type: 'upsert'; records: VectorRecord[] }
  | { type: 'delete'; ids: string[] }
  | { type: 'prefix'; prefix: string }
  | { type: 'filter'; color: string }
  | { type: 'query'; vector: number[]; topK: number; color?: string | undefined }
  /** All that is in memory is lost. */
  | { type: 'restart' }

const anyId = fc.integer({ min: 0, max: 29 }).map((n) => `${n % 3}/${n}`)
const anyNumber = fc.integer({ min: -3, max: 3 })
const anyVector = fc.tuple(
  anyNumber,
  anyNumber,
  anyNumber,
  anyNumber,
  fc.float({ min: -1, max: 1, noNaN: true }),
)
const anyColor = fc.constantFrom('red', 'blue', 'green')
const anyRecord = fc.record({
  id: anyId,
  vector: anyVector.map((numbers) => [...numbers]),
  metadata: fc.record({ color: anyColor }),
})
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(anyRecord, { minLength: 1, maxLength: 9 })
      .map((records) => ({ type: 'upsert' as const, records })),
  },
  {
    weight: 2,
    arbitrary: fc.array(anyId, { maxLength: 6 }).map((ids) => ({ type: 'delete' as const, ids })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('0/', '1/', '2/2').map((prefix) => ({ type: 'prefix' as const, prefix })),
  },
  { weight: 1, arbitrary: anyColor.map((color) => ({ type: 'filter' as const, color })) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('query' as const),
      vector: anyVector.map((numbers) => [...numbers]),
      topK: fc.integer({ min: 1, max: 12 }),
      color: fc.option(anyColor, { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'restart' as const }) },
)

describe.each(kernels)('any history with the kernel in %s', (_name, createKernel) => {
  it.each<VectorMetric>(['cosine', 'dotproduct', 'euclidean'])(
    'is found just as a search through all vectors finds it, by %s',
    async (metric) => {
      const anyHistory = fc.array(anyStep, { minLength: 1, maxLength: 50 })
      await fc.assert(
        fc.asyncProperty(
          anyHistory,
          fc.constantFrom(...BUDGETS),
          fc.constantFrom(...SIZES),
          async (steps, kib, sizes) => {
            const sql = createNodeSql()
            const limits = () => sizes
            const memory = createVectorMemory({ budget: (128 + kib) * 1024, kernel: createKernel() })
            const open = (): Vectors => createSqlVectors(sql, { memory, limits })
            let vectors = open()
            const model = new Map<string, VectorRecord>()
            await vectors.createIndex('a', { dimension: 5, metric })
            for (const step of steps) {
              if (step.type === 'restart') vectors = open()
              else if (step.type === 'query') await expectFound(vectors, metric, model, step)
              else await change(vectors, model, step)
              expect(findDamage(sql, 'a')).toEqual([])
            }
            await expectFound(vectors, metric, model, { vector: [1, 1, 1, 1, 1], topK: 100 })
            expect(await vectors.describeIndex('a')).toMatchObject({ count: model.size })
          },
        ),
        { numRuns: 100 },
      )
    },
    60_000,
  )
})

describe('a change that dies on its way', () => {
  it('leaves the index as it was, at whatever statement, and goes through when it is made again', async () => {
    for (const step of CHANGES) {
      for (let dieAt = 0, isDone = false; !isDone; dieAt += 1) {
        const { sql, model } = await filled()
        const mortal = dying(sql, dieAt)
        const vectors = createSqlVectors(sql, { limits })
        const last = createSqlVectors(mortal.sql, { limits })
        const changed = new Map(model)
        // What it has in memory must not be believed after the death either.
        await expectFound(last, 'cosine', model, { vector: [1, 2, 3, 0, 1], topK: 20 })
        mortal.arm()
        isDone = await change(last, changed, step).then(
          () => true,
          () => false,
        )
        mortal.disarm()
        const [found, label] = isDone ? [changed, 'done'] : [model, `died at ${dieAt}`]
        expect(findDamage(sql, 'a'), label).toEqual([])
        for (const one of [vectors, last])
          await expectFound(one, 'cosine', found, { vector: [1, 2, 3, 0, 1], topK: 20 })
        await change(last, new Map(model), step)
        expect(findDamage(sql, 'a'), label).toEqual([])
        await expectFound(last, 'cosine', changedModel(model, step), { vector: [1, 0, 3, 0, 1], topK: 20 })
      }
    }
  })
})

const CHANGES: Exclude<Step, { type: 'query' | 'restart' }>[] = [
  { type: 'upsert', records: [record(30), record(31), record(2), record(32), record(7), record(33)] },
  { type: 'delete', ids: ['0/0', '1/1', '2/2', '0/3'] },
  { type: 'prefix', prefix: '0/' },
  { type: 'filter', color: 'blue' },
]

function record(n: number): VectorRecord {
  const color = ['red', 'blue', 'green'][n % 3] ?? ''
  return { id: `${n % 3}/${n}`, vector: [n, 1, n % 5, 3 - n, n % 7], metadata: { color } }
}

async function filled(): Promise<{ sql: Sql; model: Map<string, VectorRecord> }> {
  const sql = createNodeSql()
  const vectors = createSqlVectors(sql, { limits })
  await vectors.createIndex('a', { dimension: 5 })
  const records = Array.from({ length: 16 }, (_, n) => record(n))
  for (const one of records) await vectors.upsert('a', [one])
  return { sql, model: new Map(records.map((one) => [one.id, one])) }
}

function changedModel(
  model: Map<string, VectorRecord>,
  step: (typeof CHANGES)[number],
): Map<string, VectorRecord> {
  const changed = new Map(model)
  applyTo(changed, step)
  return changed
}

async function change(
  vectors: Vectors,
  model: Map<string, VectorRecord>,
  step: Exclude<Step, { type: 'query' | 'restart' }>,
): Promise<void> {
  if (step.type === 'upsert') await vectors.upsert('a', step.records)
  else if (step.type === 'delete') await vectors.delete('a', { ids: step.ids })
  else if (step.type === 'prefix') await vectors.delete('a', { prefix: step.prefix })
  else await vectors.delete('a', { filter: { color: step.color } })
  applyTo(model, step)
}

function applyTo(model: Map<string, VectorRecord>, step: Exclude<Step, { type: 'query' | 'restart' }>): void {
  if (step.type === 'upsert') return step.records.forEach((one) => void model.set(one.id, one))
  for (const [id, { metadata }] of model) {
    const isGone =
      step.type === 'delete'
        ? step.ids.includes(id)
        : step.type === 'prefix'
          ? id.startsWith(step.prefix)
          : metadata?.['color'] === step.color
    if (isGone) model.delete(id)
  }
}

async function expectFound(
  vectors: Vectors,
  metric: VectorMetric,
  model: Map<string, VectorRecord>,
  { vector, topK, color }: { vector: number[]; topK: number; color?: string | undefined },
): Promise<void> {
  const filter = color === undefined ? undefined : { color }
  const found = await vectors.query('a', { vector, topK, ...(filter && { filter }) })
  const fitting = [...model.values()].filter(
    ({ metadata }) => color === undefined || metadata?.['color'] === color,
  )
  expect(found).toEqual(searchAll(metric, fitting, { vector, topK }))
}
