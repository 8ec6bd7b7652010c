import type { LogEntry, LogRow } from './row.ts'

/**
 * What a log must know of the events that it holds: those of a thread's turns, or those of a workflow's run.
 *
 * **Contract:** pure. `unpack` gives back what `pack` was given, but for what the words say is not kept; sizes stay.
 */
export interface LogWords<Event> {
  /** How far an event moves the position of an offset. */
  sizeOf(event: Event): number
  /** Roughly what it takes in memory, in UTF-16 units. */
  weightOf(event: Event): number
  /** Others act on it: it is on disk before anybody hears of it. */
  isDurable(event: Event): boolean
  /** Nothing follows it in its life. */
  isLast(event: Event): boolean
  /** It begins a new try of something: what the try before it left uncommitted is lost. */
  opensAttempt(event: Event): boolean
  /** What is left of an event that is longer than one once its first `seen` units were heard. */
  cut(event: Event, seen: number): Event
  pack(events: readonly Event[]): string
  /** The entries of a row after `position`. */
  unpack(row: LogRow, position: number): LogEntry<Event>[]
}
