import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { VectorFilter } from '../../lib/storage/filter.ts'
import type { VectorRecord } from '../../lib/storage/vectors.ts'
import type { VectorsWorld } from './vectors.ts'

/** Random histories of upserts and deletions, and what queries find then, against a list that does the same. */
export function vectorHistories(create: () => VectorsWorld | Promise<VectorsWorld>, numRuns = 100): void {
  describe('any history', () => {
    it('is found as a plain list would find it', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(anyChange, { maxLength: 12 }),
          anyVector,
          fc.integer({ min: 1, max: 6 }),
          anyFilter,
          async (changes, vector, topK, { filter, fits }) => {
            const { vectors, settle } = await create()
            await vectors.createIndex('a', { dimension: 3 })
            const model = new Map<string, VectorRecord>()
            for (const change of changes) {
              if ('records' in change) {
                await vectors.upsert('a', change.records)
                for (const record of change.records) model.set(record.id, record)
              } else {
                await vectors.delete('a', change.selection)
                for (const [id, record] of model) if (change.isGone(record)) model.delete(id)
              }
              await settle()
            }
            const kept = IDS.map((id) => model.get(id))
            expect(await vectors.fetch('a', IDS)).toEqual(kept)
            const found = await vectors.query('a', { vector, topK, filter })
            const expected = [...model.values()]
              .filter(fits)
              .map((record) => ({ record, score: scoreOf(vector, record.vector) }))
              .toSorted((a, b) => b.score - a.score)
              .slice(0, topK)
            // Records that lie in one direction may come in any order.
            expect(found.map(({ score }) => score)).toEqual(
              expected.map(({ score }) => expect.closeTo(score, 5)),
            )
            for (const { id, score, metadata } of found) {
              const record = model.get(id)
              expect(metadata).toEqual(record?.metadata)
              expect(score).toBeCloseTo(scoreOf(vector, record?.vector ?? []), 5)
              expect(record && fits(record)).toBe(true)
            }
            expect(new Set(found.map(({ id }) => id)).size).toBe(found.length)
          },
        ),
        { numRuns },
      )
    })
  })
}

const IDS = ['a', 'a/1', 'a/2', 'b', 'é', '7']
const anyId = fc.constantFrom(...IDS)
// Numbers that a 32-bit float holds exactly, and never all zero.
const anyNumber = fc.integer({ min: -8, max: 8 }).map((eighths) => eighths / 8)
const anyVector = fc
  .tuple(anyNumber, anyNumber, anyNumber)
  .map((numbers) =>
    numbers.some((number) => number !== 0) ? numbers.map((number) => number + 0) : [1, 0, 0],
  )
const anyMetadata = fc.record(
  { kind: fc.constantFrom('x', 'y', "it's"), n: fc.integer({ min: -2, max: 4 }), 'odd key': fc.boolean() },
  { requiredKeys: [] },
)
const anyRecord = fc.record({ id: anyId, vector: anyVector, metadata: anyMetadata })

type Change =
  | { records: VectorRecord[] }
  | {
      selection: { ids: string[] } | { prefix: string } | { filter: VectorFilter }
      isGone: (record: VectorRecord) => boolean
    }

type Filter = { filter: VectorFilter; fits: (record: VectorRecord) => boolean }

/** Filters with what they mean, said once more in plain code. */
const anyFilter: fc.Arbitrary<Filter> = fc.oneof(
  fc.constant<Filter>({ filter: {}, fits: () => true }),
  fc.constantFrom('x', "it's").map((kind) => ({
    filter: { kind },
    fits: ({ metadata }: VectorRecord) => metadata?.['kind'] === kind,
  })),
  fc.integer({ min: -1, max: 3 }).map((least) => ({
    filter: { n: { $gte: least }, kind: { $ne: 'y' } },
    fits: ({ metadata }: VectorRecord) =>
      Number(metadata?.['n'] ?? -9) >= least && metadata?.['kind'] !== 'y',
  })),
  fc.constant<Filter>({
    filter: { $or: [{ 'odd key': true }, { kind: { $exists: false } }] },
    fits: ({ metadata }) => metadata?.['odd key'] === true || metadata?.['kind'] === undefined,
  }),
)

const anyChange: fc.Arbitrary<Change> = fc.oneof(
  {
    arbitrary: fc.array(anyRecord, { minLength: 1, maxLength: 4 }).map((records) => ({ records })),
    weight: 4,
  },
  {
    arbitrary: fc.array(anyId, { maxLength: 2 }).map((ids) => ({
      selection: { ids },
      isGone: ({ id }: VectorRecord) => ids.includes(id),
    })),
    weight: 1,
  },
  {
    arbitrary: fc.constantFrom('a', 'a/', 'z').map((prefix) => ({
      selection: { prefix },
      isGone: ({ id }: VectorRecord) => id.startsWith(prefix),
    })),
    weight: 1,
  },
  {
    arbitrary: anyFilter.map(({ filter, fits }) => ({ selection: { filter }, isGone: fits })),
    weight: 1,
  },
)

function scoreOf(a: number[], b: number[]): number {
  return (1 + dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))) / 2
}

function dot(a: number[], b: number[]): number {
  return a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0)
}
