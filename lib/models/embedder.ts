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
 *   text of more than 32,000 characters; what the embedder throws, and then no more calls are begun; the signal's
 *   reason when it aborts.
 */
export async function embedTexts(
  embedder: Embedder,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<number[][]> {
  checkLengths(texts)
  const atOnce = Math.max(1, Math.min((await embedder.maxEmbeddingsPerCall) ?? TEXTS_AT_ONCE, TEXTS_AT_ONCE))
  const isParallel = await embedder.supportsParallelCalls
  const starts = Array.from({ length: Math.ceil(texts.length / atOnce) }, (_, call) => call * atOnce)
  const found = new Map<number, number[][]>()
  const failed = new AbortController()
  const abortSignal = AbortSignal.any([signal, failed.signal])
  const work = async (): Promise<void> => {
    for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
      signal.throwIfAborted()
      if (failed.signal.aborted) return
      found.set(start, await embedBatch(embedder, texts.slice(start, start + atOnce), abortSignal))
    }
  }
  const workers = Array.from({ length: isParallel ? CALLS_AT_ONCE : 1 }, work)
  await Promise.all(workers).catch((error: unknown) => {
    failed.abort(error)
    throw signal.aborted ? signal.reason : error
  })
  const vectors = [...found].sort(([a], [b]) => a - b).flatMap(([, batch]) => batch)
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
  if (embeddings.length !== values.length)
    throw odd(embedder, `${embeddings.length} vectors for ${values.length} texts`)
  return embeddings
}

function checkLengths(texts: readonly string[]): void {
  const at = texts.findIndex(({ length }) => length > TEXT_LENGTH)
  if (at < 0) return
  const length = texts[at]?.length
  throw new RangeError(
    `Cannot embed text ${at}: it has ${length} characters, at most ${TEXT_LENGTH} fit; cut it into pieces`,
  )
}

function odd(embedder: Embedder, what: string): EdgewiseError {
  return new EdgewiseError('model_failed', `The embedder ${embedderLabel(embedder)} gave ${what}`)
}
