import { EdgewiseError } from '../protocol/error.ts'
import type { JsonObject } from '../protocol/json.ts'
import { isRecord } from '../protocol/json.ts'
import type { Documents } from '../storage/documents.ts'
import type { WorkingChange, WorkingMemory } from './working.ts'
import { applyChange } from './working.ts'

/** Where the working memory of a resource is kept, in the resource's shard. */
export const WORKING_COLLECTION = 'working-memory'
const ID = 'resource'
/** When it began: the first who says so is believed by all. */
const BEGUN = 'begun'

/** How many changes the memory itself knows, at most; of more the older half is noted beside it. */
const APPLIED = 40

/** How often a change is tried when another writer comes in between. */
const TRIES = 5

/** The resource's working memory; undefined if there is none yet. */
export async function readWorking(documents: Documents): Promise<WorkingMemory | undefined> {
  return toWorking((await documents.get(WORKING_COLLECTION, ID))?.body)
}

/**
 * Makes changes, each once, whoever else writes at the same time: what was written is read again, and a change that
 * another writer's version has won over is made anew on top of it.
 *
 * @throws EdgewiseError `storage_unavailable` if others always win; what the documents throw.
 */
export async function changeWorking(
  documents: Documents,
  changes: readonly WorkingChange[],
  now: number,
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const found = await documents.get(WORKING_COLLECTION, ID)
    const before = toWorking(found?.body) ?? { content: '', applied: [] }
    const fresh = await leftOf(documents, before, changes)
    if (fresh.length === 0) return
    const { content, applied } = fresh.reduce<WorkingMemory>(applyChange, before)
    const version = found ? found.version + 1 : await firstVersion(documents, now)
    const body = { content, applied: await setAside(documents, applied) }
    await documents.put(WORKING_COLLECTION, { id: ID, body, index: {}, version })
    const after = toWorking((await documents.get(WORKING_COLLECTION, ID))?.body)
    if (after && changes.every(({ id }) => after.applied.includes(id))) return
  }
  throw new EdgewiseError('storage_unavailable', 'The working memory is being written by too many at once')
}

/** Those that were never made. Read after the memory: what it no longer knows was noted before that. */
async function leftOf(
  documents: Documents,
  { applied }: WorkingMemory,
  changes: readonly WorkingChange[],
): Promise<WorkingChange[]> {
  const unknown = changes.filter(({ id }) => !applied.includes(id))
  if (unknown.length === 0) return []
  const notes = await documents.getMany(WORKING_COLLECTION, unknown.map(noteId))
  return unknown.filter((_, at) => notes[at] === undefined)
}

/** Notes changes that the memory is to know no longer, before it forgets them. Gives those that it keeps. */
async function setAside(documents: Documents, applied: readonly string[]): Promise<string[]> {
  if (applied.length <= APPLIED) return [...applied]
  const old = applied.slice(0, -APPLIED / 2)
  const notes = old.map((id) => ({ id: noteId({ id }), body: {}, index: {}, version: 1 }))
  await documents.put(WORKING_COLLECTION, ...notes)
  return applied.slice(-APPLIED / 2)
}

function noteId({ id }: Pick<WorkingChange, 'id'>): string {
  return `applied/${id}`
}

/**
 * Of two who write on the same that they have read, both must say the same version: the other finds that it has not
 * won. So it is with two who begin, whatever their clocks say: the first who has noted when is believed. It is a time
 * because what was erased long ago, and arrives late, must be older than what began since.
 */
async function firstVersion(documents: Documents, now: number): Promise<number> {
  await documents.put(WORKING_COLLECTION, { id: BEGUN, body: { at: now }, index: {}, version: 1 })
  const at = (await documents.get(WORKING_COLLECTION, BEGUN))?.body['at']
  // It was erased in between: nobody else can have begun on the same.
  return typeof at === 'number' ? at : now
}

/** Proof of the cast: only {@link changeWorking} writes here, and what it writes is JSON. */
export function toWorking(body: unknown): WorkingMemory | undefined {
  if (!isRecord(body) || !Array.isArray(body['applied'])) return undefined
  const { content, applied } = body
  const ids = applied.filter((id): id is string => typeof id === 'string')
  if (typeof content === 'string') return { content, applied: ids }
  return isRecord(content) ? { content: content as JsonObject, applied: ids } : undefined
}
