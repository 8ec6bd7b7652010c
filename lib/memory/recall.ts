import type { Embedder } from '../models/embedder.ts'
import { embedTexts } from '../models/embedder.ts'
import { rankByWords } from '../storage/bm25.ts'
import { fuse, telling } from '../storage/fuse.ts'
import { scorer } from '../storage/nearest.ts'
import type { VectorMatch, VectorQuery, VectorRecord, Vectors } from '../storage/vectors.ts'
import type { MemorySettings } from './memory-options.ts'
import type { Found, PlacedText } from './message-vectors.ts'
import { MESSAGES, messageIndex, piecesOf, toFound } from './message-vectors.ts'
import { vectorId } from './place.ts'
import type { Remark } from './select.ts'

export interface RecallRequest {
  query: string
  /** The thread that asks: with the scope `thread`, the only one that is looked at. */
  address: string
  settings: NonNullable<MemorySettings['semanticRecall']>
  /** What was said so lately that the index may not show it yet, with the vectors that are known already. */
  tail: readonly PlacedText[]
  known: ReadonlyMap<string, VectorRecord>
  /** Ids of messages that are shown anyway: they are no hits. */
  shown: ReadonlySet<string>
  signal: AbortSignal
  /** Told if there is an index of other embedders and none of this one: then only the tail is recalled. */
  onOthers?: (whose: string) => void
}

/**
 * What was said before that has most to do with the query, best first, one hit a message: from the index, and from the
 * tail where the index may lag behind.
 *
 * @throws what the embedder or the index throws.
 */
export async function recall(vectors: Vectors, embedder: Embedder, request: RecallRequest): Promise<Found[]> {
  const { query, address, settings, tail, known, shown, signal } = request
  const fresh = tail.flatMap((placed) =>
    piecesOf(placed.message).map((text, piece) => ({ placed, text, piece })),
  )
  const unknown = fresh.filter(({ placed, piece }) => !known.has(vectorId(placed.place, piece)))
  const texts = [query, ...unknown.map(({ text }) => text)]
  const [vector = [], ...embedded] = await embedTexts(embedder, texts, signal)
  const nearTo = scorer('cosine', Float32Array.from(vector))
  const ofTail = fresh.map(({ placed, text, piece }): Candidate => {
    const { place, threadId, message } = placed
    const id = vectorId(place, piece)
    const at = unknown.findIndex((one) => one.placed === placed && one.piece === piece)
    const own = at < 0 ? known.get(id)?.vector : embedded[at]
    const { id: messageId, createdAt } = message
    const role = message.role === 'assistant' ? 'assistant' : 'user'
    const score = own?.length === vector.length ? nearTo(Float32Array.from(own)) : 0
    return { id, isNear: true, found: { place, threadId, messageId, role, text, createdAt, score } }
  })
  const wanted: VectorQuery = {
    vector,
    topK: Math.min(1000, (settings.topK + shown.size) * 2),
    ...(settings.hybrid && { text: query }),
    ...(settings.scope === 'thread' && { filter: { address } }),
  }
  const matches = await queryIndex(vectors, embedder, wanted, request.onOthers)
  const isHybrid = settings.hybrid && matches.every(({ ranks }) => ranks)
  return best(merge(isHybrid ? withWords(ofTail, query) : ofTail, matches), settings, shown)
}

/** What the index has to do with a query; nothing if there is none. @throws what the index throws. */
export async function queryIndex(
  vectors: Vectors,
  embedder: Embedder,
  query: VectorQuery,
  onOthers?: RecallRequest['onOthers'],
): Promise<VectorMatch[]> {
  try {
    return await vectors.query(messageIndex(embedder), query)
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    // Nothing has been said yet that could be recalled, or by other embedders.
    const others = onOthers ? (await vectors.listIndexes()).filter((index) => index.startsWith(MESSAGES)) : []
    if (others.length > 0) onOthers?.(others.map((index) => index.slice(MESSAGES.length)).join(', '))
    return []
  }
}

