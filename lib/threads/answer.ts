import { createPartialReader } from '../agents/partial-reader.ts'
import { toResult } from '../agents/result.ts'
import { createEncoder, needsStart } from '../formats/encoders.ts'
import type { EncoderOptions, StreamFormat } from '../formats/encoders.ts'
import { createMastraThreadEncoder } from '../formats/mastra/thread-stream.ts'
import { toWholeAnswer } from '../formats/mastra/whole-answer.ts'
import { Follower } from '../log/follower.ts'
import type { ErrorBody } from '../protocol/error.ts'
import { ERROR_STATUS, EdgewiseError } from '../protocol/error.ts'
import type { JsonObject } from '../protocol/json.ts'
import type { Offset } from '../protocol/offset.ts'
import { placeOfRun } from '../protocol/run-id.ts'
import { followThread, followTurn, runningStart, turnStart } from './follow.ts'
import { foldTurn } from './history.ts'
import { standingOf } from './standing.ts'
import type { RunFilter, ToolAnswers } from './take-answers.ts'
import { findRun, matchAnswers } from './take-answers.ts'
import type { Thread } from './thread.ts'
import type { TurnRecord, TurnRequest } from './turn-request.ts'

/** How a turn is answered: its stream, or once it has ended or is suspended the whole of it, in our words or Mastra's; or at once, with its run's id. */
export type AnswerFormat = StreamFormat | 'json' | 'mastra-json' | 'receipt'

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
      format: AnswerFormat
    }
  /** The same, from a message that holds more than that: what nobody waits for is passed over. */
  | ({
      type: 'answer-message'
      answers: ToolAnswers
      runtimeContext?: JsonObject
      boundTo?: string
      format: AnswerFormat
    } & RunFilter)
  | { type: 'start'; request: TurnRequest; address: string; format: AnswerFormat }
  /** How a run stands. */
  | { type: 'standing'; runId: string }
  /** A run from its first event on, all its lives. */
  | { type: 'observe'; runId: string; boundTo?: string; format: StreamFormat }
  /** The thread from now on in Mastra's chunks, also one that has yet to begin. */
  | { type: 'subscribe' }
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
      checkOwner(thread, call)
      const { runId, answers } = matchAnswers(thread.parts, call, call.answers)
      return answerTurn(thread, await thread.answer(runId, answers, call.runtimeContext), call.format)
    }
    case 'standing':
      return Response.json(standingOf(thread.parts, call.runId))
    case 'observe': {
      checkOwner(thread, call)
      const record = findRun(thread.parts, call.runId)
      const encoder = createEncoder(call.format, optionsOf(record))
      const life = Math.max(0, record.generations.length - 1)
      const stream = followTurn(thread, record.turn, encoder, { life, isWhole: true })
      return new Response(stream, { headers: encoder.headers })
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
      return new Response(followThread(thread, after, encoder, call.untilIdle ? 'idle' : 'deleted'), {
        headers: encoder.headers,
      })
    }
    case 'subscribe': {
      const encoder = createMastraThreadEncoder((runId) => optionsOfRun(thread, runId))
      const stream = followThread(thread, runningStart(thread, true), encoder, 'may-begin')
      return new Response(stream, { headers: encoder.headers })
    }
    default:
      return call satisfies never
  }
}

async function answer(thread: Thread, call: ThreadCall & { type: 'answer' }): Promise<Response> {
  const { runId, answers, runtimeContext, format } = call
  checkOwner(thread, call)
  return answerTurn(thread, await thread.answer(runId, answers, runtimeContext), format)
}

/** What belongs to another resource than the caller's does not exist. */
function checkOwner({ meta }: Thread, { runId, boundTo }: { runId?: string; boundTo?: string }): void {
  if (boundTo !== undefined && meta?.info.resourceId !== boundTo)
    throw new EdgewiseError('run_not_found', `There is no run "${runId ?? ''}"`)
}

async function start(
  thread: Thread,
  { request, address, format }: ThreadCall & { type: 'start' },
): Promise<Response> {
  return answerTurn(thread, { turn: await thread.start(request, address), life: 0 }, format)
}

/** A life of a turn as the caller wants it. */
async function answerTurn(
  thread: Thread,
  { turn, life }: { turn: number; life: number },
  format: AnswerFormat,
): Promise<Response> {
  if (format === 'receipt') return Response.json({ runId: recordOf(thread, turn).runId })
  if (format === 'json' || format === 'mastra-json') return answerWhole(thread, turn, format)
  const isWhole = life > 0 && needsStart(format)
  const after = isWhole ? endOfLife(thread, turn, life - 1) : undefined
  const record = thread.parts.rows.readTurn(turn)
  const encoder = createEncoder(format, { ...(record && optionsOf(record)), ...(after && { after }) })
  return new Response(followTurn(thread, turn, encoder, { life, isWhole }), { headers: encoder.headers })
}

/** @throws EdgewiseError of the turn if it failed: see {@link turnFailure}. */
async function answerWhole(thread: Thread, turn: number, format: 'json' | 'mastra-json'): Promise<Response> {
  const error = await turnClosed(thread, turn)
  if (error) throw error
  const record = recordOf(thread, turn)
  const { runId, resourceId, overrides } = record
  const threadId = thread.meta?.expiresAt === undefined ? thread.meta?.info.threadId : undefined
  const { state, input } = foldTurn(thread.parts.events, record)
  const { outcome } = state.message
  if (format === 'mastra-json' && outcome?.error) return turnFailure(outcome.error)
  const result = toResult(state, { runId, ...(threadId !== undefined && { threadId }) })
  if (format === 'json') return Response.json(result)
  const clientTools = Object.keys(overrides?.clientTools ?? {})
  return Response.json(
    toWholeAnswer({ ...result, resourceId, clientTools, ...(input && { input: [input] }) }),
  )
}

function recordOf({ meta, parts }: Thread, turn: number): TurnRecord {
  const record = meta && parts.rows.readTurn(turn)
  if (!record) throw new EdgewiseError('aborted', 'The turn was taken out of the queue')
  return record
}

/** What Mastra's dialect must know of a turn beside its log. */
function optionsOf({ structuredOutput, overrides }: TurnRecord): EncoderOptions {
  return {
    clientTools: Object.keys(overrides?.clientTools ?? {}),
    ...(structuredOutput && { readPartial: createPartialReader(structuredOutput.schema) }),
  }
}

/** Those of a run by its id; none of one that is gone, or before there was any: a stream must not break over it. */
function optionsOfRun({ parts: { rows } }: Thread, runId: string): EncoderOptions {
  const place = placeOfRun(runId)
  const record = place && rows.hasTables ? rows.readTurn(place.turn) : undefined
  return record?.runId === runId ? optionsOf(record) : {}
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

/**
 * A turn that was begun and failed, to a client that repeats whatever is answered with 500 or more: once more would be
 * another turn. So its status is below that, whatever the code's own is.
 */
export function turnFailure(error: ErrorBody): Response {
  return Response.json({ error }, { status: Math.min(ERROR_STATUS[error.code], TURN_FAILED) })
}

/** Failed Dependency: RFC 4918, 11.4. */
const TURN_FAILED = 424
