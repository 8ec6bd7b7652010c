import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { RunEvent } from '../protocol/run-event.ts'
import type { GraphNode, LiveStep } from '../protocol/workflow-graph.ts'
import { describeLive } from './live-graph.ts'
import { childRun } from './child-run.ts'
import { cloneStep, createStep } from './step.ts'
import type { Workflow } from './workflow.ts'
import { createWorkflow } from './workflow.ts'

const count = z.object({ n: z.number() })
const plus = createStep({
  id: 'plus',
  inputSchema: count,
  outputSchema: count,
  execute: async ({ inputData: { n } }) => ({ n: n + 1 }),
})
const ask = createStep({
  id: 'ask',
  inputSchema: count,
  outputSchema: count,
  resumeSchema: count,
  execute: async ({ resumeData, suspend }) => resumeData ?? suspend({}, { resumeLabel: 'how-many' }),
})
const fails = createStep({
  id: 'fails',
  inputSchema: count,
  outputSchema: count,
  execute: async (): Promise<{ n: number }> => {
    throw new Error('no')
  },
})
const named = <const Id extends string>(id: Id) => createWorkflow({ id, inputSchema: count })

const echo = (id: string) =>
  createStep({ id, inputSchema: count, outputSchema: count, execute: ({ inputData }) => inputData })
const place = (path: string, stepId: string) => ({ at: 5, path, stepId })

/** What each place of a drawing says, by the path of its ids. */
function shown(graph: readonly GraphNode[], prefix = ''): Record<string, LiveStep | undefined> {
  const all: Record<string, LiveStep | undefined> = {}
  for (const node of graph) {
    if (node.type === 'sleep') all[prefix + node.id] = node.live
    else
      for (const step of 'steps' in node ? node.steps : [node.step]) {
        all[prefix + step.id] = step.live
        if (step.graph) Object.assign(all, shown(step.graph, `${prefix}${step.id}.`))
      }
  }
  return all
}

const statuses = (graph: readonly GraphNode[]): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(shown(graph)).map(([id, live]) => [id, live?.status]))

