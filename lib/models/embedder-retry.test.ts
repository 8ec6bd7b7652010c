import { APICallError } from '@ai-sdk/provider'
import { describe, expect, it } from 'vitest'
import { startOpenAIServer } from '../../test/fixtures/openai/index.ts'
import { testServices } from '../../test/fixtures/loop-services.ts'
import type { Embedder } from './embedder.ts'
import { embedTexts } from './embedder.ts'
import { createEmbedderRegistry } from './embedders.ts'
import { withRetries } from './embedder-retry.ts'
import { createOfflineEmbedder } from './offline/embedder.ts'

const never = new AbortController().signal

function apiError(statusCode: number, responseHeaders: Record<string, string> = {}): APICallError {
  return new APICallError({
    message: 'said',
    url: 'http://x',
    requestBodyValues: {},
    statusCode,
    responseHeaders,
  })
}

/** Fails so at first. */
function failing(...errors: unknown[]) {
  let calls = 0
  const embedder: Embedder = {
    ...createOfflineEmbedder(),
    provider: 'test',
    doEmbed: async ({ values }) => {
      calls += 1
      const error = errors.shift()
      if (error) throw error
      return { embeddings: values.map(() => [1]), warnings: [] }
    },
  }
  return { embedder, calls: () => calls }
}

describe('a call of an embedder that failed', () => {
  it.each([
    ['a rate limit', apiError(429), 500],
    ['a rate limit that says how long', apiError(429, { 'retry-after': '7' }), 7000],
    ['a server error', apiError(503), 500],
    ['a lost connection', new TypeError('fetch failed'), 500],
  ])('for %s is made again after a pause', async (_why, error, pause) => {
    const services = testServices()
    const { embedder, calls } = failing(error)
    expect(await embedTexts(withRetries(embedder, services), ['a'], never)).toEqual([[1]])
    expect([calls(), services.waits]).toEqual([2, [pause]])
  })

  it.each([
    ['a wrong key', apiError(401)],
    ['a pause longer than a minute', apiError(429, { 'retry-after': '61' })],
    ['a mistake', new RangeError('no')],
  ])('for %s is not', async (_why, error) => {
    const services = testServices()
    const { embedder, calls } = failing(error)
    await expect(embedTexts(withRetries(embedder, services), ['a'], never)).rejects.toBe(error)
    expect([calls(), services.waits]).toEqual([1, []])
  })

  it('again and again is given up after three tries, with its own error', async () => {
    const last = apiError(500)
    const { embedder, calls } = failing(apiError(500), apiError(500), last, apiError(500))
    await expect(embedTexts(withRetries(embedder, testServices()), ['a'], never)).rejects.toBe(last)
    expect(calls()).toBe(3)
  })

  it('ends with the signal, in its pause, too', async () => {
    const stop = new AbortController()
    const wait = async (_ms: number, signal?: AbortSignal): Promise<void> => {
      stop.abort(new Error('stopped'))
      signal?.throwIfAborted()
    }
    const { embedder, calls } = failing(apiError(500), apiError(500))
    const services = testServices({ wait })
    await expect(embedTexts(withRetries(embedder, services), ['a'], stop.signal)).rejects.toThrow('stopped')
    expect(calls()).toBe(1)
  })
})

it('a provider on the wire that is busy once is asked once more', async () => {
  const server = await startOpenAIServer()
  const resolve = createEmbedderRegistry({ OPENAI_BASE_URL: `${server.url}/v1`, OPENAI_API_KEY: 'none' })
  const services = testServices()
  expect((await embedTexts(withRetries(resolve(undefined), services), ['a'], never))[0]).toHaveLength(1536)
  await server.close()
  await expect(embedTexts(withRetries(resolve(undefined), services), ['a'], never)).rejects.toThrow()
  expect(services.waits).toEqual([500, 1000])
})
