import { toResult } from '../agents/result.ts'
import { createEncoder } from '../formats/encoders.ts'
import type { StreamFormat } from '../formats/encoders.ts'
import { Follower } from '../log/follower.ts'
import { EdgewiseError, toErrorBody } from '../protocol/error.ts'
import type { Offset } from '../protocol/offset.ts'
import { followThread, followTurn, runningStart, turnStart } from './follow.ts'
import { foldTurn } from './history.ts'
import type { Thread } from './thread.ts'
import type { TurnRequest } from './turn-request.ts'

/** What is asked of a thread's object, in the body of an internal request. */
export type ThreadCall =
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

async function start(thread: Thread, call: ThreadCall & { type: 'start' }): Promise<Response> {
  const turn = await thread.start(call.request, call.address)
  if (call.format !== 'json') {
    const encoder = createEncoder(call.format)
    return new Response(followTurn(thread, turn, encoder), { headers: encoder.headers })
  }
  const error = await turnEnded(thread, turn)
  if (error) throw error
  const record = thread.parts.rows.readTurn(turn)
  if (!record) throw new EdgewiseError('aborted', 'The turn was taken out of the queue')
  const isThread = call.request.retentionMs === undefined
  const { threadId } = call.request
  return Response.json(
    toResult(foldTurn(thread.parts.events, record).state, {
      runId: record.runId,
      ...(isThread && { threadId }),
    }),
  )
}

/** Resolves once the turn is over; with an error if it can no longer be. */
async function turnEnded(thread: Thread, turn: number): Promise<EdgewiseError | undefined> {
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
