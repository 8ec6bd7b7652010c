import type { Embedder } from '../models/embedder.ts'
import { embedTexts } from '../models/embedder.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { VectorMatch, VectorQuery, Vectors } from '../storage/vectors.ts'
import type { MemoryScope, MemorySettings } from './memory-options.ts'
import { messageIndex } from './message-vectors.ts'
import { bestOf, queryIndex, remarksAround } from './recall.ts'
import type { Remark } from './select.ts'

/** By meaning, by words, or by both. */
export type SearchType = 'semantic' | 'text' | 'hybrid'

export interface MessageSearch {
  query: string
  /** The thread that is searched with the scope `thread`. */
  address: string
  scope: MemoryScope
  limit: number
  settings: NonNullable<MemorySettings['semanticRecall']>
  /** Default: as the settings have it. */
  type?: SearchType | undefined
  signal: AbortSignal
}

/** A message that was found, with what was said around it. */
export interface MessageHit {
  hit: Remark
  before: Remark[]
  after: Remark[]
}

/**
 * What was said that has most to do with the query, best first, as far as the index holds it. `type` says how it was
 * looked for: a storage that knows no words goes by meaning where both were wanted. By words alone no text is embedded.
 *
 * @throws EdgewiseError `invalid_request` if words alone are wanted of such a storage; what the embedder or the index
 *   throws.
 */
export async function searchMessages(
  vectors: Vectors,
  embedder: Embedder,
  search: MessageSearch,
): Promise<{ type: SearchType; found: MessageHit[] }> {
  const { query, address, scope, limit, settings } = search
  const { type = settings.hybrid ? 'hybrid' : 'semantic' } = search
  const matches = await queryIndex(vectors, embedder, {
    vector: await vectorFor(vectors, embedder, type, search),
    topK: Math.min(1000, limit * 2),
    ...(type !== 'semantic' && { text: query }),
    ...(scope === 'thread' && { filter: { address } }),
  } satisfies VectorQuery)
  const knowsWords = matches.every(({ ranks }) => ranks)
  if (type === 'text' && !knowsWords) throw withoutWords()
  const hits = bestOf(type === 'text' ? byWords(matches) : matches, { ...settings, topK: limit })
  const around = await remarksAround(vectors, embedder, hits, settings)
  const found = hits.flatMap(({ messageId }, i) => {
    const remarks = around[i] ?? []
    const at = remarks.findIndex((remark) => remark.messageId === messageId)
    const hit = remarks[at]
    return hit ? [{ hit, before: remarks.slice(0, at), after: remarks.slice(at + 1) }] : []
  })
  return { type: knowsWords ? type : 'semantic', found }
}

/** By words alone any vector will do: how near things are to it is left aside. */
async function vectorFor(
  vectors: Vectors,
  embedder: Embedder,
  type: SearchType,
  { query, signal }: MessageSearch,
): Promise<number[]> {
  if (type !== 'text') return (await embedTexts(embedder, [query], signal))[0] ?? []
  const { dimension = 0 } = (await vectors.describeIndex(messageIndex(embedder))) ?? {}
  return Array.from({ length: dimension }, () => 1)
}

function byWords(matches: readonly VectorMatch[]): VectorMatch[] {
  return matches.flatMap((match) => {
    const text = match.ranks?.text
    return text === undefined ? [] : [{ ...match, ranks: { text } }]
  })
}

function withoutWords(): EdgewiseError {
  return new EdgewiseError('invalid_request', 'The storage of vectors finds no words', {
    issues: [{ field: 'searchType', message: 'must be "semantic": the storage of vectors finds no words' }],
  })
}
