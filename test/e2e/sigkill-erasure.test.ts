import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { say } from '../fixtures/openai/index.ts'
import { hasRedisServer } from '../fixtures/upstash/redis-process.ts'
import type { UpstashRedisServer } from '../fixtures/upstash/redis-server.ts'
import { startUpstashRedis } from '../fixtures/upstash/redis-server.ts'
import { contextOf, generate, get, newId, post, resultOf } from './client.ts'
import { eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'

describe.skipIf(!hasRedisServer)('SIGKILL while a resource is erased', () => {
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

  it('leaves it to be finished without a request: nothing of it is in Redis, nor in any object', async () => {
    const owner = newId('ann')
    const runId = newId('stay')
    const { thread } = await settle(owner, runId)
    const release = world.sink.hold(({ key, tool }) => tool === 'undo-room' && key.startsWith(`${runId}/`))
    const erased = await fetch(`${world.url}/api/memory/resources/${owner}`, { method: 'DELETE' })
    expect(await erased.json()).toMatchObject({ resourceId: owner, isPending: true })
    expect(erased.status).toBe(202)
    const undo = ({ key, tool }: { key: string; tool: string }): boolean =>
      tool === 'undo-room' && key.startsWith(`${runId}/`)
    await world.sink.effects.reached('the room given back', undo, 1)
    await world.kill()
    release()
    await world.restart()
    await eventually('nothing of it is in Redis', async () => {
      const found = await keptIn(redis, owner)
      return found.length === 0 ? true : undefined
    })
    expect((await get(world, `/api/memory/threads/${thread}`)).status).toBe(404)
    expect((await get(world, `/api/workflows/stay/runs/${runId}`)).status).toBe(404)
    await world.kill()
    expect(rowsWith(world.state, owner)).toEqual([])
  })

  /** A thread, a run that has something to make good, a schedule, and a fact. */
  async function settle(owner: string, runId: string): Promise<{ thread: string }> {
    const thread = newId('t')
    world.stage.play(thread, say('hello'))
    await resultOf(await generate(world, { thread, text: `#${thread}`, resourceId: owner }))
    const body = { inputData: {}, requestContext: contextOf(world), resourceId: owner }
    await ok(post(world, `/api/workflows/stay/start-async?runId=${runId}`, body))
    await ok(post(world, '/api/memory/facts', { key: 'pet', value: 'dog', resourceId: owner }))
    const schedule = { workflowId: 'stay', cron: '0 3 1 1 *', resourceId: owner, inputData: {} }
    await ok(post(world, '/api/schedules', { id: newId('s'), ...schedule }))
    // A step that is aborted has nothing to make good.
    await eventually('all of it is on lists, and the run waits', async () => {
      const lines = (await (await get(world, `/api/memory/resources/${owner}/export`)).text()).split('\n')
      const types = lines.map((line) => /^\{"type":"([a-z-]+)"/.exec(line)?.[1])
      const isWaiting = lines.some((line) => line.includes('"status":"suspended"'))
      return (
        (isWaiting && ['thread', 'run', 'schedule', 'fact'].every((type) => types.includes(type))) ||
        undefined
      )
    })
    return { thread }
  }
})

async function ok(answer: Promise<Response>): Promise<void> {
  const response = await answer
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
}

async function keptIn(redis: UpstashRedisServer, word: string): Promise<string[]> {
  const keys = await redis.command('KEYS', '*')
  const found: string[] = []
  for (const key of Array.isArray(keys) ? keys.map(String) : []) {
    const type = String(await redis.command('TYPE', key))
    const read = { hash: ['HGETALL', key], zset: ['ZRANGE', key, '0', '-1'], string: ['GET', key] }[type]
    // One that was erased meanwhile has no type, and an empty command no answer.
    if (read) found.push(`${key} ${JSON.stringify(await redis.command(...read))}`)
    else expect(type).toBe('none')
  }
  return found.filter((one) => one.includes(word))
}

/** The rows of all objects that hold a word. The tables of the machine's stand-in for the platform hold their names. */
function rowsWith(state: string, word: string): string[] {
  const files = readdirSync(state, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.sqlite') && !name.endsWith('metadata.sqlite'))
    .map((name) => join(state, name))
  expect(files.length).toBeGreaterThan(3)
  return files.flatMap((file) => {
    const database = new DatabaseSync(file)
    const tables = database
      .prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_*'`)
      .all()
    const rows = tables.flatMap(({ name }) => database.prepare(`SELECT * FROM "${String(name)}"`).all())
    database.close()
    return rows.map((row) => JSON.stringify(row)).filter((row) => row.includes(word))
  })
}
