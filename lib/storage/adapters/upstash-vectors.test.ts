import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { weighAsSparse, wordHistories } from '../../../test/contracts/word-histories.ts'
import { vectorHistories } from '../../../test/contracts/vector-histories.ts'
import type { VectorsWorld } from '../../../test/contracts/vectors.ts'
import { vectorsContract } from '../../../test/contracts/vectors.ts'
import { wordsContract } from '../../../test/contracts/words.ts'
import type { UpstashVectorServer } from '../../../test/fixtures/upstash/vector-server.ts'
import { startUpstashVector } from '../../../test/fixtures/upstash/vector-server.ts'
import { hashOf } from '../hash.ts'
import type { Vectors } from '../vectors.ts'
import { createUpstashVectors, toNamespace } from './upstash-vectors.ts'

describe('Upstash Vector', () => {
  let server: UpstashVectorServer
  let vectors: Vectors
  let pauses: number[]
  beforeAll(async () => {
    server = await startUpstashVector()
  })
  afterAll(() => server.close())
  beforeEach(() => {
    server.reset()
    pauses = []
    vectors = createUpstashVectors(server, { random: () => 0.5, wait: async (ms) => void pauses.push(ms) })
  })
  const operations = (): string[] => server.heard.map(({ path }) => path.split('/')[1] ?? '')
  const some = [{ id: 'x', vector: [1, 0, 0], metadata: { text: 'a secret of ann' } }]

  describe('as vectors', () => {
    vectorsContract(() => ({ vectors, settle: async () => server.settle() }))
    vectorHistories(() => {
      server.reset()
      return { vectors, settle: async () => server.settle() }
    }, 60)
  })

  describe('as vectors that are seen late', () =>
    vectorsContract(() => {
      server.isSlow = true
      return { vectors, settle: async () => server.settle() }
    }))

  it('takes the dimension from the database, asked for once, and refuses another', async () => {
    await vectors.upsert('a', some)
    await vectors.query('a', { vector: [1, 0, 0], topK: 1 })
    await vectors.upsert('a', some)
    expect(operations()).toEqual(['info', 'upsert', 'query', 'upsert'])
    await expect(vectors.createIndex('a', { dimension: 1536 })).rejects.toThrow(
      'Cannot create vector index "a" with 1536 numbers, cosine: it has 3 numbers, cosine',
    )
  })

  it('says how much is not yet seen, and sees it in the end', async () => {
    server.isSlow = true
    await vectors.upsert('a', some)
    expect(await vectors.query('a', { vector: [1, 0, 0], topK: 1 })).toEqual([])
    expect(await vectors.describeIndex('a')).toMatchObject({ count: 0, pendingCount: 1 })
    server.settle()
    expect(await vectors.query('a', { vector: [1, 0, 0], topK: 1 })).toMatchObject([{ id: 'x' }])
    expect(await vectors.describeIndex('a')).toMatchObject({ count: 1, pendingCount: 0 })
  })

  it('filters there what can be said there', async () => {
    await vectors.upsert('a', some)
    const filters = async (filter: object): Promise<unknown> => {
      server.heard.length = 0
      await vectors.query('a', { vector: [1, 0, 0], topK: 5, filter: { ...filter } })
      return server.heard.map(({ body }) =>
        typeof body === 'object' && body && 'filter' in body ? body.filter : null,
      )
    }
    expect(await filters({ kind: 'note', year: { $gte: 2020 } })).toEqual([
      "(kind = 'note' AND year >= 2020)",
    ])
    expect(await filters({ kind: "it's" })).toEqual([`kind = "it's"`])
    expect(await filters({ $or: [{ kind: 'a' }, { kind: { $in: ['b', 'c'] } }] })).toEqual([
      "(kind = 'a' OR (kind = 'b' OR kind = 'c'))",
    ])
    expect(await filters({ $not: { kind: { $exists: true } } })).toEqual(['HAS NOT FIELD kind'])
    // It fits a null too, which no words there let in.
    expect(await filters({ $not: { kind: 'a' } })).toEqual([null])
    expect(await filters({ kind: `' OR "x` })).toEqual([null])
    expect(await filters({ 'kind = 1 OR x': 'a' })).toEqual([null])
    expect(await filters({ kind: { $in: [] } })).toEqual([])
  })

  it('keeps indexes apart whatever they are called', () => {
    const names = ['a/b', 'a_2fb', 'a b', 'é', '..', 'a?b', 'a#b', 'A', 'a']
    const namespaces = names.map(toNamespace)
    expect(new Set(namespaces).size).toBe(names.length)
    for (const namespace of namespaces) expect(namespace).toMatch(/^[\w-]+$/)
  })

  describe('a request that goes wrong', () => {
    it.each([
      ['a 429 with a text', { status: 429, body: 'Too Many Requests' }],
      ['a 429 with JSON', { status: 429, body: '{"error":"Too many requests","status":429}' }],
      ['a 500 with a page', { status: 500, body: '<html></html>' }],
      ['a 500 with JSON', { status: 500, body: '{"error":"Internal server error","status":500}' }],
      ['a 502 without a word', { status: 502, body: '{}' }],
    ])('is made again after %s', async (_name, answer) => {
      await vectors.createIndex('a', { dimension: 3 })
      server.fail({ type: 'answer', ...answer }, { type: 'answer', ...answer })
      await vectors.upsert('a', some)
      expect(await vectors.query('a', { vector: [1, 0, 0], topK: 1 })).toMatchObject([{ id: 'x' }])
      expect(pauses).toEqual([75, 225])
    })

    it('is made again when the answer was lost after it was done', async () => {
      await vectors.createIndex('a', { dimension: 3 })
      server.fail({ type: 'lose-answer' })
      await vectors.upsert('a', some)
      server.fail({ type: 'lose-answer' })
      await vectors.delete('a', { prefix: 'x' })
      server.fail({ type: 'break' })
      expect(await vectors.fetch('a', ['x'])).toEqual([undefined])
      expect(operations()).toEqual(['info', 'upsert', 'upsert', 'delete', 'delete', 'fetch', 'fetch'])
    })

    it('fails after three tries, and the next begins anew', async () => {
      server.isDown = true
      await expect(vectors.upsert('a', some)).rejects.toMatchObject({
        code: 'storage_unavailable',
        message: 'Upstash Vector could not be reached',
      })
      expect(server.heard.length).toBe(3)
      server.isDown = false
      await vectors.upsert('a', some)
    })

    it('fails at once when it is refused, and says nothing of what was sent', async () => {
      const other = createUpstashVectors(
        { url: server.url, token: 'wrong' },
        { random: () => 0, wait: async () => undefined },
      )
      await expect(other.upsert('a', some)).rejects.toMatchObject({
        code: 'storage_unavailable',
        message: 'Upstash Vector refused: Unauthorized',
      })
      expect(server.heard.length).toBe(1)
    })

    it('is given up when no answer comes', async () => {
      const hasty = createUpstashVectors(server, {
        random: () => 0,
        wait: async () => undefined,
        timeoutMs: 50,
      })
      server.fail({ type: 'stall' }, { type: 'stall' }, { type: 'stall' })
      await expect(hasty.describeIndex('a')).rejects.toThrow('Upstash Vector did not answer in time')
    })
  })

  it('refuses metadata that the service would not take', async () => {
    const metadata = { text: 'é'.repeat(30_000) }
    await expect(vectors.upsert('a', [{ id: 'x', vector: [1, 0, 0], metadata }])).rejects.toThrow(RangeError)
  })
})

