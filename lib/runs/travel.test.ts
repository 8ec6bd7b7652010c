import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { RunWorld } from '../../test/fixtures/run-world.ts'
import { timeless } from '../../test/fixtures/workflows.ts'
import { workflowRunAddress } from '../protocol/address.ts'
import { EdgewiseError } from '../protocol/error.ts'
import { errorResponse } from '../formats/error-response.ts'
import type { FlowDefinition } from '../workflows/graph.ts'
import { cloneStep, createStep } from '../workflows/step.ts'
import type { Travel } from '../workflows/travel-context.ts'
import { createWorkflow } from '../workflows/workflow.ts'
import { answerRunCall } from './answer.ts'

const count = z.object({ n: z.number() })
const flow = (id = 'flow') => createWorkflow({ id, inputSchema: count })
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

/** The object of a new run, which reaches the old one's. */
function newWorld(old: RunWorld, workflow: FlowDefinition | undefined = old.workflow): RunWorld {
  if (!workflow) throw new Error('The old run has no workflow')
  const world = new RunWorld(workflow)
  world.callRun = async (address, call) => {
    expect(address).toBe(workflowRunAddress(undefined, workflow.id, 'r1'))
    return answerRunCall(old.run, call).catch((error: unknown) => {
      if (error instanceof EdgewiseError) return errorResponse(error)
      throw error
    })
  }
  return world
}

async function travel(world: RunWorld, travel: Travel, more: { perStep?: boolean } = {}): Promise<void> {
  const workflowId = world.workflow?.id ?? ''
  const from = { runId: 'r1', address: workflowRunAddress(undefined, workflowId, 'r1') }
  const request = { runId: 'r2', workflowId, from, travel, runtimeContext: {}, ...more }
  await world.run.travel(request, workflowRunAddress(undefined, workflowId, 'r2'))
}

/** What an object has stored, but for what its list is still to be told. */
function storageOf({ platform }: RunWorld): unknown {
  const tables = ['log', 'state WHERE id <> 3'].map((rows) =>
    platform.sql.run(`SELECT * FROM ${rows} ORDER BY id`),
  )
  return { tables, alarmAt: platform.alarmAt }
}

