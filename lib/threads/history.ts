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
      if (event.type !== 'message') continue
      state.message = event.message
      if (event.message.role === 'user') input = event.message
    }
  }
  return { record, input: record.inputId === '' ? undefined : input, state }
}

/** The messages of a turn that has begun: what was asked, and what has been answered and committed. */
export function messagesOf({ record, input, state }: FoldedTurn): Message[] {
  if (record.generations.length === 0) return []
  if (record.isSaved) return [state.message]
  const isAnswered = record.messageId !== '' && state.message.parts.length > 0
  return [...(input ? [input] : []), ...(isAnswered ? [state.message] : [])]
}

/** How many messages a turn has, unless it has only begun: then its answer is counted before it is there. */
export function countOf({ generations, isSaved, isUnanswered, inputId, messageId }: TurnRecord): number {
  if (generations.length === 0) return 0
  if (isSaved) return 1
  return (inputId === '' ? 0 : 1) + (messageId === '' || isUnanswered ? 0 : 1)
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
