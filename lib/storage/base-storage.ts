import type { JsonObject, JsonValue } from '../protocol/json.ts'
import { isRecord } from '../protocol/json.ts'
import { wait } from '../streams/wait.ts'
import { checkDocument, checkDocumentQuery, checkEntry, checkKeyQuery, checkVersion } from './check.ts'
import { readCursor, writeCursor } from './cursor.ts'
import type { Document, DocumentPage, DocumentQuery, Documents, IndexValue } from './documents.ts'
import type { KeyPage, KeyQuery, KeyValue, SetOptions } from './key-value.ts'
import { compareIndexValues, compareText } from './order.ts'
import type { Storage } from './storage.ts'

/**
 * For storages of one's own: four methods over a space of keys, and both ports of a {@link Storage} stand on them.
 * What is given here suits thousands of documents a collection, since a query reads the collection; override
 * {@link documents} where the backend can do better.
 *
 * **Contract:** what `set` has resolved for, `get` and `list` see, in every process. Expired values are neither got
 * nor listed. `list` gives keys in the order of their code points. Writers of one document wait for each other only
 * within one instance: a backend that many processes write to overrides {@link documents} with a compare-and-set.
 */
export abstract class BaseStorage implements Storage {
  abstract get(key: string): Promise<JsonValue | undefined>
  abstract set(key: string, value: JsonValue, options?: SetOptions): Promise<void>
  abstract delete(key: string): Promise<void>
  abstract list(query: KeyQuery): Promise<KeyPage>

  /** What is being written, by key. */
  readonly #writes = new Map<string, Promise<void>>()

  keyValue(shard: string): KeyValue {
    return keyValueOver(this, spaceOf('values', shard))
  }

