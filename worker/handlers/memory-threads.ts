import type * as z from 'zod'
import { toMastraMessage } from '../../lib/formats/mastra/message.ts'
import { toMastraThread, toThreadList } from '../../lib/formats/mastra/thread.ts'
import { resourceShard } from '../../lib/protocol/address.ts'
import type { JsonObject } from '../../lib/protocol/json.ts'
import { DEFAULT_RESOURCE } from '../../lib/runtime/create.ts'
import { resourceOf, threadAddressOf, threadSpaceOf } from '../../lib/security/principal.ts'
import type { Documents } from '../../lib/storage/documents.ts'
import type { CloneFilter } from '../../lib/threads/clone-thread.ts'
import { threadCollection } from '../../lib/threads/outbox.ts'
import type { ThreadInfo } from '../../lib/threads/thread-state.ts'
import type { Call } from '../context.ts'
import type { threadParams } from '../schemas.ts'
import type {
  cloneThreadBody,
  createThreadBody,
  scopeQuery,
  threadsQuery,
  updateThreadBody,
} from '../schemas/memory.ts'
import { askMemory } from './memory.ts'

type Params = z.infer<typeof threadParams>
type Scope = z.infer<typeof scopeQuery>

export async function listThreads(
  call: Call<undefined, z.infer<typeof threadsQuery>, undefined>,
): Promise<Response> {
  const { runtime, principal, query } = call
  const { page, perPage, metadata } = query
  const resourceId = resourceOf(principal, query.resourceId, DEFAULT_RESOURCE)
  const documents = runtime.documents(resourceShard(resourceId))
  const direction = query['orderBy[direction]'] ?? query.sortDirection ?? 'DESC'
  const list: ThreadListing = {
    documents,
    collection: threadCollection(threadSpaceOf(principal)),
    by: query['orderBy[field]'] ?? query.orderBy ?? 'updatedAt',
    order: direction === 'ASC' ? 'ascending' : 'descending',
  }
  const skip = page * perPage
  const { threads, total } = metadata
    ? await filterThreads(list, metadata, skip, perPage)
    : await readThreads(list, skip, perPage)
  return Response.json(toThreadList(threads, { total, page, perPage }))
}

interface ThreadListing {
  documents: Documents
  collection: string
  by: 'createdAt' | 'updatedAt'
  order: 'ascending' | 'descending'
}

interface ThreadPage {
  threads: ThreadInfo[]
  total: number
}

async function readThreads(
  { documents, collection, by, order }: ThreadListing,
  skip: number,
  limit: number,
): Promise<ThreadPage> {
  const query = { by, order, limit, skip, withTotal: true } as const
  const { documents: found, total = 0 } = await documents.query(collection, query)
  // The outbox wrote them from ThreadInfo.
  return { threads: found.map(({ body }) => body as ThreadInfo), total }
}

const THREADS_AT_ONCE = 500

/** Metadata is not indexed: every thread of the resource is looked at. */
async function filterThreads(
  list: ThreadListing,
  metadata: JsonObject,
  skip: number,
  limit: number,
): Promise<ThreadPage> {
  const fitting: ThreadInfo[] = []
  for (let at = 0, total = Infinity; at < total; at += THREADS_AT_ONCE) {
    const found = await readThreads(list, at, THREADS_AT_ONCE)
    total = found.total
    const wanted = Object.entries(metadata)
    fitting.push(
      ...found.threads.filter((thread) => wanted.every(([key, value]) => thread.metadata[key] === value)),
    )
  }
  return { threads: fitting.slice(skip, skip + limit), total: fitting.length }
}

export async function createThread(
  call: Call<undefined, undefined, z.infer<typeof createThreadBody>>,
): Promise<Response> {
  const { principal, runtime, body } = call
  const { threadId = runtime.newId('thread'), title, metadata } = body
  const info = await askMemory(call, { threadId }, 'create', {
    threadId,
    resourceId: resourceOf(principal, body.resourceId, DEFAULT_RESOURCE),
    address: threadAddressOf(principal, threadId),
    ...(title !== undefined && { title }),
    ...(metadata && { metadata }),
  })
  return Response.json(toMastraThread(info))
}

export async function getThread(call: Call<Params, Scope, undefined>): Promise<Response> {
  return Response.json(toMastraThread(await askMemory(call, { ...call.params, ...call.query }, 'info', {})))
}

export async function updateThread(
  call: Call<Params, undefined, z.infer<typeof updateThreadBody>>,
): Promise<Response> {
  const { title, metadata, resourceId } = call.body
  const change = { ...(title !== undefined && { title }), ...(metadata && { metadata }) }
  return Response.json(
    toMastraThread(await askMemory(call, { ...call.params, resourceId }, 'update', change)),
  )
}

export async function deleteThread(call: Call<Params, Scope, undefined>): Promise<Response> {
  await askMemory(call, { ...call.params, ...call.query }, 'remove', {})
  return Response.json({ result: 'Thread deleted' })
}

/** A thread of its own with what has been said, to go on from there. */
export async function cloneThread(
  call: Call<Params, undefined, z.infer<typeof cloneThreadBody>>,
): Promise<Response> {
  const { principal, runtime, params, body } = call
  const { info, turns, lastMessageId } = await askMemory(call, params, 'copy', toFilter(body))
  const threadId = body.newThreadId ?? runtime.newId('thread')
  const clone = {
    sourceThreadId: params.threadId,
    clonedAt: new Date(runtime.now()).toISOString(),
    ...(lastMessageId !== undefined && { lastMessageId }),
  }
  const pasted = await askMemory(call, { threadId }, 'paste', {
    threadId,
    address: threadAddressOf(principal, threadId),
    resourceId: resourceOf(principal, body.resourceId, info.resourceId),
    title: body.title ?? (info.title && `Clone of ${info.title}`),
    metadata: { ...body.metadata, clone },
    turns,
  })
  const { resourceId } = pasted.info
  return Response.json({
    thread: toMastraThread(pasted.info),
    clonedMessages: pasted.messages.map(({ message, runId }) =>
      toMastraMessage(message, { threadId, resourceId, runId }),
    ),
  })
}

function toFilter({ options = {} }: z.infer<typeof cloneThreadBody>): CloneFilter {
  const { messageLimit, messageFilter: { startDate, endDate, messageIds } = {} } = options
  return {
    ...(messageLimit !== undefined && { limit: messageLimit }),
    ...(startDate !== undefined && { from: startDate }),
    ...(endDate !== undefined && { to: endDate }),
    ...(messageIds && { ids: messageIds }),
  }
}
