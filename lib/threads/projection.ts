import type { EventLog } from '../log/event-log.ts'
import { resourceShard } from '../protocol/address.ts'
import type { Document, Documents } from '../storage/documents.ts'
import { foldTurn, messagesOf } from './history.ts'
import { ThreadState } from './thread-state.ts'
import type { TurnRecord } from './turn-request.ts'

/**
 * A thread's messages as other services may read them: documents of `thread:<address>`, in the shard of its resource,
 * ordered by `seq`. They follow the thread through its outbox; the thread itself never reads them.
 */
export function projectionCollection(address: string): string {
  return `thread:${address}`
}

/** What is to be brought up to date there: a turn, with all messages that it ever had, or nothing but an empty place. */
export type ProjectionEntry =
  | { projection: 'turn'; turn: number; ids: string[]; version: number }
  | { projection: 'clear'; shard: string; collection: string }

/**
 * The rows of a thread whose messages are told elsewhere: every change of a turn notes, in the transaction that makes
 * it, that the turn must be told anew. It costs three rows a turn.
 */
export class ProjectedThreadState extends ThreadState {
  override writeTurn(record: TurnRecord): void {
    const before = this.readTurn(record.turn)
    const changes = before?.generations.at(-1) === record.generations.at(-1) ? (before?.changes ?? 0) + 1 : 0
    const changed = { ...record, changes }
    super.writeTurn(changed)
    this.#note(changed, versionOf(changed), before)
  }

  override endTurn(turn: number): void {
    const record = this.readTurn(turn)
    if (record) this.writeTurn(record)
  }

  override dropTurn(turn: number): void {
    const before = this.readTurn(turn)
    super.dropTurn(turn)
    if (before) this.#note(before, versionOf({ ...before, changes: CHANGES - 1 }))
  }

  override clear(): void {
    const meta = this.readMeta()
    super.clear()
    if (!meta || meta.expiresAt !== undefined) return
    noteClearing(this, meta.address, meta.info.resourceId)
  }

  /** A turn that only waits in the queue has no messages yet. */
  #note(record: TurnRecord, version: number, before: TurnRecord = record): void {
    if (record.generations.length === 0) return
    const { turn } = record
    const known = this.readOutbox().find(({ key }) => key === `outbox/${nameOf(turn)}`)
    // It was written here.
    const waiting = known && (JSON.parse(known.body) as ProjectionEntry & { projection: 'turn' })
    const ids = [...(waiting?.ids ?? []), before.inputId, before.messageId, record.inputId, record.messageId]
    const entry: ProjectionEntry = {
      projection: 'turn',
      turn,
      ids: [...new Set(ids.filter((id) => id !== ''))],
      version,
    }
    this.writeOutbox(nameOf(turn), JSON.stringify(entry))
  }
}

/** In the caller's transaction: nothing of the thread is to be left in the shard of this resource. */
export function noteClearing(rows: ThreadState, address: string, resourceId: string): void {
  const [shard, collection] = [resourceShard(resourceId), projectionCollection(address)]
  const entry: ProjectionEntry = { projection: 'clear', shard, collection }
  // Its name comes before those of turns: what is told of a thread that begins anew must not be cleared.
  rows.writeOutbox(`clear/${encodeURIComponent(resourceId)}`, JSON.stringify(entry))
}

/** Brings what is kept elsewhere up to what the rows say now. May be done again, and late: versions decide. */
export async function project(
  entry: ProjectionEntry,
  rows: ThreadState,
  events: EventLog,
  documents: (shard: string) => Documents,
): Promise<void> {
  if (entry.projection === 'clear') return documents(entry.shard).clear(entry.collection)
  const meta = rows.readMeta()
  // A run without a thread is nobody's conversation.
  if (!meta || meta.expiresAt !== undefined) return
  const store = documents(resourceShard(meta.info.resourceId))
  const collection = projectionCollection(meta.address)
  const found = documentsOf(entry, rows, events)
  if (found.length > 0) await store.put(collection, ...found)
  const gone = entry.ids.filter((id) => !found.some((document) => document.id === id))
  for (const id of gone) await store.delete(collection, id, entry.version)
}

function documentsOf(
  { turn, version }: ProjectionEntry & { projection: 'turn' },
  rows: ThreadState,
  events: EventLog,
): Document[] {
  const record = rows.readTurn(turn)
  if (!record || record.isSuperseded) return []
  return messagesOf(foldTurn(events, record)).map((message) => ({
    id: message.id,
    // A message is JSON throughout: it is kept as such.
    body: JSON.parse(JSON.stringify(message)) as Document['body'],
    index: { seq: 2 * turn + (message.role === 'user' ? 0 : 1) },
    version,
  }))
}

/** How many changes a life of a turn may have. */
const CHANGES = 1024

/** Generations only grow in a thread, and changes within one. */
function versionOf({ generations, changes = 0 }: TurnRecord): number {
  return (generations.at(-1) ?? 0) * CHANGES + Math.min(changes, CHANGES - 1)
}

/** Fixed width, so that turns are told in their order. */
function nameOf(turn: number): string {
  return `turn/${turn.toString(36).padStart(8, '0')}`
}
