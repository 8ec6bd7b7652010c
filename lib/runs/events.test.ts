import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { RunWorld } from '../../test/fixtures/run-world.ts'
import type { JsonValue } from '../protocol/json.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'
import { MAX_EVENT_LENGTH, MAX_EVENTS, MAX_WAITING_EVENTS, MAX_WAITING_LENGTH } from '../workflows/mailbox.ts'

const count = z.object({ n: z.number() })
const ask = createStep({
  id: 'ask',
  inputSchema: count,
  outputSchema: count,
  resumeSchema: count,
  execute: ({ resumeData, suspend }) => resumeData ?? suspend({}),
})
const flow = (id = 'flow') => createWorkflow({ id, inputSchema: count })

let sent = 0
function send(world: RunWorld, event: string, data: JsonValue, id = `e${(sent += 1)}`) {
  return world.run.sendEvent({ id, event, data })
}

describe('an event', () => {
  const paid = flow().waitForEvent('paid', { schema: count }).commit()

  it('is taken by the step that waits for it, whose run waits meanwhile without an alarm of its own', async () => {
    const world = new RunWorld(paid)
    expect(await world.through({ n: 1 })).toMatchObject({
      status: 'waiting',
      steps: { paid: { status: 'waiting', metadata: { event: 'paid' } } },
    })
    expect(world.run.meta?.info.status).toBe('waiting')
    world.restart()
    expect(await send(world, 'paid', { n: 7 }, 'a')).toEqual({
      eventId: 'a',
      accepted: true,
      duplicate: false,
    })
    expect(await world.settle()).toMatchObject({
      status: 'success',
      result: { n: 7 },
      steps: { paid: { status: 'success', output: { n: 7 }, resumePayload: { n: 7 } } },
    })
    expect(world.problems).toEqual([])
  })

  it('may come before its wait, and is kept over a crash', async () => {
    const world = new RunWorld(flow().then(ask).waitForEvent('paid', { schema: count }).commit())
    expect((await world.through({ n: 1 })).status).toBe('suspended')
    await send(world, 'paid', { n: 3 })
    expect((await world.settle()).status).toBe('suspended')
    world.restart()
    expect(await world.resume({ n: 0 })).toMatchObject({ status: 'success', result: { n: 3 } })
  })

  it('counts once under its id, as long as the run lives and after', async () => {
    const world = new RunWorld(flow().waitForEvent('tick').waitForEvent('tick', { id: 'second' }).commit())
    await world.through({ n: 1 })
    expect(await send(world, 'tick', 1, 'one')).toMatchObject({ accepted: true })
    expect(await send(world, 'tick', 2, 'one')).toEqual({
      eventId: 'one',
      accepted: false,
      duplicate: true,
    })
    expect((await world.settle()).status).toBe('waiting')
    world.restart()
    expect(await send(world, 'tick', 2, 'one')).toMatchObject({ duplicate: true })
    await send(world, 'tick', 3, 'two')
    expect(await world.settle()).toMatchObject({
      status: 'success',
      result: 3,
      steps: { tick: { output: 1 } },
    })
    // Whoever lost the answer may ask again; something new comes too late.
    expect(await send(world, 'tick', 3, 'two')).toMatchObject({ duplicate: true })
    await expect(send(world, 'tick', 4, 'three')).rejects.toMatchObject({ code: 'run_ended', status: 409 })
  })

  it('goes to the step that has waited longest, and of several the first that came', async () => {
    const wait = (id: string) => flow(id).waitForEvent('go').commit()
    const world = new RunWorld(
      flow()
        .parallel([wait('a'), wait('b'), wait('c')])
        .commit(),
    )
    await world.through({ n: 1 })
    for (const n of [1, 2, 3]) await send(world, 'go', n)
    expect(await world.settle()).toMatchObject({ status: 'success', result: { a: 1, b: 2, c: 3 } })

    const early = new RunWorld(
      flow()
        .then(ask)
        .parallel([wait('a'), wait('b'), wait('c')])
        .commit(),
    )
    await early.through({ n: 1 })
    for (const n of [1, 2, 3, 4]) await send(early, 'go', n)
    early.restart()
    expect(await early.resume({ n: 0 })).toMatchObject({ result: { a: 1, b: 2, c: 3 } })
  })

  it('is waited for by every item of a list and every round of a loop', async () => {
    const round = createWorkflow({ id: 'round' }).waitForEvent('go').commit()
    const world = new RunWorld(
      createWorkflow({ id: 'flow', inputSchema: z.array(z.number()) })
        .foreach(round, { concurrency: 2 })
        .commit(),
    )
    await world.through([1, 2, 3])
    for (const word of ['x', 'y', 'z']) await send(world, 'go', word)
    expect(await world.settle()).toMatchObject({ status: 'success', result: ['x', 'y', 'z'] })

    const loop = new RunWorld(
      flow()
        .dountil(round, ({ inputData }) => inputData === 'stop')
        .commit(),
    )
    await loop.through({ n: 1 })
    for (const word of ['on', 'on', 'stop']) await send(loop, 'go', word)
    expect(await loop.settle()).toMatchObject({
      result: 'stop',
      steps: { round: { metadata: { iterationCount: 3 } } },
    })
  })

  it('hands its data to a step, in Mastra’s spelling, which is tried again with it', async () => {
    let tries = 0
    const pay = createStep({
      id: 'pay',
      inputSchema: count,
      outputSchema: z.object({ sum: z.number() }),
      resumeSchema: count,
      retries: 1,
      execute: ({ inputData, resumeData }) => {
        tries += 1
        if (tries === 1) throw new Error('not yet')
        return { sum: inputData.n + (resumeData?.n ?? NaN) }
      },
    })
    const world = new RunWorld(flow().waitForEvent('paid', pay).commit())
    await world.through({ n: 1 })
    await expect(send(world, 'paid', { n: 'two' })).rejects.toMatchObject({ code: 'invalid_request' })
    await send(world, 'paid', { n: 2 })
    expect(await world.settle()).toMatchObject({ status: 'success', result: { sum: 3 } })
    expect(tries).toBe(2)
  })

  it('leaves a run that also waits for a person suspended, and goes on beside it', async () => {
    const world = new RunWorld(
      flow()
        .parallel([ask, flow('signal').waitForEvent('go').commit()])
        .commit(),
    )
    expect((await world.through({ n: 1 })).status).toBe('suspended')
    await send(world, 'go', 5)
    expect(await world.settle()).toMatchObject({ status: 'suspended', steps: { signal: { output: 5 } } })
    expect(await world.resume({ n: 2 })).toMatchObject({ result: { ask: { n: 2 }, signal: 5 } })
  })

  it('is left in the mailbox where the step that would take it is left', async () => {
    const leave = createStep({ id: 'leave', execute: ({ bail }) => bail('left') })
    const world = new RunWorld(
      flow()
        .parallel([leave, flow('signal').waitForEvent('go').commit()])
        .commit(),
    )
    expect(await world.through({ n: 1 })).toMatchObject({ status: 'success', result: 'left' })
  })
})

