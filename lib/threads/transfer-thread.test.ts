import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { says } from '../../test/fixtures/scripted-model.ts'
import { ADDRESS, ask, ThreadWorld } from '../../test/fixtures/thread-world.ts'
import { hasRedisServer } from '../../test/fixtures/upstash/redis-process.ts'
import type { UpstashRedisServer } from '../../test/fixtures/upstash/redis-server.ts'
import { startUpstashRedis } from '../../test/fixtures/upstash/redis-server.ts'
import type { UpstashVectorServer } from '../../test/fixtures/upstash/vector-server.ts'
import { startUpstashVector } from '../../test/fixtures/upstash/vector-server.ts'
import { Memory } from '../memory/memory.ts'
import { createUpstashDocuments } from '../storage/adapters/upstash-documents.ts'
import { connectRedis } from '../storage/adapters/upstash-redis.ts'
import { createUpstashVectors } from '../storage/adapters/upstash-vectors.ts'
import { shardVectors } from '../storage/shard-vectors.ts'

const INDEX = 'messages/offline-256'
const memory = new Memory({
  options: { semanticRecall: true, workingMemory: { enabled: true, scope: 'thread' } },
})

/** Dies with the call of this number to the storage, once that call was made. */
interface Plan {
  calls: number
  dieAt: number
  die: () => void
}

