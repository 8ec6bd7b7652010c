import type { TurnState } from '../log/fold.ts'
import { applyEvent, startTurn } from '../log/fold.ts'
import type { EventLog } from '../log/event-log.ts'
import { unpackRow } from '../log/row.ts'
import type { Exchange } from '../memory/select.ts'
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

/**
 * The last messages before a turn, exchange by exchange, oldest first: `count` of them, and further back as far as
 * `isWanted` says. Costs what they cost, however long the thread is.
 */
export function lastExchanges(
  rows: ThreadState,
  log: EventLog,
  { before, count, isWanted = () => false }: LastExchanges,
): Exchange[] {
  const exchanges: Exchange[] = []
  let left = count
  if (left <= 0 && !isWanted(before - 1, 0)) return []
  for (const folded of turnsBackwards(rows, log, before)) {
    const { turn } = folded.record
    const isMore = isWanted(turn, count - left)
    if (left <= 0 && !isMore) break
    const messages = messagesOf(folded)
    const shown = isMore ? messages : messages.slice(-left)
    left -= messages.length
    if (shown.length > 0) exchanges.unshift({ turn, messages: shown })
  }
  return exchanges
}

export interface LastExchanges {
  before: number
  count: number
  /** Asked of each turn, with how many messages are there already. */
  isWanted?: (turn: number, found: number) => boolean
}

/** One turn's messages; undefined if it does not count, or has not ended. */
export function exchangeOf(rows: ThreadState, log: EventLog, turn: number): Exchange | undefined {
  const record = rows.readTurn(turn)
  if (!record || record.isSuperseded) return undefined
  const folded = foldTurn(log, record)
  const messages = messagesOf(folded)
  const isOver = record.isSaved || folded.state.message.outcome !== undefined
  return isOver && messages.length > 0 ? { turn, messages } : undefined
}