describe('an event is refused', () => {
  const paid = flow()
    .waitForEvent('paid', { schema: count })
    .then(ask)
    .waitForEvent('paid', { id: 'again', schema: z.object({ n: z.number().max(5) }) })
    .commit()

  it.each([
    ['that no step waits for', 'payed', { n: 1 }, 400, 'event'],
    ['whose data does not fit the step that waits', 'paid', { n: 'x' }, 400, 'data.n'],
    ['whose data does not fit a step that waits for it later', 'paid', { n: 6 }, 400, 'data.n'],
    ['that has no data where some is needed', 'paid', null, 400, 'data'],
  ] as const)('%s', async (_what, event, data, status, field) => {
    const world = new RunWorld(paid)
    await world.through({ n: 1 })
    await expect(send(world, event, data)).rejects.toMatchObject({ status, issues: [{ field }] })
    expect((await world.settle()).status).toBe('waiting')
  })

  it('that is too large, or more than the mailbox holds', async () => {
    const world = new RunWorld(flow().then(ask).waitForEvent('go').commit())
    await world.through({ n: 1 })
    await expect(send(world, 'go', 'x'.repeat(MAX_EVENT_LENGTH))).rejects.toMatchObject({ status: 413 })
    const large = 'x'.repeat(MAX_EVENT_LENGTH - 2)
    for (let i = 0; i < MAX_WAITING_LENGTH / MAX_EVENT_LENGTH; i += 1) await send(world, 'go', large)
    await expect(send(world, 'go', 'x')).rejects.toMatchObject({ status: 429, code: 'rate_limited' })

    const many = new RunWorld(flow().then(ask).waitForEvent('go').commit())
    await many.through({ n: 1 })
    for (let i = 0; i < MAX_WAITING_EVENTS; i += 1) await send(many, 'go', i)
    await expect(send(many, 'go', 'x')).rejects.toMatchObject({
      code: 'rate_limited',
      message: 'The mailbox of run "r1" is full: 1000 events wait to be taken',
    })
    expect(await many.resume({ n: 1 })).toMatchObject({ status: 'success', result: 0 })
  })

  it('that is more than a run may have in its life', async () => {
    const round = createWorkflow({ id: 'round' }).waitForEvent('go').commit()
    const world = new RunWorld(
      flow()
        .dountil(round, () => false)
        .commit(),
    )
    await world.through({ n: 1 })
    for (let i = 0; i < MAX_EVENTS; i += 1) {
      await send(world, 'go', i)
      if (i % 200 === 0) await world.ring().catch(() => undefined)
    }
    await expect(send(world, 'go', 'x')).rejects.toMatchObject({ status: 429, code: 'budget_exhausted' })
  })

  it('of a run that makes good what it has done', async () => {
    let makeGood: (() => void) | undefined
    const charge = createStep({
      id: 'charge',
      execute: () => 1,
      compensate: () => new Promise<void>((resolve) => (makeGood = resolve)),
    })
    const world = new RunWorld(flow().then(charge).waitForEvent('go').commit())
    expect((await world.through({ n: 1 })).status).toBe('waiting')
    await world.run.cancel()
    await expect(send(world, 'go', 1)).rejects.toMatchObject({ code: 'run_ended' })
    makeGood?.()
    expect((await world.settle()).status).toBe('canceled')
  })

  it('of a run that is not there, and of one that was canceled', async () => {
    const world = new RunWorld(paid)
    await expect(send(world, 'paid', { n: 1 })).rejects.toMatchObject({ status: 404, code: 'run_not_found' })
    await world.through({ n: 1 })
    await world.run.cancel()
    await expect(send(world, 'paid', { n: 1 })).rejects.toMatchObject({ code: 'run_ended' })
  })
})

