import { beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { embeddedShelf, ErasingWorld, OWNER } from '../../test/fixtures/erasing-world.ts'
import { FACTS_COLLECTION } from '../memory/facts.ts'
import { erasureAddress, resourceShard, workflowRunAddress } from '../protocol/address.ts'
import { createMemoryVectors } from '../storage/adapters/memory-vectors.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'
import type { ErasureReport } from './erasure-call.ts'

const said = z.object({ word: z.string() })
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** Holds up what is made good. */
let gate: Promise<void> | undefined
beforeEach(() => {
  gate = undefined
})

const pay = createStep({
  id: 'pay',
  inputSchema: said,
  outputSchema: said,
  execute: ({ inputData }) => inputData,
  compensate: () => gate,
})
const ask = createStep({ id: 'ask', inputSchema: said, execute: ({ suspend }) => suspend({}) })
const flow = (id: string) => createWorkflow({ id, inputSchema: said })
const pays = flow('pays').then(pay).then(ask).commit()

const statusOf = async (world: ErasingWorld, runId: string): Promise<string> =>
  (
    await world.ask<{ status: string }>(workflowRunAddress(undefined, 'pays', runId), {
      type: 'record',
    })
  ).status

describe('an erasure that something keeps from its end', () => {
  it('leaves alone what is begun and stored after it, though an index refuses to be deleted for long', async () => {
    const world = new ErasingWorld(embeddedShelf, pays)
    const vectors = createMemoryVectors()
    let isRefused = true
    const { erasure, documents } = world.over
    if (!erasure || !documents) throw new Error('This world has both')
    world.over.erasure = {
      ...erasure,
      vectors: () => ({
        ...vectors,
        listIndexes: async () => ['messages/some'],
        deleteIndex: async () => {
          if (isRefused) throw new Error('the service refuses')
        },
      }),
    }
    const store = documents(resourceShard(OWNER))
    const fact = { id: 'pet', index: {}, body: {}, version: 1 }
    await store.put(FACTS_COLLECTION, fact)
    await world.start('pays')
    await world.advance(3000)
    expect(await world.erase()).toMatchObject({ isPending: true })
    expect(await store.get(FACTS_COLLECTION, 'pet')).toBeUndefined()
    await world.advance(10 * MINUTE)
    await world.start('pays', 'new')
    await store.put(FACTS_COLLECTION, { ...fact, version: 2 })
    await world.advance(60 * MINUTE)
    isRefused = false
    await world.advance(60 * MINUTE)
    expect(await statusOf(world, 'new')).toBe('suspended')
    expect(await store.get(FACTS_COLLECTION, 'pet')).toMatchObject({ version: 2 })
    // It has come to its end, and rings no more.
    expect(world.platformOf(erasureAddress(OWNER)).alarmAt).toBeNull()
  })

  it('waits for a run no longer than a day also where it was found when it was looked again', async () => {
    const world = new ErasingWorld(embeddedShelf, pays)
    gate = new Promise(() => undefined)
    const slow = Promise.withResolvers<void>()
    const { documents } = world.over
    if (!documents) throw new Error('This world has some')
    world.over.documents = (shard) => {
      const store = documents(shard)
      return { ...store, query: store.query, put: (...all) => slow.promise.then(() => store.put(...all)) }
    }
    await world.start('pays')
    expect(await world.erase()).toEqual({ erased: { threads: 0, runs: 0, schedules: 0 } })
    slow.resolve()
    await world.advance(MINUTE)
    expect(await world.traces()).not.toEqual([])
    await world.advance(DAY + 20 * MINUTE)
    expect(await world.traces()).toEqual([])
  })
})

/** The erasure's clock shows so much more than all others. */
function worldAhead(ms: number): ErasingWorld {
  const world = new ErasingWorld(embeddedShelf, pays)
  const { erasure } = world.over
  if (!erasure) throw new Error('This world has one')
  const wait = async (pause: number): Promise<void> => void (world.now += pause)
  world.over.erasure = { ...erasure, now: () => world.now + ms, wait }
  return world
}

describe('objects whose clocks differ a little', () => {
  it('what was begun just before is erased, though it says that it was later', async () => {
    const world = worldAhead(-200)
    await world.start('pays')
    await world.erase()
    await world.advance(20 * MINUTE)
    expect(await world.traces()).toEqual([])
  })

  it('what is begun once it has been answered stays, though it says that it was before', async () => {
    const world = worldAhead(200)
    await world.erase()
    await world.start('pays', 'new')
    await world.advance(20 * MINUTE)
    expect(await statusOf(world, 'new')).toBe('suspended')
  })
})

describe('an erasure that is asked for again', () => {
  it('tells both of two who ask at once of all that was erased', async () => {
    const world = new ErasingWorld(embeddedShelf, flow('asks').then(ask).commit())
    await world.start('asks')
    await world.start('asks', 'r2')
    await world.advance(3000)
    const asked = world.erase()
    world.now += 1
    const [first, second] = await Promise.all([asked, world.erase()])
    expect([first.erased.runs, second.erased.runs]).toEqual([2, 2])
    expect(second.isPending).toBeUndefined()
  })

  it('comes to its end though it is asked for faster than it can go through everything', async () => {
    const workflows = Array.from({ length: 35 }, (_, i) => flow(`flow${i}`).then(ask).commit())
    const world = new ErasingWorld(embeddedShelf, ...workflows)
    for (const { id } of workflows) await world.start(id)
    await world.advance(3000)
    let report: ErasureReport = await world.erase()
    let asked = 1
    for (; report.isPending && asked < 20; asked += 1) {
      world.now += 1
      report = await world.erase()
    }
    expect(report).toEqual({ erased: { threads: 0, runs: 35, schedules: 0 } })
    expect(asked).toBeGreaterThan(2)
  })

  it('takes along what was stored since, however far it had come', async () => {
    const world = new ErasingWorld(embeddedShelf, pays)
    const { promise, resolve } = Promise.withResolvers<void>()
    gate = promise
    await world.start('pays')
    await world.advance(3000)
    expect(await world.erase()).toMatchObject({ isPending: true })
    const store = world.over.documents?.(resourceShard(OWNER))
    await store?.put(FACTS_COLLECTION, { id: 'pet', index: {}, body: {}, version: 1 })
    world.now += 1
    expect(await world.erase()).toMatchObject({ isPending: true })
    expect(await store?.get(FACTS_COLLECTION, 'pet')).toBeUndefined()
    resolve()
    await world.advance(10 * MINUTE)
    expect(await world.traces()).toEqual([])
  })
})
