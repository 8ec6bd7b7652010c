import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { embeddedShelf, ErasingWorld, OWNER, redisShelf } from '../../test/fixtures/erasing-world.ts'
import { settle } from '../../test/fixtures/object-world.ts'
import { hasRedisServer } from '../../test/fixtures/upstash/redis-process.ts'
import type { UpstashRedisServer } from '../../test/fixtures/upstash/redis-server.ts'
import { startUpstashRedis } from '../../test/fixtures/upstash/redis-server.ts'
import { scheduleAddress, workflowRunAddress } from '../protocol/address.ts'
import { childRun } from '../workflows/child-run.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'

const said = z.object({ word: z.string() })
const DAY = 24 * 3600_000

/** What was made good. `gate` holds it up. */
const undone: string[] = []
let gate: Promise<void> | undefined
beforeEach(() => {
  undone.length = 0
  gate = undefined
})

const echo = createStep({
  id: 'echo',
  inputSchema: said,
  outputSchema: said,
  execute: ({ inputData }) => inputData,
})
const pay = createStep({
  id: 'pay',
  inputSchema: said,
  outputSchema: said,
  execute: ({ inputData }) => inputData,
  compensate: async ({ runId }) => {
    await gate
    undone.push(runId)
  },
})
const ask = createStep({
  id: 'ask',
  inputSchema: said,
  execute: ({ suspend }) => suspend({ asked: 'xyzzy' }),
})
const flow = <const Id extends string>(id: Id) => createWorkflow({ id, inputSchema: said })
const child = flow('child').then(pay).then(ask).commit()
const workflows = [
  flow('quick').then(echo).commit(),
  flow('pays').then(pay).then(ask).commit(),
  child,
  flow('parent').then(childRun(child)).commit(),
  createWorkflow({ id: 'narrow', inputSchema: said, concurrency: { limit: 1 } })
    .then(ask)
    .commit(),
]

const NONE = { threads: 0, runs: 0, schedules: 0 }

let server: UpstashRedisServer | undefined
beforeAll(async () => {
  if (hasRedisServer) server = await startUpstashRedis()
})
afterAll(() => server?.close())
beforeEach(() => server?.reset())

const shelves = [
  { name: 'the embedded storage', open: embeddedShelf },
  ...(hasRedisServer
    ? [
        {
          name: 'Upstash Redis',
          open: (now: () => number) => {
            if (!server) throw new Error('It has been started')
            return redisShelf(server, now)
          },
        },
      ]
    : []),
]

/** One of each, told to all lists. */
async function settled(world: ErasingWorld): Promise<void> {
  for (const workflow of ['quick', 'pays', 'parent', 'narrow']) await world.start(workflow)
  await world.start('narrow', 'r2')
  await world.start('pays', 'own', { boundTo: OWNER })
  await world.schedule('quick')
  await world.schedule('quick', 'own', OWNER)
  await world.advance(3000)
}

/** An object dies after this commit, and whoever was to erase is not asked again. */
async function eraseDyingAfter(open: typeof embeddedShelf, k?: number): Promise<ErasingWorld> {
  await server?.reset()
  undone.length = 0
  const world = new ErasingWorld(open, ...workflows)
  await settled(world)
  world.commits = 0
  let deaths = 0
  world.afterCommit = async (commit, address) => {
    if (commit !== k || deaths > 0) return
    deaths += 1
    world.die(address)
    await new Promise(() => undefined)
  }
  await world.erase().catch(() => undefined)
  await world.advance(30 * 60_000)
  expect(await world.traces(), `commit ${k}`).toEqual([])
  expect(new Set(undone).size, `commit ${k}`).toBe(3)
  expect(deaths).toBe(k === undefined ? 0 : 1)
  return world
}

