import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { RunWorld } from '../../test/fixtures/run-world.ts'
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
const add2 = cloneStep(add, { id: 'add2' })
const ask = createStep({
  id: 'ask',
  inputSchema: count,
  outputSchema: count,
  resumeSchema: count,
  execute: ({ resumeData, suspend }) => resumeData ?? suspend({}),
})
const flow = (id = 'flow') => createWorkflow({ id, inputSchema: count })

/** A step that ends when the test says so, once for each try. */
function held(effect: 'retry' | 'once' = 'retry') {
  const tries: { resolve: (n: number) => void; reject: (error: Error) => void; signal: AbortSignal }[] = []
  let arrived: (() => void) | undefined
  const step = createStep({
    id: 'held',
    inputSchema: count,
    outputSchema: count,
    effect,
    execute: ({ abortSignal }) =>
      new Promise<{ n: number }>((resolve, reject) => {
        tries.push({ resolve: (n) => resolve({ n }), reject, signal: abortSignal })
        arrived?.()
      }),
  })
  const begun = async (number: number): Promise<void> => {
    while (tries.length < number) await new Promise<void>((resolve) => (arrived = resolve))
  }
  return { step, tries, begun }
}

describe('time', () => {
  it('wakes a sleep late, never early, with nothing but the alarm', async () => {
    const world = new RunWorld(flow().then(add).sleep(60_000).then(add2).commit())
    await world.start({ n: 1 })
    await asleep(world)
    world.restart()
    await world.advance(59_999)
    // An alarm that comes too early wakes nothing.
    await world.platform.deliverAlarm(() => world.run.alarm())
    expect((await world.run.record())?.status).toBe('waiting')
    expect(world.platform.alarmAt).toBe(1_000_000 + 60_000)
    await world.advance(1)
    expect(await world.settle()).toMatchObject({ status: 'success', result: { n: 3 } })
    expect(world.problems).toEqual([])
  })

  it('sleeps until a moment, and not at all if it lies behind', async () => {
    const world = new RunWorld(
      flow()
        .sleepUntil(new Date(1))
        .sleep(() => -5)
        .then(add)
        .commit(),
    )
    expect(await world.through({ n: 1 })).toMatchObject({ status: 'success', result: { n: 2 } })
  })

  it('tries a failed step again after pauses that grow and are never shorter than was asked', async () => {
    const at: number[] = []
    const flaky = createStep({
      id: 'flaky',
      retries: { attempts: 3, delay: 1000 },
      execute: () => {
        at.push(world.now)
        throw new Error('no')
      },
    })
    const world = new RunWorld(flow().then(flaky).commit())
    await world.start({ n: 1 })
    for (let i = 1; i < 4; i += 1) {
      await asleep(world)
      await world.advance(1000 * 2 ** (i - 1) - 1)
      expect(at).toHaveLength(i)
      // Chance says 0.5: a quarter more than was asked.
      await world.advance(250 * 2 ** (i - 1) + 1)
    }
    expect(await world.settle()).toMatchObject({ status: 'failed', error: { message: 'no' } })
    expect(at).toEqual([1_000_000, 1_001_250, 1_003_750, 1_008_750])
  })

  it('ends a try of a step that takes too long', async () => {
    const slow = createStep({ id: 'slow', timeoutMs: 5, execute: () => new Promise(() => undefined) })
    const world = new RunWorld(flow().then(slow).commit())
    expect(await world.through({ n: 1 })).toMatchObject({
      status: 'failed',
      error: { code: 'step_timeout', message: 'Step "slow" did not end within 5 ms' },
    })
  })
})