  documents(shard: string): Documents {
    return documentsOver(this, spaceOf('documents', shard), (key, work) => this.#inTurn(key, work))
  }

  /**
   * One write of a key after the other: a document's version must not change between reading and writing it. A write
   * that belongs to a request which was cut off may never end, so it is not waited for without limit.
   */
  async #inTurn(key: string, work: () => Promise<void>): Promise<void> {
    const before = this.#writes.get(key)
    const write = (async () => {
      if (before) await orLate(before)
      await work()
    })()
    const ended = write.catch(() => undefined)
    this.#writes.set(key, ended)
    await write.finally(() => {
      if (this.#writes.get(key) === ended) this.#writes.delete(key)
    })
  }
}

const PATIENCE_MS = 5000

/** Resolves with the write, or when it has taken too long. */
async function orLate(write: Promise<void>): Promise<void> {
  const over = new AbortController()
  await Promise.race([write, wait(PATIENCE_MS, over.signal).catch(() => undefined)])
  over.abort()
}

type Keys = Pick<BaseStorage, 'get' | 'set' | 'delete' | 'list'>

/** Escaped, so that no name reaches into another's space. */
function spaceOf(...names: string[]): string {
  return names.map((name) => `${encodeURIComponent(name)}/`).join('')
}

function keyValueOver(keys: Keys, space: string): KeyValue {
  const set: KeyValue['set'] = async (key, value, options = {}) => {
    checkEntry({ key, value, ...options })
    await keys.set(space + key, value, options)
  }
  return {
    get: (key) => keys.get(space + key),
    getMany: (names) => Promise.all(names.map((key) => keys.get(space + key))),
    set,
    setMany: async (entries) => {
      for (const entry of entries) checkEntry(entry)
      await Promise.all(entries.map(({ key, value, ...options }) => set(key, value, options)))
    },
    delete: async (...names) => {
      await Promise.all(names.map((key) => keys.delete(space + key)))
    },
    list: async (query) => {
      checkKeyQuery(query)
      // A cursor is the backend's own: it goes back as it came.
      const page = await keys.list({ ...query, prefix: space + (query.prefix ?? '') })
      return { ...page, keys: page.keys.map((key) => key.slice(space.length)) }
    },
  }
}

/** A document as it is kept; without a body once it was deleted, so that a late write of an older version is known. */
type Kept = { version: number } | (Omit<Document, 'id' | 'index'> & { index: JsonObject })

type InTurn = (key: string, work: () => Promise<void>) => Promise<void>

function documentsOver(keys: Keys, space: string, inTurn: InTurn): Documents {
  const keyOf = (collection: string, id: string): string => space + spaceOf(collection) + id
  const write = (collection: string, id: string, kept: Kept): Promise<void> => {
    const key = keyOf(collection, id)
    return inTurn(key, async () => {
      const before = await keys.get(key)
      if (isKept(before) && before.version >= kept.version) return
      await keys.set(key, kept)
    })
  }
  const get = async (collection: string, id: string): Promise<Document | undefined> =>
    toDocument(id, await keys.get(keyOf(collection, id)))
  return {
    put: async (collection, ...documents) => {
      for (const document of documents) checkDocument(document)
      for (const { id, body, index, version } of documents)
        await write(collection, id, { body, index, version })
    },
    get,
    getMany: (collection, ids) => Promise.all(ids.map((id) => get(collection, id))),
    delete: async (collection, id, version) => {
      checkVersion(version)
      await write(collection, id, { version })
    },
    query: async (collection, query) => {
      checkDocumentQuery(query)
      const prefix = keyOf(collection, '')
      const found = await Promise.all(
        (await listAll(keys, prefix)).map(async (key) =>
          toDocument(key.slice(prefix.length), await keys.get(key)),
        ),
      )
      return pageOf(found, query)
    },
    clear: async (collection) => {
      for (const key of await listAll(keys, keyOf(collection, ''))) await keys.delete(key)
    },
    forget: async (collection, id) => {
      const key = keyOf(collection, id)
      await inTurn(key, async () => {
        if (!toDocument(id, await keys.get(key))) await keys.delete(key)
      })
    },
  }
}

async function listAll(keys: Keys, prefix: string): Promise<string[]> {
  const all: string[] = []
  for (let after: string | undefined; ;) {
    const page = await keys.list({ prefix, limit: 1000, ...(after !== undefined && { after }) })
    all.push(...page.keys)
    if (page.next === undefined) return all
    after = page.next
  }
}

/** A page of all documents of a collection. */
function pageOf(found: readonly (Document | undefined)[], query: DocumentQuery): DocumentPage {
  const { by, order = 'ascending', from, to, limit, skip = 0, after, withTotal } = query
  const sign = order === 'ascending' ? 1 : -1
  const compare = (a: IndexValue, aId: string, b: IndexValue, bId: string): number =>
    sign * (compareIndexValues(a, b) || compareText(aId, bId))
  const fitting = found
    .flatMap((document) => {
      const value = document?.index[by]
      if (!document || value === undefined) return []
      if (from !== undefined && compareIndexValues(value, from) < 0) return []
      if (to !== undefined && compareIndexValues(value, to) > 0) return []
      return [{ document, value }]
    })
    .toSorted((a, b) => compare(a.value, a.document.id, b.value, b.document.id))
  const cursor = after === undefined ? undefined : readCursor(after)
  const behind = cursor
    ? fitting.filter(({ document, value }) => compare(value, document.id, cursor.value, cursor.id) > 0)
    : fitting
  const page = behind.slice(skip, skip + limit)
  const last = page.at(-1)
  const hasMore = behind.length > skip + limit
  return {
    documents: page.map(({ document }) => document),
    ...(withTotal && { total: fitting.length }),
    ...(hasMore && last && { next: writeCursor({ value: last.value, id: last.document.id }) }),
  }
}

/** Proof of the cast: only {@link documentsOver} writes under these keys. */
function isKept(value: JsonValue | undefined): value is Kept {
  return isRecord(value) && typeof value['version'] === 'number'
}

function toDocument(id: string, value: JsonValue | undefined): Document | undefined {
  if (!isKept(value) || !('body' in value)) return undefined
  const { body, index, version } = value
  return { id, body, index: index as Document['index'], version }
}
