import type { JsonValue } from '../../protocol/json.ts'
import { checkEntry, checkKeyQuery } from '../check.ts'
import type { KeyPage, KeyQuery, KeyValue, KeyValueEntry } from '../key-value.ts'
import { compareText, endOfPrefix } from '../order.ts'
import { unpack } from '../pack.ts'
import { escapeText, shardPrefix, unescapeText } from './upstash-keys.ts'
import { batches } from '../batches.ts'
import { cutForRequests, REQUEST_BYTES, weightOf, pieceName, stampOf } from './upstash-pieces.ts'
import type { RedisCommands, RedisScript } from './upstash-redis.ts'
import { textOrNull, textsOf } from './upstash-redis.ts'

/**
 * Values by key in Upstash Redis: each a string, and two sorted sets: all names in the order of their bytes, so that
 * keys can be listed without KEYS or SCAN, and those that expire by when they do, so that every write sweeps some of
 * them out of both. What has expired by our own clock counts as gone even before Redis drops it.
 */
export function createUpstashKeyValue(redis: RedisCommands, shard: string, now: () => number): KeyValue {
  const space = new Space(shardPrefix(shard))
  const getMany: KeyValue['getMany'] = async (keys) => {
    const found: (JsonValue | undefined)[] = []
    for (const batch of batches(keys, { count: 500, weight: REQUEST_BYTES }, (key) => 3 * key.length)) {
      const names = batch.map(escapeText)
      const texts = textsOf(await redis.run(['MGET', ...names.map((name) => space.valueKey(name))]))
      found.push(
        ...(await Promise.all(names.map((name, at) => read(redis, space, name, texts[at] ?? null, now())))),
      )
    }
    return found
  }
  const setMany = async (entries: readonly KeyValueEntry[]): Promise<void> => {
    for (const entry of entries) checkEntry(entry)
    const writes: Write[] = []
    for (const entry of entries) writes.push(await prepare(redis, space, entry, now()))
    for (const batch of batches(
      writes,
      { count: 200, weight: REQUEST_BYTES },
      ({ name, text }) => 6 * name.length + weightOf(text) + 200,
    ))
      await redis.runScript(SET, space.keys(batch), [
        now(),
        ...batch.flatMap(({ name, text, ttl, due }) => [name, text, ttl, due]),
      ])
  }
  return {
    get: async (key) => (await getMany([key]))[0],
    getMany,
    set: (key, value, options) => setMany([{ key, value, ...options }]),
    setMany,
    delete: async (...keys) => {
      const names = keys.map((key) => ({ name: escapeText(key) }))
      for (const batch of batches(
        names,
        { count: 500, weight: REQUEST_BYTES },
        ({ name }) => 6 * name.length,
      ))
        await redis.runScript(
          DELETE,
          space.keys(batch),
          batch.map(({ name }) => name),
        )
    },
    list: (query) => list(redis, space, query, now()),
  }
}

/** The keys of a shard's values. */
class Space {
  readonly names: string
  readonly expiries: string
  readonly #prefix: string

  constructor(prefix: string) {
    this.names = `${prefix}n`
    this.expiries = `${prefix}x`
    this.#prefix = prefix
  }

  valueKey(name: string): string {
    return `${this.#prefix}v:${name}`
  }

  /** As the scripts take them: both sets, then the values. */
  keys(values: readonly { name: string }[]): string[] {
    return [this.names, this.expiries, ...values.map(({ name }) => this.valueKey(name))]
  }
}

/** A value as it is sent: `due|packed`, or `due|#stamp.pieces` with its pieces under keys of their own. */
interface Write {
  name: string
  text: string
  ttl: number | ''
  due: number | ''
}

/** Drops the pieces of what stands under a key, unless they are those of what will stand there. */
const DROP_PIECES = String.raw`
local function dropPieces(key, new)
  local stamp, pieces = string.match(redis.call('GET', key) or '', '^%d*|#(%w+)%.(%d+)$')
  if not stamp or string.match(new, '^%d*|#(%w+)%.') == stamp then return end
  for piece = 1, tonumber(pieces) do redis.call('DEL', key .. '\1' .. stamp .. '\1' .. piece) end
end`

