import type { Sql, SqlRow } from '../storage/sql.ts'
import { numberOf, textOf } from '../storage/sql.ts'
import type { EventLog } from './event-log.ts'
import type { LogRow } from './row.ts'

/**
 * `piece` numbers the parts of a body that is too long for one row. No index beside the key: each would be one more
 * row written per step.
 */
export const LOG_TABLE = `CREATE TABLE IF NOT EXISTS log (
  generation INTEGER, attempt INTEGER, start INTEGER, piece INTEGER, stop INTEGER, turn INTEGER, body TEXT,
  PRIMARY KEY (generation, attempt, start, piece)
) WITHOUT ROWID`

/** At three bytes a unit this stays below 1.5 MB; the platform's limit for a row is 2 MB. */
const PIECE_LENGTH = 500_000

/** `exists` says whether there is a table yet: who only listens must not create it. */
export function createSqliteLog(sql: Sql, exists = (): boolean => true): EventLog {
  return {
    append: (rows) => {
      for (const row of rows) appendRow(sql, row)
    },
    readAfter: ({ generation, attempt, position }, limit) => {
      if (!exists()) return []
      const found = sql.run(
        `SELECT * FROM log WHERE (generation, attempt) >= (?, ?) AND NOT (generation = ? AND attempt = ? AND stop <= ?)
         ORDER BY generation, attempt, start, piece LIMIT ?`,
        generation,
        attempt,
        generation,
        attempt,
        position,
        limit,
      )
      return joinPieces(completeLast(sql, found, limit))
    },
    readGenerations: (generations) =>
      generations.flatMap((generation) =>
        joinPieces(
          sql.run('SELECT * FROM log WHERE generation = ? ORDER BY attempt, start, piece', generation),
        ),
      ),
    hasAttempt: (generation, attempt) =>
      sql.run('SELECT 1 FROM log WHERE generation = ? AND attempt = ? LIMIT 1', generation, attempt).length >
      0,
    dropAttempt: (generation, attempt) => {
      sql.run('DELETE FROM log WHERE generation = ? AND attempt = ?', generation, attempt)
    },
  }
}

function appendRow(sql: Sql, { generation, attempt, start, end, turn, body }: LogRow): void {
  let piece = 0
  for (const text of cut(body)) {
    sql.run(
      'INSERT INTO log (generation, attempt, start, piece, stop, turn, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
      generation,
      attempt,
      start,
      piece,
      end,
      turn,
      text,
    )
    piece += 1
  }
}

/** Cuts a text into pieces, never between the halves of a surrogate pair: SQLite would lose both. */
function* cut(text: string): Generator<string> {
  let from = 0
  while (from === 0 || from < text.length) {
    let to = Math.min(from + PIECE_LENGTH, text.length)
    const last = text.charCodeAt(to - 1)
    if (to < text.length && last >= 0xd800 && last <= 0xdbff) to -= 1
    yield text.slice(from, to)
    from = to
    if (to === 0) return
  }
}

/** The limit may have cut the last row between its pieces: it is read again whole. */
function completeLast(sql: Sql, found: SqlRow[], limit: number): SqlRow[] {
  const last = found.at(-1)
  if (!last || found.length < limit) return found
  const key = [numberOf(last, 'generation'), numberOf(last, 'attempt'), numberOf(last, 'start')] as const
  const isLast = (row: SqlRow): boolean =>
    row['generation'] === key[0] && row['attempt'] === key[1] && row['start'] === key[2]
  const whole = sql.run(
    'SELECT * FROM log WHERE generation = ? AND attempt = ? AND start = ? ORDER BY piece',
    ...key,
  )
  return [...found.filter((row) => !isLast(row)), ...whole]
}

function joinPieces(found: readonly SqlRow[]): LogRow[] {
  const rows: LogRow[] = []
  for (const row of found) {
    const last = rows.at(-1)
    if (numberOf(row, 'piece') > 0 && last) last.body += textOf(row, 'body')
    else rows.push(toLogRow(row))
  }
  return rows
}

function toLogRow(row: SqlRow): LogRow {
  return {
    turn: numberOf(row, 'turn'),
    generation: numberOf(row, 'generation'),
    attempt: numberOf(row, 'attempt'),
    start: numberOf(row, 'start'),
    end: numberOf(row, 'stop'),
    body: textOf(row, 'body'),
  }
}
