import { toResult } from '../agents/result.ts'
import { createEncoder, needsStart } from '../formats/encoders.ts'
import type { StreamFormat } from '../formats/encoders.ts'
import { Follower } from '../log/follower.ts'
import { EdgewiseError, toErrorBody } from '../protocol/error.ts'
import type { JsonObject } from '../protocol/json.ts'
import type { Offset } from '../protocol/offset.ts'
import { followThread, followTurn, runningStart, turnStart } from './follow.ts'
import { foldTurn } from './history.ts'
import type { ToolAnswers } from './take-answers.ts'
import { matchAnswers } from './take-answers.ts'
import type { Thread } from './thread.ts'
import type { TurnRequest } from './turn-request.ts'

/** What is asked of a thread's object, in the body of an internal request. */
export type ThreadCall =
  /** Answers to calls that wait; the turn then goes on. */
  | {
      type: 'answer'
      runId: string
      answers: ToolAnswers
      /** Secrets that the turn needs again. */
      runtimeContext?: JsonObject
      /** The caller's resource: what belongs to another does not exist. */
      boundTo?: string
      format: StreamFormat | 'json'
    }
  /** The same, from a message that holds more than that: what nobody waits for is passed over. */
  | { type: 'answer-message'; messageId: string; answers: ToolAnswers; format: StreamFormat }
  | { type: 'start'; request: TurnRequest; address: string; format: StreamFormat | 'json' }
  /** The running turn from its first event; 204 if none runs. */
  | { type: 'rejoin'; format: StreamFormat }
  /** The thread from a place on; without one from the running turn's start. */
  | { type: 'follow'; format: StreamFormat; after?: Offset; untilIdle: boolean }

/** @throws EdgewiseError for what is answered before the first byte. */
export async function answerThreadCall(thread: Thread, call: ThreadCall): Promise<Response> {
  // Whoever comes first after a crash sets the unfinished turn going again.
  await thread.takeUp()
  switch (call.type) {
    case 'start':
      return start(thread, call)
    case 'answer':
      return answer(thread, call)
    case 'answer-message': {
      const { runId, answers } = matchAnswers(thread.parts, call.messageId, call.answers)
      return answerTurn(thread, await thread.answer(runId, answers), call.format)
    }
    case 'rejoin': {
      const running = thread.meta?.open.find(({ state }) => state === 'running')
      if (!running) return new Response(null, { status: 204 })
      const encoder = createEncoder(call.format)
      return new Response(followTurn(thread, running.turn, encoder), { headers: encoder.headers })
    }
    case 'follow': {
      if (!thread.meta) throw new EdgewiseError('thread_not_found', 'There is no such thread')
      const encoder = createEncoder(call.format)
      const after = knownOffset(thread, call.after) ?? runningStart(thread)
      return new Response(followThread(thread, after, encoder, call.untilIdle), { headers: encoder.headers })
    }
    default:
      return call satisfies never
  }
}

async function answer(thread: Thread, call: ThreadCall & { type: 'answer' }): Promise<Response> {
  const { runId, answers, runtimeContext, boundTo, format } = call
  if (boundTo !== undefined && thread.meta?.info.resourceId !== boundTo)
    throw new EdgewiseError('run_not_found', `There is no run "${runId}"`)
  return answerTurn(thread, await thread.answer(runId, answers, runtimeContext), format)
}

async function start(
  thread: Thread,
  { request, address, format }: ThreadCall & { type: 'start' },
): Promise<Response> {
  return answerTurn(thread, { turn: await thread.start(request, address), life: 0 }, format)
}

/** A life of a turn as the caller wants it: its stream, or, once it has ended or is suspended, the whole as JSON. */
async function answerTurn(
  thread: Thread,
  { turn, life }: { turn: number; life: number },
  format: StreamFormat | 'json',
): Promise<Response> {
  if (format !== 'json') {
    const isWhole = life > 0 && needsStart(format)
    const encoder = createEncoder(format, isWhole ? endOfLife(thread, turn, life - 1) : undefined)
    return new Response(followTurn(thread, turn, encoder, { life, isWhole }), { headers: encoder.headers })
  }
  const error = await turnClosed(thread, turn)
  if (error) throw error
  const record = thread.parts.rows.readTurn(turn)
  const { meta } = thread
  if (!record || !meta) throw new EdgewiseError('aborted', 'The turn was taken out of the queue')
  const isThread = meta.expiresAt === undefined
  const { state } = foldTurn(thread.parts.events, record)
  const { threadId } = meta.info
  return Response.json(toResult(state, { runId: record.runId, ...(isThread && { threadId }) }))
}

/** The place behind all that a life of the turn said. */
function endOfLife(thread: Thread, turn: number, life: number): Offset | undefined {
  const generation = thread.parts.rows.readTurn(turn)?.generations[life]
  return generation === undefined ? undefined : { generation, attempt: Number.MAX_SAFE_INTEGER, position: 0 }
}

/** Resolves once the turn has ended or is suspended; with an error if it can no longer be. */
async function turnClosed(thread: Thread, turn: number): Promise<EdgewiseError | undefined> {
  const edge = new Follower(thread.parts.log, turnStart(thread, turn))
  while (thread.meta?.open.some((open) => open.turn === turn)) {
    if (thread.running?.turn === turn) await thread.running.done
    else await edge.wait()
  }
  return thread.meta ? undefined : new EdgewiseError('aborted', 'The thread was deleted')
}

/** An offset from another life of the thread (it was deleted and begun anew) names no place in this one. */
function knownOffset(thread: Thread, after: Offset | undefined): Offset | undefined {
  return after && after.generation > (thread.meta?.generation ?? 0) ? undefined : after
}

export function errorResponse(error: EdgewiseError): Response {
  const { status, headers } = error
  return Response.json({ error: toErrorBody(error) }, { status, ...(headers && { headers }) })
}
