import type { EventLog } from '../log/event-log.ts'
import { resourceShard, spaceOf } from '../protocol/address.ts'
import { toJob } from './memory-outbox.ts'
import type { MessagePlaces } from './message-index.ts'
import { indexMessages } from './message-index.ts'
import type { ProjectionEntry } from './projection.ts'
import { project } from './projection.ts'
import type { ThreadServices } from './parts.ts'
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
  const { info, address, version, expiresAt } = meta
  if (expiresAt !== undefined) return announceRun(rows, meta, isDeleted)
  const entry: ThreadListEntry = {
    shard: resourceShard(info.resourceId),
    collection: threadCollection(spaceOf(address)),
    id: info.threadId,
    version,
    ...(!isDeleted && { info }),
  }
  rows.writeOutbox(name, JSON.stringify(entry))
}

/** What the keys of runs without a thread begin with, among the values of their resource. */
export const RUN_PREFIX = 'run/'

/** A run without a thread is on no list; its owner's storage knows its object. */
interface RunEntry {
  run: { shard: string; key: string; isGone: boolean }
}

function announceRun(rows: ThreadState, { info }: ThreadMeta, isGone: boolean): void {
  const run = { shard: resourceShard(info.resourceId), key: `${RUN_PREFIX}${info.threadId}`, isGone }
  const entry: RunEntry = { run }
  rows.writeOutbox('run', JSON.stringify(entry))
}

/**
 * Does what the outbox holds, entry by entry. Proof of the cast: {@link announceThread} or its sibling wrote it.
 *
 * @throws what the documents threw; entries that were not done stay.
 */
export async function drainOutbox(
  rows: ThreadState,
  events: EventLog,
  { documents, keyValue }: Pick<ThreadServices, 'documents' | 'keyValue'>,
): Promise<void> {
  for (const entry of rows.readOutbox()) {
    // What memory has to do takes longer, and is done elsewhere.
    if (toJob(entry)) continue
    const parsed = JSON.parse(entry.body) as ThreadListEntry | MessagePlaces | ProjectionEntry | RunEntry
    if ('projection' in parsed) {
      await project(parsed, rows, events, documents)
      rows.dropOutbox(entry)
      continue
    }
    if ('run' in parsed) {
      const { shard, key, isGone } = parsed.run
      await (isGone ? keyValue?.(shard).delete(key) : keyValue?.(shard).set(key, {}))
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