describe('crashes', () => {
  it('refuse what a dead life brings late', async () => {
    const { step, tries, begun } = held()
    const world = new RunWorld(flow().then(step).then(add).commit())
    await world.start({ n: 1 })
    await begun(1)
    world.restart({ isUndead: true })
    await world.ring()
    await begun(2)
    tries[0]?.resolve(100)
    tries[1]?.resolve(5)
    expect(await world.settle()).toMatchObject({ status: 'success', result: { n: 6 } })
    world.restart()
    expect(await world.run.result()).toMatchObject({ status: 'success', result: { n: 6 } })
  })

  it('do not execute a step twice that may happen once, until somebody says so', async () => {
    const { step, tries, begun } = held('once')
    const world = new RunWorld(flow().then(step).then(add).commit())
    await world.start({ n: 1 })
    await begun(1)
    world.restart()
    await world.ring()
    expect(await world.settle()).toMatchObject({ status: 'failed', error: { code: 'step_outcome_unknown' } })
    expect(tries).toHaveLength(1)
    const restarted = world.run.restart()
    await begun(2)
    tries[1]?.resolve(7)
    await restarted
    expect(await world.settle()).toMatchObject({ status: 'success', result: { n: 8 } })
  })

  it('do not let a step begin that may happen once before its start is on disk', async () => {
    const { step, tries, begun } = held('once')
    const world = new RunWorld(flow().then(step).commit())
    let reachDisk: (() => void) | undefined
    world.platform.durable = new Promise((resolve) => (reachDisk = resolve))
    const started = world.start({ n: 1 })
    await new Promise((resolve) => setImmediate(resolve))
    expect(tries).toHaveLength(0)
    reachDisk?.()
    await begun(1)
    await started
    tries[0]?.resolve(2)
    expect(await world.settle()).toMatchObject({ status: 'success', result: { n: 2 } })
  })

  it('refuse what could not be written, and lose nothing that was', async () => {
    const world = new RunWorld(flow().then(ask).commit())
    await world.through({ n: 1 })
    const { transaction } = world.platform.sql
    world.platform.sql.transaction = () => {
      throw new Error('the disk is full')
    }
    await expect(world.run.resume({}, { n: 5 })).rejects.toThrow('the disk is full')
    world.platform.sql.transaction = transaction
    expect((await world.run.record())?.status).toBe('suspended')
    expect(await world.resume({ n: 6 })).toMatchObject({ status: 'success', result: { n: 6 } })
  })

  it('end a run that comes no further', async () => {
    const { step, begun } = held()
    const world = new RunWorld(flow().then(add).then(step).commit())
    await world.start({ n: 1 })
    for (let life = 1; life <= 6; life += 1) {
      await begun(life)
      world.restart()
      await world.ring()
    }
    expect(await world.settle()).toMatchObject({ status: 'failed', error: { code: 'recovery_exhausted' } })
  })

  it('leave a canceled run canceled', async () => {
    const { step, tries, begun } = held()
    const world = new RunWorld(flow().then(step).then(add).commit())
    await world.start({ n: 1 })
    await begun(1)
    expect(await world.run.cancel()).toBe(true)
    expect(tries[0]?.signal.aborted).toBe(true)
    tries[0]?.resolve(1)
    world.restart()
    expect(await world.settle()).toMatchObject({
      status: 'canceled',
      steps: { held: { status: 'canceled' } },
    })
    expect(await world.run.cancel()).toBe(false)
    await expect(world.run.resume({}, {})).rejects.toMatchObject({ code: 'run_not_suspended' })
  })
})

