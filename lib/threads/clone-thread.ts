import type { LogRow } from '../log/row.ts'
import { mapRow } from '../log/row.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { TurnEvent } from '../protocol/event.ts'
import type { NewId } from '../protocol/id.ts'
import type { JsonObject } from '../protocol/json.ts'
import { mintMessageId } from '../protocol/message-id.ts'
import { mintRunId } from '../protocol/run-id.ts'
import type { StoredTurn } from './erase-messages.ts'
import { eraseMessages } from './erase-messages.ts'
import { countOf, foldTurn, messagesOf } from './history.ts'
import type { MessageFilter } from './message-filter.ts'
import { fitsFilter } from './message-filter.ts'
import { noteSaid } from './memory-outbox.ts'
import { announceThread } from './outbox.ts'
import type { ThreadParts } from './parts.ts'
import { readStored } from './stored-turn.ts'
import { newMeta } from './thread-meta.ts'
import type { ThreadInfo, ThreadMeta } from './thread-state.ts'
import type { TurnRecord } from './turn-request.ts'

/** What of a thread is copied. */
export interface CloneFilter extends MessageFilter {
  /** At most so many of the newest that fit. */
  limit?: number
}

/** A thread on its way to another object. */
export interface ThreadCopy {
  info: ThreadInfo
  turns: StoredTurn[]
  lastMessageId?: string
}

/** UTF-16 units of log: a copy passes through the Worker's memory. */
const MAX_COPY_LENGTH = 16_000_000

/**
 * The turns of a thread that have ended and what was saved on it, as far as they are wanted. Of a turn of which one
 * message is wanted the other is erased in the copy.
 *
 * @throws EdgewiseError `payload_too_large`.
 */
export function copyThread({ rows, events }: ThreadParts, meta: ThreadMeta, filter: CloneFilter): ThreadCopy {
  const unfinished = new Set([...meta.open.map(({ turn }) => turn), ...rows.suspendedTurns()])
  const turns: StoredTurn[] = []
  let { limit = Infinity } = filter
  let length = 0
  let lastMessageId: string | undefined
  for (let before = Number.MAX_SAFE_INTEGER; limit > 0;) {
    const [record] = rows.turnsBefore(before, 1)
    if (!record) break
    before = record.turn
    if (record.isSuperseded || countOf(record) === 0 || unfinished.has(record.turn)) continue
    const messages = messagesOf(foldTurn(events, record))
    const wanted = messages.filter((message) => fitsFilter(message, filter)).slice(-limit)
    if (wanted.length === 0) continue
    limit -= wanted.length
    lastMessageId ??= wanted.at(-1)?.id
    const rest = messages.filter((message) => !wanted.includes(message)).map(({ id }) => id)
    const stored = readStored(events, record)
    const turn = rest.length === 0 ? stored : eraseMessages(stored, new Set(rest))
    length += turn.rows.reduce((sum, { body }) => sum + body.length, 0)
    if (length > MAX_COPY_LENGTH)
      throw new EdgewiseError(
        'payload_too_large',
        'The thread is too long to be cloned at once: use messageLimit',
      )
    turns.unshift(turn)
  }
  return { info: meta.info, turns, ...(lastMessageId !== undefined && { lastMessageId }) }
}

export interface PasteRequest {
  address: string
  threadId: string
  resourceId: string
  title: string
  metadata: JsonObject
  turns: StoredTurn[]
}

/**
 * In the caller's transaction: a new thread of these turns, with ids of its own, that can be gone on with.
 *
 * @throws EdgewiseError `thread_exists`.
 */
export function pasteThread(
  parts: ThreadParts,
  before: ThreadMeta | undefined,
  request: PasteRequest,
): ThreadInfo {
  const { rows, events, alarm, services } = parts
  const { turns, ...place } = request
  if (before) throw new EdgewiseError('thread_exists', `There is a thread "${place.threadId}" already`)
  rows.createTables()
  const meta = newMeta(place, services.now())
  const generations = renumber(turns)
  meta.generation = generations.size
  const records: TurnRecord[] = []
  for (const stored of turns) {
    const copy = renamed(stored, meta.nextTurn, generations, { ...place, newId: services.newId })
    rows.writeTurn(copy.record)
    events.append(copy.rows)
    records.push(copy.record)
    meta.nextTurn += 1
    meta.messages += countOf(copy.record)
  }
  noteSaid(parts, meta, records)
  announceThread(rows, meta)
  rows.writeMeta(meta)
  alarm.set(meta)
  return meta.info
}

/** Lives are numbered from 1 in the order in which they were lived, also where turns went on after later ones. */
function renumber(turns: readonly StoredTurn[]): Map<number, number> {
  const lives = turns.flatMap(({ record }) => record.generations).toSorted((a, b) => a - b)
  return new Map(lives.map((generation, i) => [generation, i + 1]))
}

interface NewPlace {
  address: string
  threadId: string
  resourceId: string
  newId: NewId
}

function renamed(
  { record, rows }: StoredTurn,
  turn: number,
  generations: ReadonlyMap<number, number>,
  { address, threadId, resourceId, newId }: NewPlace,
): StoredTurn {
  const messageId = record.messageId && mintMessageId(newId, address)
  const inputId = record.inputId && (record.isSaved ? messageId : mintMessageId(newId, address))
  const ids = { runId: record.runId && mintRunId(newId, { address, turn }), messageId }
  const { trace: _, history: __, ...rest } = record
  const named: TurnRecord = {
    ...rest,
    ...ids,
    inputId,
    turn,
    resourceId,
    generations: record.generations.map((generation) => generations.get(generation) ?? generation),
  }
  const rename = (event: TurnEvent): TurnEvent => {
    if (event.type === 'turn-start')
      return { ...event, ...ids, threadId, input: { ...event.input, id: inputId } }
    if (event.type === 'turn-resume') return { ...event, ...ids, threadId }
    // A sub-agent's turn is of the same run.
    if (event.type === 'agent-event' && 'runId' in event.event)
      return { ...event, event: { ...event.event, runId: ids.runId } }
    if (event.type === 'message') return { ...event, message: { ...event.message, id: messageId } }
    return event
  }
  const toRow = (row: LogRow): LogRow => ({
    ...mapRow(row, rename),
    turn,
    generation: generations.get(row.generation) ?? row.generation,
  })
  return { record: named, rows: rows.map(toRow) }
}
