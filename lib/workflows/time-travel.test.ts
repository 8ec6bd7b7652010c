import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { timeless } from '../../test/fixtures/workflows.ts'
import type { RunEvent } from '../protocol/run-event.ts'
import { cloneStep, createStep } from './step.ts'
import { createWorkflow } from './workflow.ts'
import type { WorkflowRun } from './workflow-run.ts'

const count = z.object({ n: z.number() })
const flow = (id = 'flow') => createWorkflow({ id, inputSchema: count })

/** Steps that write down what they were given. */
function tracing() {
  const calls: string[] = []
  const step = <const Id extends string>(id: Id, add = 1) =>
    createStep({
      id,
      inputSchema: count,
      outputSchema: count,
      execute: ({ inputData }) => {
        calls.push(`${id} ${inputData.n}`)
        return { n: inputData.n + add }
      },
    })
  return { calls, step }
}

async function eventsOf(run: Pick<WorkflowRun, 'observe'>): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  for await (const event of run.observe()) if ('at' in event) events.push(event)
  return events
}

describe('time travel', () => {
  it('goes on from a step with another input, in a run of its own', async () => {
    const { calls, step } = tracing()
    const workflow = flow().then(step('a')).then(step('b', 10)).commit()
    const run = workflow.createRun()
    const before = await run.start({ inputData: { n: 1 } })
    const record = await run.get()
    const result = await run.timeTravel({ step: 'b', inputData: { n: 1000 } })
    expect(calls).toEqual(['a 1', 'b 2', 'b 1000'])
    // As Mastra's recorded one, but for the output of `a`, which is what it gave, and the path, which is this run's own.
    expect(timeless(result)).toEqual({
      status: 'success',
      input: { n: 1 },
      result: { n: 1010 },
      stepExecutionPath: ['a', 'b'],
      steps: {
        input: { n: 1 },
        a: { status: 'success', output: { n: 2 } },
        b: { status: 'success', payload: { n: 1000 }, output: { n: 1010 } },
      },
    })
    expect(result.runId).not.toBe(run.runId)
    expect(await run.get()).toEqual(record)
    expect(await run.start({ inputData: { n: 5 } })).toEqual(before)
  })

  it('takes over what was said, with its times, and says from where it comes', async () => {
    const { step } = tracing()
    const workflow = flow().then(step('a')).then(step('b')).commit()
    const run = workflow.createRun()
    await run.start({ inputData: { n: 1 } })
    const old = await eventsOf(run)
    const { runId } = await run.timeTravelAsync({ step: 'b' })
    const events = await eventsOf(workflow.createRun({ runId }))
    expect(events[0]).toMatchObject({ type: 'run-start', runId, from: { runId: run.runId, step: '1' } })
    expect(events.slice(1, 3)).toEqual(old.slice(1, 3))
    expect(events.slice(3)).toMatchObject([
      { type: 'run-travel', path: '1' },
      { type: 'step-start', path: '1', attempt: 1 },
      { type: 'step-result', path: '1' },
      { type: 'run-end', result: { n: 3 } },
    ])
  })

  it('keeps what ran beside a parallel step, and begins again what had not settled', async () => {
    const { calls, step } = tracing()
    let isBroken = true
    const fails = createStep({
      id: 'fails',
      inputSchema: count,
      execute: () => {
        calls.push('fails')
        if (isBroken) throw new Error('no')
        return { ok: true }
      },
    })
    const workflow = flow()
      .parallel([step('left'), fails, step('right')])
      .commit()
    const run = workflow.createRun()
    expect((await run.start({ inputData: { n: 1 } })).status).toBe('failed')
    isBroken = false
    calls.length = 0
    const result = await run.timeTravel({ step: 'left', inputData: { n: 5 } })
    expect(result).toMatchObject({
      status: 'success',
      result: { left: { n: 6 }, fails: { ok: true }, right: { n: 2 } },
    })
    expect(calls).toEqual(['left 5', 'fails'])
  })

  it('finds steps inside workflows by ids, dots, definitions and paths', async () => {
    const { calls, step } = tracing()
    const second = step('second')
    const inner = flow('inner').then(step('first')).then(second).commit()
    const workflow = flow().then(step('a')).then(inner).then(step('z')).commit()
    const run = workflow.createRun()
    await run.start({ inputData: { n: 1 } })
    for (const wanted of [['inner', 'second'], 'inner.second', [inner, second], '1/1'] as const) {
      calls.length = 0
      const result = await run.timeTravel({ step: wanted, inputData: { n: 7 } })
      expect(result).toMatchObject({ status: 'success', result: { n: 9 } })
      expect(calls).toEqual(['second 7', 'z 8'])
    }
    calls.length = 0
    expect(await run.timeTravel({ step: 'inner', inputData: { n: 20 } })).toMatchObject({ result: { n: 23 } })
    expect(calls).toEqual(['first 20', 'second 21', 'z 22'])
  })

  it('goes on from a round of a loop or an item of a list, and does the whole of either again', async () => {
    const { calls, step } = tracing()
    const workflow = createWorkflow({ id: 'flow', inputSchema: z.array(count) })
      .foreach(step('item'))
      .map(({ inputData }) => inputData[0] ?? { n: 0 })
      .dowhile(step('round'), async ({ inputData }) => inputData.n < 5)
      .commit()
    const run = workflow.createRun()
    await run.start({ inputData: [{ n: 1 }, { n: 2 }, { n: 3 }] })
    const go = async (wanted: string, inputData?: unknown) => {
      calls.length = 0
      const result = await run.timeTravel({ step: wanted, ...(inputData !== undefined && { inputData }) })
      expect(result).toMatchObject({ status: 'success', result: { n: 5 } })
      return calls
    }
    expect(await go('0.1', { n: 9 })).toEqual(['item 9', 'round 2', 'round 3', 'round 4'])
    expect(await go('2.2')).toEqual(['round 3', 'round 4'])
    expect(await go('2.3', { n: 4 })).toEqual(['round 4'])
    expect(await go('round')).toEqual(['round 2', 'round 3', 'round 4'])
    expect(await go('item', [{ n: 3 }])).toEqual(['item 3', 'round 4'])
    await expect(run.timeTravel({ step: '2.4' })).rejects.toThrow('did not come to round 4')
    await expect(run.timeTravel({ step: '0.3' })).rejects.toThrow('there is no item 3, of 3')
    await expect(run.timeTravel({ step: 'item', inputData: { n: 1 } })).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ field: 'inputData' }],
    })
  })

  it('takes a branch that was not taken only with an input for it', async () => {
    const { calls, step } = tracing()
    const workflow = flow()
      .branch([
        [async ({ inputData }) => inputData.n > 0, step('plus')],
        [async ({ inputData }) => inputData.n < 0, step('minus')],
      ])
      .commit()
    const run = workflow.createRun()
    await run.start({ inputData: { n: 1 } })
    await expect(run.timeTravel({ step: 'minus' })).rejects.toThrow('did not take this branch')
    expect(await run.timeTravel({ step: 'minus', inputData: { n: -1 } })).toMatchObject({
      result: { plus: { n: 2 }, minus: { n: 0 } },
    })
    expect(calls).toEqual(['plus 1', 'minus -1'])
  })

  it('has the state as it was there, or as it is given', async () => {
    const state = z.object({ log: z.array(z.string()) })
    const note = <const Id extends string>(id: Id) =>
      createStep({
        id,
        stateSchema: state,
        execute: ({ state, setState }) => setState({ log: [...state.log, id] }),
      })
    const workflow = createWorkflow({ id: 'flow', stateSchema: state })
      .then(note('a'))
      .then(note('b'))
      .then(note('c'))
      .commit()
    const run = workflow.createRun()
    await run.start({ inputData: null, initialState: { log: [] } })
    expect(await run.timeTravel({ step: 'b' })).toMatchObject({ state: { log: ['a', 'b', 'c'] } })
    const given = await run.timeTravel({ step: 'c', initialState: { log: ['x'] } })
    expect(given).toMatchObject({ state: { log: ['x', 'c'] } })
    // What the way there had been given stays given, further on and at the same step.
    const again = workflow.createRun({ runId: given.runId })
    expect(await again.timeTravel({ step: 'c' })).toMatchObject({ state: { log: ['x', 'c'] } })
    expect(await again.timeTravel({ step: 'a' })).toMatchObject({ state: { log: ['a', 'b', 'c'] } })
    await expect(run.timeTravel({ step: 'c', initialState: { log: 'no' } as never })).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ field: 'initialState.log' }],
    })
  })

  it('answers a step that had asked, or one that had not', async () => {
    const ask = createStep({
      id: 'ask',
      inputSchema: count,
      outputSchema: z.looseObject({ n: z.number() }),
      resumeSchema: count,
      execute: ({ resumeData, suspendData, suspend }) =>
        resumeData ? { ...resumeData, asked: suspendData } : suspend({ q: '?' }),
    })
    const workflow = flow()
      .then(cloneStep(ask, { id: 'one' }))
      .then(cloneStep(ask, { id: 'two' }))
      .commit()
    const run = workflow.createRun()
    expect((await run.start({ inputData: { n: 1 } })).status).toBe('suspended')
    const one = await run.timeTravel({ step: 'one', resumeData: { n: 2 } })
    expect(one).toMatchObject({
      status: 'suspended',
      suspended: [['two']],
      steps: { one: { output: { n: 2, asked: { q: '?' } }, resumePayload: { n: 2 } } },
    })
    const two = await workflow
      .createRun({ runId: one.runId })
      .timeTravel({ step: 'two', resumeData: { n: 3 } })
    expect(two).toMatchObject({ status: 'success', result: { n: 3 } })
    await expect(run.timeTravel({ step: 'one', resumeData: { n: 'x' } })).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ field: 'resumeData.n' }],
    })
  })

  it('takes results of steps before from whoever asks', async () => {
    const { calls, step } = tracing()
    const inner = flow('inner').then(step('first')).then(step('second')).commit()
    const workflow = flow()
      .then(step('a'))
      .parallel([step('l'), step('r')])
      .map(({ inputData }) => ({ n: inputData.l.n + inputData.r.n }), { id: 'sum' })
      .sleep(5)
      .then(inner)
      .commit()
    const run = workflow.createRun()
    await run.start({ inputData: { n: 1 } })
    calls.length = 0
    expect(await run.timeTravel({ step: 'sum', context: { l: done(100) } })).toMatchObject({
      result: { n: 105 },
      steps: { l: { output: { n: 100 } }, r: { output: { n: 3 } } },
    })
    calls.length = 0
    const nested = await run
      .timeTravel({
        step: 'inner.second',
        context: { a: { status: 'failed' }, inner: { status: 'running', payload: { n: 3 } } },
        nestedStepsContext: { inner: { first: done(50) } },
      })
      .catch((error: unknown) => error)
    expect(nested).toMatchObject({ code: 'invalid_request', issues: [{ field: 'context.a.status' }] })
    const right = await run.timeTravel({
      step: 'inner.second',
      context: { a: done(3), inner: { status: 'running', payload: { n: 3 } } },
      nestedStepsContext: { inner: { first: done(50) } },
    })
    expect(right).toMatchObject({ status: 'success', result: { n: 51 }, steps: { a: { output: { n: 3 } } } })
    expect(calls).toEqual(['second 50'])
  })

  it('takes over the event that a step before had taken, and no other', async () => {
    const { calls, step } = tracing()
    const workflow = createWorkflow({ id: 'flow' })
      .waitForEvent('paid', { schema: count })
      .then(step('b'))
      .waitForEvent('sent', { schema: count })
      .commit()
    const run = workflow.createRun()
    await run.startAsync({ inputData: null })
    await run.sendEvent('paid', { n: 1 }, { id: 'first' })
    await run.sendEvent('sent', { n: 5 }, { id: 'second' })
    expect(await run.observe().result).toMatchObject({ status: 'success', result: { n: 5 } })
    const again = await run.timeTravel({ step: 'b' })
    expect([again.status, calls]).toEqual(['waiting', ['b 1', 'b 1']])
    const other = workflow.createRun({ runId: again.runId })
    expect(await other.sendEvent('paid', { n: 9 }, { id: 'first' })).toMatchObject({ duplicate: true })
    await other.sendEvent('sent', { n: 6 }, { id: 'second' })
    expect(await other.observe().result).toMatchObject({
      status: 'success',
      result: { n: 6 },
      steps: { paid: { output: { n: 1 } } },
    })
  })

  it('refuses a step that there is not, or that was not reached, and begins nothing', async () => {
    const { calls, step } = tracing()
    const fails = createStep({
      id: 'fails',
      inputSchema: count,
      outputSchema: count,
      execute: () => Promise.reject(new Error('no')),
    })
    const workflow = flow().then(step('a')).then(fails).then(step('c')).commit()
    const run = workflow.createRun()
    await run.start({ inputData: { n: 1 } })
    const runs = (await workflow.listRuns()).length
    for (const wanted of ['nothing', '7', 'a.b', ''])
      await expect(run.timeTravel({ step: wanted })).rejects.toMatchObject({
        code: 'invalid_request',
        issues: [{ field: 'step' }],
      })
    await expect(run.timeTravel({ step: 'c', inputData: { n: 1 } })).rejects.toThrow(
      `Cannot travel: run "${run.runId}" has no result of step "fails", which comes before: give it in context`,
    )
    await expect(workflow.createRun().timeTravel({ step: 'a' })).rejects.toMatchObject({
      code: 'run_not_found',
    })
    await expect(run.timeTravel({ step: 'a', inputData: { n: 'x' } })).rejects.toMatchObject({
      issues: [{ field: 'inputData.n' }],
    })
    expect(await workflow.listRuns()).toHaveLength(runs)
    expect(calls).toEqual(['a 1'])
    const context = { fails: { status: 'success', output: { n: 4 } } }
    expect(await run.timeTravel({ step: 'c', context })).toMatchObject({
      status: 'success',
      result: { n: 5 },
    })
  })

  it('takes over what failed first and was made good by a restart', async () => {
    let isBroken = true
    const state = z.object({ tries: z.number() })
    const flaky = createStep({
      id: 'flaky',
      stateSchema: state,
      outputSchema: count,
      execute: ({ state, setState }) => {
        setState({ tries: state.tries + 1 })
        if (isBroken) throw new Error('no')
        return { n: 1 }
      },
    })
    const { step } = tracing()
    const workflow = createWorkflow({ id: 'flow', stateSchema: state }).then(flaky).then(step('b')).commit()
    const run = workflow.createRun()
    await run.start({ inputData: null, initialState: { tries: 0 } })
    isBroken = false
    await run.restart()
    expect(await run.timeTravel({ step: 'b' })).toMatchObject({
      status: 'success',
      result: { n: 2 },
      state: { tries: 2 },
    })
  })

  it('joins the run that a second call names', async () => {
    const { calls, step } = tracing()
    const workflow = flow().then(step('a')).then(step('b')).commit()
    const run = workflow.createRun()
    await run.start({ inputData: { n: 1 } })
    const first = await run.timeTravel({ step: 'b', runId: 'again' })
    expect(await run.timeTravel({ step: 'b', runId: 'again' })).toEqual(first)
    expect(calls).toEqual(['a 1', 'b 2', 'b 2'])
  })
})

