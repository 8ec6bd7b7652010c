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
/** How many calls are made at once, of an embedder that takes several. */
const CALLS_AT_ONCE = 4
/** In characters: some 8,000 tokens of most languages, the most that embedders take at once. */
const TEXT_LENGTH = 32_000

/**
 * A vector for each text, in their order, in as few calls as the embedder allows, up to four of them at once.
 *
 * @throws EdgewiseError `model_failed` if what comes back is not one vector a text, all of one length; RangeError for a
 *   text of more than 32,000 characters; what the embedder throws; the signal's reason when it aborts. After any of
 *   these no more calls are begun.
 */
export async function embedTexts(
  embedder: Embedder,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<number[][]> {
  const long = texts.findIndex(({ length }) => length > TEXT_LENGTH)
  if (long >= 0)
    throw new RangeError(`Cannot embed text ${long}: it is longer than ${TEXT_LENGTH} characters`)
  const atOnce = Math.min((await embedder.maxEmbeddingsPerCall) ?? TEXTS_AT_ONCE, TEXTS_AT_ONCE)
  const round = (await embedder.supportsParallelCalls) ? atOnce * CALLS_AT_ONCE : atOnce
  const vectors: number[][] = []
  for (let at = 0; at < texts.length; at += round) {
    signal.throwIfAborted()
    const calls: Promise<number[][]>[] = []
    for (let rest = texts.slice(at, at + round); rest.length > 0; rest = rest.slice(atOnce))
      calls.push(embedBatch(embedder, rest.slice(0, atOnce), signal))
    vectors.push(...(await Promise.all(calls)).flat())
  }
  const [first] = vectors
  const other = vectors.find((vector) => vector.length !== first?.length || vector.length === 0)
  if (other) throw odd(embedder, `vectors of ${first?.length} and of ${other.length} numbers`)
  return vectors
}

async function embedBatch(
  embedder: Embedder,
  values: string[],
  abortSignal: AbortSignal,
): Promise<number[][]> {
  const { embeddings } = await embedder.doEmbed({ values, abortSignal })
  requireAll(embedder, values, embeddings)
  return embeddings
}

/** A text must not get the vector of another. @throws EdgewiseError `model_failed`. */
export function requireAll(embedder: Embedder, texts: readonly string[], vectors: readonly unknown[]): void {
  if (vectors.length !== texts.length)
    throw odd(embedder, `${vectors.length} vectors for ${texts.length} texts`)
}

function odd(embedder: Embedder, what: string): EdgewiseError {
  return new EdgewiseError('model_failed', `The embedder ${embedderLabel(embedder)} gave ${what}`)
}
