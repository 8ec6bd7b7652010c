import type { EmbeddingModelV4 } from '@ai-sdk/provider'
import { hash } from './hash.ts'
import { isStop, wordsOf } from './words.ts'

export interface OfflineEmbedderOptions {
  /** Length of the vectors. Default 256. */
  readonly dimensions?: number
}

/**
 * An embedder with no model behind it: it hashes words, neighbouring words and word pieces of three letters
 * into a vector of length one. Texts that share words or roots come out near each other; texts that only
 * mean the same do not. The same text always gives the same vector; a text without letters or digits gives
 * the first unit vector.
 */
export function createOfflineEmbedder({ dimensions = 256 }: OfflineEmbedderOptions = {}): EmbeddingModelV4 {
  return {
    specificationVersion: 'v4',
    provider: 'offline',
    modelId: `offline-${dimensions}`,
    maxEmbeddingsPerCall: 2048,
    supportsParallelCalls: true,
    async doEmbed({ values, abortSignal, dimensions: wanted = dimensions }) {
      abortSignal?.throwIfAborted()
      const tokens = values.reduce((sum, value) => sum + Math.ceil(value.length / 4), 0)
      return { embeddings: values.map((value) => embed(value, wanted)), usage: { tokens }, warnings: [] }
    },
  }
}

function embed(text: string, dimensions: number): number[] {
  const vector = Array.from({ length: dimensions }, () => 0)
  const add = (feature: string, weight: number) => {
    const code = hash(feature)
    const place = code % dimensions
    vector[place] = (vector[place] ?? 0) + (code & 0x40000000 ? weight : -weight)
  }
  let previous = ''
  for (const { stem, raw } of wordsOf(text)) {
    const weight = isStop(stem) ? 0.15 : 1
    add(`word ${stem}`, weight)
    if (previous) add(`pair ${previous} ${stem}`, weight * 0.4)
    const padded = `^${raw.toLowerCase()}$`
    for (let start = 0; start + 3 <= padded.length; start++)
      add(`piece ${padded.slice(start, start + 3)}`, weight * 0.3)
    previous = stem
  }
  const length = Math.hypot(...vector)
  return length > 0 ? vector.map((value) => value / length) : vector.map((_, index) => (index === 0 ? 1 : 0))
}
