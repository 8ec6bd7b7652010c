import type { Sql } from '../sql.ts'
import type { Move } from '../vector-index/moves.ts'
import { createMovesTables, findMove, listErasing } from '../vector-index/moves.ts'
import type { Spill } from '../vector-index/mover.ts'
import { createMover, markErasing } from '../vector-index/mover.ts'
import type { Vectors } from '../vectors.ts'
import type { SqlVectors } from './sql-vectors.ts'

/**
 * Vectors in a SQLite database, until an index has more than so many: then it moves to a service, a parcel with each
 * write, and is asked here until all of it is there. Its name and shape stay here. For the one object that owns the
 * database, since the order of what is sent hangs on it.
 */
export function createSpillVectors(sql: Sql, local: SqlVectors, spill: Spill): Vectors {
  createMovesTables(sql)
  const { remote } = spill
  const mover = createMover(sql, local, spill)
  const statusOf = (index: string): Move['status'] | undefined => findMove(sql, index)?.status
  const open = (index: string): SqlVectors | Vectors => (statusOf(index) === 'remote' ? remote : local)
  return {
    createIndex: async (index, shape) => {
      if (statusOf(index) === 'erasing') await mover.erase(index)
      await local.createIndex(index, shape)
    },
    describeIndex: async (index) => {
      const here = await local.describeIndex(index)
      if (!here || statusOf(index) !== 'remote') return here
      const { count, pendingCount } = (await remote.describeIndex(index)) ?? here
      return { ...here, count, pendingCount }
    },
    listIndexes: async () => [...new Set([...(await local.listIndexes()), ...listErasing(sql)])],
    deleteIndex: async (index) => {
      const isMoved = statusOf(index) !== undefined
      if (isMoved) markErasing(sql, index)
      await local.deleteIndex(index)
      if (isMoved) await mover.erase(index)
    },
    upsert: async (index, records) => {
      await mover.finish(index)
      if (statusOf(index) === 'remote') return remote.upsert(index, records)
      await local.upsert(index, records)
      await mover.step(index, records.length)
    },
    query: async (index, query) => open(index).query(index, query),
    fetch: async (index, ids) => open(index).fetch(index, ids),
    delete: async (index, selection) => {
      await mover.finish(index)
      await open(index).delete(index, selection)
      await mover.step(index, 0)
    },
  }
}
