import { resourceShard, runAddress, threadAddress, threadSpace } from '../protocol/address.ts'
import type { Documents } from '../storage/documents.ts'
import type { KeyValue } from '../storage/key-value.ts'
import { listAll } from '../storage/list-all.ts'
import { messageCollection } from './message-index.ts'
import { RUN_PREFIX, threadCollection } from './outbox.ts'
import type { ThreadInfo } from './thread-state.ts'

interface Ports {
  documents(shard: string): Documents
  keyValue(shard: string): KeyValue
}

/** A resource's threads: those it began itself, and those that callers bound to nobody began in its name. */
export async function* ownedThreads(
  resourceId: string,
  { documents }: Pick<Ports, 'documents'>,
): AsyncGenerator<{ address: string; info: ThreadInfo }, void> {
  const shard = documents(resourceShard(resourceId))
  for (const boundTo of [undefined, resourceId]) {
    for await (const { body } of listAll(shard, threadCollection(threadSpace(boundTo)), 'createdAt')) {
      // The outbox wrote them from ThreadInfo.
      const info = body as ThreadInfo
      yield { address: threadAddress(boundTo, info.threadId), info }
    }
  }
}

/** The objects of a resource's runs without a thread. */
export async function* ownedTurns(
  resourceId: string,
  { keyValue }: Pick<Ports, 'keyValue'>,
): AsyncGenerator<string, void> {
  const values = keyValue(resourceShard(resourceId))
  for (let after: string | undefined; ;) {
    const page = await values.list({
      prefix: RUN_PREFIX,
      limit: 100,
      ...(after !== undefined && { after }),
    })
    for (const key of page.keys) yield runAddress(key.slice(RUN_PREFIX.length))
    if (page.next === undefined) return
    after = page.next
  }
}

/** Takes the lists of a resource's threads away where nothing is on them, with the memory of what was. */
export async function clearThreadLists(
  resourceId: string,
  { documents }: Pick<Ports, 'documents'>,
): Promise<void> {
  const shard = documents(resourceShard(resourceId))
  for (const boundTo of [undefined, resourceId]) {
    const collection = threadCollection(threadSpace(boundTo))
    const { documents: left } = await shard.query(collection, { by: 'createdAt', limit: 1 })
    if (left.length > 0) continue
    await shard.clear(collection)
    if (boundTo !== undefined) await shard.clear(messageCollection(threadSpace(boundTo)))
  }
}
