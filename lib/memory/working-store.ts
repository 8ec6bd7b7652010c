import { EdgewiseError } from '../protocol/error.ts'
import type { JsonObject } from '../protocol/json.ts'
import { isRecord } from '../protocol/json.ts'
import type { Documents } from '../storage/documents.ts'
import type { WorkingChange, WorkingMemory } from './working.ts'
import { applyChange } from './working.ts'

/** Where the working memory of a resource is kept, in the resource's shard. */
export const WORKING_COLLECTION = 'working-memory'
const ID = 'resource'

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
    const before = toWorking(found?.body)
    if (before && changes.every(({ id }) => before.applied.includes(id))) return
    const { content, applied } = changes.reduce<WorkingMemory>(
      (memory, change) => applyChange(memory, change),
      before ?? { content: '', applied: [] },
    )
    const version = found ? found.version + 1 : firstVersion(now)
    await documents.put(WORKING_COLLECTION, { id: ID, body: { content, applied }, index: {}, version })
    const after = toWorking((await documents.get(WORKING_COLLECTION, ID))?.body)
    if (after && changes.every(({ id }) => after.applied.includes(id))) return
  }
  throw new EdgewiseError('storage_unavailable', 'The working memory is being written by too many at once')
}

const MINUTE_MS = 60_000

/**
 * Of two who write on the same that they have read, both must say the same version: the other finds that it has not
 * won. So it is with two who begin; but what was erased long ago, and arrives late, must be older than what began since.
 */
function firstVersion(now: number): number {
  return Math.floor(now / MINUTE_MS) * MINUTE_MS
}

/** Proof of the cast: only {@link changeWorking} writes here, and what it writes is JSON. */
export function toWorking(body: unknown): WorkingMemory | undefined {
  if (!isRecord(body) || !Array.isArray(body['applied'])) return undefined
  const { content, applied } = body
  const ids = applied.filter((id): id is string => typeof id === 'string')
  if (typeof content === 'string') return { content, applied: ids }
  return isRecord(content) ? { content: content as JsonObject, applied: ids } : undefined
}
