import type { Embedder } from '../models/embedder.ts'
import type { Vectors } from '../storage/vectors.ts'
import type { MemoryScope, MemorySettings } from './memory-options.ts'
import { recall, remarksAround } from './recall.ts'
import type { Remark } from './select.ts'

export interface MessageSearch {
  query: string
  /** The thread that is searched with the scope `thread`. */
  address: string
  scope: MemoryScope
  limit: number
  settings: NonNullable<MemorySettings['semanticRecall']>
  signal: AbortSignal
}

/** A message that was found, with what was said around it. */
export interface MessageHit {
  hit: Remark
  before: Remark[]
  after: Remark[]
}

/**
 * What was said that has most to do with the query, best first, as far as the index holds it.
 *
 * @throws what the embedder or the index throws.
 */
export async function searchMessages(
  vectors: Vectors,
  embedder: Embedder,
  { query, address, scope, limit, settings, signal }: MessageSearch,
): Promise<MessageHit[]> {
  const none = { tail: [], known: new Map(), shown: new Set<string>() }
  const own = { ...settings, scope, topK: limit }
  const hits = await recall(vectors, embedder, { query, address, settings: own, ...none, signal })
  const around = await remarksAround(vectors, embedder, hits, settings)
  return hits.flatMap(({ messageId }, i) => {
    const remarks = around[i] ?? []
    const at = remarks.findIndex((remark) => remark.messageId === messageId)
    const hit = remarks[at]
    return hit ? [{ hit, before: remarks.slice(0, at), after: remarks.slice(at + 1) }] : []
  })
}
