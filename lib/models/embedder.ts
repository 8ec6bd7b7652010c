import type { EmbeddingModelV4 } from '@ai-sdk/provider'
import { EdgewiseError } from '../protocol/error.ts'

/** What turns texts into vectors: the AI SDK's provider interface. */
export type Embedder = EmbeddingModelV4

/** An embedder, or its name as `provider/model`: `openai/text-embedding-3-small`, `google/gemini-embedding-001`, `offline`. */
export type EmbedderSpec = string | Embedder

/** Finds the embedder that is meant; without a name, the default one. Throws EdgewiseError `model_not_configured`. */
export type ResolveEmbedder = (spec: EmbedderSpec | undefined) => Embedder

/** Whose vectors they are: those of two embedders must never be compared. */
export function embedderLabel({ provider, modelId }: Embedder): string {
  const name = provider.split('.')[0] ?? provider
  return modelId.startsWith(name) ? modelId : `${name}/${modelId}`
}

/** Where an embedder does not say how many texts one call takes. */
const TEXTS_AT_ONCE = 96

/**
 * A vector for each text, in their order, in as few calls as the embedder allows.
 *
 * @throws EdgewiseError `model_failed` if what comes back is not one vector a text, all of one length; what the embedder
 *   throws; the signal's reason when it aborts.
 */
export async function embedTexts(
  embedder: Embedder,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<number[][]> {
  const atOnce = Math.min((await embedder.maxEmbeddingsPerCall) ?? TEXTS_AT_ONCE, TEXTS_AT_ONCE)
  const vectors: number[][] = []
  for (let at = 0; at < texts.length; at += atOnce) {
    signal.throwIfAborted()
    const values = texts.slice(at, at + atOnce)
    const { embeddings } = await embedder.doEmbed({ values, abortSignal: signal })
    if (embeddings.length !== values.length)
      throw odd(embedder, `${embeddings.length} vectors for ${values.length} texts`)
    vectors.push(...embeddings)
  }
  const [first] = vectors
  const other = vectors.find((vector) => vector.length !== first?.length || vector.length === 0)
  if (other) throw odd(embedder, `vectors of ${first?.length} and of ${other.length} numbers`)
  return vectors
}

function odd(embedder: Embedder, what: string): EdgewiseError {
  return new EdgewiseError('model_failed', `The embedder ${embedderLabel(embedder)} gave ${what}`)
}
