import type { Embedder } from '../models/embedder.ts'
import { embedderLabel, embedTexts } from '../models/embedder.ts'
import { scorer } from '../storage/nearest.ts'
import type { VectorQuery, VectorRecord, Vectors } from '../storage/vectors.ts'
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
  const ofTail = fresh.map(({ placed, text, piece }): Found => {
    const { place, threadId, message } = placed
    const at = unknown.findIndex((one) => one.placed === placed && one.piece === piece)
    const own = at < 0 ? known.get(vectorId(place, piece))?.vector : embedded[at]
    const { id: messageId, createdAt } = message
    const role = message.role === 'assistant' ? 'assistant' : 'user'
    const score = own?.length === vector.length ? nearTo(Float32Array.from(own)) : 0
    return { place, threadId, messageId, role, text, createdAt, score }
  })
  const ofIndex = await queryIndex(vectors, embedder, {
    vector,
    topK: Math.min(1000, (settings.topK + shown.size) * 2),
    ...(settings.scope === 'thread' && { filter: { address } }),
  })
  return best([...ofTail, ...ofIndex], settings, shown)
}

async function queryIndex(vectors: Vectors, embedder: Embedder, query: VectorQuery): Promise<Found[]> {
  try {
    const matches = await vectors.query(messageIndex(embedder), query)
    return matches.flatMap((match) => toFound(match) ?? [])
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    const others = (await vectors.listIndexes()).filter((index) => index.startsWith(MESSAGES))
    // Nothing has been said yet that could be recalled.
    if (others.length === 0) return []
    const whose = others.map((index) => index.slice(MESSAGES.length)).join(', ')
    throw new RangeError(
      `what was said before was embedded by ${whose}, not by ${embedderLabel(embedder)}: set that embedder again to recall it`,
    )
  }
}

function best(
  found: readonly Found[],
  { topK, threshold }: RecallRequest['settings'],
  shown: ReadonlySet<string>,
): Found[] {
  const hits = new Map<string, Found>()
  for (const hit of found.toSorted((a, b) => b.score - a.score)) {
    if (hit.score < threshold || shown.has(hit.messageId)) continue
    const id = vectorId(hit.place)
    if (!hits.has(id)) hits.set(id, hit)
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
