import type { Cache } from '../cache/cache.ts'
import { hashKey } from '../cache/key.ts'
import type { Embedder } from './embedder.ts'
import { embedderLabel, requireAll } from './embedder.ts'
import { embedderWith } from './embedder-retry.ts'
import { packVector, unpackVector } from './packed-vector.ts'

/** A vector never changes: what ends it is that nobody asked for it. */
const TTL_MS = 30 * 24 * 3_600_000

/**
 * The embedder, asked only for texts whose vectors the cache does not know. They are kept in the shard of whose texts
 * they are, as 32-bit floats: every vector is given so, whether it was known or not.
 */
export function withVectorCache(
  embedder: Embedder,
  cache: Cache,
  shard: string,
  onAsked?: (told: { texts: number; hits: number }) => void,
): Embedder {
  // Hashing words costs less than looking for them.
  if (embedder.provider === 'offline') return embedder
  const name = embedderLabel(embedder)
  return embedderWith(embedder, async ({ values, ...options }) => {
    const texts = [...new Set(values)]
    const { abortSignal: _, headers: __, ...own } = options
    const keys = await Promise.all(texts.map((text) => hashKey({ of: 'embedding', name, text, own })))
    const known = (await cache.look(shard, keys)).map((hit) => hit?.value)
    const missing = [...texts.keys()].filter((i) => known[i] === undefined)
    onAsked?.({ texts: texts.length, hits: texts.length - missing.length })
    if (missing.length > 0) {
      const asked = missing.map((i) => texts[i] ?? '')
      const { embeddings } = await embedder.doEmbed({ ...options, values: asked })
      requireAll(embedder, asked, embeddings)
      for (const [at, i] of missing.entries()) known[i] = packVector(embeddings[at] ?? [])
      const made = missing.map((i) => ({ key: keys[i] ?? '', value: known[i] ?? '' }))
      await cache.keep(shard, made, TTL_MS)
    }
    const vectors = new Map(texts.map((text, i) => [text, known[i] ?? '']))
    return { embeddings: values.map((text) => unpackVector(String(vectors.get(text) ?? ''))), warnings: [] }
  })
}
