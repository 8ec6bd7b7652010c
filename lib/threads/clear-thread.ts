import type { Erasing } from '../protocol/erasing.ts'
import { noteForgetting, toJob } from './memory-outbox.ts'
import { retractMessages } from './message-index.ts'
import { announceThread } from './outbox.ts'
import type { ThreadParts } from './parts.ts'
import { touch } from './thread-meta.ts'
import type { ThreadMeta, ThreadState } from './thread-state.ts'

/** Erases a thread's rows in one transaction, with what others must hear of it. */
export function clearThread(parts: ThreadParts, meta: ThreadMeta, erasing?: Erasing): void {
  const { platform, rows, alarm, services } = parts
  touch(meta, services.now())
  platform.sql.transaction(() => {
    const messageIds = rows.messageIds()
    rows.clear()
    retractMessages(rows, meta, messageIds)
    noteForgetting(parts, meta)
    announceThread(rows, meta, true)
    if (erasing) dropErased(rows, erasing)
    alarm.set(undefined)
  })
}

/** Whether a thread is among what is erased. */
export function isErased({ info, ownedSince }: ThreadMeta, { resourceId, before }: Erasing): boolean {
  return info.resourceId === resourceId && (ownedSince ?? info.createdAt) <= before
}

/** In a transaction: what was still to be done to the memory of a resource that is erased as a whole. */
export function dropErased(rows: ThreadState, { resourceId, before, withIndexes }: Erasing): void {
  for (const entry of rows.readOutbox()) {
    const job = toJob(entry)
    if (!job || !('resourceId' in job) || job.resourceId !== resourceId) continue
    if (job.type === 'forget' ? withIndexes === true : noticedAt(entry.key) <= before) rows.dropOutbox(entry)
  }
}

/** When a change was noted: the entry's name says it. */
function noticedAt(key: string): number {
  return Number(key.split('/')[3])
}

/** The resources that this object has yet to tell something of. */
function ownersIn(rows: ThreadState): Set<string> {
  const owners = new Set<string>()
  const owner = rows.readMeta()?.info.resourceId
  if (owner !== undefined) owners.add(owner)
  for (const entry of rows.readOutbox()) {
    const job = toJob(entry)
    if (job?.type === 'working') owners.add(job.resourceId)
  }
  return owners
}

/**
 * What has not been told for long may be of a resource that was erased meanwhile, by those who could not know of it:
 * then it is told no more. Gives what the thread itself must be erased for.
 */
export async function heedErasures({ platform, rows, services }: ThreadParts): Promise<Erasing | undefined> {
  let found: Erasing | undefined
  for (const resourceId of ownersIn(rows)) {
    const before = await services.erasedAt?.(resourceId)
    if (before === undefined) continue
    const erasing = { resourceId, before }
    platform.sql.transaction(() => dropErased(rows, erasing))
    const meta = rows.readMeta()
    if (meta && isErased(meta, erasing)) found = erasing
  }
  return found
}
