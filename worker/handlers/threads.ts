import type * as z from 'zod'
import { toUiMessage } from '../../lib/formats/ai-sdk-message.ts'
import { resourceShard } from '../../lib/protocol/address.ts'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import type { JsonObject } from '../../lib/protocol/json.ts'
import type { Offset } from '../../lib/protocol/offset.ts'
import { parseOffset } from '../../lib/protocol/offset.ts'
import { callObject } from '../../lib/runtime/call-object.ts'
import { DEFAULT_RESOURCE } from '../../lib/runtime/create.ts'
import { resourceOf, threadAddressOf, threadSpaceOf } from '../../lib/security/principal.ts'
import { threadCollection } from '../../lib/threads/outbox.ts'
import type { ThreadInfo } from '../../lib/threads/thread-state.ts'
import type { Call, RequestContext } from '../context.ts'
import type { ThreadObject } from '../env.ts'
import type { eventsQuery, messagesQuery, stopBody, threadParams, threadsQuery } from '../schemas.ts'

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

export async function listThreads(
  call: Call<undefined, z.infer<typeof threadsQuery>, undefined>,
): Promise<Response> {
  const { runtime, principal, query } = call
  const { page, perPage, orderBy, sortDirection } = query
  const resourceId = resourceOf(principal, query.resourceId, DEFAULT_RESOURCE)
  const { documents, total } = await runtime
    .documents(resourceShard(resourceId))
    .query(threadCollection(threadSpaceOf(principal)), {
      by: orderBy,
      order: sortDirection === 'ASC' ? 'ascending' : 'descending',
      limit: perPage,
      skip: page * perPage,
    })
  // The outbox wrote them from ThreadInfo.
  const threads = documents.map(({ body }) => toThread(body as ThreadInfo))
  return Response.json({ threads, total, page, perPage, hasMore: (page + 1) * perPage < total })
}

export async function getThread(call: Call<Params, undefined, undefined>): Promise<Response> {
  return Response.json(toThread((await ask(call, (thread) => thread.info())) ?? missing(call)))
}

export async function deleteThread(call: Call<Params, undefined, undefined>): Promise<Response> {
  if (!(await ask(call, (thread) => thread.remove()))) missing(call)
  return Response.json({ deleted: true })
}

/** A page of messages: page 0 holds the newest, and each page reads from the oldest of it on. */
export async function listMessages(
  call: Call<Params, z.infer<typeof messagesQuery>, undefined>,
): Promise<Response> {
  const { page, perPage, format } = call.query
  const found = (await ask(call, (thread) => thread.messages(page * perPage, perPage))) ?? missing(call)
  const messages = found.messages.toReversed()
  const { total } = found
  const shown = format === 'ai-sdk' ? messages.map(toUiMessage) : messages
  return Response.json({ messages: shown, total, page, perPage, hasMore: (page + 1) * perPage < total })
}

function ask<Result>(
  { env, runtime, principal, params }: RequestContext & { params: Params },
  question: (thread: ThreadObject) => Promise<Result>,
): Promise<Result> {
  const address = threadAddressOf(principal, params.threadId)
  return callObject(() => question(env.THREAD.getByName(address)), runtime.wait)
}

function missing({ params }: { params: Params }): never {
  throw new EdgewiseError('thread_not_found', `There is no thread "${params.threadId}"`)
}

function toThread({ threadId, createdAt, updatedAt, ...rest }: ThreadInfo): JsonObject {
  const times = { createdAt: new Date(createdAt).toISOString(), updatedAt: new Date(updatedAt).toISOString() }
  return { id: threadId, ...rest, ...times }
}
