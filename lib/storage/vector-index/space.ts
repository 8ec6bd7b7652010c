import type { Sql } from '../sql.ts'
import { numberOf, textOf } from '../sql.ts'
import type { VectorMetric, VectorShape } from '../vectors.ts'

/**
 * An index within its database: a number, from which the keys of its rows begin. A key is one integer, so that a row is
 * found, and those of an index lie side by side, without a second tree of texts.
 */
export interface Space extends Required<VectorShape> {
  space: number
  /** The key that a number within the index 0 would have. */
  base: number
  /** The first key that belongs to the next index. */
  end: number
}

/** Numbers within an index: a point's, and a segment's. */
const KEYS = 2 ** 32
/** Keys must stay integers that JavaScript knows. */
const MOST_SPACES = 2 ** 21

export const SPACES_TABLE =
  'CREATE TABLE IF NOT EXISTS spaces (space INTEGER PRIMARY KEY, name TEXT UNIQUE, dimension INTEGER, metric TEXT)'

export function findSpace(sql: Sql, index: string): Space | undefined {
  const [row] = sql.run('SELECT * FROM spaces WHERE name = ?', index)
  if (!row) return undefined
  // Written below.
  return toSpace(numberOf(row, 'space'), numberOf(row, 'dimension'), textOf(row, 'metric') as VectorMetric)
}

export function createSpace(sql: Sql, index: string, { dimension, metric }: Required<VectorShape>): Space {
  const [row] = sql.run('SELECT coalesce(max(space), 0) + 1 AS space FROM spaces')
  const space = row ? numberOf(row, 'space') : 1
  if (space >= MOST_SPACES) throw new RangeError(`Cannot create vector index "${index}": there are too many`)
  sql.run(
    'INSERT INTO spaces (space, name, dimension, metric) VALUES (?, ?, ?, ?)',
    space,
    index,
    dimension,
    metric,
  )
  return toSpace(space, dimension, metric)
}

export function listSpaces(sql: Sql): string[] {
  return sql.run('SELECT name FROM spaces ORDER BY name').map((row) => textOf(row, 'name'))
}

export function deleteSpace(sql: Sql, { space }: Space): void {
  sql.run('DELETE FROM spaces WHERE space = ?', space)
}

function toSpace(space: number, dimension: number, metric: VectorMetric): Space {
  return { space, dimension, metric, base: space * KEYS, end: (space + 1) * KEYS }
}
