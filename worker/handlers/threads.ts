import type * as z from 'zod'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import type { Offset } from '../../lib/protocol/offset.ts'
import { parseOffset } from '../../lib/protocol/offset.ts'
import { callObject } from '../../lib/runtime/call-object.ts'
import { threadAddressOf } from '../../lib/security/principal.ts'
import type { Call, RequestContext } from '../context.ts'
import type { ThreadObject } from '../env.ts'
import type { eventsQuery, stopBody, threadParams } from '../schemas.ts'

type Params = z.infer<typeof threadParams>

/** A thread's events in our own words: server-sent events with ids. */
export async function followEvents(
  call: Call<Params, z.infer<typeof eventsQuery>, undefined>,
): Promise<Response> {
  const { runtime, principal, params, query } = call
  const after = readOffset(call.request.headers.get('last-event-id') ?? query.after)
  return runtime.callThread(threadAddressOf(principal, params.threadId), {
    type: 'follow',
    format: 'native',
    untilIdle: query.until === 'idle',
    ...(after && { after }),
  })
}

function readOffset(text: string | undefined): Offset | undefined {
  if (text === undefined) return undefined
  const offset = parseOffset(text)
  if (offset) return offset
  throw new EdgewiseError('invalid_request', 'Invalid query: after is not an id of this stream', {
    issues: [{ field: 'after', message: 'must be an id of an event, or 0 for the start' }],
  })
}

/** Stops the running turn. What it had said by then stays. */
export async function stopTurn(call: Call<Params, undefined, z.infer<typeof stopBody>>): Promise<Response> {
  const stopped = await ask(call, (thread) => thread.stop(call.body.runId))
  return Response.json({ stopped: stopped ?? null })
}

function ask<Result>(
  { env, runtime, principal, params }: RequestContext & { params: Params },
  question: (thread: ThreadObject) => Promise<Result>,
): Promise<Result> {
  const address = threadAddressOf(principal, params.threadId)
  return callObject(() => question(env.THREAD.getByName(address)), runtime.wait)
}
