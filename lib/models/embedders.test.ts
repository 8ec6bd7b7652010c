import { describe, expect, it } from 'vitest'
import { createEmbedderRegistry, defaultEmbedder } from './embedders.ts'
import { embedderLabel, embedTexts } from './embedder.ts'
import type { Embedder } from './embedder.ts'
import { createOfflineEmbedder } from './offline/embedder.ts'

const never = new AbortController().signal

describe('the embedder of an environment', () => {
  it('is chosen as models are: OpenAI, Google, else the offline one', () => {
    expect(defaultEmbedder({})).toBe('offline')
    expect(defaultEmbedder({ OPENAI_API_KEY: 'k' })).toBe('openai/text-embedding-3-small')
    expect(defaultEmbedder({ OPENAI_BASE_URL: 'http://x/v1', OPENAI_EMBEDDING_MODEL: 'e' })).toBe('openai/e')
    expect(defaultEmbedder({ GOOGLE_GENERATIVE_AI_API_KEY: 'k' })).toBe('google/gemini-embedding-001')
  })

  it('stays on the machine where the model does, whatever keys are set', () => {
    const local = { USE_LOCAL_LLM: 'true', OPENAI_API_KEY: 'k' }
    expect(defaultEmbedder(local)).toBe('offline')
    expect(defaultEmbedder({ ...local, OLLAMA_EMBEDDING_MODEL: 'e' })).toBe('ollama/e')
  })

  it('is made once, and named so that vectors of two never meet', () => {
    const resolve = createEmbedderRegistry({ OPENAI_API_KEY: 'k', GOOGLE_AI_API_KEY: 'k' })
    expect(resolve(undefined)).toBe(resolve('openai/text-embedding-3-small'))
    const names = ['openai/a', 'google/a', 'ollama/a', 'offline']
    expect(names.map((name) => embedderLabel(resolve(name)))).toEqual([
      'openai/a',
      'google/a',
      'ollama/a',
      'offline-256',
    ])
  })

  it('is refused without its key, and under a name that nobody has', () => {
    const resolve = createEmbedderRegistry({})
    expect(() => resolve('openai/a')).toThrow('OPENAI_API_KEY is not set')
    expect(() => resolve('google/a')).toThrow('GOOGLE_GENERATIVE_AI_API_KEY is not set')
    for (const name of ['openai', 'other/a', 'openai/', ''])
      expect(() => resolve(name)).toThrow('write it as provider/model')
  })
})

describe('embedding', () => {
  it('takes as many calls as the embedder needs', async () => {
    const sizes: number[] = []
    const offline = createOfflineEmbedder()
    const embedder: Embedder = {
      ...offline,
      maxEmbeddingsPerCall: 2,
      doEmbed: (options) => {
        sizes.push(options.values.length)
        return offline.doEmbed(options)
      },
    }
    const vectors = await embedTexts(embedder, ['a', 'b', 'c', 'd', 'e'], never)
    expect(vectors).toHaveLength(5)
    expect(sizes).toEqual([2, 2, 1])
  })

  it('makes at most four calls at once, of an embedder that takes several, and keeps the order', async () => {
    const [gate, full] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const count = { now: 0, most: 0 }
    const texts = Array.from({ length: 24 }, (_, i) => 'x'.repeat(i))
    const make = (supportsParallelCalls: boolean): Embedder => ({
      ...createOfflineEmbedder(),
      supportsParallelCalls,
      maxEmbeddingsPerCall: 3,
      doEmbed: async ({ values }) => {
        count.now += 1
        count.most = Math.max(count.most, count.now)
        if (count.now === 4) full.resolve()
        if (supportsParallelCalls) await gate.promise
        count.now -= 1
        return { embeddings: values.map(({ length }) => [length]), warnings: [] }
      },
    })
    const many = embedTexts(make(true), texts, never)
    await full.promise
    gate.resolve()
    expect(await many).toEqual(texts.map(({ length }) => [length]))
    expect(count.most).toBe(4)
    count.most = 0
    await embedTexts(make(false), texts, never)
    expect(count.most).toBe(1)
  })

  it('begins no more calls once one has failed, or the signal aborted', async () => {
    let calls = 0
    const embedder: Embedder = {
      ...createOfflineEmbedder(),
      maxEmbeddingsPerCall: 1,
      doEmbed: async ({ values }) => {
        calls += 1
        if (values[0] === 'bad') throw new Error('down')
        return { embeddings: [[1]], warnings: [] }
      },
    }
    await expect(embedTexts(embedder, ['bad', ...Array(50).fill('ok')], never)).rejects.toThrow('down')
    expect(calls).toBeLessThan(20)
    const stopped = AbortSignal.abort(new Error('stopped'))
    calls = 0
    await expect(embedTexts(embedder, ['ok'], stopped)).rejects.toThrow('stopped')
    expect(calls).toBe(0)
  })

  it('refuses a text that no embedder takes, before any is embedded', async () => {
    const texts = ['short', 'x'.repeat(32_001)]
    await expect(embedTexts(giving([]), texts, never)).rejects.toThrow(
      'Cannot embed text 1: it is longer than 32000 characters',
    )
  })

  it('refuses vectors that are too few, or of more than one length', async () => {
    await expect(embedTexts(giving([[1]]), ['a', 'b'], never)).rejects.toThrow('1 vectors for 2 texts')
    await expect(embedTexts(giving([[1], [1, 2]]), ['a', 'b'], never)).rejects.toThrow(
      'of 1 and of 2 numbers',
    )
  })
})

function giving(embeddings: number[][]): Embedder {
  return { ...createOfflineEmbedder(), doEmbed: async () => ({ embeddings, warnings: [] }) }
}
