import type { Offset } from '../protocol/offset.ts'
import type { LogRow } from './row.ts'

/**
 * Where the rows of a thread's log are kept. Synchronous, because what is appended must join the transaction of
 * what is decided by it.
 *
 * **Contract:** rows are appended in the order of their offsets, each right after the one before it in its attempt.
 * `readAfter` gives rows that hold anything after the offset, oldest first, at most `limit` of them.
 */
export interface EventLog {
  append(rows: readonly LogRow[]): void
  readAfter(after: Offset, limit: number): LogRow[]
  /** All rows of the generations named, oldest first. */
  readGenerations(generations: readonly number[]): LogRow[]
  /** Whether the attempt has rows: an attempt that was lost has none. */
  hasAttempt(generation: number, attempt: number): boolean
  /** Removes the rows of an attempt that was begun, partly written and then lost. */
  dropAttempt(generation: number, attempt: number): void
}
