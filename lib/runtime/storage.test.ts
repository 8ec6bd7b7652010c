import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { envOf } from '../../test/fixtures/worker-env.ts'
import type { UpstashVectorServer } from '../../test/fixtures/upstash/vector-server.ts'
import { startUpstashVector } from '../../test/fixtures/upstash/vector-server.ts'
import { MemoryStorage } from '../storage/adapters/memory-storage.ts'
import { createMemoryVectors } from '../storage/adapters/memory-vectors.ts'
import { createStorage } from './storage.ts'
import type { StorageOptions } from './storage.ts'
import type { UpstashEnv } from './upstash-env.ts'

const services = { now: Date.now, random: () => 0, wait: async () => undefined }
const open = (env: UpstashEnv = {}, options: StorageOptions = {}) =>
  createStorage(envOf(env), options, services)
const REDIS = { UPSTASH_REDIS_REST_URL: 'https://name.upstash.io', UPSTASH_REDIS_REST_TOKEN: 'secret' }
const VECTOR = { UPSTASH_VECTOR_REST_URL: 'https://name.upstash.io', UPSTASH_VECTOR_REST_TOKEN: 'secret' }

describe('the storage of an app', () => {
  it('is the Store objects where nothing is configured', () => {
    expect(open().storageInfo).toEqual({ documents: 'store', vectors: 'store', problems: [] })
    const empty = { UPSTASH_REDIS_REST_URL: '', UPSTASH_REDIS_REST_TOKEN: ' ' }
    expect(open(empty).storageInfo.documents).toBe('store')
  })

  it('is Upstash where its own names are set, each service by itself', () => {
    expect(open(REDIS).storageInfo).toEqual({ documents: 'upstash-redis', vectors: 'store', problems: [] })
    expect(open(VECTOR).storageInfo).toEqual({ documents: 'store', vectors: 'upstash-vector', problems: [] })
  })

  it("is the app's own before all else", async () => {
    const own = open(
      { ...REDIS, ...VECTOR },
      { storage: new MemoryStorage(), vectors: createMemoryVectors() },
    )
    expect(own.storageInfo).toEqual({ documents: 'app', vectors: 'app', problems: [] })
    await own.documents('a').put('c', { id: 'x', body: {}, index: {}, version: 1 })
    expect(await own.documents('b').get('c', 'x')).toBeUndefined()
    await own.keyValue('a').set('k', 1)
    expect(await own.keyValue('b').get('k')).toBeUndefined()
    await own.vectors('a').createIndex('i', { dimension: 1 })
    await own.vectors('a').upsert('i', [{ id: 'x', vector: [1] }])
    expect(await own.vectors('b').listIndexes()).toEqual([])
    expect(await own.vectors('a').listIndexes()).toEqual(['i'])
    await expect(own.vectors('b').fetch('i', ['x'])).resolves.toEqual([undefined])
  })

  it.each([
    [
      'a token without an address',
      { ...REDIS, UPSTASH_REDIS_REST_URL: '' },
      /TOKEN is set and UPSTASH_REDIS_REST_URL is not/,
    ],
    [
      'an address without a token',
      { ...REDIS, UPSTASH_REDIS_REST_TOKEN: '' },
      /URL is set and UPSTASH_REDIS_REST_TOKEN is not/,
    ],
    [
      'an address that is none',
      { ...REDIS, UPSTASH_REDIS_REST_URL: '"https://name"' },
      /UPSTASH_REDIS_REST_URL is not an address/,
    ],
    ["redis-cli's address", { ...REDIS, UPSTASH_REDIS_REST_URL: 'rediss://name:6379' }, /is not an address/],
    ['a token in quotes', { ...REDIS, UPSTASH_REDIS_REST_TOKEN: '"secret"' }, /TOKEN holds quotes/],
    [
      'half of Vector',
      { UPSTASH_VECTOR_REST_URL: 'https://name.upstash.io' },
      /URL is set and UPSTASH_VECTOR_REST_TOKEN is not/,
    ],
  ])('with %s is named as misconfigured, and refused at its first use', async (_name, env, message) => {
    const storage = open(env)
    const { problems } = storage.storageInfo
    expect(problems).toEqual([expect.stringMatching(message)])
    expect(problems.join()).not.toContain('secret')
    const use =
      'UPSTASH_VECTOR_REST_URL' in env
        ? storage.vectors('a').listIndexes()
        : storage.documents('a').get('c', 'x')
    await expect(use).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringMatching(message),
    })
  })
})

describe('vectors that are embedded up to a number', () => {
  const vectors = { embeddedUpTo: 1000 }

  it('are in the Store objects, which know where they go from there', () => {
    const storage = open(VECTOR, { vectors })
    expect(storage.storageInfo).toEqual({ documents: 'store', vectors: 'store', problems: [] })
    expect(storage.spill('resource/ann')).toMatchObject({ embeddedUpTo: 1000 })
    expect(open(VECTOR).spill('resource/ann')).toBeUndefined()
  })

  it('are refused where Upstash Vector is not configured', async () => {
    const message = /embeddedUpTo is set and UPSTASH_VECTOR_REST_URL and UPSTASH_VECTOR_REST_TOKEN are not/
    const storage = open({}, { vectors })
    expect(storage.storageInfo.problems).toEqual([expect.stringMatching(message)])
    await expect(storage.vectors('a').listIndexes()).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringMatching(message),
    })
  })
})

describe('vectors of shards in one database', () => {
  let server: UpstashVectorServer
  beforeAll(async () => {
    server = await startUpstashVector()
  })
  afterAll(() => server.close())
  beforeEach(() => server.reset())

  it('are kept apart by namespaces', async () => {
    const { url, token } = server
    const storage = open({ UPSTASH_VECTOR_REST_URL: `${url}/ `, UPSTASH_VECTOR_REST_TOKEN: token })
    for (const shard of ['resource/ann', 'resource/ann|x', 'resource/bob'])
      await storage.vectors(shard).upsert('memory', [{ id: shard, vector: [1, 0, 0] }])
    for (const shard of ['resource/ann', 'resource/ann|x', 'resource/bob']) {
      const found = await storage.vectors(shard).query('memory', { vector: [1, 0, 0], topK: 10 })
      expect(found.map(({ id }) => id)).toEqual([shard])
      expect(await storage.vectors(shard).listIndexes()).toEqual(['memory'])
    }
  })
})
