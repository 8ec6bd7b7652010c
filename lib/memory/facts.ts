import type { Embedder } from '../models/embedder.ts'
import { embedderLabel, embedTexts } from '../models/embedder.ts'
import { packVector, unpackVector } from '../models/packed-vector.ts'
import { createOfflineEmbedder } from '../models/offline/embedder.ts'
import type { JsonObject, JsonValue } from '../protocol/json.ts'
import { findNonJson } from '../protocol/json.ts'
import type { Document, Documents } from '../storage/documents.ts'
import { nearest, scorer } from '../storage/nearest.ts'

/** Something that is known of a resource, under a category and a key. Times are in milliseconds since 1970. */
export interface Fact {
  category: string
  key: string
  value: JsonValue
  createdAt: number
  updatedAt: number
}

export interface FoundFact extends Fact {
  /** From 0 to 1; higher has more to do with the query. */
  score: number
}

export interface NewFact {
  /** Default: `default`. */
  category?: string
  key: string
  value: JsonValue
}

/** What facts stand on. */
export interface FactPorts {
  documents: Documents
  now: () => number
}

/** Where the facts of a resource are kept, in the resource's shard. */
export const FACTS_COLLECTION = 'facts'
export const DEFAULT_CATEGORY = 'default'

const FACTS_AT_ONCE = 500
/** How many of the newest facts a search looks at. */
const MAX_SEARCHED = 5000
/** By their words, texts that have nothing in common still share some letters. */
const LEAST_OF_WORDS = 0.56
/** Counting words is done before any signal could come. */
const never = new AbortController().signal

/** @throws TypeError if a name is empty or a value is not JSON. */
export async function storeFacts({ documents, now }: FactPorts, facts: readonly NewFact[]): Promise<void> {
  for (const fact of facts) checkFact(fact)
  const ids = facts.map(({ category, key }) => factId(category, key))
  const known = await documents.getMany(FACTS_COLLECTION, ids)
  const time = now()
  const puts = new Map<string, Document>()
  for (const [i, { category = DEFAULT_CATEGORY, key, value }] of facts.entries()) {
    const id = ids[i] ?? ''
    const before = known[i]
    const createdAt = (before && toFact(before)?.createdAt) ?? time
    // One version is left free: a search may put a vector beside what it has read.
    const version = Math.max((before?.version ?? 0) + 2, time)
    const body = { category, key, value, createdAt, updatedAt: time }
    puts.set(id, { id, body, index: { updatedAt: time, place: `${category}\n${key}` }, version })
  }
  await documents.put(FACTS_COLLECTION, ...puts.values())
}

/** Undefined if there is none. */
export async function findFact(
  { documents }: Pick<FactPorts, 'documents'>,
  category: string,
  key: string,
): Promise<Fact | undefined> {
  const found = await documents.get(FACTS_COLLECTION, factId(category, key))
  return found && toFact(found)
}

export async function forgetFact(
  { documents, now }: FactPorts,
  category: string,
  key: string,
): Promise<void> {
  const found = await documents.get(FACTS_COLLECTION, factId(category, key))
  // What was stored before it was said, and has yet to arrive, comes too late.
  if (found) await documents.put(FACTS_COLLECTION, emptied(found, now()))
}

/** A fact that is known no more: what is left keeps its version, which a fact that is stored anew must be above. */
function emptied({ id, version }: Document, least = 0): Document {
  return { id, body: {}, index: {}, version: Math.max(version + 2, least) }
}

/** Facts of a category, or all, in the order of their categories and keys. */
export async function* listFacts({ documents }: FactPorts, category?: string): AsyncGenerator<Fact, void> {
  const bounds = category === undefined ? {} : { from: `${category}\n`, to: `${category}\n\u{10ffff}` }
  for (let after: string | undefined; ;) {
    const query = { by: 'place', limit: FACTS_AT_ONCE, ...bounds, ...(after !== undefined && { after }) }
    const page = await documents.query(FACTS_COLLECTION, query)
    yield* page.documents.flatMap((document) => toFact(document) ?? [])
    if (page.next === undefined) return
    after = page.next
  }
}

/** Deletes what was not stored again since. Gives how many it were. */
export async function cleanupFacts(
  { documents }: Pick<FactPorts, 'documents'>,
  olderThan: number,
): Promise<number> {
  let deleted = 0
  for (;;) {
    const query = { by: 'updatedAt', to: olderThan - 1, limit: FACTS_AT_ONCE }
    const page = await documents.query(FACTS_COLLECTION, query)
    // What is stored again meanwhile is newer than this.
    await documents.put(FACTS_COLLECTION, ...page.documents.map((document) => emptied(document)))
    deleted += page.documents.length
    if (page.next === undefined) return deleted
  }
}

export interface FactSearch {
  query: string
  category?: string
  /** Default: 10. */
  limit?: number
  /** How meanings are compared. */
  embedder: Embedder
  signal: AbortSignal
}

