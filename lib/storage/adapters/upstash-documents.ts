import { EdgewiseError } from '../../protocol/error.ts'
import { checkDocument, checkDocumentQuery, checkVersion } from '../check.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import type { Document, DocumentPage, DocumentQuery, Documents } from '../documents.ts'
import { compareText, endOfPrefix } from '../order.ts'
import { unpack } from '../pack.ts'
import {
  entryOf,
  escapeText,
  fieldPrefix,
  JOINT,
  readEntry,
  shardPrefix,
  unescapeText,
  valuePrefix,
} from './upstash-keys.ts'
import { batches } from '../batches.ts'
import { cutForRequests, REQUEST_BYTES, weightOf, pieceName, stampOf } from './upstash-pieces.ts'
import type { RedisCommands, RedisScript } from './upstash-redis.ts'
import { textOrNull, textsOf } from './upstash-redis.ts'

/**
 * Documents in Upstash Redis. A collection is three keys: a hash of bodies by id; a hash of versions, with the index
 * entries and pieces that belong to them; a sorted set of index entries, all of one score, so that Redis keeps them
 * in the order of their bytes.
 *
 * A page is two commands (the entries, the bodies) and a third where a total is asked for; a save is one, a script,
 * for as many documents as a request holds: it compares versions and writes in one step, so that a command that
 * arrives twice, or late, changes nothing.
 */
export function createUpstashDocuments(redis: RedisCommands, shard: string): Documents {
  const keysOf = (collection: string): CollectionKeys => {
    const [prefix, name] = [shardPrefix(shard), escapeText(collection)]
    return { bodies: `${prefix}d:${name}`, versions: `${prefix}m:${name}`, index: `${prefix}i:${name}` }
  }
  const getMany: Documents['getMany'] = async (collection, ids) => {
    const found: (Document | undefined)[] = []
    for (const batch of batches(ids.map(escapeText), IDS, (id) => 3 * id.length))
      found.push(...(await readBodies(redis, keysOf(collection), batch)))
    return found
  }
  return {
    put: async (collection, ...documents) => {
      for (const document of documents) checkDocument(document)
      await save(redis, keysOf(collection), await Promise.all(documents.map(toWrite)))
    },
    get: async (collection, id) => (await getMany(collection, [id]))[0],
    getMany,
    delete: async (collection, id, version) => {
      checkVersion(version)
      await save(redis, keysOf(collection), [
        { id: escapeText(id), version, body: '', stamp: '', pieces: [], entries: '' },
      ])
    },
    query: (collection, query) => find(redis, keysOf(collection), query),
    clear: async (collection) => {
      const { bodies, versions, index } = keysOf(collection)
      await redis.run(['DEL', bodies, versions, index])
    },
    forget: async (collection, id) => {
      const { bodies, versions } = keysOf(collection)
      await redis.runScript(FORGET, [bodies, versions], [escapeText(id)])
    },
  }
}

/** Ids of one request. */
const IDS = { count: 1000, weight: REQUEST_BYTES }

interface CollectionKeys {
  bodies: string
  versions: string
  index: string
}

/** A document as it is sent. */
interface Write {
  id: string
  version: number
  /** What stands for its body: itself, `#<stamp>.<n>` if it is in pieces, nothing if it is to be deleted. */
  body: string
  stamp: string
  pieces: string[]
  entries: string
}

async function toWrite(document: Document): Promise<Write> {
  const { id, version, index } = document
  const entries = Object.entries(index).map(([field, value]) => entryOf(field, value, id))
  const json = JSON.stringify(document)
  const pieces = await cutForRequests(json)
  const write = { id: escapeText(id), version, entries: entries.join(JOINT) }
  if (pieces.length < 2) return { ...write, body: pieces[0] ?? '', stamp: '', pieces: [] }
  const stamp = await stampOf(json)
  return { ...write, body: `#${stamp}.${pieces.length}`, stamp, pieces }
}

/**
 * KEYS: bodies, versions, index. ARGV, for each document: id, version, what stands for its body, its entries. A
 * version is kept as `version␃pieces␃entries`. Gives, for each document, 1 if it came too late and another one stands
 * there.
 */
const SAVE: RedisScript = {
  text: String.raw`
local late = {}
for at = 1, #ARGV, 4 do
  local id, version, body, entries = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local known = redis.call('HGET', KEYS[2], id)
  local before, old, oldEntries = string.match(known or '', '^(%d+)\3([^\3]*)\3(.*)$')
  if before and tonumber(before) >= tonumber(version) then
    late[#late + 1] = redis.call('HGET', KEYS[1], id) ~= body and 1 or 0
  else
    late[#late + 1] = 0
    if before then
      for entry in string.gmatch(oldEntries, '[^\3]+') do redis.call('ZREM', KEYS[3], entry) end
      local stamp, pieces = string.match(old, '^#(%w+)%.(%d+)$')
      for piece = 1, tonumber(pieces or 0) do redis.call('HDEL', KEYS[1], id .. '\1' .. stamp .. '\1' .. piece) end
    end
    for entry in string.gmatch(entries, '[^\3]+') do redis.call('ZADD', KEYS[3], 0, entry) end
    local pieces = string.match(body, '^#%w+%.%d+$') or ''
    redis.call('HSET', KEYS[2], id, version .. '\3' .. pieces .. '\3' .. entries)
    if body == '' then redis.call('HDEL', KEYS[1], id) else redis.call('HSET', KEYS[1], id, body) end
  end
end
return late`,
}

