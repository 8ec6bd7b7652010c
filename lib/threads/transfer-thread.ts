import { EdgewiseError } from '../protocol/error.ts'
import { noteEmbedding, noteForgetting } from './memory-outbox.ts'
import { announceThread } from './outbox.ts'
import type { ThreadParts } from './parts.ts'
import { noteClearing } from './projection.ts'
import { touch } from './thread-meta.ts'
import type { ThreadInfo, ThreadMeta } from './thread-state.ts'

const TURNS_AT_ONCE = 100

/**
 * In the caller's transaction: the thread is another resource's from now on, with its messages and its own working
 * memory. It leaves the list and the index of the one and enters those of the other through the outbox. What the old
 * owner keeps for itself (facts, its working memory) stays there.
 *
 * @throws EdgewiseError `thread_not_found`; `thread_busy` while a turn has not ended.
 */
export function transferThread(
  { rows, alarm, services, vectors }: ThreadParts,
  meta: ThreadMeta | undefined,
  resourceId: string,
): ThreadInfo {
  if (!meta || meta.expiresAt !== undefined)
    throw new EdgewiseError('thread_not_found', 'There is no such thread')
  const { resourceId: from } = meta.info
  if (from === resourceId) return meta.info
  if (meta.open.length > 0 || rows.suspendedTurns().length > 0)
    throw new EdgewiseError(
      'thread_busy',
      'A turn of the thread has not ended: stop it before it is transferred',
    )
  touch(meta, services.now())
  announceThread(rows, meta, true, `thread-left/${encodeURIComponent(from)}`)
  noteForgetting({ rows, vectors }, meta)
  meta.info.resourceId = resourceId
  meta.ownedSince = services.now()
  announceThread(rows, meta)
  if (services.isShared) noteClearing(rows, meta.address, from)
  const turns: number[] = []
  for (let next = 0; ;) {
    const records = rows.turnsFrom(next, TURNS_AT_ONCE)
    for (const record of records) {
      if (services.isShared) rows.writeTurn(record)
      if (!record.isSuperseded) turns.push(record.turn)
    }
    if (records.length < TURNS_AT_ONCE) break
    next = (records.at(-1)?.turn ?? 0) + 1
  }
  if (meta.isIndexed) noteEmbedding(rows, meta, turns)
  rows.writeMeta(meta)
  alarm.set(meta)
  return meta.info
}