describe('a run that goes on from a step of another', () => {
  it('only reads the other one, whether it is at work, waits or has ended', async () => {
    const answers: ((n: number) => void)[] = []
    const begun = Promise.withResolvers<void>()
    const held = createStep({
      id: 'held',
      inputSchema: count,
      outputSchema: count,
      execute: ({ runId, inputData }) => {
        begun.resolve()
        return runId === 'r1' ? new Promise((resolve) => answers.push((n) => resolve({ n }))) : inputData
      },
    })
    const old = new RunWorld(flow().then(add).then(held).then(ask).commit())
    await old.start({ n: 1 })
    await begun.promise
    const look = async (): Promise<void> => {
      const before = storageOf(old)
      const world = newWorld(old)
      await travel(world, { step: 'held' })
      expect(await world.settle()).toMatchObject({
        status: 'suspended',
        steps: { held: { output: { n: 2 } } },
      })
      expect(storageOf(old)).toEqual(before)
      expect(world.problems).toEqual([])
    }
    await look()
    answers[0]?.(9)
    expect((await old.settle()).status).toBe('suspended')
    await look()
    expect((await old.resume({ n: 3 })).status).toBe('success')
    await look()
    old.restart()
    await look()
  })

  it('has the owner of the other, and what that was started with', async () => {
    const sees = createStep({
      id: 'sees',
      execute: ({ runtimeContext, resourceId }) => ({ context: runtimeContext.toJSON(), resourceId }),
    })
    const old = new RunWorld(flow().then(add).then(sees).commit())
    await old.through({ n: 1 }, { resourceId: 'ada', runtimeContext: { plan: 'free', from: 'old' } })
    const world = newWorld(old)
    const from = { runId: 'r1', address: workflowRunAddress(undefined, 'flow', 'r1') }
    const request = { runId: 'r2', workflowId: 'flow', from, travel: { step: 'sees' } }
    await world.run.travel({ ...request, runtimeContext: { plan: 'paid' } }, 'address')
    expect(await world.settle()).toMatchObject({
      result: { context: { plan: 'paid', from: 'old' }, resourceId: 'ada' },
    })
    expect(world.run.meta?.info.resourceId).toBe('ada')
  })

  it('is refused where the way to the step was changed, and only there', async () => {
    const old = new RunWorld(flow().then(add).then(ask).commit())
    await old.through({ n: 1 })
    old.restart()
    const other = flow()
      .then(add)
      .then(cloneStep(add, { id: 'other' }))
      .commit()
    old.workflow = other
    const world = newWorld(old, other)
    await travel(world, { step: 'other', inputData: { n: 5 } })
    expect(await world.settle()).toMatchObject({ status: 'success', result: { n: 6 } })

    const changed = flow()
      .then(cloneStep(add, { id: 'new' }))
      .then(ask)
      .commit()
    old.workflow = changed
    const refused = newWorld(old, changed)
    await expect(travel(refused, { step: 'ask' })).rejects.toMatchObject({
      code: 'workflow_changed',
      message: expect.stringContaining('node 0 was step:add, now it is step:new'),
    })
    expect(refused.run.meta).toBeUndefined()
    await travel(refused, { step: 'new' })
    expect(await refused.settle()).toMatchObject({ status: 'suspended' })
  })

  it('is refused where there is no run, and begins nothing', async () => {
    const old = new RunWorld(flow().then(add).commit())
    const world = newWorld(old)
    await expect(travel(world, { step: 'add' })).rejects.toMatchObject({ code: 'run_not_found' })
    await old.through({ n: 1 })
    await expect(travel(world, { step: 'none' })).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ field: 'step' }],
    })
    expect(world.platform.sql.run('SELECT name FROM sqlite_master')).toEqual([])
    expect(world.platform.alarmAt).toBeNull()
  })

  it('begins once, however often it is asked for', async () => {
    const calls: string[] = []
    const noted = createStep({ id: 'noted', execute: ({ runId }) => void calls.push(runId) })
    const old = new RunWorld(flow().then(add).then(noted).commit())
    await old.through({ n: 1 })
    const world = newWorld(old)
    await Promise.all(Array.from({ length: 4 }, () => travel(world, { step: 'noted' })))
    await world.settle()
    world.restart()
    await travel(world, { step: 'noted' })
    expect((await world.settle()).status).toBe('success')
    expect(calls).toEqual(['r1', 'r2'])
  })

  it('ends as the undisturbed one does, for a death after each commit, and repeats nothing that it took over', async () => {
    const effects: string[] = []
    const note = <const Id extends string>(id: Id) =>
      createStep({
        id,
        inputSchema: count,
        outputSchema: count,
        execute: ({ inputData, idempotencyKey }) => {
          effects.push(idempotencyKey)
          return { n: inputData.n + 1 }
        },
      })
    const inner = createWorkflow({ id: 'inner', inputSchema: count, outputSchema: count })
      .then(note('first'))
      .then(note('second'))
      .commit()
    const workflow = flow()
      .then(note('a'))
      .parallel([note('l'), inner])
      .map(({ getStepResult }) => getStepResult(inner))
      .dountil(note('round'), async ({ inputData }) => inputData.n > 6)
      .sleep(50)
      .then(ask)
      .commit()
    const old = new RunWorld(workflow)
    await old.start({ n: 1 })
    await bringHome(old)
    effects.length = 0
    const calm = newWorld(old)
    await travel(calm, { step: 'inner.second', inputData: { n: 4 } })
    const expected = timeless(await bringHome(calm))
    expect(expected).toMatchObject({ status: 'success', result: { n: 10 } })
    const once = effects.splice(0)
    expect(once).toEqual(['r2/1.1/1', 'r2/3.1', 'r2/3.2'])
    expect(calm.commits).toBeGreaterThan(6)
    for (let k = 0; k < calm.commits; k += 1) {
      const world = newWorld(old)
      world.afterCommit = async (commit) => {
        if (commit !== k) return
        world.restart()
        throw new Error('killed by the test')
      }
      void travel(world, { step: 'inner.second', inputData: { n: 4 } }).catch(() => undefined)
      expect(timeless(await bringHome(world)), `commit ${k}`).toEqual(expected)
      expect([...new Set(effects.splice(0))], `commit ${k}`).toEqual(once)
      expect(world.problems).toEqual([])
    }
  })

  it('takes over a thousand steps', async () => {
    const workflow = flow('long')
    for (let i = 0; i < 1000; i += 1) workflow.then(cloneStep(add, { id: `s${i}` }))
    const old = new RunWorld(workflow.commit())
    await old.start({ n: 0 })
    await bringHome(old)
    const world = newWorld(old)
    await travel(world, { step: 's998' })
    expect(await bringHome(world)).toMatchObject({ status: 'success', result: { n: 1000 } })
    world.restart()
    expect(await world.run.result()).toMatchObject({ status: 'success', result: { n: 1000 } })
  })
})

