import type { JsonObject } from '../protocol/json.ts'
import type { Message } from '../protocol/message.ts'
import { messageText } from '../protocol/message.ts'
import type { ThreadMeta } from './thread-state.ts'

/** What a thread begins with. */
export interface NewThread {
  threadId: string
  resourceId: string
  /** The object's own name. */
  address: string
  title: string
  metadata?: JsonObject
  /** It is erased this long after. */
  retentionMs?: number | undefined
}

/** A thread that was deleted a moment ago must not outrank the one that begins anew under its id. */
const AHEAD_OF_DELETION = 1000

export function newMeta(
  { threadId, resourceId, address, title, metadata = {}, retentionMs }: NewThread,
  now: number,
): ThreadMeta {
  const info = { threadId, resourceId, title, metadata, createdAt: now, updatedAt: now }
  const expiry = retentionMs === undefined ? {} : { expiresAt: now + retentionMs }
  const version = now + AHEAD_OF_DELETION
  return { info, address, generation: 0, nextTurn: 1, messages: 0, open: [], version, ...expiry }
}

/** A change of what others know of the thread. */
export function touch(meta: ThreadMeta, now: number): void {
  meta.info.updatedAt = now
  meta.version = Math.max(meta.version + 1, now)
}

const TITLE_LENGTH = 80

/** A thread is titled by its first words. */
export function titleOf(message: Message): string {
  const words = messageText(message).replaceAll(/\s+/g, ' ').trim()
  return words.length > TITLE_LENGTH ? `${words.slice(0, TITLE_LENGTH - 1)}…` : words
}
