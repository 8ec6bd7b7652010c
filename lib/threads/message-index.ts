import { resourceShard, spaceOf } from '../protocol/address.ts'
import { placeOfMessage } from '../protocol/message-id.ts'
import type { Documents } from '../storage/documents.ts'
import type { ThreadMeta, ThreadState } from './thread-state.ts'

/**
 * Where a message is, for those who name it by its id alone. An id that was minted here says it itself; of the ids
 * that callers chose an index is kept, told through the outbox as lists are.
 */
export type MessagePlaces = { messages: { address: string; ids: string[]; version: number; isGone?: true } }

type DocumentsOf = (shard: string) => Documents

/** Notes, in the caller's transaction, that these ids can be found here. */
export function announceMessages(rows: ThreadState, meta: ThreadMeta, messageIds: readonly string[]): void {
  const { address, version, expiresAt } = meta
  const ids = messageIds.filter((id) => placeOfMessage(id) !== address)
  // A run without a thread is on no list.
  if (ids.length === 0 || expiresAt !== undefined) return
  const entry: MessagePlaces = { messages: { address, ids, version } }
  rows.writeOutbox(`messages/${version}`, JSON.stringify(entry))
}

/** How many ids one entry of the outbox names. */
const IDS_AT_ONCE = 2000

/** Notes, in the caller's transaction, that these ids are to be found nowhere. */
export function retractMessages(rows: ThreadState, meta: ThreadMeta, messageIds: readonly string[]): void {
  const { address, version, expiresAt } = meta
  const chosen = messageIds.filter((id) => id !== '' && placeOfMessage(id) !== address)
  if (expiresAt !== undefined) return
  for (let at = 0; at < chosen.length; at += IDS_AT_ONCE) {
    const ids = chosen.slice(at, at + IDS_AT_ONCE)
    const entry: MessagePlaces = { messages: { address, ids, version, isGone: true } }
    rows.writeOutbox(`messages/${version}/${at}`, JSON.stringify(entry))
  }
}

/** Says so to the index. May be done again. */
export async function indexMessages({ messages }: MessagePlaces, documents: DocumentsOf): Promise<void> {
  const { address, ids, version, isGone } = messages
  const space = spaceOf(address)
  const puts = ids.map((id) =>
    isGone
      ? documents(shardOf(space, id)).delete(messageCollection(space), id, version)
      : documents(shardOf(space, id)).put(messageCollection(space), {
          id,
          body: { address },
          index: {},
          version,
        }),
  )
  await Promise.all(puts)
}

/** The object that holds a message, as far as `space` may know; undefined if nobody has heard of it. */
export async function findMessage(
  space: string,
  messageId: string,
  documents: DocumentsOf,
): Promise<string | undefined> {
  const place = placeOfMessage(messageId)
  if (place !== undefined && spaceOf(place) === space) return place
  const found = await documents(shardOf(space, messageId)).get(messageCollection(space), messageId)
  const address = found?.body['address']
  return typeof address === 'string' ? address : undefined
}

export function messageCollection(space: string): string {
  return `messages:${space}`
}

/** Over how many shards the messages of callers bound to no resource are spread. Storage identity. */
const SHARDS = 64

/** What one resource owns is together; what belongs to no one is spread by its id. */
function shardOf(space: string, messageId: string): string {
  if (space !== '-') return resourceShard(decodeURIComponent(space))
  let hash = 0x811c9dc5
  for (let i = 0; i < messageId.length; i += 1)
    hash = Math.imul(hash ^ messageId.charCodeAt(i), 0x01000193) >>> 0
  return `messages/${hash % SHARDS}`
}
