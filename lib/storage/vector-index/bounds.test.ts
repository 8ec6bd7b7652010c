import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kernels } from '../../../test/fixtures/kernels.ts'
import type { VectorMetric } from '../vectors.ts'
import { createCandidates } from './candidates.ts'
import type { Candidates } from './candidates.ts'
import type { Kernel } from './kernel.ts'
import type { RowFacts } from './rows.ts'
import { extremesOf, floatStride, openPacked, pack, writeFloats } from './rows.ts'
import { placeQuery, scanBlock } from './scan.ts'
import { createVectorMemory } from './vector-memory.ts'

describe('candidates', () => {
  it('hold all who may be among the nearest, whatever the truth within the bounds is', () => {
    const anyOne = fc.record({
      nearness: fc.double({ min: -1, max: 1, noNaN: true }),
      error: fc.double({ min: 0, max: 0.2, noNaN: true }),
      place: fc.double({ min: -1, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(anyOne, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (all, topK) => {
        const candidates = createCandidates(topK)
        all.forEach(({ nearness, error }, key) => {
          if (nearness + error >= candidates.least) candidates.offer(key, nearness, error)
        })
        const kept = new Set(candidates.take().map(({ key }) => key))
        const truth = all.map(({ nearness, error, place }, key) => ({ key, is: nearness + error * place }))
        const nearest = truth.toSorted((a, b) => b.is - a.is).slice(0, topK)
        expect(nearest.filter(({ key }) => !kept.has(key))).toEqual([])
      }),
    )
  })

  it('keep what is no number, since nothing is known of it', () => {
    const candidates = createCandidates(1)
    candidates.offer(1, 0.5, 0.1)
    candidates.offer(2, Number.NaN, 0)
    candidates.offer(3, -Infinity, 0)
    candidates.offer(4, 0.2, 0.1)
    expect(
      candidates
        .take()
        .map(({ key }) => key)
        .toSorted(),
    ).toEqual([1, 2, 3])
  })
})

describe.each(kernels)('a scan in %s', (_name, createKernel) => {
  it.each<VectorMetric>(['cosine', 'dotproduct', 'euclidean'])('bounds the %s of every row', (metric) => {
    fc.assert(
      fc.property(anyVectors, ([query = new Float32Array(), ...rows]) => {
        for (const kind of KINDS) {
          const { all } = scan(createKernel(), kind, metric, query, rows)
          for (const { key, nearness, error } of all) {
            const is = nearnessOf(metric, query, rows[key] ?? query)
            expect(Math.abs(nearness - is)).toBeLessThanOrEqual(error + 1e-9 * Math.abs(is))
          }
          expect(all.length).toBe(rows.length)
        }
      }),
    )
  })

  it.each<VectorMetric>(['cosine', 'dotproduct', 'euclidean'])(
    'offers all of a %s that is enough',
    (metric) => {
      fc.assert(
        fc.property(anyVectors, fc.nat(20), ([query = new Float32Array(), ...rows], place) => {
          const nearness = rows.map((row) => nearnessOf(metric, query, row))
          const least = nearness[place % rows.length] ?? 0
          for (const kind of KINDS) {
            const found = new Set(
              scan(createKernel(), kind, metric, query, rows, least).all.map(({ key }) => key),
            )
            const missing = nearness.filter((is, key) => is > least && !found.has(key))
            expect(missing).toEqual([])
          }
        }),
      )
    },
  )

  it('knows a row that is near the query better than one at a right angle to it', () => {
    const row = Float32Array.from({ length: 64 }, (_, at) => Math.sin(at * at))
    // Of each two numbers one is turned into the other's place.
    const beside = row.map((_, at) => (row[at ^ 1] ?? 0) * (at % 2 === 0 ? 1 : -1))
    const error = (query: Float32Array): number =>
      scan(createKernel(), 'bytes', 'cosine', query, [row]).all[0]?.error ?? Number.NaN
    expect(error(row)).toBeLessThan(error(beside) / 20)
    expect(error(beside)).toBeLessThan(0.01)
  })
})

const KINDS = ['bytes', 'floats'] as const

/** What is offered of rows that have their place as their key. */
function scan(
  kernel: Kernel,
  kind: (typeof KINDS)[number],
  metric: VectorMetric,
  query: Float32Array,
  rows: readonly Float32Array[],
  least = -Infinity,
) {
  const memory = createVectorMemory({ kernel })
  const points = rows.map((vector, seq) => ({ seq, vector }))
  const packed = openPacked(pack(query.length, metric, points), query.length)
  const floats = toFloats(points, metric, query.length)
  const bytes = kind === 'bytes' ? packed.codes : new Int8Array(floats.data.buffer)
  const { count, stride, ...facts } = kind === 'bytes' ? packed : floats
  const offered = collect(least)
  memory.borrow(bytes.length, (address) => {
    new Int8Array(kernel.memory(), address, bytes.length).set(bytes)
    const extremes = extremesOf(facts, count)
    const block = { ...facts, kind, address, count, stride, base: 0, extremes }
    scanBlock(memory, block, undefined, placeQuery(memory, metric, query), offered)
  })
  return offered
}

/** The first is the query, some are near it; all of one dimension, of lengths that lie far apart. */
const anyVectors = fc.integer({ min: 1, max: 70 }).chain((dimension) => {
  const anyNumber = fc.double({ min: -1, max: 1, noNaN: true })
  const anyVector = fc
    .tuple(
      fc.array(anyNumber, { minLength: dimension, maxLength: dimension }),
      fc.constantFrom(0, 1e-6, 1, 1e4),
    )
    .map(([numbers, scale]) => Float32Array.from(numbers, (number) => number * scale))
  return fc
    .array(anyVector, { minLength: 2, maxLength: 12 })
    .map(([query = new Float32Array(), ...rows]) => [query, query, ...rows, ...rows.map(towards(query))])
})

function towards(query: Float32Array): (row: Float32Array) => Float32Array {
  return (row) => row.map((number, at) => (query[at] ?? 0) + number / 8)
}

function toFloats(points: { seq: number; vector: Float32Array }[], metric: VectorMetric, dimension: number) {
  const stride = floatStride(dimension)
  const count = points.length
  const facts: RowFacts = {
    scales: new Float32Array(count),
    errors: new Float32Array(count),
    lengths: new Float32Array(count),
    seqs: new Uint32Array(count),
  }
  const data = new Float32Array((count * stride) / 4)
  for (const [slot, point] of points.entries())
    writeFloats(point, metric, data.subarray((slot * stride) / 4, ((slot + 1) * stride) / 4), facts, slot)
  return { ...facts, data, count, stride }
}

function collect(least: number): Candidates & { all: { key: number; nearness: number; error: number }[] } {
  const all: { key: number; nearness: number; error: number }[] = []
  return {
    all,
    least,
    offer: (key, nearness, error) => void all.push({ key, nearness, error }),
    take: () => [],
  }
}

function nearnessOf(metric: VectorMetric, a: Float32Array, b: Float32Array): number {
  if (metric === 'dotproduct') return dot(a, b)
  if (metric === 'euclidean') return -a.reduce((sum, n, at) => sum + (n - (b[at] ?? 0)) ** 2, 0)
  const lengths = Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b))
  return lengths === 0 ? 0 : dot(a, b) / lengths
}

function dot(x: Float32Array, y: Float32Array): number {
  return x.reduce((sum, n, at) => sum + n * (y[at] ?? 0), 0)
}
