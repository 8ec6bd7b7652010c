/** All that a run may have to wake for. Times are in milliseconds since 1970. */
export interface Deadlines {
  now: number
  /** Steps are being executed, or the run is between two. */
  isRunning: boolean
  /** When the next sleep, or pause before a step is tried again, is over, or an event is waited for no longer. */
  dueAt: number | undefined
  /** When runs that it has started are asked how they stand, in case their news were lost. */
  checkAt: number | undefined
  /** When the outbox is to be tried again, if it holds anything. */
  outboxAt: number | undefined
  /** When a run that has ended is to be erased. */
  expiresAt: number | undefined
}

/** If nobody else does, the alarm takes a run up again after this time. */
export const DEADMAN_MS = 10_000

/** A run that has been waited for this long is asked how it stands: its letter may have been lost. */
export const CHECK_MS = 3600_000

/** A run that waits for its turn asks for it again after this time, should the queue have forgotten it. */
export const ASK_AGAIN_MS = 300_000

/** When the object must next be woken; undefined: never. The one place that decides it. */
export function nextWake(deadlines: Deadlines): number | undefined {
  const { now, isRunning, dueAt, checkAt, outboxAt, expiresAt } = deadlines
  const aliveAt = isRunning ? now + DEADMAN_MS : undefined
  // What is yet to be told is told first.
  const endAt = expiresAt === undefined ? undefined : Math.max(expiresAt, outboxAt ?? 0)
  const times = [aliveAt, dueAt, checkAt, outboxAt, endAt].filter((time) => time !== undefined)
  return times.length === 0 ? undefined : Math.min(...times)
}
