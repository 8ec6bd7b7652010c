import { placeOfRun } from '../protocol/run-id.ts'
import type { ThreadParts } from './parts.ts'
import { queuedTurn } from './running-turn.ts'
import type { ThreadMeta } from './thread-state.ts'

/** Stops a run that is not being run now: one that waits in the queue, or for somebody. Gives its turn; undefined if it is no such run. */
export function stopWaiting(parts: ThreadParts, meta: ThreadMeta, runId: string): number | undefined {
  const { platform, rows, log, alarm } = parts
  const turn = turnOf(parts, runId)
  if (turn === undefined) return undefined
  const waited = rows.readSuspended(turn)
  const isOpen = meta.open.some((open) => open.turn === turn)
  if (!waited && !isOpen) return undefined
  platform.sql.transaction(() => {
    if (waited) {
      // It has said something already, which stays: a last life ends it.
      rows.writeSuspended(turn, { ...waited, isStopped: true })
      if (!isOpen) meta.open.push(queuedTurn(turn, runId))
    } else {
      rows.dropTurn(turn)
      meta.open = meta.open.filter((open) => open.turn !== turn)
    }
    rows.writeMeta(meta)
    alarm.set(meta)
  })
  log.nudge()
  return turn
}

/** The turn of a run, if the thread has it. */
function turnOf({ rows }: ThreadParts, runId: string): number | undefined {
  const place = placeOfRun(runId)
  return place && rows.hasTables && rows.readTurn(place.turn)?.runId === runId ? place.turn : undefined
}
