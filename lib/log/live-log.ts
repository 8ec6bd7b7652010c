import type { Offset } from '../protocol/offset.ts'
import type { EventLog } from './event-log.ts'
import type { LogEntry, LogRow } from './row.ts'
import type { LogWords } from './words.ts'

/** One try of a step while it is written: whole in memory, its committed part in the log as well. */
interface LiveAttempt<Event> {
  turn: number
  generation: number
  attempt: number
  /** Position before the first event that is still in memory. */
  base: number
  events: Event[]
  /** The position after each event. */
  ends: number[]
  /** How many events are in rows. */
  taken: number
  /** How many events followers may see. */
  visible: number
  /** Something of it was committed for good: its rows stay. */
  isCommitted: boolean
}

/** Past this many UTF-16 units a running step is written out in blocks, so that it need not fit in memory. */
export const FLUSH_LENGTH = 4_000_000

/**
 * A log as its one writer sees it. A delta may be seen at once; an event that others act on (a step's
 * end, a tool's result, the turn's end) may be seen only when it is durable.
 *
 * The writer's way: `push` events; at a durable one `takeRows`, append them in the transaction that decides what
 * follows, wait until that is on disk, `publish`.
 */
export class LiveLog<Event> {
  readonly rows: EventLog
  readonly words: LogWords<Event>
  #live: LiveAttempt<Event> | undefined
  #length = 0
  readonly #waiters = new Set<() => void>()

  constructor(rows: EventLog, words: LogWords<Event>) {
    this.rows = rows
    this.words = words
  }

  /** Begins a life of a turn: its first start, or its being taken up after a crash. */
  beginGeneration(turn: number, generation: number): void {
    this.#open(turn, generation, 0)
  }

  /** A `step-start` opens a new attempt; what the attempt before it left uncommitted is lost, and followers learn it. */
  push(event: Event): void {
    const { words } = this
    if (words.opensAttempt(event)) this.#openAttempt()
    const live = this.#current()
    const isAllVisible = live.visible === live.events.length
    live.events.push(event)
    live.ends.push((live.ends.at(-1) ?? live.base) + words.sizeOf(event))
    this.#length += words.weightOf(event)
    if (isAllVisible && !words.isDurable(event)) {
      live.visible = live.events.length
      this.#wake()
    }
  }

  /** What is not yet in rows, as rows. The caller appends them now. */
  takeRows(): LogRow[] {
    const live = this.#current()
    const events = live.events.slice(live.taken)
    if (events.length === 0) return []
    const { turn, generation, attempt } = live
    const start = live.ends[live.taken - 1] ?? live.base
    const end = live.ends.at(-1) ?? start
    live.taken = live.events.length
    live.isCommitted ||= events.some((event) => this.words.isDurable(event))
    return [{ turn, generation, attempt, start, end, body: this.words.pack(events) }]
  }

  /** The position after all that was taken. */
  get takenTo(): number {
    const live = this.#current()
    return live.taken === 0 ? live.base : (live.ends[live.taken - 1] ?? live.base)
  }

  /**
   * Lets followers see what was taken, and what was said since. Called when that is on disk: with `upTo`, as far as
   * that position, since more may have been taken meanwhile.
   */
  publish(upTo = this.takenTo): void {
    const live = this.#current()
    let next = Math.max(firstAfter(live.ends, upTo), live.visible)
    while (next < live.events.length && !this.words.isDurable(live.events[next] as Event)) next += 1
    live.visible = next
    this.#wake()
  }

  /** Takes out of memory what is in rows and was published: who follows so far behind reads the rows. */
  forget(): void {
    const live = this.#current()
    const count = Math.min(live.taken, live.visible)
    live.base = live.ends[count - 1] ?? live.base
    live.events.splice(0, count)
    live.ends.splice(0, count)
    live.taken -= count
    live.visible -= count
    this.#length = live.events.reduce((sum, event) => sum + this.words.weightOf(event), 0)
  }

  /** Whether the running step has grown so long that it should be written out with {@link flush}. */
  get isLong(): boolean {
    return this.#length > FLUSH_LENGTH
  }

