import { cutText } from '../pack.ts'
import type { Sql } from '../sql.ts'
import { textOf } from '../sql.ts'

/** At three bytes a unit a piece stays below 1.5 MB; the platform's limit for a row is 2 MB. */
const PIECE_LENGTH = 500_000

/** Stands in a row for a text that is kept in pieces. JSON never begins with it, nor does what was compressed. */
const IN_PIECES = '#'

export const PIECES_TABLE = `CREATE TABLE IF NOT EXISTS pieces (
  space TEXT, id TEXT, piece INTEGER, body TEXT, PRIMARY KEY (space, id, piece)
) WITHOUT ROWID`

/** Texts of any length under (space, id): what fits stays in its own row, what does not is cut. */
export interface SqlPieces {
  /** What to write into the row for the text; its pieces, if any, are written here. Called in a transaction. */
  write(space: string, id: string, text: string): string
  /** The text for what stands in the row. */
  read(space: string, id: string, inRow: string): string
  /** Drops the pieces that belong to what stands, or stood, in the row. */
  drop(space: string, id: string, inRow: string): void
}

export function createSqlPieces(sql: Sql): SqlPieces {
  return {
    write: (space, id, text) => {
      if (text.length <= PIECE_LENGTH) return text
      for (const [piece, body] of cutText(text, PIECE_LENGTH).entries()) {
        sql.run(
          'INSERT OR REPLACE INTO pieces (space, id, piece, body) VALUES (?, ?, ?, ?)',
          space,
          id,
          piece,
          body,
        )
      }
      return IN_PIECES
    },
    read: (space, id, inRow) => {
      if (inRow !== IN_PIECES) return inRow
      const rows = sql.run('SELECT body FROM pieces WHERE space = ? AND id = ? ORDER BY piece', space, id)
      return rows.map((row) => textOf(row, 'body')).join('')
    },
    drop: (space, id, inRow) => {
      if (inRow === IN_PIECES) sql.run('DELETE FROM pieces WHERE space = ? AND id = ?', space, id)
    },
  }
}
