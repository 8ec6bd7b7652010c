import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createNodeSql } from '../../test/fixtures/node-sql.ts'
import { RunWorld } from '../../test/fixtures/run-world.ts'
import { hasRedisServer } from '../../test/fixtures/upstash/redis-process.ts'
import type { UpstashRedisServer } from '../../test/fixtures/upstash/redis-server.ts'
import { startUpstashRedis } from '../../test/fixtures/upstash/redis-server.ts'
import type { JsonValue } from '../protocol/json.ts'
import { createSqlDocuments } from '../storage/adapters/sql-documents.ts'
import { createUpstashDocuments } from '../storage/adapters/upstash-documents.ts'
import { connectRedis } from '../storage/adapters/upstash-redis.ts'
import type { Documents } from '../storage/documents.ts'
import type { FlowDefinition } from '../workflows/graph.ts'
import { cloneStep, createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'

const count = z.object({ n: z.number() })
const add = createStep({
  id: 'add',
  inputSchema: count,
  outputSchema: count,
  execute: ({ inputData }) => ({ n: inputData.n + 1 }),
})
const ask = createStep({
  id: 'ask',
  inputSchema: count,
  outputSchema: count,
  resumeSchema: count,
  execute: ({ resumeData, suspend }) => resumeData ?? suspend({ why: 'é😀"' }),
})
const flow = () => createWorkflow({ id: 'flow', inputSchema: count })
const asking = () =>
  flow()
    .then(add)
    .then(ask)
    .then(cloneStep(add, { id: 'thank' }))
    .commit()

/** A world whose shards are separate, as everywhere, and whose storage may be down. */
function openWorld(workflow: FlowDefinition = asking(), isShared = true) {
  const shards = new Map<string, Documents>()
  const storage = { isDown: false, calls: 0 }
  const open = (shard: string): Documents => {
    storage.calls += 1
    if (storage.isDown) throw new Error('the storage is down')
    const documents = shards.get(shard) ?? createSqlDocuments(createNodeSql())
    shards.set(shard, documents)
    return documents
  }
  const world = new RunWorld(workflow, { isShared, documents: open })
  const told = async () => (await open('runs/flow').get('run:-/flow/r1', 'record'))?.body
  return { world, storage, told }
}

async function drained({ world }: Pick<ReturnType<typeof openWorld>, 'world'>): Promise<void> {
  await world.platform.idle()
  while (world.run.parts.rows.hasOutbox) {
    await world.ring()
    await world.platform.idle()
  }
}

describe('a run that is told elsewhere', () => {
  it('is told whole wherever it comes to stand, and not with each of its steps', async () => {
    const place = openWorld()
    const { world, told } = place
    await world.through({ n: 1 })
    await drained(place)
    expect(await told()).toEqual(await world.run.record())
    expect(await told()).toMatchObject({
      status: 'suspended',
      steps: { add: { output: { n: 2 } }, ask: { suspendPayload: { why: 'é😀"' } } },
      suspended: [['ask']],
    })
    await world.resume({ n: 5 })
    await drained(place)
    expect(await told()).toEqual(await world.run.record())
    expect(await told()).toMatchObject({ status: 'success', result: { n: 6 }, suspended: [] })
    expect(world.problems).toEqual([])
  })

  it('costs no row, and nothing at all where nobody else can read the storage', async () => {
    const [shared, own] = [openWorld(asking(), true), openWorld(asking(), false)]
    for (const { world } of [shared, own]) {
      await world.through({ n: 1 })
      await world.resume({ n: 5 })
      await drained({ world })
    }
    expect(shared.world.platform.sql.written).toEqual(own.world.platform.sql.written)
    expect(await own.told()).toBeUndefined()
  })

  it('catches up with a whole run in which the storage was down, also in the next life of the object', async () => {
    const place = openWorld()
    const { world, storage, told } = place
    storage.isDown = true
    await world.through({ n: 1 })
    await world.resume({ n: 5 })
    world.restart()
    await world.ring()
    storage.isDown = false
    expect(await told()).toBeUndefined()
    await drained(place)
    expect(await told()).toEqual(await world.run.record())
  })

  it('is erased with the run, and what comes late does not bring it back', async () => {
    const place = openWorld()
    const { world, storage, told } = place
    await world.through({ n: 1 })
    storage.isDown = true
    await world.run.remove()
    storage.isDown = false
    await drained(place)
    expect(await told()).toBeUndefined()
    // It begins anew under its id.
    await world.through({ n: 7 })
    await drained(place)
    expect(await told()).toMatchObject({ payload: { n: 7 } })
  })

  it('says what is on disk, for every commit after which the object dies', async () => {
    const calm = openWorld()
    await calm.world.through({ n: 1 })
    await calm.world.resume({ n: 5 })
    const { commits } = calm.world
    expect(commits).toBeGreaterThan(3)
    for (let k = 0; k < commits; k += 1) {
      const place = openWorld()
      const { world, told } = place
      const death = new Promise<void>((resolve) => {
        world.afterCommit = async (commit) => {
          if (commit !== k) return
          resolve()
          await new Promise(() => undefined)
        }
      })
      const life = async (): Promise<void> => {
        await world.through({ n: 1 })
        await world.resume({ n: 5 })
      }
      await Promise.race([life(), death])
      world.restart()
      world.afterCommit = undefined
      while (!(await world.run.record())?.result) {
        const { status } = (await world.run.record()) ?? {}
        if (status === 'suspended') await world.resume({ n: 5 })
        else await world.through({ n: 1 })
      }
      await drained(place)
      expect(await told(), `commit ${k}`).toEqual(await world.run.record())
      expect(world.problems).toEqual([])
    }
  })

  it('whose workflow was changed is told as it was, standing as it stands', async () => {
    const place = openWorld()
    const { world, told } = place
    await world.through({ n: 1 })
    await drained(place)
    world.restart()
    world.workflow = flow().then(ask).commit()
    expect(await world.run.cancel()).toBe(true)
    await drained(place)
    expect(await told()).toMatchObject({
      status: 'canceled',
      payload: { n: 1 },
      steps: { add: { output: { n: 2 } } },
      suspended: [],
    })
  })
})

describe.skipIf(!hasRedisServer)('on Upstash Redis', () => {
  let server: UpstashRedisServer
  beforeAll(async () => {
    server = await startUpstashRedis()
  })
  afterAll(() => server.close())
  beforeEach(() => server.reset())

  const openRedis = (workflow: FlowDefinition) => {
    const redis = connectRedis(server, { random: () => 0.5, wait: async () => undefined })
    const documents = (shard: string) => createUpstashDocuments(redis, shard)
    return { world: new RunWorld(workflow, { isShared: true, documents }), documents }
  }
  const KEY = 'edgewise:runs/flow:d:run:-/flow/r1'
  const names = (): string[] => server.commands().map(([name = '']) => name)

  it('a run is one field of a hash, and one command wherever it comes to stand', async () => {
    const place = openRedis(asking())
    const { world } = place
    await world.through({ n: 1 })
    await drained(place)
    server.heard.length = 0
    // It goes on and ends: what is told at once is told once. The month that the list looks for, the list, the run.
    await world.resume({ n: 5 })
    await drained(place)
    expect(names()).toEqual(['HMGET', 'EVALSHA', 'EVALSHA'])
    expect(await server.command('HKEYS', KEY)).toEqual(['record'])
    const { body }: { body: JsonValue } = JSON.parse(String(await server.command('HGET', KEY, 'record')))
    expect(body).toEqual(JSON.parse(JSON.stringify(await world.run.record())))
    await world.run.remove()
    await drained(place)
    expect(await server.command('EXISTS', KEY)).toBe(0)
  })

  it('a large one is compressed, a very large one is in pieces', async () => {
    for (const [items, pieces] of [
      [2000, 1],
      [150_000, 2],
    ] as const) {
      await server.reset()
      const long = Array.from({ length: items }, (_, at) => `${(at * 2_654_435_761) % 4_294_967_296}`)
      const step = createStep({
        id: 'long',
        inputSchema: count,
        outputSchema: z.object({ long: z.array(z.string()) }),
        execute: () => ({ long }),
      })
      const place = openRedis(flow().then(step).commit())
      await place.world.through({ n: 1 })
      await drained(place)
      const told = await place.documents('runs/flow').get('run:-/flow/r1', 'record')
      expect(told?.body).toMatchObject({ result: { long } })
      expect(await server.command('HLEN', KEY)).toBeGreaterThanOrEqual(pieces)
      expect(Math.max(...server.heard.map(({ bytesIn }) => bytesIn))).toBeLessThan(1_000_000)
    }
  })
})