describe('a run that pauses after each step', () => {
  it('goes on by one step, or to the end', async () => {
    const { calls, step } = tracing()
    const workflow = flow()
      .then(step('a'))
      .parallel([step('l'), step('r')])
      .map(({ inputData }) => inputData.l, { id: 'left' })
      .then(flow('inner').then(step('first')).then(step('second')).commit())
      .commit()
    const run = workflow.createRun()
    const paused = await run.start({ inputData: { n: 1 }, perStep: true })
    expect(timeless(paused)).toEqual({
      status: 'paused',
      input: { n: 1 },
      stepExecutionPath: ['a'],
      steps: { input: { n: 1 }, a: { status: 'success', output: { n: 2 } } },
    })
    // A second start joins it.
    expect(await run.start({ inputData: { n: 1 }, perStep: true })).toEqual(paused)
    for (const expected of [['l 2'], ['r 2'], [], ['first 3']]) {
      calls.length = 0
      expect((await run.resume({ perStep: true })).status).toBe('paused')
      expect(calls).toEqual(expected)
    }
    expect(await run.resume({})).toMatchObject({ status: 'success', result: { n: 5 } })
    await expect(run.resume({})).rejects.toMatchObject({ code: 'run_not_suspended' })
  })

  it('ends when nothing is left, suspends where only somebody is waited for, and may be canceled', async () => {
    const { step } = tracing()
    const ask = createStep({
      id: 'ask',
      inputSchema: count,
      outputSchema: count,
      resumeSchema: count,
      execute: ({ resumeData, suspend }) => resumeData ?? suspend({}),
    })
    const workflow = flow().then(ask).then(step('b')).commit()
    const run = workflow.createRun()
    expect((await run.start({ inputData: { n: 1 }, perStep: true })).status).toBe('suspended')
    await expect(run.resume({})).rejects.toMatchObject({ code: 'invalid_request' })
    expect((await run.resume({ step: 'ask', resumeData: { n: 4 }, perStep: true })).status).toBe('paused')
    expect(await run.resume({ perStep: true })).toMatchObject({ status: 'success', result: { n: 5 } })
    const other = workflow.createRun()
    await other.start({ inputData: { n: 1 }, perStep: true })
    await other.resume({ resumeData: { n: 1 }, perStep: true })
    expect(await other.cancel()).toBe(true)
    expect((await other.get())?.status).toBe('canceled')
  })

  it('does one item, one round, one sleep at a time', async () => {
    const { calls, step } = tracing()
    const workflow = createWorkflow({ id: 'flow', inputSchema: z.array(count) })
      .foreach(step('item'), { concurrency: 2 })
      .sleep(1)
      .map(({ inputData }) => inputData[0] ?? { n: 0 })
      .dountil(step('round'), async ({ inputData }) => inputData.n >= 4)
      .commit()
    const run = workflow.createRun()
    let pauses = 0
    let { status } = await run.start({ inputData: [{ n: 1 }, { n: 2 }], perStep: true })
    for (; status === 'paused'; pauses += 1) ({ status } = await run.resume({ perStep: true }))
    expect([status, pauses, calls]).toEqual(['success', 5, ['item 1', 'item 2', 'round 2', 'round 3']])
  })

  it('begins at the step that time travel names', async () => {
    const { calls, step } = tracing()
    const workflow = flow().then(step('a')).then(step('b')).then(step('c')).commit()
    const run = workflow.createRun()
    await run.start({ inputData: { n: 1 } })
    calls.length = 0
    const paused = await run.timeTravel({ step: 'b', perStep: true })
    expect([paused.status, calls]).toEqual(['paused', ['b 2']])
    const rest = await workflow.createRun({ runId: paused.runId }).resume({})
    expect(rest).toMatchObject({ status: 'success', result: { n: 4 } })
  })
})

function done(n: number) {
  return { status: 'success', output: { n } }
}