  /** Whether followers may see all that was said. */
  get isAllVisible(): boolean {
    const live = this.#current()
    return live.visible === live.events.length
  }

  /** Writes the running step's visible part to rows and forgets it. It counts only once the step is committed. */
  flush(): void {
    const live = this.#current()
    this.rows.append(this.takeRows())
    live.base = live.ends.at(-1) ?? live.base
    Object.assign(live, { events: [], ends: [], taken: 0, visible: 0 })
    this.#length = 0
  }

  /** The newest place that followers may have seen. */
  get tail(): Offset | undefined {
    const live = this.#live
    return live && placeOf(live, live.visible === 0 ? live.base : (live.ends[live.visible - 1] ?? live.base))
  }

  /**
   * Whether a row may be seen. One that was just appended may not, until it is on disk; what was put on the log while
   * a life speaks comes after it.
   */
  isPublished({ generation, attempt, end }: LogRow): boolean {
    const { tail } = this
    if (tail && generation > tail.generation) return this.isOver
    return tail?.generation !== generation || tail.attempt !== attempt || end <= tail.position
  }

  /** The turn that is being written, or was last. */
  get liveTurn(): number | undefined {
    return this.#live?.turn
  }

  /** Nothing more comes of the attempt that was written last, and all of it may be seen. */
  get isOver(): boolean {
    const live = this.#live
    const last = live?.events.at(-1)
    if (!live) return true
    return live.visible === live.events.length && last !== undefined && this.words.isLast(last)
  }

  /** The place where the running attempt begins. */
  get liveStart(): Offset | undefined {
    return this.#live && placeOf(this.#live, 0)
  }

  /** Entries after `position` that are in memory and may be seen; undefined if memory no longer reaches back so far. */
  liveAfter(position: number): LogEntry<Event>[] | undefined {
    const live = this.#live
    if (!live || position < live.base) return undefined
    const { words } = this
    const from = firstAfter(live.ends, position)
    const entries: LogEntry<Event>[] = []
    for (let i = from; i < live.visible; i += 1) {
      const event = live.events[i]
      const end = live.ends[i]
      if (event === undefined || end === undefined) break
      const seen = position - (end - words.sizeOf(event))
      const isCut = i === from && seen > 0
      entries.push({ event: isCut ? words.cut(event, seen) : event, offset: placeOf(live, end) })
    }
    return entries
  }

  /** Calls `wake` once, at the next event that may be seen. Gives a function that takes the wish back. */
  onNews(wake: () => void): () => void {
    this.#waiters.add(wake)
    return () => this.#waiters.delete(wake)
  }

  /** Forgets the attempt in memory: the thread was erased. */
  reset(): void {
    this.#live = undefined
    this.#wake()
  }

  /** Wakes followers without an event: what they wait for may have changed. */
  nudge(): void {
    this.#wake()
  }

  #openAttempt(): void {
    const { turn, generation, attempt, base, isCommitted } = this.#current()
    if (base > 0 && !isCommitted) this.rows.dropAttempt(generation, attempt)
    this.#open(turn, generation, attempt + 1)
  }

  #open(turn: number, generation: number, attempt: number): void {
    const empty = { base: 0, events: [], ends: [], taken: 0, visible: 0, isCommitted: false }
    this.#live = { turn, generation, attempt, ...empty }
    this.#length = 0
  }

  #current(): LiveAttempt<Event> {
    if (!this.#live) throw new Error('Cannot write the log: no turn was begun')
    return this.#live
  }

  #wake(): void {
    if (this.#waiters.size === 0) return
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const wake of waiters) wake()
  }
}

function placeOf({ generation, attempt }: LiveAttempt<unknown>, position: number): Offset {
  return { generation, attempt, position }
}

/** The index of the first end that lies beyond `position`, by halving. */
function firstAfter(ends: readonly number[], position: number): number {
  let low = 0
  let high = ends.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ends[middle] ?? 0) > position) high = middle
    else low = middle + 1
  }
  return low
}
