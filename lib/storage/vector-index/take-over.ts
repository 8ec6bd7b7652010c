import type { Sql } from '../sql.ts'
import { numberOf, textOf } from '../sql.ts'
import type { VectorMetric } from '../vectors.ts'
import { foldTail, limitsOf } from './fold.ts'
import { readDirectory } from './segments.ts'
import type { Space } from './space.ts'
import { createSpace } from './space.ts'

// Stores that were written before there were segments: the tables `indexes` and `vectors`, a row a vector under the
// names of both. An index of theirs is taken over whole when it is first used, in one transaction.

export function hasOldRows(sql: Sql): boolean {
  return sql.run("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'indexes'").length > 0
}

export function listOldIndexes(sql: Sql): string[] {
  return sql.run('SELECT name FROM indexes').map((row) => textOf(row, 'name'))
}

/** Undefined if there is no such index. The old tables go with their last one. */
export function takeOver(sql: Sql, index: string): Space | undefined {
  const [row] = sql.run('SELECT * FROM indexes WHERE name = ?', index)
  const space = row && takeRows(sql, index, numberOf(row, 'dimension'), textOf(row, 'metric'))
  if (sql.run('SELECT 1 FROM indexes LIMIT 1').length > 0) return space
  sql.run('DROP TABLE vectors')
  sql.run('DROP TABLE indexes')
  return space
}

function takeRows(sql: Sql, index: string, dimension: number, metric: string): Space {
  // Only these three were ever written.
  const space = createSpace(sql, index, { dimension, metric: metric as VectorMetric })
  sql.run(
    `INSERT INTO points (key, space, id, metadata, vector)
     SELECT ? + row_number() OVER (ORDER BY id), ?, id, metadata, vector FROM vectors WHERE name = ?`,
    space.base,
    space.space,
    index,
  )
  sql.run('DELETE FROM vectors WHERE name = ?', index)
  sql.run('DELETE FROM indexes WHERE name = ?', index)
  foldTail(sql, space, readDirectory(sql, space), limitsOf(space))
  return space
}
