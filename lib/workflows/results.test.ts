import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { timeless } from '../../test/fixtures/workflows.ts'
import { NonRetryableError } from './retry.ts'
import { cloneStep, createStep } from './step.ts'
import { createWorkflow } from './workflow.ts'

const count = z.object({ n: z.number() })
const answer = z.object({ v: z.number() })
const step = <const Id extends string>(id: Id, by: (n: number) => number) =>
  createStep({
    id,
    inputSchema: count,
    outputSchema: count,
    execute: async ({ inputData }) => ({ n: by(inputData.n) }),
  })
const a = step('a', (n) => n + 1)
const b = step('b', (n) => n + 10)
const flow = <const Id extends string>(id: Id) => createWorkflow({ id, inputSchema: count })

/** Asks and gives on what it is answered. */
const ask = <const Id extends string>(id: Id, payload: object, label?: string) =>
  createStep({
    id,
    inputSchema: count,
    outputSchema: count,
    resumeSchema: answer,
    execute: async ({ resumeData, suspend }) => {
      if (!resumeData) return suspend(payload, label === undefined ? {} : { resumeLabel: label })
      return { n: resumeData.v }
    },
  })

// What Mastra's engine was recorded to give for the same workflows; times and run ids apart.
describe('the results of a workflow', () => {
  it('are those of steps one after the other', async () => {
    const run = flow('then').then(a).then(b).commit().createRun()
    expect(timeless(await run.start({ inputData: { n: 1 } }))).toEqual({
      status: 'success',
      steps: {
        input: { n: 1 },
        a: { status: 'success', output: { n: 2 } },
        b: { status: 'success', output: { n: 12 } },
      },
      input: { n: 1 },
      stepExecutionPath: ['a', 'b'],
      result: { n: 12 },
    })
  })

  it('are those of steps side by side', async () => {
    const run = flow('parallel').parallel([a, b]).commit().createRun()
    expect(timeless(await run.start({ inputData: { n: 1 } }))).toEqual({
      status: 'success',
      steps: {
        input: { n: 1 },
        a: { status: 'success', payload: { n: 1 }, output: { n: 2 } },
        b: { status: 'success', payload: { n: 1 }, output: { n: 11 } },
      },
      input: { n: 1 },
      stepExecutionPath: [],
      result: { a: { n: 2 }, b: { n: 11 } },
    })
  })

  it('are those of every branch that holds, or of none', async () => {
    const both = flow('branch').branch([
      [async ({ inputData }) => inputData.n > 1, a],
      [({ inputData }) => inputData.n > 0, b],
      [() => false, step('c', (n) => n)],
    ])
    expect(
      timeless(
        await both
          .commit()
          .createRun()
          .start({ inputData: { n: 2 } }),
      ),
    ).toEqual({
      status: 'success',
      steps: {
        input: { n: 2 },
        a: { payload: { n: 2 }, status: 'success', output: { n: 3 } },
        b: { payload: { n: 2 }, status: 'success', output: { n: 12 } },
      },
      input: { n: 2 },
      stepExecutionPath: [],
      result: { a: { n: 3 }, b: { n: 12 } },
    })
    const none = flow('branchNone')
      .branch([[() => false, a]])
      .commit()
    expect(timeless(await none.createRun().start({ inputData: { n: 2 } }))).toEqual({
      status: 'success',
      steps: { input: { n: 2 } },
      input: { n: 2 },
      stepExecutionPath: [],
      result: {},
    })
  })

  it('are those of loops', async () => {
    const expected = {
      status: 'success',
      steps: {
        input: { n: 1 },
        a: { payload: { n: 4 }, status: 'success', output: { n: 5 }, metadata: { iterationCount: 4 } },
      },
      input: { n: 1 },
      stepExecutionPath: [],
      result: { n: 5 },
    }
    const dowhile = flow('dowhile')
      .dowhile(a, async ({ inputData }) => inputData.n < 5)
      .commit()
    expect(timeless(await dowhile.createRun().start({ inputData: { n: 1 } }))).toEqual(expected)
    const dountil = flow('dountil')
      .dountil(a, ({ iterationCount }) => iterationCount === 4)
      .commit()
    expect(timeless(await dountil.createRun().start({ inputData: { n: 1 } }))).toEqual(expected)
  })

  it('are those of a list, also of one without items', async () => {
    const each = createWorkflow({ id: 'foreach', inputSchema: z.array(count) })
      .foreach(a, { concurrency: 2 })
      .commit()
    const items = [{ n: 1 }, { n: 2 }, { n: 3 }]
    expect(timeless(await each.createRun().start({ inputData: items }))).toEqual({
      status: 'success',
      steps: {
        input: items,
        a: { payload: items, status: 'success', output: [{ n: 2 }, { n: 3 }, { n: 4 }] },
      },
      input: items,
      stepExecutionPath: [],
      result: [{ n: 2 }, { n: 3 }, { n: 4 }],
    })
    expect(timeless(await each.createRun().start({ inputData: [] }))).toEqual({
      status: 'success',
      steps: { input: [], a: { payload: [], status: 'success', output: [] } },
      input: [],
      stepExecutionPath: [],
      result: [],
    })
  })

  it('are those of mappings, declared and as functions', async () => {
    const declared = flow('map')
    declared
      .then(a)
      .map({ x: { step: a, path: 'n' }, y: { value: 7 }, z: { initData: declared, path: 'n' } })
      .commit()
    expect(timeless(await declared.createRun().start({ inputData: { n: 1 } }))).toEqual({
      status: 'success',
      steps: {
        input: { n: 1 },
        a: { status: 'success', output: { n: 2 } },
        mapping_map_0: { status: 'success', output: { x: 2, y: 7, z: 1 } },
      },
      input: { n: 1 },
      stepExecutionPath: ['a', 'mapping_map_0'],
      result: { x: 2, y: 7, z: 1 },
    })
    const mapFn = flow('mapFn')
      .then(a)
      .map(async ({ inputData, getStepResult, getInitData }) => ({
        got: inputData.n,
        viaStep: getStepResult(a).n,
        init: getInitData().n,
      }))
      .commit()
    expect(await mapFn.createRun().start({ inputData: { n: 1 } })).toMatchObject({
      stepExecutionPath: ['a', 'mapping_mapFn_0'],
      result: { got: 2, viaStep: 2, init: 1 },
    })
  })

  it('are those of a workflow that is left early, and of one that fails', async () => {
    const bailer = createStep({ id: 'bailer', execute: ({ bail }) => bail({ early: true }) })
    const left = flow('bail')
      .then(bailer)
      .then(cloneStep(bailer, { id: 'never' }))
      .commit()
    expect(timeless(await left.createRun().start({ inputData: { n: 1 } }))).toEqual({
      status: 'success',
      steps: { input: { n: 1 }, bailer: { status: 'success', output: { early: true } } },
      input: { n: 1 },
      stepExecutionPath: ['bailer'],
      result: { early: true },
    })
    const boom = createStep({ id: 'boom', execute: () => Promise.reject(new Error('kaboom')) })
    expect(
      timeless(
        await flow('fail')
          .then(a)
          .then(boom)
          .commit()
          .createRun()
          .start({ inputData: { n: 1 } }),
      ),
    ).toEqual({
      status: 'failed',
      steps: {
        input: { n: 1 },
        a: { status: 'success', output: { n: 2 } },
        boom: { status: 'failed', error: { message: 'kaboom', name: 'Error' } },
      },
      input: { n: 1 },
      stepExecutionPath: ['a', 'boom'],
      error: { message: 'kaboom', name: 'Error' },
    })
  })

  it('are those of a step that is tried again, unless it must not be', async () => {
    const tries: number[] = []
    const flaky = (error: Error) =>
      createStep({
        id: 'flaky',
        inputSchema: count,
        retries: 2,
        execute: ({ inputData, retryCount }) => {
          tries.push(retryCount)
          if (retryCount < 2) throw error
          return { n: inputData.n + 1 }
        },
      })
    const run = flow('retry')
      .then(flaky(new Error('not yet')))
      .commit()
      .createRun()
    expect(timeless(await run.start({ inputData: { n: 1 } }))).toEqual({
      status: 'success',
      steps: { input: { n: 1 }, flaky: { status: 'success', output: { n: 2 } } },
      input: { n: 1 },
      stepExecutionPath: ['flaky'],
      result: { n: 2 },
    })
    expect(tries).toEqual([0, 1, 2])
    const final = flow('final')
      .then(flaky(new NonRetryableError('never')))
      .commit()
      .createRun()
    expect(await final.start({ inputData: { n: 1 } })).toMatchObject({
      status: 'failed',
      error: { message: 'never' },
    })
    expect(tries).toEqual([0, 1, 2, 0])
  })

  it('are those of a step that waits for somebody', async () => {
    const suspends = flow('suspend')
      .then(a)
      .then(ask('ask', { q: '?' }, 'lbl'))
      .then(b)
      .commit()
    const run = suspends.createRun()
    expect(timeless(await run.start({ inputData: { n: 1 } }))).toEqual({
      status: 'suspended',
      steps: {
        input: { n: 1 },
        a: { status: 'success', output: { n: 2 } },
        ask: { status: 'suspended', suspendPayload: { q: '?' } },
      },
      input: { n: 1 },
      stepExecutionPath: ['a', 'ask'],
      suspended: [['ask']],
      suspendPayload: { ask: { q: '?' } },
    })
    await expect(run.resume({ step: 'ask', resumeData: { v: 'bad' } })).rejects.toThrow(
      'Invalid resume data: \n- v: Invalid input: expected number, received string',
    )
    expect(timeless(await run.resume({ label: 'lbl', resumeData: { v: 3 } }))).toEqual({
      status: 'success',
      steps: {
        input: { n: 1 },
        a: { status: 'success', output: { n: 2 } },
        ask: { status: 'success', resumePayload: { v: 3 }, output: { n: 3 } },
        b: { status: 'success', output: { n: 13 } },
      },
      input: { n: 1 },
      stepExecutionPath: ['a', 'ask', 'b'],
      result: { n: 13 },
    })
    await expect(run.resume({ step: 'ask', resumeData: { v: 3 } })).rejects.toThrow(
      'This workflow run was not suspended',
    )
    const again = suspends.createRun()
    await again.start({ inputData: { n: 1 } })
    expect(await again.resume({ resumeData: { v: 4 } })).toMatchObject({
      status: 'success',
      result: { n: 14 },
    })
  })

  it('are those of steps that share a state', async () => {
    const stateSchema = z.object({ seen: z.number() })
    const st = createStep({
      id: 'st',
      inputSchema: count,
      stateSchema,
      execute: ({ inputData, setState }) => {
        setState({ seen: 5 })
        return inputData
      },
    })
    const rd = createStep({ id: 'rd', stateSchema, execute: ({ state }) => ({ n: state.seen }) })
    const run = createWorkflow({ id: 'state', inputSchema: count, stateSchema })
      .then(st)
      .then(rd)
      .commit()
      .createRun()
    expect(await run.start({ inputData: { n: 1 }, initialState: { seen: 0 } })).toMatchObject({
      status: 'success',
      steps: { st: { status: 'success', output: { n: 1 } }, rd: { status: 'success', output: { n: 5 } } },
      stepExecutionPath: ['st', 'rd'],
      result: { n: 5 },
    })
  })

  it('are those of a sleep, which gives on what it was given', async () => {
    const run = flow('sleep').then(a).sleep(1).then(b).commit().createRun()
    expect(timeless(await run.start({ inputData: { n: 1 } }))).toEqual({
      status: 'success',
      steps: {
        input: { n: 1 },
        a: { status: 'success', output: { n: 2 } },
        sleep_sleep_0: { status: 'success', output: { n: 2 } },
        b: { status: 'success', output: { n: 12 } },
      },
      input: { n: 1 },
      stepExecutionPath: ['a', 'sleep_sleep_0', 'b'],
      result: { n: 12 },
    })
  })

  it('refuses input that does not fit', async () => {
    const run = flow('badInput').then(a).commit().createRun()
    const bad = { n: 'one' } as unknown
    await expect(run.start({ inputData: bad as { n: number } })).rejects.toThrow(
      'Invalid input data: \n- n: Invalid input: expected number, received string',
    )
    expect(await run.get()).toBeUndefined()
  })

  it('are those of a workflow within one, that waits', async () => {
    const inner = flow('inner')
      .then(ask('ask2', { q: 'inner?' }))
      .commit()
    const run = flow('nested').then(a).then(inner).then(b).commit().createRun()
    const { runId } = run
    expect(timeless(await run.start({ inputData: { n: 1 } }))).toEqual({
      status: 'suspended',
      steps: {
        input: { n: 1 },
        a: { status: 'success', output: { n: 2 } },
        inner: {
          status: 'suspended',
          suspendPayload: { q: 'inner?', __workflow_meta: { runId, path: ['ask2'] } },
        },
      },
      input: { n: 1 },
      stepExecutionPath: ['a', 'inner'],
      suspended: [['inner', 'ask2']],
      suspendPayload: { inner: { q: 'inner?' } },
    })
    expect(timeless(await run.resume({ step: ['inner', 'ask2'], resumeData: { v: 50 } }))).toEqual({
      status: 'success',
      steps: {
        input: { n: 1 },
        a: { status: 'success', output: { n: 2 } },
        inner: { status: 'success', resumePayload: { v: 50 }, output: { n: 50 } },
        b: { status: 'success', output: { n: 60 } },
      },
      input: { n: 1 },
      stepExecutionPath: ['a', 'inner', 'b'],
      result: { n: 60 },
    })
  })

  it('are those of steps side by side that wait', async () => {
    const run = flow('parSuspend')
      .parallel([ask('p1', { who: 'p1' }), ask('p2', { who: 'p2' })])
      .commit()
      .createRun()
    expect(timeless(await run.start({ inputData: { n: 1 } }))).toEqual({
      status: 'suspended',
      steps: {
        input: { n: 1 },
        p1: { status: 'suspended', payload: { n: 1 }, suspendPayload: { who: 'p1' } },
        p2: { status: 'suspended', payload: { n: 1 }, suspendPayload: { who: 'p2' } },
      },
      input: { n: 1 },
      stepExecutionPath: [],
      suspended: [['p1'], ['p2']],
      suspendPayload: { p1: { who: 'p1' }, p2: { who: 'p2' } },
    })
    await expect(run.resume({ resumeData: { v: 1 } })).rejects.toThrow('several steps are suspended (p1, p2)')
    expect(timeless(await run.resume({ step: 'p1', resumeData: { v: 1 } }))).toEqual({
      status: 'suspended',
      steps: {
        input: { n: 1 },
        p1: { status: 'success', payload: { n: 1 }, resumePayload: { v: 1 }, output: { n: 1 } },
        p2: { status: 'suspended', payload: { n: 1 }, suspendPayload: { who: 'p2' } },
      },
      input: { n: 1 },
      stepExecutionPath: [],
      suspended: [['p2']],
      suspendPayload: { p2: { who: 'p2' } },
    })
    expect(await run.resume({ step: 'p2', resumeData: { v: 2 } })).toMatchObject({
      status: 'success',
      result: { p1: { n: 1 }, p2: { n: 2 } },
    })
  })

  it('are those of a list whose items wait', async () => {
    const items = [{ n: 1 }, { n: 2 }]
    const fe = createWorkflow({ id: 'feSuspend', inputSchema: z.array(count) })
      .foreach(ask('fe', { who: 'fe' }))
      .commit()
    const run = fe.createRun()
    expect(timeless(await run.start({ inputData: items }))).toEqual({
      status: 'suspended',
      steps: {
        input: items,
        fe: {
          payload: items,
          status: 'suspended',
          suspendPayload: {
            who: 'fe',
            __workflow_meta: {
              foreachIndex: 0,
              foreachOutput: [
                { payload: { n: 1 }, status: 'suspended', suspendPayload: { who: 'fe' } },
                { payload: { n: 2 }, status: 'suspended', suspendPayload: { who: 'fe' } },
              ],
              resumeLabels: {},
            },
          },
        },
      },
      input: items,
      stepExecutionPath: [],
      suspended: [['fe']],
      suspendPayload: { fe: { who: 'fe' } },
    })
    const half = timeless(await run.resume({ step: 'fe', resumeData: { v: 9 }, forEachIndex: 0 }))
    expect(half).toMatchObject({
      status: 'suspended',
      steps: {
        fe: {
          payload: items,
          status: 'suspended',
          resumePayload: { v: 9 },
          suspendPayload: { who: 'fe', __workflow_meta: { foreachIndex: 1 } },
        },
      },
      suspended: [['fe']],
    })
    expect(timeless(await run.resume({ step: 'fe', resumeData: { v: 8 }, forEachIndex: 1 }))).toEqual({
      status: 'success',
      steps: {
        input: items,
        fe: { payload: items, status: 'success', resumePayload: { v: 8 }, output: [{ n: 9 }, { n: 8 }] },
      },
      input: items,
      stepExecutionPath: [],
      result: [{ n: 9 }, { n: 8 }],
    })
  })

  it('are those of a run that is canceled while it sleeps', async () => {
    const run = flow('canceled').then(a).sleep(60_000).then(b).commit().createRun()
    await run.startAsync({ inputData: { n: 1 } })
    const started = run.start({ inputData: { n: 1 } })
    for await (const event of run.observe()) if (event.type === 'sleep-start') break
    expect(await run.cancel()).toBe(true)
    expect(timeless(await started)).toEqual({
      status: 'canceled',
      steps: {
        input: { n: 1 },
        a: { status: 'success', output: { n: 2 } },
        sleep_canceled_0: { status: 'waiting' },
      },
      input: { n: 1 },
      stepExecutionPath: ['a', 'sleep_canceled_0'],
    })
    expect(await run.cancel()).toBe(false)
  })

  it('are told by a stream as they come', async () => {
    const run = flow('stream')
      .then(a)
      .then(ask('ask', { q: '?' }))
      .commit()
      .createRun()
    const stream = run.stream({ inputData: { n: 1 } })
    const types: string[] = []
    for await (const event of stream) types.push(event.type)
    expect(types).toEqual([
      'run-start',
      'step-start',
      'step-result',
      'step-start',
      'step-suspend',
      'run-suspend',
    ])
    expect(await stream.status).toBe('suspended')
    const resumed = run.resumeStream({ resumeData: { v: 1 } })
    expect((await resumed.result).status).toBe('success')
    const all: string[] = []
    for await (const event of run.observe()) all.push(event.type)
    expect(all.slice(6)).toEqual(['run-resume', 'step-start', 'step-result', 'run-end'])
  })
})
