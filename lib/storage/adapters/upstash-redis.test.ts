import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { documentHistories } from '../../../test/contracts/document-histories.ts'
import { documentsContract } from '../../../test/contracts/documents.ts'
import { keyValueHistories } from '../../../test/contracts/key-value-histories.ts'
import type { KeyValueWorld } from '../../../test/contracts/key-value.ts'
import { keyValueContract } from '../../../test/contracts/key-value.ts'
import { hasRedisServer } from '../../../test/fixtures/upstash/redis-process.ts'
import type { UpstashRedisServer } from '../../../test/fixtures/upstash/redis-server.ts'
import { startUpstashRedis } from '../../../test/fixtures/upstash/redis-server.ts'
import type { Documents } from '../documents.ts'
import type { KeyValue } from '../key-value.ts'
import { createUpstashDocuments } from './upstash-documents.ts'
import { createUpstashKeyValue } from './upstash-key-value.ts'
import type { RedisCommands } from './upstash-redis.ts'
import { connectRedis } from './upstash-redis.ts'

describe.skipIf(!hasRedisServer)('Upstash Redis', () => {
  let server: UpstashRedisServer
  let redis: RedisCommands
  let pauses: number[]
  beforeAll(async () => {
    server = await startUpstashRedis()
  })
  afterAll(() => server.close())
  beforeEach(async () => {
    await server.reset()
    pauses = []
    redis = connectRedis(server, { random: () => 0.5, wait: async (ms) => void pauses.push(ms) })
  })

  const documentsOf = (shard = 'resource/ann'): Documents => createUpstashDocuments(redis, shard)
  const valuesOf = (shard = 'resource/ann', now = Date.now): KeyValue =>
    createUpstashKeyValue(redis, shard, now)
  /** Its clock is its own, while Redis goes by the real one, which only runs behind. */
  const createWorld = (): KeyValueWorld => {
    let now = Date.now()
    return {
      keyValue: valuesOf('resource/ann', () => now),
      pass: async (ms) => void (now += ms),
    }
  }
  /** The names of the commands that the work sends. */
  const commandsOf = async (work: () => Promise<unknown>): Promise<string[]> => {
    server.heard.length = 0
    await work()
    return server.commands().map(([name = '']) => name)
  }

  describe('documents', () => {
    documentsContract(() => documentsOf())
    documentHistories(async () => {
      await server.reset()
      return documentsOf()
    }, 60)

    it('of one shard are not seen in another, whatever the shards are called', async () => {
      for (const shard of ['a', 'a:d', 'a%3Ad', 'A'])
        await documentsOf(shard).put('c', { id: 'x', body: { shard }, index: { at: 1 }, version: 1 })
      for (const shard of ['a', 'a:d', 'a%3Ad', 'A']) {
        const page = await documentsOf(shard).query('c', { by: 'at', limit: 10 })
        expect(page.documents.map(({ body }) => body)).toEqual([{ shard }])
      }
    })

    it('cost one command a save, however many are saved, and two a page', async () => {
      const documents = documentsOf()
      const some = Array.from({ length: 20 }, (_, at) => ({
        id: `${at}`,
        body: { text: 'said' },
        index: { at, by: 'ann' },
        version: 1,
      }))
      await documents.put('warm', { id: 'x', body: {}, index: {}, version: 1 })
      expect(await commandsOf(() => documents.put('c', ...some))).toEqual(['EVALSHA'])
      const last = { by: 'at', order: 'descending', limit: 10 } as const
      expect(await commandsOf(() => documents.query('c', last))).toEqual(['ZRANGE', 'HMGET'])
      const withTotal = await commandsOf(() => documents.query('c', { ...last, withTotal: true }))
      expect(withTotal.toSorted()).toEqual(['HMGET', 'ZLEXCOUNT', 'ZRANGE'])
      expect(await commandsOf(() => documents.get('c', '1'))).toEqual(['HMGET'])
      expect(await commandsOf(() => documents.getMany('c', ['1', '2', '3']))).toEqual(['HMGET'])
      expect(await commandsOf(() => documents.delete('c', '1', 2))).toEqual(['EVALSHA'])
      expect(await commandsOf(() => documents.clear('c'))).toEqual(['DEL'])
    })

    it('leave nothing in Redis but what their keys hold, and nothing once they are cleared', async () => {
      const documents = documentsOf()
      const long = Array.from({ length: 300_000 }, (_, at) => `${(at * 2_654_435_761) % 4_294_967_296}`)
      await documents.put('c', { id: 'x', body: { long }, index: { at: 1 }, version: 1 })
      expect(await server.command('HLEN', 'edgewise:resource/ann:d:c')).toBeGreaterThan(2)
      await documents.put('c', { id: 'x', body: {}, index: { at: 2 }, version: 2 })
      await documents.put('c', { id: 'x', body: { long }, index: { at: 1 }, version: 1 })
      expect(await server.command('HKEYS', 'edgewise:resource/ann:d:c')).toEqual(['x'])
      expect(await server.command('ZCARD', 'edgewise:resource/ann:i:c')).toBe(1)
      await documents.clear('c')
      expect(await server.command('DBSIZE')).toBe(0)
    })

    it('send no request above the limit of the smallest plans', async () => {
      const documents = documentsOf()
      const body = { text: Array.from({ length: 9000 }, (_, at) => `é"${(at * 7_919) % 65_537}`).join('\n') }
      const many = Array.from({ length: 40 }, (_, at) => ({ id: `${at}`, body, index: { at }, version: 1 }))
      await documents.put('c', ...many)
      expect((await documents.query('c', { by: 'at', limit: 100 })).documents).toEqual(many)
      expect(Math.max(...server.heard.map(({ bytesIn }) => bytesIn))).toBeLessThan(1_000_000)
    })
  })

  describe('values', () => {
    keyValueContract(createWorld)
    keyValueHistories(async () => {
      await server.reset()
      return createWorld()
    }, 60)

    it('cost one command to set, get or delete, however many, and two to list', async () => {
      const values = valuesOf()
      await values.set('warm', 1)
      await values.delete('warm')
      expect(await commandsOf(() => values.set('a', 1, { ttlMs: 1000 }))).toEqual(['EVALSHA'])
      expect(
        await commandsOf(() =>
          values.setMany([
            { key: 'b', value: 1 },
            { key: 'c', value: 2 },
          ]),
        ),
      ).toEqual(['EVALSHA'])
      expect(await commandsOf(() => values.getMany(['a', 'b', 'none']))).toEqual(['MGET'])
      expect(await commandsOf(() => values.list({ prefix: '', limit: 10 }))).toEqual(['ZRANGE', 'ZMSCORE'])
      expect(await commandsOf(() => values.delete('a', 'b'))).toEqual(['EVALSHA'])
    })

    it('are dropped by Redis itself when they expire, and their names by a later write', async () => {
      let now = Date.now()
      const values = valuesOf('s', () => now)
      await values.set('a', 1, { ttlMs: 60_000 })
      const left = await server.command('PTTL', 'edgewise:s:v:a')
      expect(left).toBeGreaterThan(50_000)
      expect(left).toBeLessThanOrEqual(60_000)
      now += 61_000
      await values.set('b', 1)
      expect(await server.command('ZRANGE', 'edgewise:s:n', '0', '-1')).toEqual(['b'])
      expect(await server.command('ZCARD', 'edgewise:s:x')).toBe(0)
    })

    it('leave no piece of a long value behind', async () => {
      const values = valuesOf('s')
      const long = Array.from({ length: 300_000 }, (_, at) => `${(at * 2_654_435_761) % 4_294_967_296}`)
      await values.set('a', long)
      await values.set('a', long)
      await values.set('a', long.toReversed())
      await values.set('a', 1)
      expect(await server.command('DBSIZE')).toBe(2)
      await values.set('a', long)
      await values.delete('a')
      expect(await server.command('DBSIZE')).toBe(0)
    })
  })

  describe('a request that goes wrong', () => {
    const document = { id: 'x', body: { text: 'a secret of ann' }, index: { at: 1 }, version: 1 }

    it('is made again when the answer was lost after it was done, and leaves what one would', async () => {
      const documents = documentsOf()
      server.fail({ type: 'lose-answer' }, { type: 'lose-answer' })
      await documents.put('c', document)
      server.fail({ type: 'lose-answer' })
      expect(await documents.get('c', 'x')).toEqual(document)
      server.fail({ type: 'lose-answer' })
      await documents.delete('c', 'x', 2)
      expect((await documents.query('c', { by: 'at', limit: 10, withTotal: true })).total).toBe(0)
      expect(pauses.length).toBe(4)
    })

    it.each([
      ['429 with a text', { status: 429, body: 'Too Many Requests' }],
      ['429 with JSON', { status: 429, body: '{"error":"Too Many Requests"}' }],
      ['500 with a page', { status: 500, body: '<html>Internal Server Error</html>' }],
      ['503 with JSON', { status: 503, body: '{"error":"Service Unavailable"}' }],
      [
        'an error of Redis that passes',
        { status: 400, body: '{"error":"BUSY Redis is busy running a script."}' },
      ],
      ['something in place of an answer', { status: 200, body: 'not JSON' }],
    ])('is made again after %s', async (_name, answer) => {
      server.fail({ type: 'answer', ...answer }, { type: 'answer', ...answer })
      await documentsOf().put('c', document)
      expect(await documentsOf().get('c', 'x')).toEqual(document)
      // Jitter over a base that grows: half of it, as chance would have it.
      expect(pauses).toEqual([75, 225])
    })

    it('fails after three tries, and says nothing of what was sent', async () => {
      server.isDown = true
      const tries = documentsOf().put('c', document)
      const error: unknown = await tries.catch((error: unknown) => error)
      expect(error).toMatchObject({
        code: 'storage_unavailable',
        message: 'Upstash Redis could not be reached',
      })
      expect(error).not.toHaveProperty('cause')
      expect(server.heard.length).toBe(3)
    })

    it('fails at once when it is refused, and says nothing of what was sent', async () => {
      const other = connectRedis(
        { url: server.url, token: 'wrong' },
        { random: () => 0, wait: async () => undefined },
      )
      await expect(createUpstashDocuments(other, 's').put('c', document)).rejects.toMatchObject({
        code: 'storage_unavailable',
        message: 'Upstash Redis refused: WRONGPASS invalid or missing auth token',
      })
      expect(server.heard.length).toBe(1)
      await server.command('SET', 'edgewise:s:m:c', 'not a hash')
      const clash = createUpstashDocuments(redis, 's').put('c', document)
      await expect(clash).rejects.toThrow(/^Upstash Redis refused: (?!.*secret)/)
    })

    it('is given up when no answer comes, and made again', async () => {
      const hasty = connectRedis(server, { random: () => 0, wait: async () => undefined, timeoutMs: 1000 })
      server.fail({ type: 'stall' })
      await createUpstashDocuments(hasty, 'resource/ann').put('c', document)
      expect(await documentsOf().get('c', 'x')).toEqual(document)
      server.fail({ type: 'stall' }, { type: 'stall' }, { type: 'stall' })
      await expect(createUpstashDocuments(hasty, 's').get('c', 'x')).rejects.toThrow(
        'Upstash Redis did not answer in time',
      )
    })

    it('sends each try once', async () => {
      server.fail({ type: 'break' })
      await documentsOf().get('c', 'x')
      expect(server.heard.length).toBe(2)
    })
  })

  it('reads its own writes: each request brings what the last answer gave', async () => {
    await documentsOf().get('c', 'x')
    await documentsOf().get('c', 'x')
    const [first, second] = server.heard.map(({ headers }) => headers['upstash-sync-token'])
    expect([first, second]).toEqual(['', expect.stringMatching(/^token:\d+$/)])
  })
})
