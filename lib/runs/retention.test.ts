import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { RunWorld } from '../../test/fixtures/run-world.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'

const DAY = 24 * 3600_000
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
  execute: ({ resumeData, suspend }) => resumeData ?? suspend({}),
})
const fail = createStep({
  id: 'fail',
  execute: () => {
    throw new Error('no')
  },
})
const kept = (keepRunsMs?: number) =>
  createWorkflow({ id: 'flow', inputSchema: count, ...(keepRunsMs !== undefined && { keepRunsMs }) })

const listed = async (world: RunWorld): Promise<unknown> =>
  (await world.documents.query('runs:-', { by: 'createdAt', limit: 10 })).documents.map(({ id }) => id)

const tables = (world: RunWorld): unknown =>
  world.platform.sql.run(`SELECT name FROM sqlite_master WHERE type = 'table'`)

/** Alarms ring until nothing is left to be told. */
async function told(world: RunWorld): Promise<void> {
  await world.platform.idle()
  await world.advance(2000)
  await world.platform.idle()
}

describe('a run that has ended', () => {
  it('is kept until somebody deletes it, and no alarm is left, where the workflow does not say otherwise', async () => {
    const world = new RunWorld(kept().then(add).commit())
    await world.through({ n: 1 })
    await told(world)
    expect(world.platform.alarmAt).toBeNull()
    expect(await listed(world)).toEqual(['r1'])
  })

  it.each([
    ['succeeded', kept(DAY).then(add).commit()],
    ['failed', kept(DAY).then(fail).commit()],
  ])(
    'is erased with its place on the list once its time is over, by its own alarm: %s',
    async (_how, flow) => {
      const world = new RunWorld(flow)
      await world.through({ n: 1 })
      await told(world)
      expect(world.platform.alarmAt).toBe(1_000_000 + DAY)
      world.restart()
      await world.advance(DAY - 2001)
      expect((await world.run.record())?.runId).toBe('r1')
      await world.advance(1)
      await world.platform.idle()
      expect(await world.run.record()).toBeUndefined()
      expect(await listed(world)).toEqual([])
      expect(tables(world)).toEqual([])
    },
  )

  it('is erased once, whatever commit its object dies after', async () => {
    const world = new RunWorld(kept(DAY).then(add).commit())
    await world.through({ n: 1 })
    await told(world)
    world.afterCommit = () => new Promise(() => undefined)
    void world.advance(DAY)
    await new Promise((resolve) => setTimeout(resolve, 0))
    world.afterCommit = undefined
    world.restart()
    await world.ring()
    await world.platform.idle()
    expect(await listed(world)).toEqual([])
    expect(tables(world)).toEqual([])
  })

  it('stays while it waits for somebody, however long, and for as long after its end', async () => {
    const world = new RunWorld(kept(DAY).then(ask).commit())
    await world.through({ n: 1 })
    await told(world)
    await world.advance(100 * DAY)
    expect((await world.run.record())?.status).toBe('suspended')
    await world.resume({ n: 5 })
    const end = world.now
    await told(world)
    expect(world.platform.alarmAt).toBe(end + DAY)
  })

  it('stays where its list cannot be told that it has ended, and goes when it has been', async () => {
    const state = { isDown: false }
    const world: RunWorld = new RunWorld(kept(1).then(add).commit(), {
      documents: () => {
        if (state.isDown) throw new Error('the storage is down')
        return world.documents
      },
    })
    state.isDown = true
    await world.through({ n: 1 })
    await told(world)
    expect((await world.run.record())?.status).toBe('success')
    state.isDown = false
    await world.advance(300_000)
    await world.platform.idle()
    await world.ring()
    await world.platform.idle()
    expect(await listed(world)).toEqual([])
    expect(tables(world)).toEqual([])
  })

  it('does not ring all the time where its list cannot be told once its time is over', async () => {
    const state = { isDown: true }
    const world: RunWorld = new RunWorld(kept(1).then(add).commit(), {
      documents: () => {
        if (state.isDown) throw new Error('the storage is down')
        return world.documents
      },
    })
    await world.through({ n: 1 })
    await told(world)
    for (let rings = 0; rings < 5; rings += 1) {
      await world.ring()
      await world.platform.idle()
      expect(world.platform.alarmAt).toBeGreaterThanOrEqual(world.now + 2000)
    }
    state.isDown = false
    for (let rings = 0; rings < 3 && world.platform.alarmAt !== null; rings += 1) {
      await world.ring()
      await world.platform.idle()
    }
    expect([await listed(world), tables(world)]).toEqual([[], []])
  })

  it.each([
    ['in memory', false],
    ['that the object reads anew', true],
  ])('goes though its workflow was changed where it has been: one %s', async (_how, isNew) => {
    const world = new RunWorld(kept(DAY).then(add).commit())
    await world.through({ n: 1 })
    await told(world)
    world.workflow = kept(DAY).then(ask).then(add).commit()
    if (isNew) world.restart()
    await world.ring()
    await world.platform.idle()
    expect([await listed(world), tables(world)]).toEqual([[], []])
  })

  it('goes where it was ended because its workflow was changed', async () => {
    const world = new RunWorld(kept(DAY).then(ask).commit())
    await world.through({ n: 1 })
    await told(world)
    world.workflow = kept(DAY).then(add).commit()
    world.restart()
    await world.run.cancel()
    const end = world.now
    await told(world)
    await told(world)
    await told(world)
    expect(world.platform.alarmAt).toBe(end + DAY)
    await world.ring()
    await world.platform.idle()
    expect([await listed(world), tables(world)]).toEqual([[], []])
  })

  it.each([0, -1, 1.5, Number.NaN, Infinity])('cannot be kept for %s milliseconds', (ms) => {
    expect(() => kept(ms)).toThrow(/^Cannot use keepRunsMs of workflow "flow" .*whole number from 1/)
  })
})
