import type { FilterNode } from '../filter.ts'
import { depthOf } from '../fuse.ts'
import { fuseHybrid, toMatches } from '../hybrid.ts'
import type { Sql } from '../sql.ts'
import type { VectorMatch, VectorQuery, VectorRecord } from '../vectors.ts'
import type { StoredPoint } from './points.ts'
import { readPoints } from './points.ts'
import { searchSpace } from './search.ts'
import type { Space } from './space.ts'
import { searchWords } from './texts.ts'
import type { View } from './view.ts'

/** What is near and what holds the words, fused. */
export function searchHybrid(
  sql: Sql,
  space: Space,
  view: View,
  query: VectorQuery,
  filter: FilterNode | undefined,
): VectorMatch[] {
  const { text = '', topK } = query
  const depth = depthOf(topK)
  const near = searchSpace(sql, space, view, { ...query, topK: depth }, filter)
  const hits = searchWords(sql, space, text, depth, filter)
  const keys = hits.map(({ key }) => key)
  const points = new Map(readPoints(sql, keys).map((point) => [point.key, point]))
  const byText = hits.flatMap(({ key, score }) => {
    const point = points.get(key)
    return point ? [{ id: point.id, score }] : []
  })
  const hybrid = fuseHybrid(near, byText, topK)
  return toMatches(hybrid, Array.from(points.values(), toRecord), space.metric, query)
}

function toRecord({ id, vector, metadata }: StoredPoint): VectorRecord {
  return { id, vector: Array.from(vector), ...(metadata && { metadata }) }
}