describe('changed code', () => {
  const before = flow().then(add).then(ask).commit()

  /** A run that waits under `before` and wakes under another definition. */
  async function waking(workflow: FlowDefinition | undefined): Promise<RunWorld> {
    const world = new RunWorld(before)
    await world.through({ n: 1 })
    world.restart()
    world.workflow = workflow
    return world
  }

  it('is taken where the run has not been', async () => {
    const world = await waking(flow().then(add).then(ask).then(add2).commit())
    expect(await world.resume({ n: 5 })).toMatchObject({ status: 'success', result: { n: 6 } })
  })

  it('is refused where the run has been, in words that say what changed', async () => {
    const world = await waking(flow().then(add2).then(ask).commit())
    await expect(world.run.resume({}, { n: 5 })).rejects.toMatchObject({
      code: 'workflow_changed',
      message:
        'Cannot go on with run "r1": workflow "flow" was changed where the run has been, node 0 was step:add, now it is step:add2',
    })
    world.workflow = before
    expect(await world.resume({ n: 5 })).toMatchObject({ status: 'success', result: { n: 5 } })
  })

  it('lets a run that no longer fits be canceled, also when its workflow is gone', async () => {
    const world = await waking(undefined)
    await expect(world.run.resume({}, { n: 5 })).rejects.toMatchObject({ code: 'workflow_not_found' })
    expect(await world.run.cancel()).toBe(true)
    expect(world.run.meta?.info.status).toBe('canceled')
  })

  it('ends a run that was going on, which may be restarted under the old code', async () => {
    const { step, tries, begun } = held()
    const old = flow().then(add).then(step).commit()
    const world = new RunWorld(old)
    await world.start({ n: 1 })
    await begun(1)
    world.restart()
    world.workflow = flow().then(add).commit()
    await world.ring()
    expect(world.run.meta?.info.status).toBe('failed')
    world.workflow = old
    const restarted = world.run.restart()
    await begun(2)
    tries[1]?.resolve(4)
    await restarted
    expect(await world.settle()).toMatchObject({ status: 'success', result: { n: 4 } })
  })

  it('is noticed in a workflow of a thousand steps, and inside a nested one', async () => {
    const world = new RunWorld(long('s500'))
    await world.start({ n: 1 })
    while ((await world.run.record())?.status === 'running') {
      await new Promise((resolve) => setImmediate(resolve))
      await world.advance(0)
    }
    world.restart()
    world.workflow = long('other')
    await expect(world.run.resume({}, { n: 1 })).rejects.toThrow(
      'node 500 was something else, now it is step:other',
    )

    const outer = new RunWorld(nested('one'))
    await outer.through({ n: 1 })
    outer.restart()
    outer.workflow = nested('two')
    await expect(outer.run.resume({}, { n: 1 })).rejects.toThrow(
      'in workflow "inner" node 0 was step:one, now it is step:two',
    )
  })
})

describe('a run', () => {
  it('waits for a fresh invocation after five hundred steps', async () => {
    const workflow = flow('long')
    for (let i = 0; i < 1200; i += 1) workflow.then(cloneStep(add, { id: `s${i}` }))
    const world = new RunWorld(workflow.commit())
    await world.start({ n: 0 })
    let rang = 0
    while ((await world.run.record())?.status === 'running') {
      await new Promise((resolve) => setImmediate(resolve))
      if (world.platform.alarmAt !== null && world.platform.alarmAt <= world.now) {
        rang += 1
        await world.ring()
      }
    }
    expect(await world.settle()).toMatchObject({ status: 'success', result: { n: 1200 } })
    expect(rang).toBe(2)
  })

  it('is erased while it runs', async () => {
    const { step, tries, begun } = held()
    const world = new RunWorld(flow().then(step).commit())
    await world.start({ n: 1 })
    await begun(1)
    expect(await world.run.remove()).toBe(true)
    tries[0]?.resolve(1)
    expect(tries[0]?.signal.aborted).toBe(true)
    expect(world.platform.sql.run(`SELECT name FROM sqlite_master`)).toEqual([])
    expect(await world.run.record()).toBeUndefined()
    expect(await world.run.remove()).toBe(false)
    await world.start({ n: 1 })
    await begun(2)
    tries[1]?.resolve(3)
    expect(await world.settle()).toMatchObject({ status: 'success', result: { n: 3 } })
  })
})

/** Resolves when only a moment is waited for. */
async function asleep(world: RunWorld): Promise<void> {
  while ((await world.run.record())?.status !== 'waiting')
    await new Promise((resolve) => setImmediate(resolve))
}

/** A workflow of a thousand steps, the middle one under a name. */
function long(name: string): FlowDefinition {
  const workflow = createWorkflow({ id: 'long', inputSchema: count, outputSchema: count })
  for (let i = 0; i < 999; i += 1) workflow.then(cloneStep(add, { id: i === 500 ? name : `s${i}` }))
  workflow.then(ask)
  return workflow.commit()
}

function nested(id: string): FlowDefinition {
  const inner = flow('inner').then(cloneStep(add, { id })).then(ask).commit()
  return flow('nested').then(inner).commit()
}
