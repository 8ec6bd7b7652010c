import { EdgewiseError } from '../protocol/error.ts'
import { announceThread } from './outbox.ts'
import type { ThreadParts } from './parts.ts'
import type { NewThread } from './thread-meta.ts'
import { newMeta, touch } from './thread-meta.ts'
import type { ThreadInfo, ThreadMeta } from './thread-state.ts'

export type CreateRequest = Omit<NewThread, 'title' | 'retentionMs'> & { title?: string }

/**
 * In the caller's transaction: a thread without a message. One that is there already keeps its messages and takes the
 * title and the metadata that were sent, so that a request may be made twice.
 *
 * @throws EdgewiseError `resource_mismatch` if it is another resource's.
 */
export function createThread(
  { rows, alarm, services }: ThreadParts,
  before: ThreadMeta | undefined,
  request: CreateRequest,
): ThreadInfo {
  const { threadId, resourceId, title, metadata } = request
  if (before && before.info.resourceId !== resourceId)
    throw new EdgewiseError('resource_mismatch', `Thread "${threadId}" belongs to another resource`)
  rows.createTables()
  const now = services.now()
  const meta = before ?? newMeta({ ...request, title: title ?? '' }, now)
  if (before) touch(meta, now)
  if (title !== undefined) meta.info.title = title
  if (metadata) meta.info.metadata = metadata
  announceThread(rows, meta)
  rows.writeMeta(meta)
  alarm.set(meta)
  return meta.info
}
