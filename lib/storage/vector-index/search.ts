import type { FilterNode } from '../filter.ts'
import { scorer } from '../nearest.ts'
import { compareText } from '../order.ts'
import type { Sql } from '../sql.ts'
import type { VectorMatch, VectorMetric, VectorQuery } from '../vectors.ts'
import type { Candidate } from './candidates.ts'
import type { StoredPoint } from './points.ts'
import { parseMetadata, pointsAtOnce, readPoints } from './points.ts'
import type { Space } from './space.ts'
import type { View } from './view.ts'

/** Points that are read at first, beside the `topK` that are needed at least. */
const SPARE = 20

/**
 * The nearest, by the vectors as they are stored: the most promising candidates are read and scored, until nobody who
 * is left can be nearer than the last of those that were found. So the answer is that of a search through all vectors.
 */
export function searchSpace(
  sql: Sql,
  space: Space,
  view: View,
  { vector, topK, includeVectors }: VectorQuery,
  filter: FilterNode | undefined,
): VectorMatch[] {
  const query = Float32Array.from(vector)
  const candidates = view.search(sql, query, topK, filter)
  const score = scorer(space.metric, query)
  const most = pointsAtOnce(space)
  let best: { point: StoredPoint; score: number }[] = []
  for (let from = 0, size = topK + SPARE; from < candidates.length; from += size, size *= 2) {
    size = Math.min(size, most)
    const last = best[topK - 1]
    const reachesTop = ({ high }: Candidate): boolean =>
      last === undefined || scoreAtMost(space.metric, high) >= last.score
    const next = candidates.slice(from, from + size).filter(reachesTop)
    if (next.length === 0) break
    const points = readPoints(
      sql,
      next.map(({ key }) => key),
    )
    best = [...best, ...points.map((point) => ({ point, score: score(point.vector) }))]
      .toSorted((a, b) => b.score - a.score || compareText(a.point.id, b.point.id))
      .slice(0, topK)
  }
  return best.map(({ point: { id, vector, metadata }, score }) => ({
    id,
    score,
    ...(metadata !== undefined && { metadata: parseMetadata(metadata) }),
    ...(includeVectors && { vector: Array.from(vector) }),
  }))
}

/** What a nearness comes to as a score, never less. */
function scoreAtMost(metric: VectorMetric, nearness: number): number {
  // Scores are computed anew from the vectors, so the last digits may differ.
  const spare = 1e-12
  if (metric === 'euclidean') return 1 / (1 + Math.max(0, -nearness)) + spare
  if (metric === 'cosine') return (1 + Math.min(1, nearness)) / 2 + spare
  return (1 + nearness) / 2 + spare * Math.max(1, Math.abs(nearness))
}
