import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { RunFamily } from '../../test/fixtures/run-family.ts'
import { RunWorld } from '../../test/fixtures/run-world.ts'
import { childRun } from '../workflows/child-run.ts'
import { cloneStep, createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'
import { DEADMAN_MS } from './wake.ts'

const count = z.object({ n: z.number() })
const flow = <const Id extends string>(id: Id) =>
  createWorkflow({ id, inputSchema: count, outputSchema: count })

/** A step that does at once what it is given, and is made good by its negative. */
function book<const Id extends string>(effects: string[], id: Id) {
  return createStep({
    id,
    inputSchema: count,
    outputSchema: count,
    execute: ({ inputData }) => {
      effects.push(`+${id}`)
      return inputData
    },
    compensate: () => void effects.push(`-${id}`),
  })
}

const ask = createStep({
  id: 'ask',
  inputSchema: count,
  outputSchema: count,
  execute: ({ resumeData, suspend, inputData }) => (resumeData ? inputData : suspend({})),
})

/** A step that goes on until it is told to stop here, whatever else it is told. */
function stubborn() {
  const { promise, resolve } = Promise.withResolvers<void>()
  const step = createStep({
    id: 'stubborn',
    inputSchema: count,
    outputSchema: count,
    execute: async ({ inputData }) => {
      await promise
      return inputData
    },
  })
  return { step, end: resolve }
}

describe('a run whose child is open', () => {
  it('waits quietly for that when its own steps do not stop in time after a cancel', async () => {
    const effects: string[] = []
    const slow = stubborn()
    const child = flow('child').then(ask).commit()
    const parent = flow('parent')
      .then(book(effects, 'room'))
      .parallel([childRun(child), slow.step])
      .commit()
    const family = new RunFamily(parent, child)
    // The child hears nothing of it yet.
    await family.start('parent', { n: 1 })
    await family.calm()
    family.intercept = (_address, { type }) =>
      type === 'cancel' ? new Response(null, { status: 503 }) : undefined
    const world = family.run('parent')
    expect(await world.run.cancel()).toBe(true)
    world.now += 11_000
    await world.ring()
    await family.calm()
    expect(world.run.meta?.info.status).toBe('running')
    expect(effects).toEqual(['+room'])
    family.intercept = undefined
    for (let round = 0; round < 5; round += 1) await family.advance(2500)
    expect(effects).toEqual(['+room', '-room'])
    expect(family.infoOf(world)?.status).toBe('canceled')
    slow.end()
  })

  it('is running while that works, though a sleep goes on beside it', async () => {
    const child = flow('child').then(ask).commit()
    const sleeps = flow('sleeps').sleep(60_000).commit()
    const parent = createWorkflow({ id: 'parent', inputSchema: count })
      .map(({ inputData }) => [inputData, inputData])
      .foreach(
        flow('each')
          .parallel([childRun(child), sleeps])
          .map(() => ({ n: 1 }))
          .commit(),
        { concurrency: 2 },
      )
      .commit()
    const world = new RunWorld(parent)
    world.callRun = async () => Response.json(true)
    await world.start({ n: 1 })
    for (let round = 0; round < 12; round += 1) await new Promise((resolve) => setImmediate(resolve))
    expect((await world.run.record())?.status).toBe('running')
    for (const { path, runId } of (await world.run.record())?.childRuns ?? [])
      await world.run.hearChild({ path, runId, status: 'suspended' })
    expect((await world.run.record())?.status).toBe('waiting')
  })

  it('has an alarm soon again when a step begins behind it, however long that was waited for', async () => {
    const slow = stubborn()
    const child = flow('child').sleep(25_000).commit()
    const parent = flow('parent').then(childRun(child)).then(slow.step).commit()
    const family = new RunFamily(parent, child)
    await family.start('parent', { n: 1 })
    await family.calm()
    const world = family.run('parent')
    for (let round = 0; round < 4; round += 1) await family.advance(8000)
    expect(world.run.meta?.info.status).toBe('running')
    expect((await world.run.result()).steps).toMatchObject({ stubborn: { status: 'running' } })
    expect(world.platform.alarmAt).toBeLessThanOrEqual(world.now + DEADMAN_MS)
    slow.end()
    expect(await world.settle()).toMatchObject({ status: 'success' })
  })
})

describe('a step that begins while another sleeps long', () => {
  it('has an alarm of its own', async () => {
    const slow = stubborn()
    const sleeps = flow('sleeps').sleep(3600_000).commit()
    const asks = flow('asks').waitForEvent('go', slow.step).commit()
    const parent = flow('parent').parallel([sleeps, asks]).commit()
    const world = new RunWorld(parent as never)
    await world.start({ n: 1 })
    for (let round = 0; round < 3; round += 1) await world.advance(8000)
    await world.run.sendEvent({ id: '1', event: 'go', data: null })
    expect(world.platform.alarmAt).toBeLessThanOrEqual(world.now + DEADMAN_MS)
    slow.end()
  })
})

describe('a run that pauses after each step', () => {
  it('stays paused when a run that it has started goes on and ends', async () => {
    const effects: string[] = []
    const child = flow('child').then(ask).commit()
    const parent = flow('parent')
      .parallel([childRun(child), book(effects, 'one')])
      .map(({ inputData }) => inputData.one)
      .then(book(effects, 'two'))
      .commit()
    const family = new RunFamily(parent, child)
    const world = family.run('parent')
    await world.start({ n: 1 }, { perStep: true })
    await family.calm()
    expect(await world.settle()).toMatchObject({ status: 'paused' })
    const [asked] = family.of('child')
    if (asked) await family.resume(asked, {})
    await family.calm()
    expect(effects).toEqual([])
    expect(family.infoOf(world)?.status).toBe('paused')
    world.restart()
    await world.run.resume({}, null, { perStep: true })
    expect(await world.settle()).toMatchObject({ status: 'paused' })
    expect(effects).toEqual(['+one'])
    await world.run.resume({}, null, { perStep: true })
    expect(await world.settle()).toMatchObject({ status: 'paused' })
    expect(effects).toEqual(['+one'])
    await world.run.resume({}, null, { perStep: true })
    expect(await world.settle()).toMatchObject({ status: 'success' })
    expect(effects).toEqual(['+one', '+two'])
  })

  it('pauses behind a child that was waited for', async () => {
    const effects: string[] = []
    const child = flow('child').then(ask).commit()
    const parent = flow('parent')
      .then(childRun(child))
      .then(book(effects, 'one'))
      .then(book(effects, 'two'))
      .commit()
    const family = new RunFamily(parent, child)
    const world = family.run('parent')
    await world.start({ n: 1 }, { perStep: true })
    await family.calm()
    expect(await world.settle()).toMatchObject({ status: 'waiting' })
    const [asked] = family.of('child')
    if (asked) await family.resume(asked, {})
    await family.calm()
    expect(await world.settle()).toMatchObject({ status: 'paused' })
    expect(effects).toEqual([])
  })

  it('pauses behind a wait whose time is over', async () => {
    const effects: string[] = []
    const parent = createWorkflow({ id: 'parent', inputSchema: count })
      .waitForEvent('go', { timeoutMs: 60_000, timeoutValue: { n: 2 }, schema: count })
      .then(book(effects, 'one'))
      .commit()
    const world = new RunWorld(parent)
    expect(await world.through({ n: 1 }, { perStep: true })).toMatchObject({ status: 'waiting' })
    await world.advance(60_000)
    expect(await world.settle()).toMatchObject({ status: 'paused' })
    expect(effects).toEqual([])
    await world.advance(3600_000)
    expect(world.platform.alarmAt).toBe(null)
    await world.run.resume({})
    expect(await world.settle()).toMatchObject({ status: 'success', result: { n: 2 } })
  })
})

describe('a run that is being compensated', () => {
  it('takes no answers any more', async () => {
    const effects: string[] = []
    const slow = stubborn()
    const parent = flow('parent').then(book(effects, 'room')).parallel([ask, slow.step]).commit()
    const world = new RunWorld(parent)
    await world.start({ n: 1 })
    await world.platform.sync()
    for (let round = 0; round < 12; round += 1) await new Promise((resolve) => setImmediate(resolve))
    expect(await world.run.cancel()).toBe(true)
    expect((await world.run.record())?.suspended).toEqual([])
    await expect(world.run.resume({ step: 'ask' }, {})).rejects.toMatchObject({ code: 'run_not_suspended' })
    slow.end()
    expect(await world.settle()).toMatchObject({
      status: 'canceled',
      steps: { ask: { status: 'suspended' } },
    })
    expect(effects).toEqual(['+room', '-room'])
  })

  it('does not make good what only waited for its event', async () => {
    const effects: string[] = []
    const ship = createStep({
      id: 'ship',
      inputSchema: count,
      outputSchema: count,
      execute: ({ inputData }) => inputData,
      compensate: () => void effects.push('-ship'),
      compensateAfter: 'start',
    })
    const parent = flow('parent')
      .then(book(effects, 'room'))
      .waitForEvent('paid', ship, { timeout: 1000 })
      .commit()
    const canceled = new RunWorld(parent as never)
    await canceled.through({ n: 1 })
    await canceled.run.cancel()
    expect(await canceled.settle()).toMatchObject({ status: 'canceled' })
    expect(effects).toEqual(['+room', '-room'])
    const late = new RunWorld(parent as never)
    await late.through({ n: 1 })
    await late.advance(1000)
    expect(await late.settle()).toMatchObject({ status: 'failed', error: { code: 'event_timeout' } })
    expect(effects).toEqual(['+room', '-room', '+room', '-room'])
  })
})

describe('a run with much to make good', () => {
  it('waits for a fresh invocation after five hundred compensations', async () => {
    const effects: string[] = []
    const workflow = flow('long').then(book(effects, 'first'))
    for (let i = 0; i < 600; i += 1) workflow.then(cloneStep(book(effects, 'one'), { id: `s${i}` }))
    const world = new RunWorld(workflow.then(ask).commit())
    await world.start({ n: 0 })
    const asked = await quiet(world)
    expect([asked.status, asked.rang]).toEqual(['suspended', 1])
    await world.run.cancel()
    const ended = await quiet(world)
    expect([ended.status, ended.rang]).toEqual(['canceled', 1])
    expect(effects).toHaveLength(1202)
  })
})

/** Rings the alarm whenever it is due, until nothing is done any more. */
async function quiet(world: RunWorld): Promise<{ status: string; rang: number }> {
  let rang = 0
  for (;;) {
    const { status = 'missing' } = (await world.run.record()) ?? {}
    if (status !== 'running') return { status, rang }
    await new Promise((resolve) => setImmediate(resolve))
    if (world.platform.alarmAt === null || world.platform.alarmAt > world.now) continue
    rang += 1
    await world.ring()
  }
}

describe('a run whose code was changed', () => {
  it('tells the run that has started it that it was canceled', async () => {
    const child = flow('child').then(ask).commit()
    const parent = flow('parent').then(childRun(child)).commit()
    const family = new RunFamily(parent, child)
    await family.start('parent', { n: 1 })
    await family.calm()
    const [asked] = family.of('child')
    if (!asked) throw new Error('there is no child')
    asked.workflow = flow('child')
      .then(cloneStep(ask, { id: 'other' }))
      .commit()
    family.kill(asked)
    expect(await asked.run.cancel()).toBe(true)
    for (let round = 0; round < 5; round += 1) await family.advance(2500)
    expect(await family.run('parent').settle()).toMatchObject({
      status: 'failed',
      error: { code: 'child_canceled' },
    })
  })

  it('takes the runs with it that it has started', async () => {
    const child = flow('child').then(ask).commit()
    const parent = flow('parent').then(childRun(child)).commit()
    const family = new RunFamily(parent, child)
    await family.start('parent', { n: 1 })
    await family.calm()
    const world = family.run('parent')
    world.workflow = flow('parent')
      .then(cloneStep(ask, { id: 'other' }))
      .commit()
    family.kill(world)
    expect(await world.run.cancel()).toBe(true)
    for (let round = 0; round < 5; round += 1) await family.advance(2500)
    expect(family.of('child').map((one) => family.infoOf(one)?.status)).toEqual(['canceled'])
  })
})

describe('a run that is restarted', () => {
  it('waits anew for events that it could not take while it had failed', async () => {
    let isLucky = false
    const luck = createStep({
      id: 'luck',
      inputSchema: count,
      outputSchema: count,
      execute: ({ inputData }) => {
        if (!isLucky) throw new Error('no luck')
        return inputData
      },
    })
    const waits = flow('waits').waitForEvent('go', { timeoutMs: 60_000, schema: count }).commit()
    const parent = flow('parent').parallel([waits, luck]).commit()
    const world = new RunWorld(parent as never)
    expect(await world.through({ n: 1 })).toMatchObject({ status: 'failed' })
    await world.advance(3600_000)
    isLucky = true
    await world.run.restart()
    expect(await world.settle()).toMatchObject({ status: 'waiting' })
    expect(world.platform.alarmAt).toBeLessThanOrEqual(world.now + 60_000)
    await world.run.sendEvent({ id: '1', event: 'go', data: { n: 3 } })
    expect(await world.settle()).toMatchObject({ status: 'success' })
  })

  it('goes on with nothing before its turn comes, where its workflow has a limit', async () => {
    let isLucky = false
    const luck = createStep({
      id: 'luck',
      inputSchema: count,
      outputSchema: count,
      execute: ({ inputData }) => {
        if (!isLucky) throw new Error('no luck')
        return inputData
      },
    })
    const waits = flow('waits').waitForEvent('go', { timeoutMs: 60_000, schema: count }).commit()
    const parent = createWorkflow({ id: 'parent', inputSchema: count, concurrency: { limit: 1 } })
      .parallel([waits, ask, childRun(flow('child').then(ask).commit()), luck])
      .commit()
    const world = new RunWorld(parent)
    world.callRun = async () => Response.json(true)
    const admit = (): Promise<boolean> => world.run.admit(world.run.meta?.lease?.ticket ?? -1)
    await world.start({ n: 1 })
    await admit()
    expect(await world.settle()).toMatchObject({ status: 'failed' })
    isLucky = true
    await world.run.restart()
    const status = () => world.run.meta?.info.status
    expect(status()).toBe('pending')
    await expect(world.run.resume({ step: 'ask' }, {})).rejects.toMatchObject({ code: 'run_not_suspended' })
    const runId = (await world.run.record())?.steps['child']?.metadata?.childRunId
    await world.run.hearChild({ path: '0.2', runId: runId ?? '', status: 'canceled' })
    await world.advance(3600_000)
    await world.run.sendEvent({ id: '1', event: 'go', data: { n: 3 } })
    expect(status()).toBe('pending')
    world.restart()
    await world.run.takeUp()
    expect(status()).toBe('pending')
    expect(await admit()).toBe(true)
    const [child] = (await world.run.record())?.childRuns ?? []
    expect(child?.runId).not.toBe(runId)
    await world.run.hearChild({ path: '0.2', runId: child?.runId ?? '', status: 'suspended' })
    expect(await world.settle()).toMatchObject({
      steps: { waits: { status: 'success', output: { n: 3 } }, luck: { status: 'success' } },
    })
    expect((await world.run.record())?.suspended).toEqual([['ask']])
  })
})
