import type { QueryResult } from '@upstash/vector/cloudflare'
import { Index, WeightingStrategy } from '@upstash/vector/cloudflare'
import type { JsonObject } from '../../protocol/json.ts'
import type { FilterNode } from '../filter.ts'
import { parseFilter, passesFilter } from '../filter.ts'
import { depthOf } from '../fuse.ts'
import { fuseHybrid, toMatches } from '../hybrid.ts'
import type { SparseVector } from '../sparse.ts'
import { toSparse, toSparseQuery } from '../sparse.ts'
import { checkQuery, checkRecords, checkShape, requireSameShape } from '../vector-check.ts'
import type {
  VectorIndexInfo,
  VectorMatch,
  VectorMetric,
  VectorQuery,
  VectorRecord,
  Vectors,
  VectorSelection,
  VectorShape,
} from '../vectors.ts'
import { toRemoteFilter } from './upstash-filter.ts'
import { batches } from '../batches.ts'
import { REQUEST_BYTES } from './upstash-pieces.ts'
import type { UpstashAccount, UpstashFailure, UpstashServices } from './upstash-retry.ts'
import { firstWords, readNetworkError, retryUpstash, TIMEOUT_MS } from './upstash-retry.ts'

/**
 * Vectors in Upstash Vector: one database has one shape, and each of our indexes is a namespace of it. What was
 * written is found by queries, and fetched, a moment later. Its own filters are made wider where they cannot say
 * what is asked; the rest is done here.
 */
export function createUpstashVectors(account: UpstashAccount, services: UpstashServices): Vectors {
  const database = new Database(account, services)
  const shapeFor = (): Promise<DatabaseShape> => database.shape()
  return {
    createIndex: async (index, asked) => requireSameShape(index, await shapeFor(), checkShape(index, asked)),
    describeIndex: async (index) => database.describe(index),
    listIndexes: async () => {
      const names = await database.request(({ listNamespaces }) => listNamespaces())
      return names.filter((name) => name !== '').map(toIndexName)
    },
    deleteIndex: (index) => database.deleteNamespace(toNamespace(index)),
    upsert: async (index, records) => {
      const shape = await shapeFor()
      checkRecords(index, shape, records)
      for (const { id, metadata } of records) checkMetadata(id, metadata)
      const payloads = records.map(({ id, vector, metadata }) => ({
        id,
        vector: vector.map(shortFloat),
        // With words, every record must have both.
        ...(shape.hasWords && { sparseVector: toSparse(textOf(metadata)) }),
        ...(metadata && { metadata }),
      }))
      for (const batch of batches(
        payloads,
        { count: 1000, weight: REQUEST_BYTES },
        (payload) => 3 * JSON.stringify(payload).length,
      ))
        await database.request(({ upsert }) => upsert(batch, { namespace: toNamespace(index) }))
    },
    query: async (index, query) => {
      const shape = await shapeFor()
      checkQuery(index, shape, query)
      if (query.text !== undefined && shape.hasWords)
        return searchHybrid(database, index, shape.metric, query)
      if (query.text !== undefined) database.warnOfWords()
      const [found = []] = await search(database, index, [{ vector: query.vector.map(shortFloat) }], query)
      return found
    },
    fetch: (index, ids) => fetchAll(database, index, ids),
    delete: (index, selection) => remove(database, index, selection),
  }
}

interface DatabaseShape extends Required<VectorShape> {
  /** It is of the type Hybrid. */
  hasWords: boolean
}

/** Requests to one database, under our own policy. */
class Database {
  readonly #index: Index<JsonObject>
  readonly #services: UpstashServices
  #shape: DatabaseShape | undefined
  #hasWarned = false