describe.skipIf(!hasRedisServer)('a thread that is given to another resource, on Upstash', () => {
  let redis: UpstashRedisServer
  let vector: UpstashVectorServer
  beforeAll(async () => {
    redis = await startUpstashRedis()
    vector = await startUpstashVector({ dimension: 256 })
  })
  afterAll(() => Promise.all([redis.close(), vector.close()]))
  beforeEach(async () => {
    await redis.reset()
    vector.reset()
  })

  const services = { random: () => 0.5, wait: async () => undefined }

  /** A thread of ann's with two turns and a message that was saved, told everywhere. */
  const openWorld = async () => {
    const plan: Plan = { calls: 0, dieAt: Infinity, die: () => undefined }
    const commands = connectRedis(redis, services)
    const vectors = createUpstashVectors(vector, services)
    const world = new ThreadWorld(
      [says('one'), says('two'), says('three')],
      { memory },
      {
        isShared: true,
        documents: (shard) => mortal(createUpstashDocuments(commands, shard), plan),
        vectors: (shard) => mortal(shardVectors(vectors, shard), plan),
      },
    )
    await world.run({ input: ask('a', 'a word of ann') })
    await world.run({ input: ask('b') })
    const place = { address: ADDRESS, threadId: 'thread', fallback: 'ann' }
    await world.memory('save', { ...place, messages: [ask('s', 'saved')] })
    await world.memory('set-working', { content: 'a note' })
    await drained(world)
    return { world, plan }
  }

  /** Everything that is kept of a resource, read past the kit. */
  const kept = async (resourceId: string) => {
    const prefix = `edgewise:resource/${resourceId}:`
    const messages = await bodiesOf(`${prefix}d:thread:${ADDRESS}`)
    const space = shardVectors(createUpstashVectors(vector, services), `resource/${resourceId}`)
    const { count = 0 } = (await space.describeIndex(INDEX)) ?? {}
    return {
      threads: (await bodiesOf(`${prefix}d:threads:-`)).map(({ body }) => body),
      messages: messages
        .toSorted((a, b) => Number(a.index['seq']) - Number(b.index['seq']))
        .map(({ body }) => body),
      vectors: count,
    }
  }
  const bodiesOf = async (key: string) => {
    const found = await redis.command('HVALS', key)
    return (Array.isArray(found) ? found : []).map(
      (text) => JSON.parse(String(text)) as { index: Record<string, unknown>; body: unknown },
    )
  }
  const nothing = { threads: [], messages: [], vectors: 0 }

  it("is the other's with its messages, its vectors and its working memory, and nobody else's", async () => {
    const { world } = await openWorld()
    expect([await kept('ann'), await kept('ben')]).toEqual([all(world, 'ann'), nothing])
    await world.memory('transfer', { resourceId: 'ben' })
    await drained(world)
    expect([await kept('ann'), await kept('ben')]).toEqual([nothing, all(world, 'ben')])
    expect(await world.memory('working', {})).toEqual({ content: 'a note' })
  })

  it('comes to the same wherever the object dies meanwhile', async () => {
    const { world: calm, plan: counted } = await openWorld()
    counted.calls = 0
    await calm.memory('transfer', { resourceId: 'ben' })
    await drained(calm)
    const { calls } = counted
    expect(calls).toBeGreaterThan(8)
    for (let k = 0; k < calls; k += 1) {
      await redis.reset()
      vector.reset()
      const { world, plan } = await openWorld()
      const death = new Promise<void>((resolve) => {
        Object.assign(plan, { calls: 0, dieAt: k, die: () => (world.restart(), resolve()) })
      })
      void world.memory('transfer', { resourceId: 'ben' })
      await death
      await world.ring()
      await drained(world)
      expect([await kept('ann'), await kept('ben')], `call ${k}`).toEqual([nothing, all(world, 'ben')])
      expect(await world.memory('working', {}), `call ${k}`).toEqual({ content: 'a note' })
      expect(world.problems).toEqual([])
    }
  })

  it('is embedded for the other, also when that was going on for the one', async () => {
    const { world } = await openWorld()
    await world.memory('save', {
      address: ADDRESS,
      threadId: 'thread',
      fallback: 'ann',
      messages: [ask('late')],
    })
    // Its vectors are on their way.
    await world.memory('transfer', { resourceId: 'ben' })
    await drained(world)
    expect([await kept('ann'), await kept('ben')]).toEqual([nothing, all(world, 'ben')])
  })

  it('leaves nothing with those who had it for a while in which the storage was down', async () => {
    const { world } = await openWorld()
    redis.isDown = true
    vector.isDown = true
    for (const resourceId of ['ben', 'ann', 'cay', 'dan']) await world.memory('transfer', { resourceId })
    redis.isDown = false
    vector.isDown = false
    await drained(world)
    for (const resourceId of ['ann', 'ben', 'cay']) expect(await kept(resourceId)).toEqual(nothing)
    expect(await kept('dan')).toEqual(all(world, 'dan'))
  })

  it('leaves nothing with anybody when it is deleted before the storage has heard of it', async () => {
    const { world } = await openWorld()
    redis.isDown = true
    vector.isDown = true
    await world.memory('transfer', { resourceId: 'ben' })
    await world.memory('remove', {})
    redis.isDown = false
    vector.isDown = false
    await drained(world)
    expect([await kept('ann'), await kept('ben')]).toEqual([nothing, nothing])
  })
})

/** A port whose object dies by the plan. Proof of the cast: each method stays what it was. */
function mortal<Port extends object>(port: Port, plan: Plan): Port {
  const entries = Object.entries(port).map(
    ([name, method]: [string, (...args: unknown[]) => Promise<unknown>]) => [
      name,
      async (...args: unknown[]) => {
        const call = plan.calls
        plan.calls += 1
        if (call > plan.dieAt) return method(...args)
        const result = await method(...args)
        if (call !== plan.dieAt) return result
        plan.die()
        return new Promise(() => undefined)
      },
    ],
  )
  return Object.fromEntries(entries) as Port
}

async function drained(world: ThreadWorld): Promise<void> {
  await world.platform.idle()
  while (world.thread.parts.rows.hasOutbox()) await world.ring()
}

/** What is to be kept of the one whose thread it is. */
function all(world: ThreadWorld, resourceId: string) {
  return {
    threads: [expect.objectContaining({ threadId: 'thread', resourceId })],
    messages: JSON.parse(JSON.stringify(world.messages())) as unknown,
    vectors: world.messages().length,
  }
}
