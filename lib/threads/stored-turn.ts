import type { EventLog } from '../log/event-log.ts'
import type { StoredTurn } from './erase-messages.ts'
import type { ThreadParts } from './parts.ts'
import type { TurnRecord } from './turn-request.ts'

export function readStored(events: EventLog, record: TurnRecord): StoredTurn {
  return { record, rows: events.readGenerations(record.generations) }
}

/** In the caller's transaction: the turn's rows become these. */
export function replaceStored(
  { rows, events, log }: ThreadParts,
  before: StoredTurn,
  after: StoredTurn,
): void {
  dropRows(events, before)
  events.append(after.rows)
  rows.writeTurn(after.record)
  // What was said last is in memory as well.
  if (log.liveTurn === before.record.turn) log.reset()
}

/** The same, and nothing is left of it. */
export function dropStored({ rows, events }: ThreadParts, before: StoredTurn): void {
  dropRows(events, before)
  rows.dropTurn(before.record.turn)
}

function dropRows(events: EventLog, { rows }: StoredTurn): void {
  for (const { generation, attempt } of rows) events.dropAttempt(generation, attempt)
}
