import type { JsonValue } from '../protocol/json.ts'
import { isRecord } from '../protocol/json.ts'
import type { KeyValue } from '../storage/key-value.ts'
import { orAborted } from '../streams/wait.ts'
import { Flights } from './flights.ts'
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

/** Where an answer is kept: {@link hashKey} of its question, under what it is an answer of, in its owner's shard. */
export interface CachePlace {
  shard: string
  key: string
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
/** What stands before the keys of a cache, in whatever storage. */
export const CACHE_PREFIX = 'cache/'
/** A change of what is kept is a miss of all that was kept before. */
const FORMAT = 1
const REST_MS = 10_000

/** @throws RangeError if a limit cannot be right. */
export function createCache(limits: CacheLimits, { keyValue, now, onProblem }: CacheServices): Cache {
  const { entries, bytes, valueLength, timeoutMs } = checkLimits(limits)
  const isolate = new Lru({ entries, bytes })
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
  const remember = (shard: string, key: string, json: string, due: number): void =>
    isolate.set(`${shard} ${key}`, json, Math.min(due, now() + ISOLATE_MS))
  return {
    flights: new Flights(),
    look: async (shard, keys) => {
      const hits = keys.map((key) => toHit(isolate.get(`${shard} ${key}`, now()), 'isolate'))
      const missing = keys.filter((_, i) => !hits[i])
      if (missing.length === 0) return hits
      const found = await ask(() => keyValue(shard).getMany(missing.map((key) => CACHE_PREFIX + key)))
      if (!found) return hits
      const known = new Map(missing.map((key, i) => [key, readEnvelope(found[i], now())]))
      return hits.map((hit, i) => {
        const key = keys[i] ?? ''
        const stored = known.get(key)
        if (stored) remember(shard, key, stored.json, stored.due)
        return hit ?? toHit(stored?.json, 'storage')
      })
    },
    keep: async (shard, answers, ttlMs) => {
      const due = now() + ttlMs
      const fitting = answers
        .map(({ key, value }) => ({ key, json: JSON.stringify(value) }))
        .filter(({ json }) => json.length <= valueLength)
      for (const { key, json } of fitting) remember(shard, key, json, due)
      const entries = fitting.map(({ key, json }) => {
        const value = { format: FORMAT, due, json }
        return { key: CACHE_PREFIX + key, value, ttlMs }
      })
      if (entries.length > 0) await ask(() => keyValue(shard).setMany(entries))
    },
  }
}

/** Erases what a shard has kept. May be done again. */
export async function eraseCache(keyValue: KeyValue): Promise<void> {
  for (;;) {
    const { keys } = await keyValue.list({ prefix: CACHE_PREFIX, limit: 500 })
    if (keys.length === 0) return
    await keyValue.delete(...keys)
  }
}

function readEnvelope(stored: JsonValue | undefined, now: number): { json: string; due: number } | undefined {
  if (!isRecord(stored) || stored['format'] !== FORMAT) return undefined
  const { json, due } = stored
  return typeof json === 'string' && typeof due === 'number' && due > now ? { json, due } : undefined
}

/** A value of its own for each who asks: nobody changes what another was given. */
function toHit(json: string | undefined, level: CacheLevel): CacheHit | undefined {
  // Only this file writes it, from JSON.
  return json === undefined ? undefined : { value: JSON.parse(json) as JsonValue, level }
}

/** The limits with their defaults. @throws RangeError if one cannot be right. */
export function checkLimits(limits: CacheLimits = {}): Required<CacheLimits> {
  const read = { ...DEFAULTS, ...limits }
  for (const [name, value] of Object.entries(read)) {
    const least = name === 'timeoutMs' ? 1 : 0
    if (Number.isInteger(value) && value >= least && value <= 2 ** 31 - 1) continue
    throw new RangeError(
      `Cannot set up the cache: ${name} is ${value}, it must be a whole number from ${least}`,
    )
  }
  return read
}

/** @throws RangeError if nothing can be kept for so long. */
export function checkTtl(what: string, ttlMs: number): void {
  if (Number.isSafeInteger(ttlMs) && ttlMs >= 1 && ttlMs <= MAX_TTL_MS) return
  throw new RangeError(`${what}: cache.ttlMs is ${ttlMs}, it must be a whole number from 1 to ${MAX_TTL_MS}`)
}

/** A year. */
const MAX_TTL_MS = 366 * 24 * 3_600_000