describe('a wait with a timeout', () => {
  it('fails when its time is up, with nothing but the alarm, late and never early', async () => {
    const world = new RunWorld(flow().waitForEvent('paid', { timeoutMs: 60_000 }).commit())
    // The run is left: nobody waits for it.
    expect((await world.through({ n: 1 })).status).toBe('waiting')
    world.restart()
    expect(world.platform.alarmAt).toBeLessThanOrEqual(1_060_000)
    await world.advance(59_999)
    expect((await world.settle()).status).toBe('waiting')
    expect(world.platform.alarmAt).toBe(1_060_000)
    await world.advance(1)
    expect(await world.settle()).toMatchObject({
      status: 'failed',
      error: { code: 'event_timeout', message: 'No event "paid" came within 60000 ms' },
    })
  })

  it('gives a value instead where that is wanted', async () => {
    const world = new RunWorld(
      flow().waitForEvent('paid', { schema: count, timeoutMs: 60_000, timeoutValue: null }).commit(),
    )
    await world.through({ n: 1 })
    await world.advance(60_000)
    expect(await world.settle()).toMatchObject({ status: 'success', result: null })
  })

  it('takes an event that comes first, also where the time is up and nobody has looked', async () => {
    const world = new RunWorld(flow().waitForEvent('paid', { timeoutMs: 60_000 }).commit())
    await world.through({ n: 1 })
    await world.advance(30_000)
    await send(world, 'paid', 1)
    expect(await world.settle()).toMatchObject({ status: 'success', result: 1 })
    await world.advance(60_000)
    expect(await world.settle()).toMatchObject({ status: 'success' })
  })

  it('waits anew, for as long, when its run is restarted', async () => {
    const world = new RunWorld(flow().waitForEvent('paid', { timeoutMs: 1000 }).commit())
    await world.through({ n: 1 })
    await world.advance(1000)
    expect((await world.settle()).status).toBe('failed')
    await world.run.restart()
    expect((await world.settle()).status).toBe('waiting')
    await world.advance(999)
    expect((await world.settle()).status).toBe('waiting')
    await send(world, 'paid', 2)
    expect(await world.settle()).toMatchObject({ status: 'success', result: 2 })
  })

  it('beside a sleep is over at its own time', async () => {
    const world = new RunWorld(
      flow()
        .parallel([
          flow('naps').sleep(5000).commit(),
          flow('signal').waitForEvent('go', { timeoutMs: 1000, timeoutValue: 'none' }).commit(),
        ])
        .commit(),
    )
    await world.start({ n: 1 })
    while ((await world.run.record())?.status !== 'waiting') await new Promise((done) => setImmediate(done))
    await world.advance(1000)
    await new Promise((done) => setImmediate(done))
    expect((await world.run.record())?.steps['signal']).toMatchObject({ status: 'success', output: 'none' })
    await world.advance(4000)
    expect(await world.settle()).toMatchObject({
      status: 'success',
      result: { signal: 'none', naps: { n: 1 } },
    })
  })
})

describe('changed code', () => {
  it('is refused where a run waits for another event', async () => {
    const world = new RunWorld(flow().waitForEvent('paid', { id: 'wait' }).commit())
    await world.through({ n: 1 })
    world.restart()
    world.workflow = flow().waitForEvent('sent', { id: 'wait' }).commit()
    await expect(send(world, 'sent', 1)).rejects.toMatchObject({
      code: 'workflow_changed',
      message: expect.stringContaining('node 0 was step:wait<paid, now it is step:wait<sent') as string,
    })
    expect(await world.run.cancel()).toBe(true)
  })
})
