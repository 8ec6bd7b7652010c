import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bundle } from '../../bench/run/build.ts'
import { build } from '../../bench/run/build.ts'
import { tempFolder } from '../../bench/run/children.ts'
import type { ServedWorker } from '../../bench/run/workerd.ts'
import { serve } from '../../bench/run/workerd.ts'
import { unsettle } from '../../lib/storage/adapters/settled.ts'
import type { VectorMatch, VectorRecord } from '../../lib/storage/vectors.ts'
import type { UpstashVectorServer } from '../fixtures/upstash/vector-server.ts'
import { startUpstashVector } from '../fixtures/upstash/vector-server.ts'
import { searchAll } from '../fixtures/vector-store.ts'
import type { PortAnswer } from './storage-worker/wire.ts'
import { fromWire, toWire } from './storage-worker/wire.ts'

const DIMENSION = 24
const SHARD = 'resource/ann'

let bundle: Bundle
let worker: ServedWorker
let server: UpstashVectorServer
const storage = tempFolder()

beforeAll(async () => {
  server = await startUpstashVector({ dimension: DIMENSION })
  bundle = await build('test/e2e/spill-worker/wrangler.toml')
  worker = await live()
})
afterAll(async () => {
  await worker?.stop()
  await server?.close()
})

describe('SIGKILL for a store whose index moves to Upstash Vector', () => {
  it('costs nothing and brings nothing back, and all is found at each moment', async () => {
    await ask('createIndex', { dimension: DIMENSION })
    const model = new Map<string, VectorRecord>()
    const upsert = async (from: number, to: number, life = 0): Promise<void> => {
      const records = Array.from({ length: to - from }, (_, at) => toRecord(from + at, life))
      await ask('upsert', records)
      for (const record of records) model.set(record.id, record)
    }
    await upsert(0, 200)
    expect(server.heard).toEqual([])
    await upsert(200, 900)
    expect(await countThere()).toBeGreaterThan(200)
    // It dies with a parcel under way.
    const heard = server.heard.length
    server.fail({ type: 'stall' })
    const cut = ask('upsert', [toRecord(1, 1)]).catch(() => undefined)
    await expect.poll(() => server.heard.length).toBeGreaterThan(heard)
    await worker.stop()
    await cut
    worker = await live()
    await upsert(1, 2, 1)
    await ask('delete', { prefix: 'v/10' })
    for (const id of model.keys()) if (id.startsWith('v/10')) model.delete(id)
    await expectFound(model)
    await pass(60_000)
    for (let n = 900; !isQueriedThere(); n += 1) {
      expect(n).toBeLessThan(920)
      await upsert(n, n + 1)
      await expectFound(model)
    }
    expect(await countThere()).toBe(model.size)
    expect(await ask('describeIndex')).toMatchObject({ count: model.size, pendingCount: 0 })
    await worker.stop()
    worker = await live()
    await expectFound(model)
    await ask('deleteIndex')
    expect(await countThere()).toBe(0)
    expect(await ask('describeIndex')).toBeUndefined()
  })
})

function toRecord(n: number, life: number): VectorRecord {
  const vector = Array.from({ length: DIMENSION }, (_, at) => Math.fround(Math.sin(n * (at + 1) + life)))
  return { id: `v/${n}`, vector, metadata: { life } }
}

async function expectFound(model: ReadonlyMap<string, VectorRecord>): Promise<void> {
  for (const n of [1, 100, 333]) {
    const query = { vector: toRecord(n, 0.01).vector, topK: 12 }
    // What the port answers.
    const found = (await ask('query', query)) as VectorMatch[]
    const expected = searchAll('cosine', model.values(), query)
    expect(found).toEqual(expected.map((match) => ({ ...match, score: expect.closeTo(match.score, 5) })))
  }
}

function isQueriedThere(): boolean {
  return server.heard.some(({ path }) => path.startsWith('/query'))
}

async function countThere(): Promise<number> {
  const headers = { authorization: `Bearer ${server.token}` }
  const response = await fetch(`${server.url}/info`, { method: 'POST', headers, body: '{}' })
  const { result }: { result: { vectorCount: number } } = await response.json()
  return result.vectorCount
}

function live(): Promise<ServedWorker> {
  const vars = { UPSTASH_VECTOR_REST_URL: server.url, UPSTASH_VECTOR_REST_TOKEN: server.token }
  return serve(bundle, { storage, vars })
}

async function pass(ms: number): Promise<void> {
  await fetch(`${worker.url}/pass`, { method: 'POST', body: String(ms) })
}

async function ask(method: string, ...args: unknown[]): Promise<unknown> {
  const body = toWire({ port: 'vectors', shard: SHARD, method, args: ['a', ...args] })
  const response = await fetch(worker.url, { method: 'POST', body })
  // What the Worker of this test says.
  return unsettle(fromWire(await response.text()) as PortAnswer)
}
