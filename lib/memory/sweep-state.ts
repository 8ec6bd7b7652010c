import type { JsonObject } from '../protocol/json.ts'
import type { Documents } from '../storage/documents.ts'

// A sweep goes through all threads of a resource and puts into the indexes what they said and those do not hold.

/** Where a resource's documents tell of it: one document, of the last sweep that was begun. */
export const SWEEP_COLLECTION = 'embedding'
const ID = 'messages'

/** Times are in milliseconds since 1970. */
export type Sweep = {
  /** Of two that were begun at once the one goes on whose id stands here. */
  id: string
  /** What the app recalled with when it was begun: its agents and their indexes. */
  recipe: string
  status: 'running' | 'done' | 'failed'
  /** Threads that it is through with, and messages that were not in their index. */
  threads: number
  messages: number
  /** Messages, or turns, that no embedder takes. */
  refused: number
  startedAt: number
  updatedAt: number
  /** Why it failed. */
  error?: string
}

/** A sweep that has not been heard of for so long may be begun anew, and so may one that has failed. */
const STALE_MS = 3600_000

export async function readSweep(
  documents: Documents,
): Promise<{ sweep: Sweep; version: number } | undefined> {
  const found = await documents.get(SWEEP_COLLECTION, ID)
  // Proof of the cast: writeSweep wrote it.
  return found && { sweep: found.body as JsonObject & Sweep, version: found.version }
}

/** What comes with an older version than what stands there changes nothing. */
export async function writeSweep(documents: Documents, sweep: Sweep, version: number): Promise<void> {
  await documents.put(SWEEP_COLLECTION, { id: ID, body: sweep, index: {}, version })
}

/** Whether the index holds, or will hold, what the recipe says. */
export function isSettled({ recipe, status, updatedAt }: Sweep, wanted: string, now: number): boolean {
  if (recipe !== wanted) return false
  return status === 'done' || updatedAt > now - STALE_MS
}
