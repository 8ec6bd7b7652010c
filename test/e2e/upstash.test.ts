import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { say } from '../fixtures/openai/index.ts'
import { hasRedisServer } from '../fixtures/upstash/redis-process.ts'
import type { UpstashRedisServer } from '../fixtures/upstash/redis-server.ts'
import { startUpstashRedis } from '../fixtures/upstash/redis-server.ts'
import { contextOf, errorOf, generate, get, newId, post, resultOf } from './client.ts'
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

  /** Who said the two messages that are told of the thread, read past the kit. */
  const rolesTold = async (resourceId: string, thread: string): Promise<string[]> => {
    const key = `edgewise:resource/${resourceId}:d:thread:-/${thread}`
    const bodies = await eventually('both messages are told', async () => {
      const found = await redis.command('HVALS', key)
      return Array.isArray(found) && found.length === 2 ? found : undefined
    })
    const documents: { index: { seq: number }; body: { role: string } }[] = bodies.map((body) =>
      JSON.parse(String(body)),
    )
    return documents.toSorted((a, b) => a.index.seq - b.index.seq).map(({ body }) => body.role)
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
    expect(await rolesTold(resourceId, thread)).toEqual(['user', 'assistant'])
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

  it('tells what it still had to tell after it was killed, though nobody asks it anything', async () => {
    const [resourceId, thread] = [newId('user'), newId('t')]
    redis.isDown = true
    await speak(thread, resourceId)
    await world.kill()
    redis.isDown = false
    await world.restart()
    expect(await rolesTold(resourceId, thread)).toEqual(['user', 'assistant'])
  })

  /** The run as another service reads it, once it stands so. */
  const runTold = (runId: string, status: string): Promise<unknown> =>
    eventually(`the run is told as ${status}`, async () => {
      const found = await redis.command('HGET', `edgewise:runs/payment:d:run:-/payment/${runId}`, 'record')
      const { body } = JSON.parse(String(found ?? '{}')) as { body?: { status: string } }
      return body?.status === status ? body : undefined
    })
  const start = (runId: string, step: 'start-async' | 'resume-async', body: object): Promise<Response> =>
    post(world, `/api/workflows/payment/${step}?runId=${runId}`, {
      ...body,
      runtimeContext: contextOf(world),
    })
  const shown = async (runId: string): Promise<unknown> =>
    (await get(world, `/api/workflows/payment/runs/${runId}`)).json()

  it('tells of a run of a workflow wherever it comes to stand, and of its end after an outage and a SIGKILL', async () => {
    const runId = newId('run')
    await start(runId, 'start-async', { inputData: { amount: 4 } })
    expect(await runTold(runId, 'suspended')).toMatchObject({
      payload: { amount: 4 },
      suspended: [['approve']],
    })
    redis.isDown = true
    const answered = await start(runId, 'resume-async', {
      step: 'approve',
      resumeData: { approved: true },
    })
    expect(await answered.json()).toMatchObject({ status: 'success' })
    await world.kill()
    redis.isDown = false
    await world.restart()
    // Nobody asks for it.
    const { result, steps } = (await runTold(runId, 'success')) as { result: unknown; steps: unknown }
    expect(await shown(runId)).toMatchObject({ status: 'success', result, steps })
    const gone = await fetch(`${world.url}/api/workflows/payment/runs/${runId}`, { method: 'DELETE' })
    expect(gone.status).toBe(200)
    expect(await redis.command('EXISTS', `edgewise:runs/payment:d:run:-/payment/${runId}`)).toBe(0)
  })
})

it('does not start on half a configuration, and says which half is missing', async () => {
  const vars = { UPSTASH_VECTOR_REST_URL: 'https://name.upstash.io' }
  await expect(openWorld({ vars })).rejects.toThrow(
    'UPSTASH_VECTOR_REST_URL is set and UPSTASH_VECTOR_REST_TOKEN is not',
  )
})
