import type { Sql } from './sql.ts'

/**
 * What a thread needs of the object that it lives in. A Durable Object gives it; a test may give any other.
 *
 * **Contract:** writes are durable when a `sync` that began after them resolves. `setAlarm` joins the writes around
 * it. Only one alarm is kept: setting it moves it.
 */
export interface Platform {
  sql: Sql
  sync(): Promise<void>
  /** In milliseconds since 1970; null if none is set. */
  getAlarm(): Promise<number | null>
  setAlarm(time: number): void
  /** Erases everything, alarm included. */
  deleteAll(): Promise<void>
  /** Keeps the object alive until the work is done. The work must not reject. */
  waitUntil(work: Promise<void>): void
}
