import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import { build } from '../../bench/run/build.ts'
import { serve } from '../../bench/run/workerd.ts'
import { unsettle } from '../../lib/storage/adapters/settled.ts'
import type { Documents } from '../../lib/storage/documents.ts'
import type { KeyValue } from '../../lib/storage/key-value.ts'
import type { Vectors } from '../../lib/storage/vectors.ts'
import { documentHistories } from '../contracts/document-histories.ts'
import { documentsContract } from '../contracts/documents.ts'
import { keyValueContract } from '../contracts/key-value.ts'
import { vectorsContract } from '../contracts/vectors.ts'
import { hasRedisServer } from '../fixtures/upstash/redis-process.ts'
import type { UpstashRedisServer } from '../fixtures/upstash/redis-server.ts'
import { startUpstashRedis } from '../fixtures/upstash/redis-server.ts'
import type { UpstashVectorServer } from '../fixtures/upstash/vector-server.ts'
import { startUpstashVector } from '../fixtures/upstash/vector-server.ts'
import type { PortAnswer, PortCall } from './storage-worker/wire.ts'
import { fromWire, toWire } from './storage-worker/wire.ts'

/** As the adapters are deployed: bundled with the Redis client of the Worker, in workerd, over its own fetch. */
describe.skipIf(!hasRedisServer)('in workerd', () => {
  let redis: UpstashRedisServer
  let vector: UpstashVectorServer
  let worker: Awaited<ReturnType<typeof serve>>
  beforeAll(async () => {
    ;[redis, vector] = await Promise.all([startUpstashRedis(), startUpstashVector()])
    const vars = {
      UPSTASH_REDIS_REST_URL: redis.url,
      UPSTASH_REDIS_REST_TOKEN: redis.token,
      UPSTASH_VECTOR_REST_URL: vector.url,
      UPSTASH_VECTOR_REST_TOKEN: vector.token,
    }
    worker = await serve(await build('test/e2e/storage-worker/wrangler.toml'), { vars })
  })
  afterAll(async () => {
    await worker?.stop()
    await Promise.all([redis?.close(), vector?.close()])
  })
  beforeEach(async () => {
    await redis.reset()
    vector.reset()
  })

  /** A port whose calls are made in the Worker. */
  const portOf = <Port extends object>(port: PortCall['port']): Port => {
    const call =
      (method: string) =>
      async (...args: unknown[]): Promise<unknown> => {
        const body = toWire({ port, shard: 'resource/ann', method, args } satisfies PortCall)
        const response = await fetch(worker.url, { method: 'POST', body })
        // What the Worker of this test says.
        return unsettle(fromWire(await response.text()) as PortAnswer)
      }
    // The Worker has a method for each that the port has.
    return new Proxy(
      {},
      { get: (_target, method) => (method === 'then' ? undefined : call(String(method))) },
    ) as Port
  }

  describe('documents in Upstash Redis', () => {
    documentsContract(() => portOf<Documents>('documents'))
    documentHistories(async () => {
      await redis.reset()
      return portOf<Documents>('documents')
    }, 20)
  })

  describe('values in Upstash Redis', () =>
    keyValueContract(() => ({
      keyValue: portOf<KeyValue>('keyValue'),
      pass: async (ms) => void (await fetch(`${worker.url}/pass`, { method: 'POST', body: String(ms) })),
    })))

  describe('vectors in Upstash Vector', () =>
    vectorsContract(() => ({ vectors: portOf<Vectors>('vectors'), settle: async () => vector.settle() })))
})
