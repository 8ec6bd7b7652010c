import { cacheShard, resourceShard } from '../protocol/address.ts'
import type { JsonValue } from '../protocol/json.ts'
import type { Cache, CacheHit } from './cache.ts'
import type { Lead } from './flights.ts'
import { hashKey } from './key.ts'

/** `refresh`: what is known is not looked at; the new answer replaces it. */
export type CacheMode = 'use' | 'refresh'

/** What one request may ask of the caches. */
export type CacheWish = false | 'refresh'

/** Who an answer may be given to: the resource that asked, or everybody who asks the same. */
export type CacheScope = 'resource' | 'global'

/** Where an answer is kept: under the key of its question, in its owner's shard. */
export interface CachePlace {
  shard: string
  key: string
}

/** Undefined for a question that has no key. */
export async function placeOf(
  question: () => object,
  scope: CacheScope | undefined,
  resourceId: string | undefined,
): Promise<CachePlace | undefined> {
  // Whose a question is that names nobody.
  const owner = scope === 'global' ? undefined : (resourceId ?? 'default')
  try {
    const key = await hashKey({ ...question(), owner })
    return { key, shard: owner === undefined ? cacheShard(key) : resourceShard(owner) }
  } catch {
    return undefined
  }
}

/** What a question comes to: it is known, it is to be computed for all who ask, or only for oneself. */
export type Asked = { hit?: CacheHit; lead?: Lead }

/**
 * Looks a question up, and if nobody knows the answer, joins those who ask the same.
 *
 * **Contract:** whoever gets a `lead` ends it: with an answer, with nothing, or with its failure.
 *
 * @throws the failure of whoever computed it meanwhile; the signal's reason when it aborts.
 */
export async function askCache(
  cache: Cache,
  { shard, key }: CachePlace,
  mode: CacheMode,
  signal: AbortSignal,
): Promise<Asked> {
  for (;;) {
    // Who wants it fresh does not share it with those who began before.
    const joined = cache.flights.join(`${mode} ${shard} ${key}`)
    if ('lead' in joined) {
      const { lead } = joined
      const [hit] = mode === 'use' ? await cache.look(shard, [key]) : []
      if (hit) lead.land({ type: 'value', json: JSON.stringify(hit.value) })
      if (signal.aborted) lead.land({ type: 'lost' })
      signal.throwIfAborted()
      return hit ? { hit } : { lead }
    }
    const landing = await joined.wait(signal)
    // Only what was JSON lands so.
    if (landing.type === 'value')
      return { hit: { value: JSON.parse(landing.json) as JsonValue, level: 'flight' } }
    if (landing.type === 'failed') throw landing.error
    // What nobody may share, each computes for himself, and at once.
    if (landing.type === 'none') return {}
  }
}

/** Keeps the answer, then lets those who wait have it. Without a value there is nothing to have. */
export async function landAnswer(
  cache: Cache,
  { shard, key }: CachePlace,
  lead: Lead,
  { value, ttlMs }: { value: JsonValue | undefined; ttlMs: number },
): Promise<void> {
  if (value === undefined) return lead.land({ type: 'none' })
  await cache.keep(shard, [{ key, value }], ttlMs)
  lead.land({ type: 'value', json: JSON.stringify(value) })
}