/**
 * The facts that have most to do with the query, best first, by the embedder's vectors; where it cannot be reached, by
 * their words. What was just stored is found: facts are embedded when they are looked for, and those that an embedder
 * over the network has seen keep their vector.
 */
export async function searchFacts(ports: FactPorts, search: FactSearch): Promise<FoundFact[]> {
  const { query, category, limit = 10, embedder, signal } = search
  const documents = await newestFacts(ports, category)
  const facts = documents.flatMap((document) => toFact(document) ?? [])
  const texts = [query, ...facts.map(textOf)]
  const meanings =
    embedder.provider === 'offline'
      ? undefined
      : await vectorsOf(ports, documents, embedder, texts, signal).catch(() => undefined)
  const vectors = meanings ?? (await embedTexts(createOfflineEmbedder(), texts, never))
  const least = meanings ? 0.5 : LEAST_OF_WORDS
  const nearTo = scorer('cosine', Float32Array.from(vectors[0] ?? []))
  const best = nearest(limit)
  for (const i of facts.keys()) best.offer(String(i), nearTo(Float32Array.from(vectors[i + 1] ?? [])))
  return best.take().flatMap(({ id, score }) => {
    const fact = facts[Number(id)]
    return fact && score > least ? [{ ...fact, score }] : []
  })
}

async function newestFacts({ documents }: FactPorts, category: string | undefined): Promise<Document[]> {
  const found: Document[] = []
  for (let after: string | undefined; found.length < MAX_SEARCHED;) {
    const order = 'descending' as const
    const page = await documents.query(FACTS_COLLECTION, {
      by: 'updatedAt',
      order,
      limit: FACTS_AT_ONCE,
      ...(after !== undefined && { after }),
    })
    found.push(
      ...page.documents.filter(({ body }) => category === undefined || body['category'] === category),
    )
    if (page.next === undefined) break
    after = page.next
  }
  return found
}

/** Vectors of the texts; the first is the query's, the others those of the documents. */
async function vectorsOf(
  { documents }: FactPorts,
  facts: readonly Document[],
  embedder: Embedder,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<number[][]> {
  const label = embedderLabel(embedder)
  const known = facts.map(({ body }) => (body['embedder'] === label ? toVector(body['vector']) : undefined))
  const unknown = texts.filter((_, i) => i === 0 || !known[i - 1])
  const embedded = await embedTexts(embedder, unknown, signal)
  const [query = []] = embedded
  let next = 1
  const made: Document[] = []
  const vectors = facts.map((document, i) => {
    const own = known[i]
    if (own) return own
    const vector = embedded[next] ?? []
    next += 1
    made.push({
      ...document,
      body: { ...document.body, embedder: label, vector: packVector(vector) },
      version: document.version + 1,
    })
    return vector
  })
  // What is lost here is made again by the next search.
  if (made.length > 0) await documents.put(FACTS_COLLECTION, ...made).catch(() => undefined)
  return [query, ...vectors]
}

/** Category and key count as words: `user_preference` is found by "user preference". */
function textOf({ category, key, value }: Fact): string {
  const words = [category, key].map((name) => name.replaceAll(/[_\-./]+|(?<=[a-z])(?=[A-Z])/g, ' '))
  return `${words.join(' ')}: ${typeof value === 'string' ? value : JSON.stringify(value)}`.slice(0, 4000)
}

function factId(category = DEFAULT_CATEGORY, key: string): string {
  return `${encodeURIComponent(category)}/${encodeURIComponent(key)}`
}

function checkFact({ category = DEFAULT_CATEGORY, key, value }: NewFact): void {
  for (const [name, text] of [
    ['category', category],
    ['key', key],
  ] as const) {
    if (typeof text !== 'string' || text === '' || !text.isWellFormed() || text.includes('\n'))
      throw new TypeError(`Cannot store a fact: its ${name} must be a text of one line`)
  }
  const path = value === undefined ? '' : findNonJson(value)
  if (path !== undefined)
    throw new TypeError(
      `Cannot store fact "${category}/${key}": its value is not JSON${path && ` at ${path}`}`,
    )
}

/** Undefined if it was forgotten. Proof of the rest: {@link storeFacts} wrote it. */
function toFact({ body }: { body: JsonObject }): Fact | undefined {
  const { category, key, value = null, createdAt, updatedAt } = body
  if (category === undefined) return undefined
  return {
    category: String(category),
    key: String(key),
    value,
    createdAt: Number(createdAt),
    updatedAt: Number(updatedAt),
  }
}

/** Those that were kept before they were packed are lists of numbers. */
function toVector(value: JsonValue | undefined): number[] | undefined {
  if (typeof value === 'string') return unpackVector(value)
  return Array.isArray(value) ? value.map(Number) : undefined
}
