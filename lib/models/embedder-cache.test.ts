import { describe, expect, it } from 'vitest'
import { cacheWorld } from '../../test/fixtures/cache-world.ts'
import type { Cache } from '../cache/cache.ts'
import type { Embedder } from './embedder.ts'
import { embedTexts } from './embedder.ts'
import { withVectorCache } from './embedder-cache.ts'
import { createOfflineEmbedder } from './offline/embedder.ts'

const never = new AbortController().signal

type DoEmbed = Embedder['doEmbed']

/** Gives each text its length and its first letter, and notes what it is asked. */
function counting(over: Partial<Embedder> & { before?: DoEmbed } = {}) {
  const asked: string[][] = []
  const { before, ...rest } = over
  const embedder: Embedder = {
    specificationVersion: 'v4',
    provider: 'test',
    modelId: 'one',
    maxEmbeddingsPerCall: 100,
    supportsParallelCalls: true,
    doEmbed: async (options) => {
      asked.push(options.values)
      await before?.(options)
      return { embeddings: options.values.map((text) => [text.length, text.charCodeAt(0) / 3]), warnings: [] }
    },
    ...rest,
  }
  return { embedder, asked }
}

const told: { texts: number; hits: number }[] = []

function embed(cache: Cache, embedder: Embedder, texts: string[], shard = 'resource/ann', signal = never) {
  return embedTexts(
    withVectorCache(embedder, cache, shard, (said) => told.push(said)),
    texts,
    signal,
  )
}

describe('the vectors of texts that were embedded before', () => {
  it('are given without the embedder, each text its own, as 32-bit floats', async () => {
    const world = cacheWorld()
    const { embedder, asked } = counting()
    const here = world.isolate()
    const third = Math.fround(97 / 3)
    expect(await embed(here, embedder, ['a', 'bb', 'a'])).toEqual([
      [1, third],
      [2, Math.fround(98 / 3)],
      [1, third],
    ])
    expect(await embed(here, embedder, ['ccc', 'a'])).toEqual([
      [3, 33],
      [1, third],
    ])
    expect(await embed(world.isolate(), embedder, ['a', 'd'])).toEqual([
      [1, third],
      [1, Math.fround(100 / 3)],
    ])
    expect(asked).toEqual([['a', 'bb'], ['ccc'], ['d']])
    expect(told).toEqual([
      { texts: 2, hits: 0 },
      { texts: 2, hits: 1 },
      { texts: 2, hits: 1 },
    ])
    expect((await world.stored('resource/ann')).join()).not.toContain('ccc')
  })

  it('are those of one embedder, in one shard', async () => {
    const cache = cacheWorld().isolate()
    const { embedder, asked } = counting()
    await embed(cache, embedder, ['a'])
    await embed(cache, { ...embedder, modelId: 'two' }, ['a'])
    await embed(cache, embedder, ['a'], 'resource/bob')
    await withVectorCache(embedder, cache, 'resource/ann').doEmbed({
      values: ['a'],
      providerOptions: { test: { dimensions: 2 } },
    })
    expect(asked).toHaveLength(4)
  })

  it('are not kept when they cannot be right, and a failure is not kept', async () => {
    const world = cacheWorld()
    const short = counting({ doEmbed: async () => ({ embeddings: [[1]], warnings: [] }) })
    await expect(embed(world.isolate(), short.embedder, ['a', 'b'])).rejects.toThrow(
      'gave 1 vectors for 2 texts',
    )
    const failing = counting({ before: () => Promise.reject(new Error('down')) })
    const cache = world.isolate()
    for (const _ of [1, 2]) await expect(embed(cache, failing.embedder, ['a'])).rejects.toThrow('down')
    expect([failing.asked.length, await world.stored('resource/ann')]).toEqual([2, []])
  })

  it('are made all the same when the storage is down', async () => {
    const world = cacheWorld()
    world.isDown = true
    const { embedder } = counting()
    expect(await embed(world.isolate(), embedder, ['c'])).toEqual([[1, 33]])
    expect(world.problems).toHaveLength(1)
  })

  it('are made anew by the offline embedder, which is faster', () => {
    const offline = createOfflineEmbedder()
    expect(withVectorCache(offline, cacheWorld().isolate(), 's')).toBe(offline)
  })
})
