import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { VectorMatch, VectorRecord } from '../../lib/storage/vectors.ts'
import type { VectorsWorld } from './vectors.ts'

/** How a text is scored for the words of a query among the texts of all records, in plain code. */
export type ScoreText = (
  words: readonly string[],
  text: readonly string[],
  all: readonly string[][],
) => number

/** Random histories of upserts and deletions, and what queries with words find then, against a plain model. */
export function wordHistories(
  create: () => VectorsWorld | Promise<VectorsWorld>,
  scoreText: ScoreText = weighAsSqlite,
  numRuns = 100,
): void {
  describe('any history of words', () => {
    it('is found by nearness and by words as plain lists are fused', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(anyChange, { maxLength: 12 }),
          fc.uniqueArray(anyWord, { minLength: 1, maxLength: 4 }),
          anyVector,
          fc.integer({ min: 1, max: 8 }),
          fc.boolean(),
          async (changes, words, vector, topK, isFiltered) => {
            const { vectors, settle } = await create()
            await vectors.createIndex('a', { dimension: 3 })
            const model = new Map<string, VectorRecord>()
            for (const change of changes) {
              if (change.type === 'upsert') {
                await vectors.upsert('a', change.records)
                for (const record of change.records) model.set(record.id, record)
              } else if (change.type === 'delete') {
                await vectors.delete('a', { ids: change.ids })
                for (const id of change.ids) model.delete(id)
              } else if (change.type === 'clear') {
                await vectors.delete('a', { prefix: 'a' })
                for (const id of IDS) if (id.startsWith('a')) model.delete(id)
              } else {
                await vectors.query('a', { vector, topK, text: 'pear' })
              }
              await settle()
            }
            const query = { vector, ...(isFiltered && { filter: { by: 'ann' } }) }
            const near = await vectors.query('a', { ...query, topK: DEPTH })
            const found = await vectors.query('a', { ...query, topK: DEPTH, text: words.join(' ') })
            const texts = [...model.values()].map(wordsOf)
            const scores = new Map(
              [...model.values()]
                .filter(({ metadata }) => !isFiltered || metadata?.['by'] === 'ann')
                .filter((record) => wordsOf(record).some((word) => words.includes(word)))
                .map(({ id, ...record }) => [id, scoreText(words, wordsOf({ id, ...record }), texts)]),
            )
            expectRanks(found, near, scores)
            expect(found.map(({ id }) => id)).toEqual(fusedIds(found))
            const few = await vectors.query('a', { ...query, topK, text: words.join(' ') })
            expect(few).toEqual(found.slice(0, topK))
          },
        ),
        { numRuns },
      )
    })
  })
}

/** Below it all adapters look equally deep. */
const DEPTH = 20

/** What stands where in which list; texts whose scores are as good as equal may stand in any order. */
function expectRanks(
  found: readonly VectorMatch[],
  near: readonly VectorMatch[],
  scores: ReadonlyMap<string, number>,
): void {
  const byId = new Map(found.map((match) => [match.id, match]))
  expect(byId.size).toBe(found.length)
  for (const [at, { id, score }] of near.entries()) {
    const { ranks, score: same } = byId.get(id) ?? {}
    expect(ranks?.vector).toBe(at + 1)
    expect(same).toBeCloseTo(score, 5)
  }
  const ranked = found
    .filter(({ ranks }) => ranks?.text !== undefined)
    .toSorted((a, b) => (a.ranks?.text ?? 0) - (b.ranks?.text ?? 0))
  expect(ranked.map(({ ranks }) => ranks?.text)).toEqual(ranked.map((_, at) => at + 1))
  const least = Math.max(0, ...scores.values()) / 4
  const told = ranked.map(({ id }) => scores.get(id) ?? -1)
  for (const [at, score] of told.entries()) {
    expect(score).toBeGreaterThanOrEqual(least * (1 - NEARLY))
    expect(score).toBeLessThanOrEqual((told[at - 1] ?? Infinity) * (1 + NEARLY))
  }
  for (const [id, score] of scores)
    if (score > least * (1 + NEARLY)) expect(ranked.map((match) => match.id)).toContain(id)
}