describe('a run that pauses', () => {
  it('waits without an alarm, through a death, and goes on', async () => {
    const world = new RunWorld(
      flow()
        .then(add)
        .then(cloneStep(add, { id: 'add2' }))
        .commit(),
    )
    expect((await world.through({ n: 1 }, { perStep: true })).status).toBe('paused')
    await world.advance(60_000)
    world.restart()
    expect((await world.run.record())?.status).toBe('paused')
    expect(world.platform.alarmAt === null || world.platform.alarmAt <= world.now).toBe(true)
    await expect(world.run.resume({ step: 'add' }, null)).rejects.toMatchObject({ code: 'run_not_suspended' })
    const both = await Promise.allSettled([world.run.resume({}), world.run.resume({})])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(await world.settle()).toMatchObject({ status: 'success', result: { n: 3 } })
  })

  it('heeds no time, and what had become due meanwhile is so when it goes on', async () => {
    const wait = createWorkflow({ id: 'wait' })
      .waitForEvent('a', { timeoutMs: 500, timeoutValue: 'none' })
      .commit()
    const world = new RunWorld(flow().parallel([wait, add]).commit())
    expect((await world.through({ n: 1 }, { perStep: true })).status).toBe('paused')
    await world.advance(10_000)
    world.restart()
    await world.advance(10_000)
    expect(await world.run.record()).toMatchObject({
      status: 'paused',
      steps: { wait: { status: 'running' } },
    })
    await world.run.resume({})
    expect(await world.settle()).toMatchObject({ status: 'success', result: { wait: 'none', add: { n: 2 } } })
  })

  it('ends as one that does not, for a death after each commit', async () => {
    const workflow = flow()
      .parallel([add, cloneStep(add, { id: 'add2' })])
      .map(({ inputData }) => inputData.add2)
      .then(ask)
      .commit()
    const calm = new RunWorld(workflow)
    const expected = timeless(await bringSteps(calm))
    for (let k = 0; k < calm.commits; k += 1) {
      const world = new RunWorld(workflow)
      world.afterCommit = async (commit) => {
        if (commit !== k) return
        world.restart()
        throw new Error('killed by the test')
      }
      expect(timeless(await bringSteps(world)), `commit ${k}`).toEqual(expected)
      expect(world.problems).toEqual([])
    }
  })
})

function bringSteps(world: RunWorld) {
  void world.start({ n: 1 }, { perStep: true }).catch(() => undefined)
  return bringHome(world)
}

/** Answers what the run asks, lets it go on, and rings its alarm, until it has ended. */
async function bringHome(world: RunWorld) {
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve))
    const record = await world.run.record()
    const status = record?.status
    if (status === 'success' || status === 'failed' || status === 'canceled') return world.settle()
    if (status === 'paused') void world.run.resume({}, undefined, { perStep: true }).catch(() => undefined)
    else if (status === 'suspended') void world.run.resume({}, { n: 10 }).catch(() => undefined)
    else if (world.platform.alarmAt !== null && (status === 'waiting' || world.platform.alarmAt <= world.now))
      await world.ring().catch(() => undefined)
  }
}
