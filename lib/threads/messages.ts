import type { EventLog } from '../log/event-log.ts'
import type { Message } from '../protocol/message.ts'
import { countOf, foldTurn, messagesOf } from './history.ts'
import type { MessageFilter } from './message-filter.ts'
import { fitsFilter } from './message-filter.ts'
import type { ThreadState } from './thread-state.ts'
import type { TurnRecord } from './turn-request.ts'

/** A message with the run that said it, which is what an answer to its waiting calls names. */
export interface PlacedMessage {
  message: Message
  runId?: string
}

/** A message that is wanted beside the page, with its neighbours. */
export interface Included {
  id: string
  before: number
  after: number
}

export interface PageRequest {
  skip: number
  take: number
  /** Which end page 0 is at, and the order of what is given. */
  order: 'newest' | 'oldest'
  filter?: MessageFilter
  include?: readonly Included[]
}

export interface MessagePage {
  messages: PlacedMessage[]
  /** Of the whole thread; with a filter, of what fits it. */
  total: number
}

type Order = PageRequest['order']

/** A message by its place in the thread. */
type Numbered = [place: number, message: PlacedMessage]

/**
 * A page of a thread's messages. Turns before the page are passed over by their rows alone, so a page costs what it
 * holds, however long the thread is; with a filter every message has to be looked at.
 */
export function pageOfMessages(rows: ThreadState, log: EventLog, request: PageRequest): MessagePage {
  const { take, order, filter, include = [] } = request
  const { page, total } = filter ? filterPage(rows, log, request, filter) : readPage(rows, log, request)
  const found = new Map(page)
  for (const wanted of include)
    for (const [place, message] of readAround(rows, log, wanted)) found.set(place, message)
  const sign = order === 'oldest' ? 1 : -1
  const messages = [...found].toSorted(([a], [b]) => sign * (a - b)).map(([, message]) => message)
  return { messages, total: take === 0 ? 0 : total }
}

/** All messages, oldest first. */
export function* allMessages(rows: ThreadState, log: EventLog): Generator<PlacedMessage> {
  for (const record of recordsOf(rows, 'oldest'))
    for (const [, message] of readTurn(log, record)) yield message
}

interface FoundPage {
  page: Numbered[]
  total: number
}

function readPage(rows: ThreadState, log: EventLog, { skip, take, order }: PageRequest): FoundPage {
  const meta = rows.readMeta()
  const running = meta?.open.find(({ state }) => state === 'running')?.turn
  const record = running === undefined ? undefined : rows.readTurn(running)
  // What runs has been counted with an answer that may not have begun.
  const yetToCome = record ? countOf(record) - readTurn(log, record).length : 0
  const page: Numbered[] = []
  let left = skip
  if (take > 0) {
    for (const record of recordsOf(rows, order)) {
      const count = record.turn === running ? countOf(record) - yetToCome : countOf(record)
      if (left >= count) {
        left -= count
        continue
      }
      page.push(...inOrder(readTurn(log, record), order).slice(left, left + take - page.length))
      left = 0
      if (page.length >= take) break
    }
  }
  return { page, total: (meta?.messages ?? 0) - yetToCome }
}

function filterPage(
  rows: ThreadState,
  log: EventLog,
  { skip, take, order }: PageRequest,
  filter: MessageFilter,
): FoundPage {
  const page: Numbered[] = []
  let total = 0
  for (const record of recordsOf(rows, order)) {
    for (const numbered of inOrder(readTurn(log, record), order)) {
      if (!fitsFilter(numbered[1].message, filter)) continue
      if (total >= skip && page.length < take) page.push(numbered)
      total += 1
    }
  }
  return { page, total }
}

/** The message and those around it; nothing if it is not on this thread. */
function readAround(rows: ThreadState, log: EventLog, { id, before, after }: Included): Numbered[] {
  const [record] = rows.turnsWith([id])
  if (!record) return []
  const own = readTurn(log, record)
  const index = own.findIndex(([, { message }]) => message.id === id)
  if (index < 0) return []
  const earlier = inOrder(own.slice(0, index), 'newest')
  for (const next of recordsOf(rows, 'newest', record.turn - 1)) {
    if (earlier.length >= before) break
    earlier.push(...inOrder(readTurn(log, next), 'newest'))
  }
  const later = own.slice(index + 1)
  for (const next of recordsOf(rows, 'oldest', record.turn + 1)) {
    if (later.length >= after) break
    later.push(...readTurn(log, next))
  }
  return [...earlier.slice(0, before), ...own.slice(index, index + 1), ...later.slice(0, after)]
}

const TURNS_AT_ONCE = 20

/** Turns that count, from one of them on. */
function* recordsOf(rows: ThreadState, order: Order, from?: number): Generator<TurnRecord> {
  let next = from ?? (order === 'newest' ? Number.MAX_SAFE_INTEGER - 1 : 0)
  for (;;) {
    const records =
      order === 'newest' ? rows.turnsBefore(next + 1, TURNS_AT_ONCE) : rows.turnsFrom(next, TURNS_AT_ONCE)
    for (const record of records) if (!record.isSuperseded) yield record
    const last = records.at(-1)
    if (!last || records.length < TURNS_AT_ONCE) return
    next = last.turn + (order === 'newest' ? -1 : 1)
  }
}

function readTurn(log: EventLog, record: TurnRecord): Numbered[] {
  const { turn, runId } = record
  if (record.generations.length === 0) return []
  return messagesOf(foldTurn(log, record)).map((message, i) => [
    turn * 2 + i,
    { message, ...(runId !== '' && { runId }) },
  ])
}

function inOrder(messages: Numbered[], order: Order): Numbered[] {
  return order === 'oldest' ? messages : messages.toReversed()
}
