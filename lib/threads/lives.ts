import { applyEvent, dropUnsettled, waitingCalls } from '../log/fold.ts'
import { unpackRow } from '../log/row.ts'
import { isDurable } from '../log/thread-log.ts'
import type { TurnEvent } from '../protocol/event.ts'
import type { Message } from '../protocol/message.ts'
import { foldTurn } from './history.ts'
import type { ThreadParts } from './parts.ts'
import type { TurnLife } from './running-turn.ts'
import type { ThreadMeta } from './thread-state.ts'
import type { TurnRecord } from './turn-request.ts'

/** A turn that was taken up this often and came no further ends as failed. */
const RECOVERY_BUDGET = 5

/**
 * In the caller's transaction: a turn's first life, with its first words in the log. The meta row is changed and not
 * written.
 */
export function beginLife(
  parts: ThreadParts,
  meta: ThreadMeta,
  record: TurnRecord,
  input: Message,
): TurnLife {
  const { services, rows, log, events } = parts
  meta.generation += 1
  meta.messages += 2
  const open = meta.open.find(({ turn }) => turn === record.turn)
  if (open) open.state = 'running'
  const startedAt = services.now()
  const { input: _, ...rest } = record
  const begun: TurnRecord = { ...rest, startedAt, generations: [meta.generation] }
  rows.writeTurn(begun)
  log.beginGeneration(record.turn, meta.generation)
  const { runId, agentId, messageId } = record
  log.push({ type: 'turn-start', runId, agentId, messageId, input, startedAt, threadId: meta.info.threadId })
  events.append(log.takeRows())
  return { record: begun, input }
}

/** The first open turn's next life, committed: the first of one that waited, another of one that a crash cut off. */
export function nextLife(parts: ThreadParts, meta: ThreadMeta): TurnLife | undefined {
  const open = meta.open[0]
  const record = open && parts.rows.readTurn(open.turn)
  if (!record) return undefined
  if (open.state === 'running') return recoverLife(parts, meta, record)
  if (record.generations.length > 0) return resumeLife(parts, meta, record)
  const { input } = record
  if (!input) throw new Error(`Cannot start turn ${record.turn}: its message is missing`)
  return parts.platform.sql.transaction(() => {
    const life = beginLife(parts, meta, record, input)
    parts.rows.writeMeta(meta)
    parts.alarm.set(meta)
    return life
  })
}

/** A suspended turn goes on with what was answered meanwhile. */
function resumeLife(parts: ThreadParts, meta: ThreadMeta, before: TurnRecord): TurnLife {
  const { rows, log, events, platform, services } = parts
  const { input, state } = foldTurn(events, before)
  const waited = rows.readSuspended(before.turn)
  if (!input || !waited) throw new Error(`Cannot resume turn ${before.turn}: its rows are missing`)
  meta.generation += 1
  const resumedAt = services.now()
  const record = { ...before, resumedAt, generations: [...before.generations, meta.generation] }
  const { turn, runId, agentId, messageId } = record
  const resumed: TurnEvent[] = [
    { type: 'turn-resume', runId, agentId, messageId, threadId: meta.info.threadId, startedAt: resumedAt },
    ...waitingCalls(state).flatMap(({ toolCallId, toolName, wait }): TurnEvent[] => {
      const answer = waited.answers[toolCallId]
      const question = wait.nested && { question: wait.nested.id }
      return answer ? [{ type: 'tool-answer', toolCallId, toolName, answer, ...question }] : []
    }),
  ]
  platform.sql.transaction(() => {
    if (meta.open[0]) meta.open[0].state = 'running'
    log.beginGeneration(turn, meta.generation)
    for (const event of resumed) log.push(event)
    events.append(log.takeRows())
    rows.writeTurn(record)
    rows.writeSuspended(turn, { ...waited, answers: {} })
    rows.writeMeta(meta)
    parts.alarm.set(meta)
  })
  for (const event of resumed) applyEvent(state, event)
  return { record, input, state, isStopped: waited.isStopped === true }
}

function recoverLife(parts: ThreadParts, meta: ThreadMeta, before: TurnRecord): TurnLife {
  const { rows, log, events, platform, services } = parts
  dropLostAttempts(parts, before)
  const { input, state } = foldTurn(events, before)
  if (!input) throw new Error(`Cannot take up turn ${before.turn}: its first row is missing`)
  // What was said and not finished is void, and no progress.
  dropUnsettled(state)
  applyEvent(state, { type: 'calls-restart' })
  meta.generation += 1
  const tries = countTry(meta, progressOf(state.message))
  const record = { ...before, generations: [...before.generations, meta.generation] }
  platform.sql.transaction(() => {
    rows.writeTurn(record)
    rows.writeMeta(meta)
    parts.alarm.set(meta)
  })
  log.beginGeneration(record.turn, meta.generation)
  const { runId, requestId = '' } = record
  services.logger.warn('turn taken up after a crash', { runId, requestId, tries })
  return { record, input, state, isRecovered: true, isExhausted: tries > RECOVERY_BUDGET }
}

/** Tries count from the last one that came further. */
function countTry({ open: [first] }: ThreadMeta, progress: number): number {
  if (!first) return 0
  first.tries = progress > first.progress ? 1 : first.tries + 1
  first.progress = progress
  return first.tries
}

/** Steps and what came of calls, those of sub-agents too: of calls that were named alike each has its own. */
function progressOf({ parts }: Message): number {
  let progress = 0
  for (const part of parts) {
    if (part.type === 'step-start') progress += 1
    if (part.type !== 'tool') continue
    if (part.state !== 'pending') progress += 1
    if (part.agentMessage) progress += progressOf(part.agentMessage)
  }
  return progress
}

/** Rows of a long step that was written out in blocks and never finished. */
function dropLostAttempts({ events }: ThreadParts, { generations }: TurnRecord): void {
  const lost = new Map<string, { generation: number; attempt: number }>()
  const kept = new Set<string>()
  for (const row of events.readGenerations(generations)) {
    const { generation, attempt } = row
    const key = `${generation}/${attempt}`
    if (unpackRow(row).some(({ event }) => isDurable(event))) kept.add(key)
    else lost.set(key, { generation, attempt })
  }
  for (const [key, { generation, attempt }] of lost)
    if (!kept.has(key)) events.dropAttempt(generation, attempt)
}