describe('the graph of a run', () => {
  it('says of each place how it stands, in workflows within as well, before, during and after', async () => {
    const inner = named('inner').then(plus).then(ask).commit()
    const flow = named('outer').then(plus).then(inner).sleep(1).commit()
    const run = flow.createRun()
    await run.start({ inputData: { n: 1 } })
    const asked = await run.describe()
    expect(asked).toMatchObject({ runId: run.runId, workflowId: 'outer', status: 'suspended' })
    expect(statuses(asked.graph)).toEqual({
      plus: 'success',
      inner: 'running',
      'inner.plus': 'success',
      'inner.ask': 'suspended',
      sleep_outer_0: 'pending',
    })
    expect(shown(asked.graph)['inner.ask']).toMatchObject({ path: '1/1', attempt: 1, label: 'how-many' })

    await run.resume({ resumeData: { n: 3 } })
    expect(new Set(Object.values(statuses((await run.describe()).graph)))).toEqual(new Set(['success']))
  })

  it('names the place behind which its events go on', async () => {
    const run = named('follow').then(ask).then(plus).commit().createRun()
    await run.start({ inputData: { n: 1 } })
    const { after } = await run.describe()
    await run.resume({ resumeData: { n: 3 } })
    const rest: string[] = []
    for await (const { type } of run.observe({ after })) rest.push(type)
    expect(rest).toEqual(['run-resume', 'step-start', 'step-result', 'step-start', 'step-result', 'run-end'])
  })

  it('shows branches that were not taken, and what lies behind a failure, as skipped', async () => {
    const flow = named('branches')
      .branch([
        [async ({ inputData }) => inputData.n > 0, plus],
        [async ({ inputData }) => inputData.n < 0, cloneStep(plus, { id: 'minus' })],
      ])
      .map(async () => ({ n: 1 }), { id: 'one' })
      .then(fails)
      .then(cloneStep(plus, { id: 'last' }))
      .commit()
    const run = flow.createRun()
    await run.start({ inputData: { n: 1 } })
    const { graph } = await run.describe()
    expect(statuses(graph)).toEqual({
      plus: 'success',
      minus: 'skipped',
      one: 'success',
      fails: 'failed',
      last: 'skipped',
    })
    expect(shown(graph)['fails']?.error).toMatchObject({ message: 'no' })
  })

  it('counts the items of a list and the rounds of a loop, and shows the one that matters', async () => {
    const item = createStep({
      id: 'item',
      inputSchema: z.number(),
      outputSchema: z.number(),
      resumeSchema: z.number(),
      execute: async ({ inputData, resumeData, suspend }) =>
        inputData === 2 && resumeData === undefined ? suspend({}) : inputData,
    })
    const flow = createWorkflow({ id: 'list', inputSchema: z.array(z.number()) })
      .foreach(item, { concurrency: 3 })
      .map(async ({ inputData }) => ({ n: inputData.length }), { id: 'size' })
      .dowhile(plus, async ({ inputData }) => inputData.n < 6)
      .commit()
    const run = flow.createRun()
    await run.start({ inputData: [1, 2, 3] })
    expect(shown((await run.describe()).graph)['item']).toMatchObject({
      status: 'suspended',
      path: '0.1',
      counts: { success: 2, suspended: 1 },
    })
    await run.resume({ resumeData: 2 })
    const { item: items, plus: rounds } = shown((await run.describe()).graph)
    expect(items).toMatchObject({ status: 'success', counts: { success: 3 } })
    expect(rounds).toMatchObject({ status: 'success', counts: { success: 3 } })
  })

  it('shows what was left when a run was canceled or ended early as canceled', async () => {
    const bails = createStep({
      id: 'bails',
      inputSchema: count,
      outputSchema: count,
      execute: async ({ bail }) => bail({ n: 0 }),
    })
    const early = named('early')
      .parallel([ask, bails])
      .then(fails as never)
      .commit()
      .createRun()
    await early.start({ inputData: { n: 1 } })
    expect(statuses((await early.describe()).graph)).toEqual({
      ask: 'canceled',
      bails: 'success',
      fails: 'skipped',
    })

    const left = named('left').then(ask).then(plus).commit().createRun()
    await left.start({ inputData: { n: 1 } })
    await left.cancel()
    const { status, graph } = await left.describe()
    expect([status, statuses(graph)]).toEqual(['canceled', { ask: 'canceled', plus: 'skipped' }])
  })

  it('shows a failure at every workflow around it, and that it goes on once the run is restarted', () => {
    const inner = named('inner').then(fails).commit()
    const flow: Workflow = named('outer').then(inner).commit() as never
    const at = 5
    const failed: RunEvent[] = [
      { type: 'run-start', at, runId: 'r', workflowId: 'outer', input: { n: 1 } },
      { type: 'step-start', at, path: '0', stepId: 'inner', attempt: 1 },
      { type: 'step-start', at, path: '0/0', stepId: 'fails', attempt: 1 },
      {
        type: 'step-retry',
        at,
        path: '0/0',
        stepId: 'fails',
        error: { name: 'Error', message: 'no' },
        due: 9,
      },
    ]
    expect(shown(describeLive(flow, failed))['inner.fails']).toMatchObject({ status: 'waiting', due: 9 })
    failed.push({
      type: 'step-fail',
      at,
      path: '0/0',
      stepId: 'fails',
      error: { name: 'Error', message: 'no' },
    })
    failed.push({ type: 'run-end', at, status: 'failed', error: { name: 'Error', message: 'no' } })
    expect(statuses(describeLive(flow, failed))).toEqual({ inner: 'failed', 'inner.fails': 'failed' })
    failed.push({ type: 'run-restart', at })
    failed.push({ type: 'step-start', at, path: '0/0', stepId: 'fails', attempt: 2 })
    expect(statuses(describeLive(flow, failed))).toEqual({ inner: 'running', 'inner.fails': 'running' })
  })

  it('goes on with what was left beside a failure once the run is restarted', async () => {
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
    const run = named('parallel').parallel([ask, luck]).commit().createRun()
    await run.start({ inputData: { n: 1 } })
    expect(statuses((await run.describe()).graph)).toEqual({ ask: 'canceled', luck: 'failed' })
    isLucky = true
    await run.restart()
    const { graph } = await run.describe()
    expect(statuses(graph)).toEqual({ ask: 'suspended', luck: 'success' })
    expect(shown(graph)['ask']).toMatchObject({ label: 'how-many' })
  })

  it('shows a wait for an event, and the step behind it once that has come', async () => {
    const run = named('event').waitForEvent('paid', { schema: count, timeoutMs: 60_000 }).commit().createRun()
    await run.start({ inputData: { n: 1 } })
    const { graph } = await run.describe()
    expect(graph).toMatchObject([{ step: { from: 'event', waitsFor: { event: 'paid', timeoutMs: 60_000 } } }])
    const { status, startedAt = 0, due } = shown(graph)['paid'] ?? {}
    expect([status, due]).toEqual(['waiting', startedAt + 60_000])
    await run.sendEvent('paid', { n: 3 })
    await run.start({ inputData: { n: 1 } })
    expect(shown((await run.describe()).graph)['paid']).toMatchObject({ status: 'success', attempt: 2 })
  })

  it('shows the run that a step has started, and how that stands until it has ended', async () => {
    const child = named('child').then(ask).commit()
    const run = named('parent').then(childRun(child)).commit().createRun()
    await run.start({ inputData: { n: 1 } })
    const { graph } = await run.describe()
    expect(graph).toMatchObject([{ step: { from: 'run', starts: { workflowId: 'child' } } }])
    const { childRunId: runId = '', ...live } = shown(graph)['child'] ?? {}
    expect(live).toMatchObject({ status: 'waiting', childStatus: 'suspended' })
    await child.createRun({ runId }).resume({ resumeData: { n: 3 } })
    await run.start({ inputData: { n: 1 } })
    const ended = shown((await run.describe()).graph)['child']
    expect(ended).toMatchObject({ status: 'success', childRunId: runId })
    expect(ended).not.toHaveProperty('childStatus')
  })

  it('shows what was made good and what could not be, and that what was stopped did not fail', () => {
    const flow: Workflow = named('trip')
      .parallel([echo('hotel'), echo('flight')])
      .map(async () => ({ n: 1 }), { id: 'one' })
      .then(echo('taxi'))
      .then(echo('tour'))
      .commit() as never
    const hotel = place('0.0', 'hotel')
    const flight = place('0.1', 'flight')
    const taxi = place('2', 'taxi')
    const error = { name: 'Error', message: 'busy' }
    const events: RunEvent[] = [
      { type: 'run-start', at: 5, runId: 'r', workflowId: 'trip', input: { n: 1 } },
      { type: 'step-start', ...hotel, attempt: 1 },
      { type: 'step-start', ...flight, attempt: 1 },
      { type: 'step-result', ...hotel, output: 1 },
      { type: 'step-result', ...flight, output: 1 },
      { type: 'step-start', ...place('1', 'one'), attempt: 1 },
      { type: 'step-result', ...place('1', 'one'), output: 1 },
      { type: 'step-start', ...taxi, attempt: 1 },
      { type: 'run-compensate', at: 5, status: 'canceled' },
    ]
    expect(statuses(describeLive(flow, events))).toMatchObject({ taxi: 'running', tour: 'skipped' })
    events.push(
      { type: 'step-fail', ...taxi, error },
      { type: 'compensate-start', ...flight, attempt: 1 },
      { type: 'compensate-retry', ...flight, error, due: 9 },
    )
    const during = shown(describeLive(flow, events))
    expect(during['taxi']).toMatchObject({ status: 'canceled', error })
    expect(during['flight']).toMatchObject({
      status: 'success',
      compensation: { status: 'waiting', due: 9, error },
    })
    events.push(
      { type: 'compensate-start', ...flight, attempt: 2 },
      { type: 'compensate-fail', ...flight, error },
      { type: 'compensate-start', ...hotel, attempt: 1 },
      { type: 'compensate-result', ...hotel },
      { type: 'run-end', at: 5, status: 'canceled' },
    )
    const after = shown(describeLive(flow, events))
    expect(after['hotel']?.compensation).toEqual({ status: 'success', attempt: 1, startedAt: 5, endedAt: 5 })
    expect(after['flight']?.compensation).toMatchObject({ status: 'failed', attempt: 2, error })
    expect(after['one']).not.toHaveProperty('compensation')
  })
})
