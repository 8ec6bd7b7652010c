import type { Sql } from '../sql.ts'
import { numberOf, textOf } from '../sql.ts'
import type { VectorRecord } from '../vectors.ts'
import { readRecord } from './points.ts'
import type { Space } from './space.ts'

/**
 * An index that leaves its database for a service: `copying` until all of it was sent, `waiting` until the service has
 * taken it in, then `remote`. `erasing` is one that was deleted and may still be there.
 */
export interface Move {
  status: 'copying' | 'waiting' | 'remote' | 'erasing'
  /** The last id that was copied. */
  upTo: string | null
  /** When something was sent of which no answer has been seen. */
  sentAt: number | null
}

const UNDER_WAY = "('copying', 'waiting')"

/**
 * What is changed while an index moves is noted by SQLite itself, in the transaction of the change, so that no way of
 * changing a point can forget it.
 */
const MOVES_TABLES = [
  'CREATE TABLE IF NOT EXISTS moves (name TEXT PRIMARY KEY, space INTEGER, status TEXT, upto TEXT, sent INTEGER)',
  'CREATE TABLE IF NOT EXISTS untold (space INTEGER, id TEXT, changes INTEGER, PRIMARY KEY (space, id)) WITHOUT ROWID',
  ...[
    ['INSERT', 'new'],
    ['DELETE', 'old'],
  ].map(
    ([event, row]) =>
      `CREATE TRIGGER IF NOT EXISTS untold_${event} AFTER ${event} ON points
       WHEN EXISTS (SELECT 1 FROM moves WHERE space = ${row}.space AND status IN ${UNDER_WAY})
       BEGIN INSERT INTO untold VALUES (${row}.space, ${row}.id, 1)
       ON CONFLICT (space, id) DO UPDATE SET changes = changes + 1; END`,
  ),
]

export function createMovesTables(sql: Sql): void {
  for (const table of MOVES_TABLES) sql.run(table)
}

export function hasMoves(sql: Sql): boolean {
  return sql.run("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'moves'").length > 0
}

export function startMove(sql: Sql, index: string, { space }: Space): void {
  sql.run("INSERT OR IGNORE INTO moves (name, space, status) VALUES (?, ?, 'copying')", index, space)
}

export function findMove(sql: Sql, index: string): Move | undefined {
  const [row] = sql.run('SELECT * FROM moves WHERE name = ?', index)
  if (!row) return undefined
  const { upto, sent } = row
  return {
    // Written here.
    status: textOf(row, 'status') as Move['status'],
    upTo: typeof upto === 'string' ? upto : null,
    sentAt: typeof sent === 'number' ? sent : null,
  }
}

export function listErasing(sql: Sql): string[] {
  return sql.run("SELECT name FROM moves WHERE status = 'erasing'").map((row) => textOf(row, 'name'))
}

export function setStatus(sql: Sql, index: string, status: Move['status']): void {
  sql.run('UPDATE moves SET status = ? WHERE name = ?', status, index)
}

export function setSent(sql: Sql, index: string, at: number | null): void {
  sql.run('UPDATE moves SET sent = ? WHERE name = ?', at, index)
}

export function endMove(sql: Sql, index: string): void {
  sql.run('DELETE FROM moves WHERE name = ?', index)
}

/** What is to be sent next. */
export interface Parcel {
  records: VectorRecord[]
  /** Ids that are no more. */
  gone: string[]
  /** The changes that are told with it, as far as they had come. */
  told: { id: string; changes: number }[]
  /** How far the copy is then. */
  upTo: string | null
  /** Nothing is left to be copied behind it. */
  isLast: boolean
}

/** What was changed, and the next vectors in the order of their ids: at most so many of each. */
export function nextParcel(
  sql: Sql,
  space: Space,
  move: Move,
  limits: { changed: number; copied: number },
): Parcel {
  const told = sql
    .run('SELECT id, changes FROM untold WHERE space = ? LIMIT ?', space.space, limits.changed)
    .map((row) => ({ id: textOf(row, 'id'), changes: numberOf(row, 'changes') }))
  const copied = move.status === 'copying' ? idsBehind(sql, space, move.upTo, limits.copied) : []
  const ids = [...new Set([...told.map(({ id }) => id), ...copied])]
  const records = ids.map((id) => readRecord(sql, space, id)).filter((record) => record !== undefined)
  const living = new Set(records.map(({ id }) => id))
  const gone = ids.filter((id) => !living.has(id))
  return { records, gone, told, upTo: copied.at(-1) ?? move.upTo, isLast: copied.length < limits.copied }
}

/** The parcel has arrived. What was changed again meanwhile stays noted. */
export function acknowledge(sql: Sql, index: string, { space }: Space, parcel: Parcel): void {
  for (const { id, changes } of parcel.told)
    sql.run('DELETE FROM untold WHERE space = ? AND id = ? AND changes = ?', space, id, changes)
  sql.run(
    'UPDATE moves SET status = ?, upto = ? WHERE name = ?',
    parcel.isLast ? 'waiting' : 'copying',
    parcel.upTo,
    index,
  )
}

export function hasUntold(sql: Sql, { space }: Space): boolean {
  return sql.run('SELECT 1 FROM untold WHERE space = ? LIMIT 1', space).length > 0
}

export function forgetUntold(sql: Sql, { space }: Space): void {
  sql.run('DELETE FROM untold WHERE space = ?', space)
}

/** The copy begins anew. */
export function restartMove(sql: Sql, index: string, space: Space): void {
  forgetUntold(sql, space)
  sql.run("UPDATE moves SET status = 'copying', upto = NULL WHERE name = ?", index)
}

function idsBehind(sql: Sql, { space }: Space, upTo: string | null, limit: number): string[] {
  return sql
    .run(
      `SELECT id FROM points WHERE space = ? AND id ${upTo === null ? '>=' : '>'} ? ORDER BY id LIMIT ?`,
      space,
      upTo ?? '',
      limit,
    )
    .map((row) => textOf(row, 'id'))
}
