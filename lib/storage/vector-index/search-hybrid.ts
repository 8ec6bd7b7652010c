import { parseFilter } from '../filter.ts'
import { depthOf } from '../fuse.ts'
import { fuseHybrid, toMatches } from '../hybrid.ts'
import type { Sql } from '../sql.ts'
import type { VectorMatch, VectorQuery } from '../vectors.ts'
import { readPoints, toRecord } from './points.ts'
import { queryWords } from '../words.ts'
import { searchSpace } from './search.ts'
import type { Space } from './space.ts'
import { searchWords, takeUpWords } from './texts.ts'
import type { View } from './view.ts'

/** What is near; with words, fused with what holds them. */
export function searchHybrid(sql: Sql, space: Space, view: View, query: VectorQuery): VectorMatch[] {
  const { text, topK } = query
  const filter = query.filter && parseFilter(query.filter)
  if (text === undefined) return searchSpace(sql, space, view, query, filter)
  const words = queryWords(text)
  if (words.length > 0) sql.transaction(() => takeUpWords(sql, space))
  const depth = depthOf(topK)
  const near = searchSpace(sql, space, view, { ...query, topK: depth }, filter)
  const hits = words.length > 0 ? searchWords(sql, space, words, depth, filter) : []
  const keys = hits.map(({ key }) => key)
  const points = new Map(readPoints(sql, keys).map((point) => [point.key, point]))
  const byText = hits.flatMap(({ key, score }) => {
    const point = points.get(key)
    return point ? [{ id: point.id, score }] : []
  })
  const hybrid = fuseHybrid(near, byText, topK)
  return toMatches(hybrid, Array.from(points.values(), toRecord), space.metric, query)
}
