import type { JsonObject, JsonValue } from '../protocol/json.ts'
import { isRecord } from '../protocol/json.ts'
import { checkCount } from '../storage/check.ts'
import type { KeyValue } from '../storage/key-value.ts'
import { MAX_TIMER_MS, orAborted } from '../streams/wait.ts'
import type { Flights } from './flights.ts'
import { createFlights } from './flights.ts'
import { Lru } from './lru.ts'

/** Bounds of a cache. */
export interface CacheLimits {
  /** How many answers an isolate keeps at most. Default: 1000. */
  entries?: number
  /** How many bytes of them. Default: 8 MiB. */
  bytes?: number
  /** A longer answer (in characters of its JSON) is not kept at all. Default: 500,000. */
  valueLength?: number
  /** How long the storage is waited for, in milliseconds; then it is done without. Default: 500. */
  timeoutMs?: number
}

export interface CacheServices {
  /** The storage behind the isolate, by shard. */
  keyValue(shard: string): KeyValue
  now: () => number
  /** The storage failed or was late: it is left alone for a while. */
  onProblem?: (error: unknown) => void
}

/** Where an answer was found: in this isolate, in the storage, or with somebody who was asking the same. */
export type CacheLevel = 'isolate' | 'storage' | 'flight'

export interface CacheHit {
  value: JsonValue
  level: CacheLevel
}

/**
 * Answers in two levels: the isolate, which all requests and objects in it share, then a storage of values by key.
 *
 * **Contract:** it may forget anything at any time, and never throws: a storage that is down or late is a miss. Nobody
 * waits for it longer than `timeoutMs` a call, and for ten seconds after that nobody waits for it at all. What has
 * been erased from the storage an isolate may still have for {@link ISOLATE_MS}.
 */
export interface Cache {
  /** What is known, in the order of the places. */
  look(shard: string, keys: readonly string[]): Promise<(CacheHit | undefined)[]>
  keep(shard: string, answers: readonly { key: string; value: JsonValue }[], ttlMs: number): Promise<void>
  /** Who computes what at this moment. */
  flights: Flights
}

/** The longest that an isolate keeps what may be erased or replaced elsewhere. */
export const ISOLATE_MS = 600_000

const DEFAULTS: Required<CacheLimits> = {
  entries: 1000,
  bytes: 8 * 1024 * 1024,
  valueLength: 500_000,
  timeoutMs: 500,
}
/** What stands before the keys of a cache. With another format of what is kept it gets another number. */
export const CACHE_PREFIX = 'cache/1/'
const REST_MS = 10_000

/** @throws RangeError if a limit cannot be right. */
export function createCache(limits: CacheLimits, { keyValue, now, onProblem }: CacheServices): Cache {
  const { valueLength, timeoutMs, ...bounds } = checkLimits(limits)
  const isolate = new Lru(bounds)
  let restsUntil = 0
  const ask = async <Result>(work: () => Promise<Result>): Promise<Result | undefined> => {
    if (now() < restsUntil) return undefined
    try {
      return await orAborted(work(), AbortSignal.timeout(timeoutMs))
    } catch (error) {
      restsUntil = now() + REST_MS
      onProblem?.(error)
      return undefined
    }
  }
  const remember = (key: string, { json, due }: Kept): void =>
    isolate.set(key, json, Math.min(due, now() + ISOLATE_MS))
  return {
    flights: createFlights(),
    look: async (shard, keys) => {
      const hits = keys.map((key) => toHit(isolate.get(`${shard} ${key}`, now()), 'isolate'))
      const missing = keys.filter((_, i) => !hits[i])
      if (missing.length === 0) return hits
      await ask(async () => {
        const found = await keyValue(shard).getMany(missing.map((key) => CACHE_PREFIX + key))
        for (const [i, key] of keys.entries()) {
          const kept = readKept(found[missing.indexOf(key)])
          if (hits[i] || !kept) continue
          hits[i] = toHit(kept.json, 'storage')
          remember(`${shard} ${key}`, kept)
        }
      })
      return hits
    },
    keep: async (shard, answers, ttlMs) => {
      const due = now() + ttlMs
      const entries = answers
        .map(({ key, value }) => ({ key, value: { json: JSON.stringify(value), due }, ttlMs }))
        .filter(({ value }) => value.json.length <= valueLength)
      for (const { key, value } of entries) remember(`${shard} ${key}`, value)
      const stored = entries.map((entry) => ({ ...entry, key: CACHE_PREFIX + entry.key }))
      if (stored.length > 0) await ask(() => keyValue(shard).setMany(stored))
    },
  }
}

/** Erases what a shard has kept. May be done again. */
export async function eraseCache(keyValue: KeyValue): Promise<void> {
  for (let after: string | undefined; ;) {
    const query = { prefix: 'cache/', limit: 500, ...(after !== undefined && { after }) }
    const { keys, next } = await keyValue.list(query)
    if (keys.length > 0) await keyValue.delete(...keys)
    else if (next === undefined) return
    // A page may be empty, of what has expired, though another follows. What was deleted moves the others up.
    after = keys.length > 0 ? undefined : next
  }
}

interface Kept {
  json: string
  due: number
}

/** Proof of the cast: under the prefix only this file writes. */
function readKept(stored: JsonValue | undefined): Kept | undefined {
  return isRecord(stored) ? (stored as JsonObject & Kept) : undefined
}

/** A value of its own for each who asks: nobody changes what another was given. */
function toHit(json: string | undefined, level: CacheLevel): CacheHit | undefined {
  // Only this file writes it, from JSON.
  return json === undefined ? undefined : { value: JSON.parse(json) as JsonValue, level }
}

/** The limits with their defaults. @throws RangeError if one cannot be right. */
export function checkLimits(limits: CacheLimits = {}): Required<CacheLimits> {
  const read = { ...DEFAULTS, ...limits }
  for (const [name, value] of Object.entries(read)) checkCount(value, `cache.${name}`, 0, MAX_TIMER_MS)
  return read
}

/** @throws RangeError if nothing can be kept for so long. */
export function checkTtl(ttlMs: number): void {
  checkCount(ttlMs, 'cache.ttlMs', 1, MAX_TTL_MS)
}

/** A year. */
const MAX_TTL_MS = 366 * 24 * 3_600_000