describe.each(shelves)('erasing a resource, on $name', ({ open }) => {
  it('leaves no trace of its runs and schedules, and makes good what they had done', async () => {
    const world = new ErasingWorld(open, ...workflows)
    await settled(world)
    await world.start('pays', 'ben', { resourceId: 'ben' })
    await world.advance(61_000)
    expect((await world.traces()).length).toBeGreaterThan(20)
    const { erased } = await world.erase()
    await world.advance(20 * 60_000)
    expect((await world.traces()).filter((trace) => !trace.includes('ben'))).toEqual([])
    expect(erased.schedules).toBe(2)
    // Those that take their time, and those that go with who has started them, are not among them.
    expect(erased.runs).toBeGreaterThan(3)
    expect(undone.filter((runId) => runId === 'r' || runId === 'own')).toHaveLength(2)
    expect(undone).toHaveLength(3)
    expect(
      (await world.ask<{ status: string }>(workflowRunAddress(undefined, 'pays', 'ben'), { type: 'record' }))
        .status,
    ).toBe('suspended')
    expect(await world.erase()).toEqual({ erased: NONE })
  })

  it('comes to its end by its alarm, whatever commit an object dies after', async () => {
    const { commits } = await eraseDyingAfter(open)
    expect(commits).toBeGreaterThan(25)
    for (let k = 0; k < commits; k += 1) await eraseDyingAfter(open, k)
  })

  it('finishes by its alarm what the storage does not take, whatever it does not take', async () => {
    for (const call of ['delete', 'clear', 'query', 'put', 'get']) {
      await server?.reset()
      const world = new ErasingWorld(open, ...workflows)
      await settled(world)
      world.isDown = (name) => name === call
      const report = await world.erase()
      if (call === 'delete' || call === 'query') expect(report, call).toMatchObject({ isPending: true })
      await world.advance(90_000)
      world.isDown = () => false
      await world.advance(30 * 60_000)
      expect(await world.traces(), call).toEqual([])
    }
  })
})

describe('what an erasure could not know of', () => {
  it('a run, and a schedule, that no list had heard of erase themselves before they are told', async () => {
    const world = new ErasingWorld(embeddedShelf, ...workflows)
    world.isDown = (call) => call === 'put'
    await world.start('parent')
    await world.start('pays')
    await world.schedule('quick')
    await world.advance(3000)
    expect(await world.erase()).toEqual({ erased: NONE })
    // Longer than it looks again.
    await world.advance(20 * 60_000)
    world.isDown = () => false
    await world.advance(20 * 60_000)
    expect(await world.traces()).toEqual([])
    expect(new Set(undone).size).toBe(2)
  })

  it('is found a little later, where a list heard of it late', async () => {
    const world = new ErasingWorld(embeddedShelf, ...workflows)
    await world.start('quick')
    await world.start('pays')
    await world.erase()
    await world.advance(6000)
    expect(await world.traces()).toEqual([])
  })

  it('a schedule starts nothing more once it is erased, though it was just about to', async () => {
    const world = new ErasingWorld(embeddedShelf, ...workflows)
    await world.schedule('quick')
    await world.advance(61_000)
    let isHeld = true
    const held = Promise.withResolvers<void>()
    const { callRun } = world.over.erasure ?? {}
    expect(callRun).toBeDefined()
    world.over.callRun = async (address, call) => {
      if (isHeld && call.type === 'start') await held.promise
      return world.call(address, call)
    }
    world.die(scheduleAddress(undefined, 's'))
    void world.ask(scheduleAddress(undefined, 's'), { type: 'schedule-run', nonce: 'wish' })
    await settle()
    const erasing = world.erase()
    await settle()
    isHeld = false
    held.resolve()
    await erasing
    await world.advance(20 * 60_000)
    expect(await world.traces()).toEqual([])
  })

  it('leaves alone what is begun after it', async () => {
    const world = new ErasingWorld(embeddedShelf, ...workflows)
    await world.start('pays')
    await world.advance(3000)
    await world.erase()
    await world.advance(1000)
    await world.start('pays', 'new')
    await world.schedule('quick', 'new')
    await world.advance(30 * 60_000)
    expect(undone).toEqual(['r'])
    expect(await world.ask(workflowRunAddress(undefined, 'pays', 'new'), { type: 'record' })).toMatchObject({
      status: 'suspended',
    })
    expect(await world.ask(scheduleAddress(undefined, 'new'), { type: 'schedule-get' })).toMatchObject({
      id: 'new',
    })
  })
})

describe('a run that makes good what it has done', () => {
  it('is waited for, and erased once it has', async () => {
    const world = new ErasingWorld(embeddedShelf, ...workflows)
    const { promise, resolve } = Promise.withResolvers<void>()
    gate = promise
    await world.start('pays')
    await world.advance(3000)
    expect(await world.erase()).toEqual({ erased: NONE, isPending: true })
    await world.advance(600_000)
    expect(await world.traces()).not.toEqual([])
    // Who asks again goes on with the same.
    expect(await world.erase()).toEqual({ erased: NONE, isPending: true })
    resolve()
    await world.advance(600_000)
    expect(undone).toEqual(['r'])
    expect(await world.traces()).toEqual([])
  })

  it('is waited for no longer than a day: then it goes, and the log says what was left', async () => {
    const world = new ErasingWorld(embeddedShelf, ...workflows)
    gate = new Promise(() => undefined)
    await world.start('pays')
    await world.advance(3000)
    await world.erase()
    await world.advance(DAY + 600_000)
    expect(await world.traces()).toEqual([])
    expect(
      world.logged.filter((line) => line.includes('not all that it had done was made good')),
    ).toHaveLength(1)
  })
})
