import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { say } from '../fixtures/openai/index.ts'
import { hasRedisServer } from '../fixtures/upstash/redis-process.ts'
import type { UpstashRedisServer } from '../fixtures/upstash/redis-server.ts'
import { startUpstashRedis } from '../fixtures/upstash/redis-server.ts'
import { errorOf, generate, get, newId, resultOf } from './client.ts'
import { eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'

describe.skipIf(!hasRedisServer)('an app on Upstash Redis', () => {
  let redis: UpstashRedisServer
  let world: World
  beforeAll(async () => {
    redis = await startUpstashRedis()
    const vars = { UPSTASH_REDIS_REST_URL: redis.url, UPSTASH_REDIS_REST_TOKEN: redis.token }
    world = await openWorld({ vars })
  })
  afterAll(async () => {
    await world?.close()
    await redis?.close()
  })

  const speak = async (thread: string, resourceId: string): Promise<void> => {
    world.stage.play(thread, say('hello'))
    expect(await resultOf(await generate(world, { thread, text: `#${thread}`, resourceId }))).toMatchObject({
      text: 'hello',
    })
  }
  const list = (resourceId: string): Promise<Response> =>
    get(world, `/api/memory/threads?resourceId=${resourceId}`)
  const idsOf = async (resourceId: string): Promise<string[]> => {
    const response = await list(resourceId)
    if (!response.ok) return []
    const { threads }: { threads: { id: string }[] } = await response.json()
    return threads.map(({ id }) => id)
  }

  it('says so', async () => {
    const health: unknown = await (await get(world, '/health')).json()
    expect(health).toMatchObject({ status: 'ok', storage: { documents: 'upstash-redis', vectors: 'store' } })
  })

  it("keeps the list of a resource's threads there", async () => {
    const [resourceId, thread] = [newId('user'), newId('t')]
    await speak(thread, resourceId)
    await eventually(
      'the thread is listed',
      async () => (await idsOf(resourceId)).includes(thread) || undefined,
    )
    const stored = await redis.command('HGET', `edgewise:resource/${resourceId}:d:threads:-`, thread)
    expect(JSON.parse(String(stored))).toMatchObject({ id: thread, body: { threadId: thread, resourceId } })
    const messages = `edgewise:resource/${resourceId}:d:thread:-/${thread}`
    const told = await eventually('its messages are told', async () => {
      const bodies = await redis.command('HVALS', messages)
      return Array.isArray(bodies) && bodies.length === 2 ? bodies : undefined
    })
    const texts = told.map((body) => JSON.parse(String(body))).toSorted((a, b) => a.index.seq - b.index.seq)
    expect(texts.map(({ body: { role } }) => role)).toEqual(['user', 'assistant'])
    redis.heard.length = 0
    await list(resourceId)
    expect(
      redis
        .commands()
        .map(([name]) => name)
        .toSorted(),
    ).toEqual(['HMGET', 'ZLEXCOUNT', 'ZRANGE'])
  })

  it('answers while Redis is down, says that the list cannot be had, and catches up', async () => {
    const [resourceId, thread] = [newId('user'), newId('t')]
    redis.isDown = true
    await speak(thread, resourceId)
    expect(await errorOf(await list(resourceId))).toEqual({
      status: 503,
      error: { code: 'storage_unavailable', message: 'Upstash Redis could not be reached' },
    })
    redis.isDown = false
    await eventually(
      'the thread is listed',
      async () => (await idsOf(resourceId)).includes(thread) || undefined,
    )
    for (const line of world.log) expect(line).not.toContain(redis.token)
  })
})