describe('a hybrid index of Upstash Vector', () => {
  let server: UpstashVectorServer
  let vectors: Vectors
  beforeAll(async () => {
    server = await startUpstashVector({ type: 'HYBRID' })
  })
  afterAll(() => server.close())
  beforeEach(() => {
    server.reset()
    vectors = createUpstashVectors(server, { random: () => 0.5, wait: async () => undefined })
  })
  const createWorld = (): VectorsWorld => ({ vectors, settle: async () => server.settle() })
  const createEmpty = (): VectorsWorld => {
    server.reset()
    return createWorld()
  }

  describe('as vectors with words', () => {
    vectorsContract(createWorld)
    wordsContract(createWorld)
    vectorHistories(createEmpty, 30)
    wordHistories(createEmpty, weighAsSparse, 60)
  })

  it('is sent both vectors of every record, and asked for both lists at once', async () => {
    await vectors.upsert('a', [
      { id: 'x', vector: [1, 0, 0], metadata: { text: 'A-1042' } },
      { id: 'y', vector: [0, 1, 0] },
    ])
    const [sent] = server.heard.filter(({ path }) => path.startsWith('/upsert')).map(({ body }) => body)
    const words = ['1042', 'a1042'].map((word) => (hashOf(word) >>> 1) % 0x7fffffff).toSorted((a, b) => a - b)
    expect(sent).toMatchObject([
      { id: 'x', sparseVector: { indices: words, values: [expect.any(Number), expect.any(Number)] } },
      { id: 'y', sparseVector: { indices: [0x7fffffff], values: [1] } },
    ])
    server.heard.length = 0
    await vectors.query('a', { vector: [1, 0, 0], topK: 1, text: 'a1042' })
    expect(server.heard.map(({ path, body }) => [path, body])).toEqual([
      [
        '/query/a',
        [
          { vector: [1, 0, 0], topK: 20, includeMetadata: true, includeVectors: false },
          {
            sparseVector: { indices: words, values: [1, 1] },
            weightingStrategy: 'IDF',
            topK: 20,
            includeMetadata: true,
            includeVectors: false,
          },
        ],
      ],
    ])
  })

  it('is asked once more for what was found by words alone', async () => {
    const noise = Array.from({ length: 25 }, (_, at) => ({ id: `n/${at}`, vector: [1, at / 100, 0] }))
    const far = { id: 'x', vector: [-1, 0, 0], metadata: { text: 'A-1042', by: 'ann' } }
    await vectors.upsert('a', [...noise, far])
    server.heard.length = 0
    const found = await vectors.query('a', { vector: [1, 0, 0], topK: 2, text: 'a1042' })
    expect(found).toMatchObject([{ id: 'n/0' }, { id: 'x', score: 0, ranks: { text: 1 } }])
    expect(server.heard.map(({ path }) => path)).toEqual(['/query/a', '/fetch/a'])
  })
})

describe('a dense index of Upstash Vector', () => {
  it('goes by nearness alone when it is asked for words, and says once what would do better', async () => {
    const server = await startUpstashVector()
    const warnings: string[] = []
    const services = {
      random: () => 0.5,
      wait: async () => undefined,
      warn: (text: string) => void warnings.push(text),
    }
    const vectors = createUpstashVectors(server, services)
    await vectors.upsert('a', [{ id: 'x', vector: [1, 0, 0], metadata: { text: 'A-1042' } }])
    for (const text of ['A-1042', 'other'])
      expect(await vectors.query('a', { vector: [1, 0, 0], topK: 2, text })).toEqual([
        { id: 'x', score: 1, metadata: { text: 'A-1042' } },
      ])
    expect(warnings).toEqual(['The Upstash Vector index is not Hybrid: names and numbers are not looked for'])
    await server.close()
  })
})
