import type { StreamEntry, TurnEvent } from '../protocol/event.ts'
import type { Offset } from '../protocol/offset.ts'
import { compareOffsets } from '../protocol/offset.ts'
import type { LiveLog } from './live-log.ts'
import type { LogEntry } from './row.ts'

const ROWS_AT_ONCE = 32

/**
 * Reads a log from any place on: what is committed from rows, what is being said from memory, with no gap
 * and nothing twice between them. Any number of followers may read one log, each at its own speed.
 */
export class Follower<Event = TurnEvent> {
  readonly #log: LiveLog<Event>
  readonly #turn: number | undefined
  #cursor: Offset
  #forget: (() => void) | undefined
  #resolve: (() => void) | undefined

  /** With a turn, only its events are heard. */
  constructor(log: LiveLog<Event>, after: Offset, turn?: number) {
    this.#log = log
    this.#cursor = after
    this.#turn = turn
  }

  get cursor(): Offset {
    return this.#cursor
  }

  moveTo(offset: Offset): void {
    this.#cursor = offset
  }

  /** All that can be had now, oldest first; empty at the end of what is known. */
  pull(): StreamEntry<Event>[] {
    return this.#readLive() ?? this.#readRows() ?? this.#enterLive()
  }

  /** From memory, if the cursor is in the attempt that is being written and memory reaches back so far. */
  #readLive(): StreamEntry<Event>[] | undefined {
    const { generation, attempt, position } = this.#cursor
    const start = this.#log.liveStart
    if (start?.generation !== generation || start.attempt !== attempt) return undefined
    const entries = this.#log.liveAfter(position)
    // What follows a life that is over stands in rows.
    if (entries?.length === 0 && this.#log.isOver) return undefined
    return entries && this.#advance(entries)
  }

  /** From rows, until there are none that hold anything for this follower. */
  #readRows(): StreamEntry<Event>[] | undefined {
    for (;;) {
      const rows = this.#log.rows.readAfter(this.#cursor, ROWS_AT_ONCE)
      const seen = rows.filter((row) => this.#log.isPublished(row))
      if (seen.length === 0) return undefined
      const entries: StreamEntry<Event>[] = []
      for (const row of seen) {
        const { generation, attempt, end } = row
        const isSame = generation === this.#cursor.generation && attempt === this.#cursor.attempt
        if (this.#turn === undefined || row.turn === this.#turn) {
          const next = this.#log.words.unpack(row, isSame ? this.#cursor.position : 0)
          entries.push(...this.#enter(generation, attempt), ...next)
        }
        this.#cursor = { generation, attempt, position: end }
      }
      if (entries.length > 0) return entries
    }
  }

  /** Nothing more in rows: what follows, if anything, is the attempt that is being written. */
  #enterLive(): StreamEntry<Event>[] {
    const start = this.#log.liveStart
    if (!start || compareOffsets(start, this.#cursor) <= 0) return []
    if (this.#turn !== undefined && this.#log.liveTurn !== this.#turn) return []
    const live = this.#log.liveAfter(0)
    if (!live || live.length === 0) return []
    return [...this.#enter(start.generation, start.attempt), ...this.#advance(live)]
  }

  /** Resolves at the next news, or when the follower is {@link cancel cancelled}. */
  wait(): Promise<void> {
    // Called for every word: a listener on an abort signal would cost more than all the rest of it.
    return new Promise((resolve) => {
      this.#forget = this.#log.onNews(resolve)
      this.#resolve = resolve
    })
  }

  /** Ends a wait: whoever read here has gone. */
  cancel(): void {
    this.#forget?.()
    this.#resolve?.()
  }

  #advance(entries: LogEntry<Event>[]): StreamEntry<Event>[] {
    const last = entries.at(-1)
    if (last) this.#cursor = last.offset
    return entries
  }

  /** Moving on from an attempt that left no rows: what was heard of it is void. */
  #enter(generation: number, attempt: number): StreamEntry<Event>[] {
    const from = this.#cursor
    if (from.generation === generation && from.attempt === attempt) return []
    const wasHeard = from.attempt > 0 && from.position > 0
    this.#cursor = { generation, attempt, position: 0 }
    if (!wasHeard || this.#log.rows.hasAttempt(from.generation, from.attempt)) return []
    return [{ event: { type: 'step-restart' } }]
  }
}