const NEARLY = 1e-5

function fusedIds(found: readonly VectorMatch[]): string[] {
  return found
    .map(({ id, ranks }) => ({
      id,
      near: ranks?.vector ?? 1000,
      sum: partOf(ranks?.vector) + partOf(ranks?.text),
    }))
    .toSorted((a, b) => b.sum - a.sum || a.near - b.near)
    .map(({ id }) => id)
}

function partOf(rank: number | undefined): number {
  return rank === undefined ? 0 : 1 / (60 + rank)
}

/** BM25 as SQLite's FTS5 computes it: a word that half of the texts hold weighs next to nothing. */
function weighAsSqlite(
  words: readonly string[],
  text: readonly string[],
  texts: readonly string[][],
): number {
  const all = texts.filter(({ length }) => length > 0)
  const average = all.flat().length / all.length
  const parts = words.map((word) => {
    const { count, holding } = countOf(word, text, all)
    const rarity = Math.log((all.length - holding + 0.5) / (holding + 0.5))
    return ((rarity > 0 ? rarity : 1e-6) * 2.2 * count) / (count + 0.3 + (0.9 * text.length) / average)
  })
  return parts.reduce((sum, part) => sum + part, 0)
}

/** BM25 of sparse vectors: with one average length for all, and no word without weight. */
export const weighAsSparse: ScoreText = (words, text, all) => {
  const parts = words.map((word) => {
    const { count, holding } = countOf(word, text, all)
    const rarity = Math.log((all.length - holding + 0.5) / (holding + 0.5) + 1)
    return (rarity * 2.2 * count) / (count + 0.3 + (0.9 * text.length) / 32)
  })
  return parts.reduce((sum, part) => sum + part, 0)
}

function countOf(
  word: string,
  text: readonly string[],
  all: readonly string[][],
): { count: number; holding: number } {
  const count = text.filter((one) => one === word).length
  return { count, holding: all.filter((one) => one.includes(word)).length }
}

function wordsOf({ metadata }: VectorRecord): string[] {
  const text = metadata?.['text']
  return typeof text === 'string' ? text.split(' ').filter((word) => word !== '') : []
}

const IDS = ['a', 'a/1', 'a/2', 'b', 'c', '7', 'x/1', 'x/2']
const anyWord = fc.constantFrom<string>('apple', 'pear', 'plum', 'muller', '7', '8')
const anyText = fc.array(anyWord, { maxLength: 6 }).map((words) => words.join(' '))
const anyNumber = fc.integer({ min: -8, max: 8 }).map((eighths) => eighths / 8)
const anyVector = fc
  .tuple(fc.integer({ min: 1, max: 8 }), anyNumber, anyNumber)
  .map((numbers) => [...numbers])
const anyRecord = fc.record(
  {
    id: fc.constantFrom(...IDS),
    vector: anyVector,
    metadata: fc.record(
      { text: anyText, by: fc.constantFrom('ann', 'bob') },
      { requiredKeys: [], noNullPrototype: true },
    ),
  },
  { noNullPrototype: true },
)

type Change =
  | { type: 'upsert'; records: VectorRecord[] }
  | { type: 'delete'; ids: string[] }
  | { type: 'clear' | 'ask' }

const anyChange: fc.Arbitrary<Change> = fc.oneof(
  {
    arbitrary: fc
      .array(anyRecord, { minLength: 1, maxLength: 4 })
      .map((records) => ({ type: 'upsert' as const, records })),
    weight: 5,
  },
  {
    arbitrary: fc
      .array(fc.constantFrom(...IDS), { maxLength: 2 })
      .map((ids) => ({ type: 'delete' as const, ids })),
    weight: 1,
  },
  { arbitrary: fc.constant({ type: 'clear' as const }), weight: 1 },
  { arbitrary: fc.constant({ type: 'ask' as const }), weight: 1 },
)
