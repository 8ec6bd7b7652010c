import type { EventLog } from '../log/event-log.ts'
import { resourceShard, spaceOf } from '../protocol/address.ts'
import type { Documents } from '../storage/documents.ts'
import { toJob } from './memory-outbox.ts'
import type { MessagePlaces } from './message-index.ts'
import { indexMessages } from './message-index.ts'
import type { ProjectionEntry } from './projection.ts'
import { project } from './projection.ts'
import type { ThreadInfo, ThreadMeta, ThreadState } from './thread-state.ts'

/** Where the list of a resource's threads is kept. `space` separates what different callers may reach. */
export function threadCollection(space: string): string {
  return `threads:${space}`
}

interface ThreadListEntry {
  shard: string
  collection: string
  id: string
  version: number
  /** Absent when the thread is to leave the list. */
  info?: ThreadInfo
}

/** Notes, in the caller's transaction, that the list of threads must hear of a change. */
export function announceThread(
  rows: ThreadState,
  meta: ThreadMeta,
  isDeleted = false,
  /** Of the entry: what is told to another resource's list is told beside it. */
  name = 'thread',
): void {
  // A run without a thread is on no list.
  if (meta.expiresAt !== undefined) return
  const { info, address, version } = meta
  const entry: ThreadListEntry = {
    shard: resourceShard(info.resourceId),
    collection: threadCollection(spaceOf(address)),
    id: info.threadId,
    version,
    ...(!isDeleted && { info }),
  }
  rows.writeOutbox(name, JSON.stringify(entry))
}

/**
 * Does what the outbox holds, entry by entry. Proof of the cast: {@link announceThread} or its sibling wrote it.
 *
 * @throws what the documents threw; entries that were not done stay.
 */
export async function drainOutbox(
  rows: ThreadState,
  events: EventLog,
  documents: (shard: string) => Documents,
): Promise<void> {
  for (const entry of rows.readOutbox()) {
    // What memory has to do takes longer, and is done elsewhere.
    if (toJob(entry)) continue
    const parsed = JSON.parse(entry.body) as ThreadListEntry | MessagePlaces | ProjectionEntry
    if ('projection' in parsed) {
      await project(parsed, rows, events, documents)
      rows.dropOutbox(entry)
      continue
    }
    if ('messages' in parsed) {
      await indexMessages(parsed, documents)
      rows.dropOutbox(entry)
      continue
    }
    const { shard, collection, id, version, info } = parsed
    const store = documents(shard)
    if (info) {
      const body = { ...info }
      await store.put(collection, {
        id,
        body,
        index: { updatedAt: info.updatedAt, createdAt: info.createdAt },
        version,
      })
    } else {
      await store.delete(collection, id, version)
    }
    rows.dropOutbox(entry)
  }
}
