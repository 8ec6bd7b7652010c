import { compareOffsets } from '../protocol/offset.ts'
import type { EventLog } from './event-log.ts'
import type { LogRow } from './row.ts'

/** A log that lives as long as the process: for tests and for runs without an object. */
export function createMemoryLog(): EventLog {
  let rows: LogRow[] = []
  return {
    append: (added) => {
      rows.push(...added)
    },
    readAfter: (after, limit) =>
      rows.filter((row) => compareOffsets({ ...row, position: row.end }, after) > 0).slice(0, limit),
    readGenerations: (generations) => rows.filter((row) => generations.includes(row.generation)),
    hasAttempt: (generation, attempt) => rows.some((row) => isOf(row, generation, attempt)),
    dropAttempt: (generation, attempt) => {
      rows = rows.filter((row) => !isOf(row, generation, attempt))
    },
  }
}

function isOf(row: LogRow, generation: number, attempt: number): boolean {
  return row.generation === generation && row.attempt === attempt
}
