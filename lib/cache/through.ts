import type { JsonValue } from '../protocol/json.ts'
import type { Cache, CacheHit, CachePlace } from './cache.ts'
import type { Lead } from './flights.ts'

/** `refresh`: what is known is not looked at; the new answer replaces it. */
export type CacheMode = 'use' | 'refresh'

/** What one request may ask of the caches. */
export type CacheWish = false | 'refresh'

/** What a question comes to: it is known, it is to be computed for all who ask, or only for oneself. */
export type Asked = { hit: CacheHit } | { lead: Lead } | { alone: true }

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
  // Who wants it fresh does not share it with those who began before.
  const flight = `${shard} ${key}${mode === 'use' ? '' : ' fresh'}`
  for (;;) {
    const joined = cache.flights.join(flight)
    if ('lead' in joined) {
      const [hit] = mode === 'use' ? await cache.look(shard, [key]) : []
      if (hit) joined.lead.land(JSON.stringify(hit.value))
      if (signal.aborted) joined.lead.drop()
      signal.throwIfAborted()
      return hit ? { hit } : joined
    }
    const landing = await joined.waiting.landing(signal)
    // Only what was JSON lands so.
    if (landing.type === 'value')
      return { hit: { value: JSON.parse(landing.json) as JsonValue, level: 'flight' } }
    if (landing.type === 'failed') throw landing.error
    // What nobody may share, each computes for himself, and at once.
    if (landing.type === 'none') return { alone: true }
  }
}

/** Keeps the answer, then lets those who wait have it. */
export async function landAnswer(
  cache: Cache,
  { shard, key }: CachePlace,
  lead: Lead,
  { value, ttlMs }: { value: JsonValue | undefined; ttlMs: number },
): Promise<void> {
  if (value === undefined) return lead.land()
  try {
    await cache.keep(shard, [{ key, value }], ttlMs)
  } finally {
    lead.land(JSON.stringify(value))
  }
}