/** KEYS: names, expiries, value keys. ARGV: now, then for each value: name, text, time to live, when it expires. */
const SET: RedisScript = {
  text: String.raw`${DROP_PIECES}
for _, name in ipairs(redis.call('ZRANGE', KEYS[2], '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, 100)) do
  redis.call('ZREM', KEYS[1], name)
  redis.call('ZREM', KEYS[2], name)
end
for at = 3, #KEYS do
  local first = (at - 3) * 4 + 2
  local name, text, ttl, due = ARGV[first], ARGV[first + 1], ARGV[first + 2], ARGV[first + 3]
  dropPieces(KEYS[at], text)
  if ttl == '' then
    redis.call('SET', KEYS[at], text)
    redis.call('ZREM', KEYS[2], name)
  else
    redis.call('SET', KEYS[at], text, 'PX', ttl)
    redis.call('ZADD', KEYS[2], due, name)
  end
  redis.call('ZADD', KEYS[1], 0, name)
end
return 1`,
}

/** KEYS: names, expiries, value keys. ARGV: their names. */
const DELETE: RedisScript = {
  text: String.raw`${DROP_PIECES}
for at = 3, #KEYS do
  dropPieces(KEYS[at], '')
  redis.call('DEL', KEYS[at])
  redis.call('ZREM', KEYS[1], ARGV[at - 2])
  redis.call('ZREM', KEYS[2], ARGV[at - 2])
end
return 1`,
}

/** Writes the pieces of a long value, which nobody looks at before the value names them. */
async function prepare(
  redis: RedisCommands,
  space: Space,
  { key, value, ttlMs }: KeyValueEntry,
  now: number,
): Promise<Write> {
  const name = escapeText(key)
  const [ttl, due] = ttlMs === undefined ? (['', ''] as const) : ([ttlMs, now + ttlMs] as const)
  const json = JSON.stringify(value)
  const pieces = await cutForRequests(json)
  if (pieces.length < 2) return { name, text: `${due}|${pieces[0] ?? ''}`, ttl, due }
  const stamp = await stampOf(json)
  for (const [at, piece] of pieces.entries()) {
    const expiry = ttl === '' ? [] : ['PX', ttl]
    await redis.run(['SET', pieceName(space.valueKey(name), stamp, at + 1), piece, ...expiry])
  }
  return { name, text: `${due}|#${stamp}.${pieces.length}`, ttl, due }
}

/** Proof of the casts: {@link prepare} wrote it. */
async function read(
  redis: RedisCommands,
  space: Space,
  name: string,
  text: string | null,
  now: number,
  isSecondTime = false,
): Promise<JsonValue | undefined> {
  if (text === null) return undefined
  const bar = text.indexOf('|')
  if (bar > 0 && Number(text.slice(0, bar)) <= now) return undefined
  const rest = text.slice(bar + 1)
  const [, stamp, count] = /^#(\w+)\.(\d+)$/.exec(rest) ?? []
  if (stamp === undefined) return JSON.parse(await unpack(rest)) as JsonValue
  const pieces: string[] = []
  for (let at = 1; at <= Number(count); at += 1) {
    const piece = textOrNull(await redis.run(['GET', pieceName(space.valueKey(name), stamp, at)]))
    if (piece === null) {
      // It was replaced, or expired, while it was read: pieces were written first, and so go first.
      if (isSecondTime) return undefined
      return read(redis, space, name, textOrNull(await redis.run(['GET', space.valueKey(name)])), now, true)
    }
    pieces.push(piece)
  }
  return JSON.parse(await unpack(pieces.join(''))) as JsonValue
}

async function list(redis: RedisCommands, space: Space, query: KeyQuery, now: number): Promise<KeyPage> {
  checkKeyQuery(query)
  const { prefix = '', after, limit } = query
  const first = escapeText(prefix)
  const end = endOfPrefix(first)
  const behind = escapeText(after ?? '')
  const start = after !== undefined && compareText(behind, first) >= 0 ? `(${behind}` : `[${first}`
  const stop = end === undefined ? '+' : `(${end}`
  const found = textsOf(
    await redis.run(['ZRANGE', space.names, start, stop, 'BYLEX', 'LIMIT', 0, limit + 1]),
  ).map((name) => name ?? '')
  const page = found.slice(0, limit)
  const last = page.at(-1)
  if (last === undefined) return { keys: [] }
  const due = textsOf(await redis.run(['ZMSCORE', space.expiries, ...page]))
  const keys = page.filter((_name, at) => Number(due[at] ?? Infinity) > now).map(unescapeText)
  return found.length > limit ? { keys, next: unescapeText(last) } : { keys }
}