  /** One try, no telemetry, and a signal that is a function, for the reasons told in `upstash-redis.ts`. */
  constructor({ url, token }: UpstashAccount, services: UpstashServices) {
    this.#services = services
    this.#index = new Index<JsonObject>({
      url,
      token,
      enableTelemetry: false,
      retry: { retries: 0 },
      signal: () => AbortSignal.timeout(services.timeoutMs ?? TIMEOUT_MS),
    })
  }

  request<Result>(work: (index: Index<JsonObject>) => Promise<Result>): Promise<Result> {
    return retryUpstash('Upstash Vector', this.#services, readError, () => work(this.#index))
  }

  /** It never changes, so it is asked for once, or by some at once: a promise that a request left behind would hang the next. */
  async shape(): Promise<DatabaseShape> {
    if (this.#shape) return this.#shape
    const { dimension, similarityFunction, sparseIndex } = await this.request(({ info }) => info())
    this.#shape = { dimension, metric: METRICS[similarityFunction], hasWords: Boolean(sparseIndex) }
    return this.#shape
  }

  warnOfWords(): void {
    if (!this.#hasWarned)
      this.#services.warn?.('The Upstash Vector index is not Hybrid: names and numbers are not looked for')
    this.#hasWarned = true
  }

  async describe(index: string): Promise<VectorIndexInfo> {
    const { dimension, similarityFunction, namespaces } = await this.request(({ info }) => info())
    const { vectorCount = 0, pendingVectorCount = 0 } = namespaces[toNamespace(index)] ?? {}
    return {
      dimension,
      metric: METRICS[similarityFunction],
      count: vectorCount,
      pendingCount: pendingVectorCount,
    }
  }

  async deleteNamespace(namespace: string): Promise<void> {
    const { namespaces } = await this.request(({ info }) => info())
    // Deleting what is not there is an error there.
    if (Object.hasOwn(namespaces, namespace)) await this.request((index) => index.deleteNamespace(namespace))
  }
}

const METRICS: Readonly<Record<'COSINE' | 'EUCLIDEAN' | 'DOT_PRODUCT', VectorMetric>> = {
  COSINE: 'cosine',
  EUCLIDEAN: 'euclidean',
  DOT_PRODUCT: 'dotproduct',
}

/** How many more are asked for where the service cannot filter exactly: those that do not fit are dropped here. */
const WIDER = 4
const MOST = 1000

type Wanted = { vector: number[] } | { sparseVector: SparseVector; weightingStrategy: WeightingStrategy }

/** One request for both lists. They are fused here, since a fused score would say nothing of how near a hit is. */
async function searchHybrid(
  database: Database,
  index: string,
  metric: VectorMetric,
  query: VectorQuery,
): Promise<VectorMatch[]> {
  const sparseVector = toSparseQuery(query.text ?? '')
  const wanted: Wanted[] = [{ vector: query.vector.map(shortFloat) }]
  if (sparseVector) wanted.push({ sparseVector, weightingStrategy: WeightingStrategy.IDF })
  const depth = depthOf(query.topK)
  const [near = [], byText = []] = await search(database, index, wanted, { ...query, topK: depth })
  const hybrid = fuseHybrid(near, byText, query.topK)
  return toMatches(hybrid, await fetchAll(database, index, hybrid.missing), metric, query)
}

/** What is found of each that is wanted. */
async function search(
  database: Database,
  index: string,
  wanted: readonly Wanted[],
  { topK, filter, includeVectors = false }: VectorQuery,
): Promise<VectorMatch[][]> {
  const node = filter && parseFilter(filter)
  const remote = node && toRemoteFilter(node)
  if (remote?.type === 'none') return []
  const isExact = remote === undefined || remote.isExact
  const namespace = toNamespace(index)
  for (let asked = isExact ? topK : Math.min(MOST, WIDER * topK); ; asked = Math.min(MOST, WIDER * asked)) {
    const payloads = wanted.map((one) => ({
      ...one,
      topK: asked,
      includeMetadata: true,
      includeVectors,
      ...(remote?.type === 'some' && { filter: remote.text }),
    }))
    const [only] = payloads
    const answers = await database.request(async ({ query, queryMany }) =>
      only && payloads.length === 1 ? [await query(only, { namespace })] : queryMany(payloads, { namespace }),
    )
    const found = answers.map((answer) => ({
      isWhole: answer.length < asked,
      matches: answer.filter(({ metadata }) => !node || passesFilter(node, metadata)).map(toMatch),
    }))
    if (isExact || asked === MOST || found.every(({ isWhole, matches }) => isWhole || matches.length >= topK))
      return found.map(({ matches }) => matches.slice(0, topK))
  }
}

function toMatch({ id, score, metadata, vector }: QueryResult<JsonObject>): VectorMatch {
  return { id: String(id), score, ...(metadata && { metadata }), ...(vector && { vector }) }
}

function textOf(metadata: JsonObject | undefined): string {
  const text = metadata?.['text']
  return typeof text === 'string' ? text : ''
}

async function fetchAll(
  database: Database,
  index: string,
  ids: readonly string[],
): Promise<(VectorRecord | undefined)[]> {
  const namespace = toNamespace(index)
  const all: (VectorRecord | undefined)[] = []
  for (const batch of batches(ids, { count: 500, weight: REQUEST_BYTES }, (id) => 3 * id.length)) {
    // The client writes into the options that it is given.
    const found = await database.request(({ fetch }) =>
      fetch(batch, { includeMetadata: true, includeVectors: true, namespace }),
    )
    for (const record of found) all.push(record ? toRecord(record) : undefined)
  }
  return all
}

function toRecord({
  id,
  vector = [],
  metadata,
}: {
  id: string
  vector?: number[]
  metadata?: JsonObject
}): VectorRecord {
  return { id, vector: vector.map(Math.fround), ...(metadata && { metadata }) }
}

async function remove(database: Database, index: string, selection: VectorSelection): Promise<void> {
  const namespace = toNamespace(index)
  if ('ids' in selection) return removeIds(database, namespace, selection.ids)
  if ('prefix' in selection) {
    const { prefix } = selection
    if (prefix === '') await database.deleteNamespace(namespace)
    else await database.request((client) => client.delete({ prefix }, { namespace }))
    return
  }
  const node = parseFilter(selection.filter)
  const remote = toRemoteFilter(node)
  if (remote.type === 'none') return
  if (remote.type === 'some' && remote.isExact)
    await database.request((client) => client.delete({ filter: remote.text }, { namespace }))
  else await removeFitting(database, namespace, node)
}

async function removeIds(database: Database, namespace: string, ids: readonly string[]): Promise<void> {
  for (const batch of batches(ids, { count: 1000, weight: REQUEST_BYTES }, (id) => 3 * id.length))
    await database.request((client) => client.delete(batch, { namespace }))
}

/** Looks at everything in the namespace: the service cannot say what is asked. All first, then the deleting. */
async function removeFitting(database: Database, namespace: string, node: FilterNode): Promise<void> {
  const ids: string[] = []
  for (let cursor = '0'; cursor !== '';) {
    const payload = { cursor, limit: 1000, includeMetadata: true }
    const page = await database.request(({ range }) => range(payload, { namespace }))
    for (const { id, metadata } of page.vectors) if (passesFilter(node, metadata)) ids.push(id)
    cursor = page.nextCursor
  }
  await removeIds(database, namespace, ids)
}

/** The client puts a namespace into the address as it is, so that only letters, digits and `-` may stand in it. */
export function toNamespace(index: string): string {
  return Array.from(new TextEncoder().encode(index), (byte) => {
    const letter = String.fromCharCode(byte)
    return /[\w-]/.test(letter) && letter !== '_' ? letter : `_${byte.toString(16).padStart(2, '0')}`
  }).join('')
}

function toIndexName(namespace: string): string {
  const bytes = Array.from(namespace.matchAll(/_([\da-f]{2})|./g), ([letter, hex]) =>
    hex === undefined ? letter.charCodeAt(0) : Number.parseInt(hex, 16),
  )
  return new TextDecoder().decode(Uint8Array.from(bytes))
}

/** Nine digits are enough for a 32-bit float, and half of what a 64-bit one is printed with. */
function shortFloat(value: number): number {
  return Number(Math.fround(value).toPrecision(9))
}

function checkMetadata(id: string, metadata: JsonObject | undefined): void {
  const bytes = new TextEncoder().encode(JSON.stringify(metadata ?? {})).length
  if (bytes > METADATA_BYTES)
    throw new RangeError(
      `Cannot upsert vector "${id}": its metadata has ${bytes} bytes, Upstash Vector takes ${METADATA_BYTES}`,
    )
}

const METADATA_BYTES = 48_000

/** What the client throws has no status: a text in place of JSON is a SyntaxError, and JSON is told by its words. */
function readError(error: unknown): UpstashFailure {
  if (error instanceof SyntaxError)
    return { message: 'answered with something else than JSON', isRetryable: true }
  if (!(error instanceof Error) || error.name !== 'UpstashError') return readNetworkError(error)
  const isPassing =
    /too many|rate.?limit|internal|unavailable|timed? ?out|overload|try again|^undefined$/i.test(
      error.message,
    )
  const words = firstWords(error.message)
  return { message: isPassing ? `failed: ${words}` : `refused: ${words}`, isRetryable: isPassing }
}
