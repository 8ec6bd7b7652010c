/** All that a thread may have to wake for. Times are in milliseconds since 1970. */
export interface Deadlines {
  now: number
  /** Turns that have not ended. */
  openTurns: number
  /** When the outbox is to be tried again, if it holds anything. */
  outboxAt: number | undefined
  /** When the first idempotency key runs out. */
  keysAt: number | undefined
  /** When the thread is to be erased. */
  expiresAt: number | undefined
}

/** If nobody else does, the alarm takes an unfinished turn up again after this time. */
export const DEADMAN_MS = 10_000

/** When the object must next be woken; undefined: never. The one place that decides it. */
export function nextWake({ now, openTurns, outboxAt, keysAt, expiresAt }: Deadlines): number | undefined {
  const turnsAt = openTurns > 0 ? now + DEADMAN_MS : undefined
  const times = [turnsAt, outboxAt, keysAt, expiresAt].filter((time) => time !== undefined)
  return times.length === 0 ? undefined : Math.min(...times)
}