/** KEYS: bodies, versions. ARGV: id. Nobody may put the document between the question and the answer. */
const FORGET: RedisScript = {
  text: `if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then redis.call('HDEL', KEYS[2], ARGV[1]) end return 0`,
}

async function save(redis: RedisCommands, keys: CollectionKeys, writes: readonly Write[]): Promise<void> {
  // Pieces first: nobody looks at them before the document that names them is there.
  for (const { id, stamp, pieces } of writes) {
    for (const [at, piece] of pieces.entries())
      await redis.run(['HSET', keys.bodies, pieceName(id, stamp, at + 1), piece])
  }
  const weigh = ({ body, entries }: Write): number => 3 * entries.length + weightOf(body) + 200
  for (const batch of batches(writes, { count: 200, weight: REQUEST_BYTES }, weigh)) {
    const args = batch.flatMap(({ id, version, body, entries }) => [id, version, body, entries])
    const late = await redis.runScript(SAVE, [keys.bodies, keys.versions, keys.index], args)
    for (const [at, write] of batch.entries())
      if (Array.isArray(late) && late[at] === 1) await dropPieces(redis, keys, write)
  }
}

/** Pieces that came too late belong to nothing. */
async function dropPieces(redis: RedisCommands, keys: CollectionKeys, write: Write): Promise<void> {
  const names = write.pieces.map((_piece, at) => pieceName(write.id, write.stamp, at + 1))
  if (names.length > 0) await redis.run(['HDEL', keys.bodies, ...names])
}

async function readBodies(
  redis: RedisCommands,
  keys: CollectionKeys,
  ids: readonly string[],
): Promise<(Document | undefined)[]> {
  const found = textsOf(await redis.run(['HMGET', keys.bodies, ...ids]))
  return Promise.all(ids.map((id, at) => readBody(redis, keys, id, found[at] ?? null)))
}

/** Proof of the cast: {@link toWrite} wrote it. */
async function readBody(
  redis: RedisCommands,
  keys: CollectionKeys,
  id: string,
  inHash: string | null,
  isSecondTime = false,
): Promise<Document | undefined> {
  if (inHash === null) return undefined
  const [, stamp, count] = /^#(\w+)\.(\d+)$/.exec(inHash) ?? []
  if (stamp === undefined) return JSON.parse(await unpack(inHash)) as Document
  const pieces: string[] = []
  for (let at = 1; at <= Number(count); at += 1) {
    const piece = textOrNull(await redis.run(['HGET', keys.bodies, pieceName(id, stamp, at)]))
    if (piece !== null) pieces.push(piece)
    else if (isSecondTime)
      throw new EdgewiseError('storage_unavailable', 'A document in Upstash Redis lacks a part of its body')
    // It was replaced while it was read: what it is now is as good an answer.
    else return readBody(redis, keys, id, textOrNull(await redis.run(['HGET', keys.bodies, id])), true)
  }
  return JSON.parse(await unpack(pieces.join(''))) as Document
}

async function find(redis: RedisCommands, keys: CollectionKeys, query: DocumentQuery): Promise<DocumentPage> {
  checkDocumentQuery(query)
  const { by, order = 'ascending', limit, skip = 0, withTotal } = query
  const { min, max } = boundsOf(query)
  const [start, stop] = startBehind(query, min, max)
  // One more tells whether a page follows.
  const range = ['BYLEX', ...(order === 'descending' ? ['REV'] : []), 'LIMIT', skip, limit + 1]
  const [entries, total] = await Promise.all([
    redis.run(['ZRANGE', keys.index, ...(order === 'descending' ? [stop, start] : [start, stop]), ...range]),
    withTotal ? redis.run(['ZLEXCOUNT', keys.index, min, max]) : undefined,
  ])
  const found = textsOf(entries).map((entry) => readEntry(by, entry ?? ''))
  const page = found.slice(0, limit)
  const bodies =
    page.length > 0
      ? await readBodies(
          redis,
          keys,
          page.map(({ id }) => id),
        )
      : []
  const last = page.at(-1)
  return {
    // One that was deleted in between is left out.
    documents: bodies.filter((document) => document !== undefined),
    ...(typeof total === 'number' && { total }),
    ...(found.length > limit &&
      last && { next: writeCursor({ value: last.value, id: unescapeText(last.id) }) }),
  }
}

/** Bounds as ZRANGE takes them: `[` for included, `(` for excluded. */
function boundsOf({ by, from, to }: DocumentQuery): { min: string; max: string } {
  const first = from === undefined ? fieldPrefix(by) : valuePrefix(by, from)
  const end = endOfPrefix(to === undefined ? fieldPrefix(by) : valuePrefix(by, to))
  return { min: `[${first}`, max: end === undefined ? '+' : `(${end}` }
}

/** The bounds, from behind the cursor on. A cursor outside of them changes nothing. */
function startBehind({ by, order, after }: DocumentQuery, min: string, max: string): [string, string] {
  if (after === undefined) return [min, max]
  const { value, id } = readCursor(after)
  const entry = entryOf(by, value, id)
  if (order === 'descending')
    return [min, max === '+' || compareText(entry, max.slice(1)) < 0 ? `(${entry}` : max]
  return [compareText(entry, min.slice(1)) >= 0 ? `(${entry}` : min, max]
}
