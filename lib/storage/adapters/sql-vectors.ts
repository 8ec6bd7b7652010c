import { compareText } from '../order.ts'
import type { Sql } from '../sql.ts'
import { checkQuery, checkRecords, checkShape, requireSameShape } from '../vector-check.ts'
import type { Limits } from '../vector-index/fold.ts'
import { limitsOf } from '../vector-index/fold.ts'
import { POINTS_TABLES, countPoints, readRecord } from '../vector-index/points.ts'
import { searchHybrid } from '../vector-index/search-hybrid.ts'
import { SEGMENTS_TABLES } from '../vector-index/segments.ts'
import type { Space } from '../vector-index/space.ts'
import { SPACES_TABLE, createSpace, findSpace, listSpaces } from '../vector-index/space.ts'
import { hasOldRows, listOldIndexes, takeOver } from '../vector-index/take-over.ts'
import type { VectorMemory } from '../vector-index/vector-memory.ts'
import { createVectorMemory } from '../vector-index/vector-memory.ts'
import { createViews } from '../vector-index/views.ts'
import { emptySpace, eraseSpace, removePoints, upsertPoints } from '../vector-index/write.ts'
import type { Vectors } from '../vectors.ts'

export interface SqlVectorsOptions {
  /** Default: one of its own, in plain JavaScript. */
  memory?: VectorMemory
  /** For tests and benches. Default: by the dimension. */
  limits?: (space: Space) => Limits
}

/**
 * **Contract:** what a call does, it has done when it returns its promise: nobody else's call comes between.
 */
export interface SqlVectors extends Vectors {
  /** Erases what an index holds, in one transaction after `also`; the index stays. */
  empty(index: string, also: () => void): void
}

/**
 * Vectors in a SQLite database. Searched by packed copies of them, and answered from the vectors themselves: what is
 * found, and its scores, are those of a search through all. What was written is found at once.
 */
export function createSqlVectors(sql: Sql, options: SqlVectorsOptions = {}): SqlVectors {
  const { memory = createVectorMemory(), limits = limitsOf } = options
  for (const table of [SPACES_TABLE, ...POINTS_TABLES, ...SEGMENTS_TABLES]) sql.run(table)
  const views = createViews(memory)
  const { find, open, list } = openSpaces(sql)
  return {
    createIndex: async (index, asked) => {
      const shape = checkShape(index, asked)
      const known = find(index)
      if (known) requireSameShape(index, known, shape)
      else sql.transaction(() => createSpace(sql, index, shape))
    },
    describeIndex: async (index) => {
      const space = find(index)
      if (!space) return undefined
      const { dimension, metric } = space
      return { dimension, metric, count: countPoints(sql, space), pendingCount: 0 }
    },
    listIndexes: async () => list(),
    deleteIndex: async (index) => {
      const space = find(index)
      if (!space) return
      sql.transaction(() => eraseSpace(sql, space))
      views.close(space)
    },
    empty: (index, also) => {
      const space = open(index)
      sql.transaction(() => {
        also()
        emptySpace(sql, space)
      })
      views.close(space)
    },
    upsert: async (index, records) => {
      const space = open(index)
      checkRecords(index, space, records)
      const changed = sql.transaction(() => upsertPoints(sql, space, records, limits(space)))
      if (changed) views.refresh(space, changed)
    },
    query: async (index, query) => {
      const space = open(index)
      checkQuery(index, space, query)
      return searchHybrid(sql, space, views.of(space), query)
    },
    fetch: async (index, ids) => {
      const space = find(index)
      return ids.map((id) => space && readRecord(sql, space, id))
    },
    delete: async (index, selection) => {
      const space = find(index)
      if (!space) return
      const changed = sql.transaction(() => removePoints(sql, space, selection, limits(space)))
      if (changed) views.refresh(space, changed)
    },
  }
}

/** The indexes by their names. One that an older version wrote is taken over when it is first asked for. */
function openSpaces(sql: Sql) {
  let isOld = hasOldRows(sql)
  const find = (index: string): Space | undefined => {
    const space = findSpace(sql, index)
    if (space || !isOld) return space
    const taken = sql.transaction(() => takeOver(sql, index))
    isOld = hasOldRows(sql)
    return taken
  }
  const open = (index: string): Space => {
    const space = find(index)
    if (space) return space
    throw new ReferenceError(`Cannot use vector index "${index}": it was not created`)
  }
  const list = (): string[] =>
    [...listSpaces(sql), ...(isOld ? listOldIndexes(sql) : [])].toSorted(compareText)
  return { find, open, list }
}
