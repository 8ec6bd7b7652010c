import type { Fused, Ranked } from './fuse.ts'
import { fuse, telling } from './fuse.ts'
import { scorer } from './nearest.ts'
import type { VectorMatch, VectorMetric, VectorQuery, VectorRecord } from './vectors.ts'

/** What was fused, before it is told: what was found by words alone has no score yet. */
export interface Hybrid {
  fused: readonly Fused[]
  near: ReadonlyMap<string, VectorMatch>
  /** Whose records are needed. */
  missing: string[]
}

export function fuseHybrid(near: readonly VectorMatch[], byText: readonly Ranked[], topK: number): Hybrid {
  const fused = fuse(near, telling(byText), topK)
  const missing = fused.filter(({ ranks }) => ranks.vector === undefined).map(({ id }) => id)
  return { fused, near: new Map(near.map((match) => [match.id, match])), missing }
}

/** `records` are those of what was missing, in any order; what is no longer there is left out. */
export function toMatches(
  { fused, near }: Hybrid,
  records: readonly (VectorRecord | undefined)[],
  metric: VectorMetric,
  { vector: wanted, includeVectors }: VectorQuery,
): VectorMatch[] {
  const score = scorer(metric, Float32Array.from(wanted))
  const far = new Map(
    records.flatMap((record): [string, VectorMatch][] => {
      if (!record) return []
      const { id, vector, metadata } = record
      const match = { id, score: score(Float32Array.from(vector)), ...(metadata && { metadata }) }
      return [[id, includeVectors ? { ...match, vector } : match]]
    }),
  )
  return fused.flatMap(({ id, ranks }) => {
    const match = near.get(id) ?? far.get(id)
    return match ? [{ ...match, ranks }] : []
  })
}