interface Candidate {
  id: string
  found: Found
  isNear: boolean
  /** Its place among those that hold words of the query. */
  textRank?: number
}

/** The tail's own places: what is rare in the index is not known here, so it is compared with itself alone. */
function withWords(tail: readonly Candidate[], query: string): Candidate[] {
  const texts = tail.map(({ id, found }) => ({ id, text: found.text }))
  const ranks = new Map(telling(rankByWords(texts, query)).map(({ id }, at) => [id, at + 1]))
  return tail.map((candidate) => {
    const textRank = ranks.get(candidate.id)
    return textRank === undefined ? candidate : { ...candidate, textRank }
  })
}

/** What the index shows already is as the tail has it. */
function merge(tail: readonly Candidate[], matches: readonly VectorMatch[]): Candidate[] {
  const all = new Map(tail.map((candidate) => [candidate.id, candidate]))
  for (const match of matches) {
    const found = toFound(match)
    if (!found) continue
    const { id, ranks } = match
    const before = all.get(id) ?? { id, found, isNear: !ranks || ranks.vector !== undefined }
    const textRank = Math.min(before.textRank ?? Infinity, ranks?.text ?? Infinity)
    all.set(id, Number.isFinite(textRank) ? { ...before, textRank } : before)
  }
  return [...all.values()]
}

/** Of what an index gave the best, one hit a message. */
export function bestOf(matches: readonly VectorMatch[], settings: RecallRequest['settings']): Found[] {
  return best(merge([], matches), settings, new Set())
}

/** Of those that are near enough, or hold the words. */
function best(
  candidates: readonly Candidate[],
  { topK, threshold }: RecallRequest['settings'],
  shown: ReadonlySet<string>,
): Found[] {
  const byId = new Map(candidates.map((candidate) => [candidate.id, candidate]))
  const near = candidates.filter(({ isNear }) => isNear).toSorted((a, b) => b.found.score - a.found.score)
  const worded = candidates
    .filter(({ textRank }) => textRank !== undefined)
    .toSorted((a, b) => (a.textRank ?? 0) - (b.textRank ?? 0))
  const hits = new Map<string, Found>()
  for (const { id, ranks } of fuse(near, worded, candidates.length)) {
    const found = byId.get(id)?.found
    if (!found || shown.has(found.messageId)) continue
    if (found.score < threshold && ranks.text === undefined) continue
    const message = vectorId(found.place)
    if (!hits.has(message)) hits.set(message, found)
  }
  return [...hits.values()].slice(0, topK)
}

/**
 * Each hit of another thread with what was said around it, as far as the index holds it.
 *
 * @throws what the index throws.
 */
export async function remarksAround(
  vectors: Vectors,
  embedder: Embedder,
  hits: readonly Found[],
  { before, after }: { before: number; after: number },
): Promise<Remark[][]> {
  if (hits.length === 0) return []
  const neighbours = hits.map(({ place }) => {
    const { address, turn } = place
    const turns = Array.from({ length: before + after + 1 }, (_, i) => turn - before + i).filter(
      (one) => one > 0,
    )
    return turns.flatMap((one) => [0, 1].map((index) => vectorId({ address, turn: one, index })))
  })
  const ids = before + after === 0 ? [] : [...new Set(neighbours.flat())]
  const records = ids.length === 0 ? [] : await vectors.fetch(messageIndex(embedder), ids)
  const byId = new Map(records.flatMap((record) => (record ? [[record.id, record] as const] : [])))
  return hits.map((hit, i) => {
    const own = vectorId(hit.place)
    const around = (neighbours[i] ?? []).flatMap((id): Found[] => {
      if (id === own) return [hit]
      const record = byId.get(id)
      const found = record && toFound({ ...record, score: 0 })
      return found ? [found] : []
    })
    const at = around.indexOf(hit)
    return around.slice(Math.max(0, at - before), at + after + 1).map(toRemark)
  })
}

function toRemark({ place, threadId, messageId, role, text, createdAt }: Found): Remark {
  return { address: place.address, turn: place.turn, threadId, messageId, role, text, createdAt }
}
