import { EdgewiseError } from '../protocol/error.ts'
import type { Wait } from '../streams/wait.ts'
import type { Embedder } from './embedder.ts'
import { RETRY_AFTER_LIMIT_MS, backoffMs, readModelError } from './retry.ts'

export interface RetryServices {
  wait: Wait
  random: () => number
}

/** How often a call that failed is made again. */
const RETRIES = 2
const never = new AbortController().signal

/**
 * The embedder, each of whose calls is made again when it failed for a reason that may pass: as often as a model step
 * is, after the same pauses, and not if the provider asks for more than a minute.
 */
export function withRetries(embedder: Embedder, services: RetryServices): Embedder {
  // What hashes words cannot fail.
  if (embedder.provider === 'offline') return embedder
  return embedderWith(embedder, async (options) => {
    const { abortSignal = never } = options
    for (let retry = 1; ; retry += 1) {
      try {
        return await embedder.doEmbed(options)
      } catch (error) {
        if (abortSignal.aborted) throw abortSignal.reason
        await pauseOrThrow(error, retry, services, abortSignal)
      }
    }
  })
}

/** The same embedder by another way of embedding. Its properties may stand on its class. */
export function embedderWith(embedder: Embedder, doEmbed: Embedder['doEmbed']): Embedder {
  const { specificationVersion, provider, modelId, maxEmbeddingsPerCall, supportsParallelCalls } = embedder
  return { specificationVersion, provider, modelId, maxEmbeddingsPerCall, supportsParallelCalls, doEmbed }
}

async function pauseOrThrow(
  error: unknown,
  retry: number,
  { wait, random }: RetryServices,
  signal: AbortSignal,
): Promise<void> {
  const { isRetryable, retryAfterMs = 0 } = readModelError(error)
  // As it was thrown: who called tells a provider's refusal from a provider that was not reached.
  if (!isRetryable || retry > RETRIES || retryAfterMs > RETRY_AFTER_LIMIT_MS) throw error
  if (error instanceof EdgewiseError) throw error
  await wait(Math.max(retryAfterMs, backoffMs(retry, random)), signal)
}
