import type * as z from 'zod'
import { eraseCache } from '../../lib/cache/cache.ts'
import { eraseMemory, exportMemory } from '../../lib/memory/export-resource.ts'
import { Memory } from '../../lib/memory/memory.ts'
import { resourceShard, threadAddress, threadSpace } from '../../lib/protocol/address.ts'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import type { Documents } from '../../lib/storage/documents.ts'
import { memoriesOfNoRequest } from '../../lib/threads/job-memory.ts'
import { messageCollection } from '../../lib/threads/message-index.ts'
import { threadCollection } from '../../lib/threads/outbox.ts'
import type { ThreadInfo } from '../../lib/threads/thread-state.ts'
import type { Call, RequestContext } from '../context.ts'
import type { resourceParams } from '../schemas/agent-memory.ts'
import { askAddress } from './memory.ts'

type ResourceCall = Call<z.infer<typeof resourceParams>, undefined, undefined>

/**
 * All that a resource owns, one JSON object a line: itself, its working memory, its facts, and thread by thread the
 * thread and its messages. It is written as it is read, so that it may be of any length.
 */
export function exportResource(call: ResourceCall): Response {
  requireOwner(call)
  const lines = linesOf(call)
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await lines.next()
      if (done) return controller.close()
      controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`))
    },
    cancel: async () => void (await lines.return()),
  })
  return new Response(body, { headers: { 'content-type': 'application/x-ndjson; charset=utf-8' } })
}

const MESSAGES_AT_ONCE = 200

async function* linesOf(call: ResourceCall): AsyncGenerator<unknown, void> {
  const { runtime, params } = call
  const { resourceId } = params
  yield { type: 'resource', resourceId, exportedAt: new Date(runtime.now()).toISOString() }
  for (const memory of await memoriesOf(call)) yield* exportMemory(memory.open(runtime, resourceId))
  for await (const { address, info } of threadsOf(call)) {
    const own = await askAddress(call, address, 'working', {})
    yield { type: 'thread', ...info, ...(own?.content != null && { workingMemory: own.content }) }
    for (let skip = 0; ; skip += MESSAGES_AT_ONCE) {
      const request = { skip, take: MESSAGES_AT_ONCE, order: 'oldest' } as const
      const page = await askAddress(call, address, 'page', request)
      for (const { message } of page?.messages ?? [])
        yield { type: 'message', threadId: info.threadId, ...message }
      if (!page || skip + MESSAGES_AT_ONCE >= page.total) break
    }
  }
}

/**
 * Erases all that a resource owns: its threads, with what is indexed of them, its facts, its working memory and the
 * lists of it. May be done again; what fails is left for that.
 */
export async function eraseResource(call: ResourceCall): Promise<Response> {
  requireOwner(call)
  const { runtime, params } = call
  const { resourceId } = params
  let threads = 0
  for await (const { address } of threadsOf(call)) {
    const removed = await askAddress(call, address, 'remove', {}, resourceId)
    if (removed) threads += 1
  }
  for (const memory of await memoriesOf(call)) await eraseMemory(memory.open(runtime, resourceId))
  await eraseCache(runtime.keyValue(resourceShard(resourceId)))
  const documents = runtime.documents(resourceShard(resourceId))
  for (const space of spacesOf(resourceId)) await documents.clear(threadCollection(space))
  await documents.clear(messageCollection(threadSpace(resourceId)))
  return Response.json({ resourceId, erased: { threads } })
}

/** @throws EdgewiseError `forbidden`. */
function requireOwner({ principal, params }: ResourceCall): void {
  if (principal.resourceId === undefined || principal.resourceId === params.resourceId) return
  throw new EdgewiseError('forbidden', 'A caller that is bound to a resource can reach no other')
}

/** The runtime's own storage, and those that agents' memories bring along. */
async function memoriesOf({ runtime }: RequestContext): Promise<Memory[]> {
  const all = await memoriesOfNoRequest(runtime.app.agents)
  return [...new Set([new Memory(), ...all.filter(({ hasOwnParts }) => hasOwnParts)])]
}

const THREADS_AT_ONCE = 100

/** A resource's threads: those it began itself, and those that callers bound to nobody began in its name. */
async function* threadsOf({
  runtime,
  params,
}: ResourceCall): AsyncGenerator<{ address: string; info: ThreadInfo }, void> {
  const { resourceId } = params
  const documents = runtime.documents(resourceShard(resourceId))
  for (const [boundTo, space] of [undefined, resourceId].map((one) => [one, threadSpace(one)] as const)) {
    for await (const info of listAll(documents, threadCollection(space)))
      yield { address: threadAddress(boundTo, info.threadId), info }
  }
}

function spacesOf(resourceId: string): string[] {
  return [threadSpace(undefined), threadSpace(resourceId)]
}

async function* listAll(documents: Documents, collection: string): AsyncGenerator<ThreadInfo, void> {
  for (let after: string | undefined; ;) {
    const query = { by: 'createdAt', limit: THREADS_AT_ONCE, ...(after !== undefined && { after }) }
    const page = await documents.query(collection, query)
    // The outbox wrote them from ThreadInfo.
    for (const { body } of page.documents) yield body as ThreadInfo
    if (page.next === undefined) return
    after = page.next
  }
}
