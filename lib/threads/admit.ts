import type { EventLog } from '../log/event-log.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { Message } from '../protocol/message.ts'
import { foldTurn } from './history.ts'
import type { ThreadMeta, ThreadState } from './thread-state.ts'
import type { TurnRecord, TurnRequest } from './turn-request.ts'

/** How many turns may wait behind the running one. */
export const QUEUE_LENGTH = 8

/** How many of the newest turns are looked through for a message that is sent again. */
const RECENT_TURNS = 20

/** What becomes of a request: it joins a turn that is there already, or begins one, taking others back. */
export type Admission =
  | { type: 'join'; turn: number }
  | { type: 'begin'; input: Message; supersedes: TurnRecord[]; isQueued: boolean }

/**
 * Decides about a request from the thread as it stands. Reads only.
 *
 * @throws EdgewiseError `resource_mismatch`, `idempotency_mismatch`, `message_not_found` or `thread_busy`.
 */
export function admit(
  rows: ThreadState,
  log: EventLog,
  meta: ThreadMeta | undefined,
  request: TurnRequest,
  now: number,
): Admission {
  const { resourceId, threadId, idempotency, regenerate, input, isOnlyIfIdle } = request
  const key = idempotency && rows.readKey(idempotency.scope, now)
  if (key && key.hash !== idempotency.hash) {
    throw new EdgewiseError('idempotency_mismatch', 'This Idempotency-Key was used with another request body')
  }
  if (key) return { type: 'join', turn: key.turn }
  if (meta && meta.info.resourceId !== resourceId) {
    throw new EdgewiseError('resource_mismatch', `Thread "${threadId}" belongs to another resource`)
  }
  const found =
    regenerate || !input ? findRegenerated(rows, log, meta, regenerate) : findResent(rows, log, meta, input)
  if (!found && isOnlyIfIdle && meta && meta.open.length > 0)
    throw new EdgewiseError('thread_busy', 'The thread is busy: a turn runs or waits')
  return found ?? begin(meta, input, [])
}

function begin(
  meta: ThreadMeta | undefined,
  input: Message | undefined,
  supersedes: TurnRecord[],
): Admission {
  if (!input) throw new EdgewiseError('message_not_found', 'There is no message to answer')
  const open = meta?.open ?? []
  if (open.length > QUEUE_LENGTH) {
    const reason = `The thread is busy: one turn runs and ${QUEUE_LENGTH} wait`
    throw new EdgewiseError('thread_busy', reason, { headers: { 'retry-after': '5' } })
  }
  return { type: 'begin', input, supersedes, isQueued: open.length > 0 }
}

/** The answer that is to be given anew: the one named, or the last. */
function findRegenerated(
  rows: ThreadState,
  log: EventLog,
  meta: ThreadMeta | undefined,
  { messageId }: { messageId?: string } = {},
): Admission {
  if (!meta)
    throw new EdgewiseError('thread_not_found', 'There is no answer to give anew: the thread is empty')
  const later: TurnRecord[] = []
  for (const record of recentTurns(rows)) {
    later.push(record)
    // What has no question, or lost it, can only be meant by its id.
    if (messageId === undefined && record.inputId === '') continue
    if (messageId !== undefined && record.messageId !== messageId && record.inputId !== messageId) continue
    if (meta.open.length > 0)
      throw new EdgewiseError('thread_busy', 'A turn is running: stop it before its answer is given anew')
    return begin(meta, foldTurn(log, record).input, later)
  }
  throw new EdgewiseError('message_not_found', `There is no recent message "${messageId}" on this thread`)
}

/**
 * A message that is on the thread already: the same words again join their turn, unless it failed or was stopped;
 * other words under the same id are an edit, which takes the turn and all after it back.
 */
function findResent(
  rows: ThreadState,
  log: EventLog,
  meta: ThreadMeta | undefined,
  input: Message,
): Admission | undefined {
  if (!meta) return undefined
  const later: TurnRecord[] = []
  for (const record of recentTurns(rows)) {
    later.push(record)
    if (record.inputId !== input.id) continue
    const { input: before, state } = foldTurn(log, record)
    // A message that was only saved has yet to be answered.
    const isSame = !record.isSaved && JSON.stringify(before?.parts) === JSON.stringify(input.parts)
    const status = state.message.outcome?.status
    if (isSame && (status === undefined || status === 'completed')) return { type: 'join', turn: record.turn }
    if (meta.open.length > 0)
      throw new EdgewiseError('thread_busy', 'A turn is running: stop it before a message is edited')
    return begin(meta, input, later)
  }
  return undefined
}

function recentTurns(rows: ThreadState): TurnRecord[] {
  return rows.turnsBefore(Number.MAX_SAFE_INTEGER, RECENT_TURNS).filter((record) => !record.isSuperseded)
}
