import type { SetName } from './sets.ts'
import { DIMENSION, vectorOf } from './sets.ts'

/** The ten nearest of a set by cosine, for the queries -1, -2 and so on, found by looking at each in double precision. */
export function nearestOf(set: SetName, count: number, queries: number): Set<string>[] {
  const all = matrixOf(set, count)
  return Array.from({ length: queries }, (_, at) => {
    const query = Float32Array.from(vectorOf(set, -1 - at))
    const scores = Array.from({ length: count }, (_, n) => ({ n, score: cosine(all, n, query) }))
    const best = scores.toSorted((a, b) => b.score - a.score).slice(0, 10)
    return new Set(best.map(({ n }) => String(n)))
  })
}

const matrices = new Map<string, Float32Array>()

/** Row by row. */
export function matrixOf(set: SetName, count: number): Float32Array {
  const name = `${set}/${count}`
  const known = matrices.get(name)
  if (known) return known
  const matrix = new Float32Array(count * DIMENSION)
  for (let n = 0; n < count; n += 1) matrix.set(vectorOf(set, n), n * DIMENSION)
  matrices.set(name, matrix)
  return matrix
}

function cosine(all: Float32Array, n: number, query: Float32Array): number {
  let [dot, squares] = [0, 0]
  for (let at = 0; at < DIMENSION; at += 1) {
    const number = all[n * DIMENSION + at] ?? 0
    dot += number * (query[at] ?? 0)
    squares += number * number
  }
  return dot / Math.sqrt(squares)
}
