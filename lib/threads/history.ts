import type { TurnState } from '../log/fold.ts'
import { applyEvent, startTurn } from '../log/fold.ts'
import type { EventLog } from '../log/event-log.ts'
import { unpackRow } from '../log/row.ts'
import type { Message } from '../protocol/message.ts'
import type { ThreadState } from './thread-state.ts'
import type { TurnRecord } from './turn-request.ts'

/** A turn read back from its log. */
export interface FoldedTurn {
  record: TurnRecord
  input: Message | undefined
  state: TurnState
}

const TURNS_AT_ONCE = 20

export function foldTurn(log: EventLog, record: TurnRecord): FoldedTurn {
  const state = startTurn(record.messageId, record.startedAt ?? record.createdAt)
  let input = record.input
  for (const row of log.readGenerations(record.generations)) {
    for (const { event } of unpackRow(row)) {
      if (event.type === 'turn-start') input = event.input
      applyEvent(state, event)
    }
  }
  return { record, input, state }
}

/** The messages of a turn that has begun: what was asked, and what has been answered and committed. */
function messagesOf({ record, input, state }: FoldedTurn): Message[] {
  if (record.generations.length === 0 || !input) return []
  return state.message.parts.length > 0 ? [input, state.message] : [input]
}

/** Turns that count, newest first: those that wait and those that were taken back do not. */
function* turnsBackwards(rows: ThreadState, log: EventLog, before: number): Generator<FoldedTurn> {
  for (let next = before; ;) {
    const records = rows.turnsBefore(next, TURNS_AT_ONCE)
    for (const record of records) if (!record.isSuperseded) yield foldTurn(log, record)
    const last = records.at(-1)
    if (!last || records.length < TURNS_AT_ONCE) return
    next = last.turn
  }
}

/** The last `count` messages before a turn, oldest first. Costs what they cost, however long the thread is. */
export function lastMessages(rows: ThreadState, log: EventLog, before: number, count: number): Message[] {
  const messages: Message[] = []
  if (count > 0) {
    for (const turn of turnsBackwards(rows, log, before)) {
      messages.unshift(...messagesOf(turn))
      if (messages.length >= count) break
    }
  }
  const last = count > 0 ? messages.slice(-count) : []
  // An answer whose question was cut off would confuse a model.
  return last[0]?.role === 'assistant' ? last.slice(1) : last
}

export interface MessagePage {
  messages: Message[]
  total: number
}

/** All messages of a thread, newest first, cut to a page. */
export function pageOfMessages(rows: ThreadState, log: EventLog, skip: number, take: number): MessagePage {
  const messages: Message[] = []
  let total = 0
  for (const turn of turnsBackwards(rows, log, Number.MAX_SAFE_INTEGER)) {
    for (const message of messagesOf(turn).toReversed()) {
      if (total >= skip && messages.length < take) messages.push(message)
      total += 1
    }
  }
  return { messages, total }
}
