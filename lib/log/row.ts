import type { TurnEvent } from '../protocol/event.ts'
import type { DeltaEvent } from '../protocol/event.ts'
import { eventSize, isDelta } from '../protocol/event.ts'
import type { Offset } from '../protocol/offset.ts'

/**
 * One committed stretch of an attempt: the events from position `start` up to `end`. Rows of an attempt follow each
 * other without a gap. Text stands once, in order, and the log row is what the message is read from.
 */
export interface LogRow {
  turn: number
  generation: number
  attempt: number
  start: number
  end: number
  /** The events, packed by {@link packEvents}. */
  body: string
}

/** An event with the place right after it, which is where a client that saw it goes on. */
export interface LogEntry<Event = TurnEvent> {
  event: Event
  offset: Offset
}

type RunKind = 't' | 'r' | 'i'
/** Consecutive deltas of one block: kind, block id, length in UTF-16 units, and which of the paths says it, if one does. */
type Run = [kind: RunKind, id: string, length: number, path?: number]
/** `p`: the paths to sub-agents, which said by turns would else stand once a word. */
type Packed = { x: string; e: (Run | TurnEvent)[]; p?: string[][] }

const KIND_OF = { 'text-delta': 't', 'reasoning-delta': 'r', 'tool-input-delta': 'i' } as const
const DELTA_OF = { t: 'text-delta', r: 'reasoning-delta' } as const

/**
 * Events as one compact JSON text: deltas of a block become one run over a shared text. The text of a tool's input
 * is not kept, only its length, because the `tool-call` that follows holds the input whole.
 */
export function packEvents(events: readonly TurnEvent[]): string {
  const packed: Packed = { x: '', e: [] }
  for (const event of events) {
    const said = event.type === 'agent-event' ? event.event : event
    if (!isDelta(said)) {
      packed.e.push(event)
      continue
    }
    const path = event.type === 'agent-event' ? indexOf(event.path, (packed.p ??= [])) : undefined
    const last = packed.e.at(-1)
    if (Array.isArray(last) && isOfRun(said, path, last)) last[2] += said.delta.length
    else packed.e.push(toRun(said, path))
    if (said.type !== 'tool-input-delta') packed.x += said.delta
  }
  return JSON.stringify(packed)
}

function toRun({ type, id, delta }: DeltaEvent, path: number | undefined): Run {
  return path === undefined ? [KIND_OF[type], id, delta.length] : [KIND_OF[type], id, delta.length, path]
}

function isOfRun({ type, id }: DeltaEvent, path: number | undefined, run: Run): boolean {
  return run[0] === KIND_OF[type] && run[1] === id && run[3] === path
}

/** Where the path stands in the list, once it does. */
function indexOf(path: string[], paths: string[][]): number {
  const known = paths.findIndex(
    (other) => other.length === path.length && other.every((id, i) => id === path[i]),
  )
  return known < 0 ? paths.push(path) - 1 : known
}

/**
 * The entries of a row after `position`, deltas of a block as one; a position inside a text gives the rest of it.
 * Proof of the cast: bodies are written by {@link packEvents} alone.
 */
export function unpackRow(row: LogRow, position = row.start): LogEntry[] {
  const { x, e, p } = JSON.parse(row.body) as Packed
  const entries: LogEntry[] = []
  let at = row.start
  let textAt = 0
  for (const item of e) {
    const size = Array.isArray(item) ? item[2] : eventSize(item)
    const end = at + size
    const seen = Math.max(0, position - at)
    const event = Array.isArray(item)
      ? runToDelta(item, x.slice(textAt, textAt + size), { seen, paths: p })
      : item
    if (Array.isArray(item) && item[0] !== 'i') textAt += size
    if (end > position && event) entries.push({ event, offset: place(row, end) })
    at = end
  }
  return entries
}

/** The row with each event but deltas replaced. Places stay, for all of these are one long. Proof of the cast: as above. */
export function mapRow(row: LogRow, change: (event: TurnEvent) => TurnEvent): LogRow {
  const packed = JSON.parse(row.body) as Packed
  const e = packed.e.map((item) => (Array.isArray(item) ? item : change(item)))
  const changed: Packed = { ...packed, e }
  return { ...row, body: JSON.stringify(changed) }
}

function runToDelta(
  [kind, id, , index]: Run,
  text: string,
  { seen, paths }: { seen: number; paths: string[][] | undefined },
): TurnEvent | undefined {
  if (kind === 'i') return undefined
  const event = { type: DELTA_OF[kind], id, delta: text.slice(seen) }
  const path = index === undefined ? undefined : paths?.[index]
  return path ? { type: 'agent-event', path, event } : event
}

function place({ generation, attempt }: LogRow, position: number): Offset {
  return { generation, attempt, position }
}
