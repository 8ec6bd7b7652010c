import { MastraClient } from '@mastra/client-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { placeOfRun } from '../../lib/protocol/run-id.ts'
import { collect, contextOf, newId } from './client.ts'
import { eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'

let world: World
let client: MastraClient
beforeAll(async () => {
  world = await openWorld()
  client = new MastraClient({ baseUrl: world.url, retries: 0 })
})
afterAll(() => world.close())

type Run = Awaited<ReturnType<ReturnType<MastraClient['getWorkflow']>['createRun']>>
type Chunk = { type: string; payload: Record<string, unknown>; runId: string; from: string }

const runOf = (workflowId: string, params: { runId?: string; resourceId?: string } = {}): Promise<Run> =>
  client.getWorkflow(workflowId).createRun(params)

/** What runs are started with that have an effect in the world. */
const withSink = () => ({ requestContext: contextOf(world) })

/** The effects of a run, in the order in which they came. */
const effectsOf = ({ runId }: Run): string[] =>
  world.sink.effects.items.filter(({ key }) => key.startsWith(`${runId}/`)).map(({ tool }) => tool)

const typesOf = (chunks: readonly Chunk[]): string[] => chunks.map(({ type }) => type)

/** A payment that waits for its approval. */
async function suspendedRun(amount = 2): Promise<Run> {
  const run = await runOf('payment')
  expect((await run.startAsync({ inputData: { amount }, ...withSink() })).status).toBe('suspended')
  return run
}

describe('workflows, as the Mastra client asks for them', () => {
  it('are listed by id, and described with steps, schemas and graph', async () => {
    const all = await client.listWorkflows()
    expect(Object.keys(all)).toEqual(expect.arrayContaining(['payment', 'questions', 'nested']))
    const workflow = client.getWorkflow('payment')
    const details = await workflow.details()
    expect(details).toEqual(all['payment'])
    expect(details).toMatchObject({
      name: 'payment',
      description: 'Pays what somebody approves',
      steps: { prepare: { id: 'prepare' }, approve: { id: 'approve' }, finish: { id: 'finish' } },
      stepGraph: [
        { type: 'step', step: { id: 'prepare', canSuspend: false } },
        { type: 'step', step: { id: 'approve', canSuspend: true } },
        { type: 'step', step: { id: 'finish', canSuspend: false } },
      ],
    })
    expect((await workflow.getSchema()).inputSchema).toMatchObject({
      properties: { amount: { type: 'number' } },
      required: ['amount'],
    })
    expect((await client.getWorkflow('nested').details()).allSteps).toMatchObject({
      inner: { isWorkflow: true },
      'inner.first': { isWorkflow: false },
    })
  })

  it('are 404 where there is none, on every route', async () => {
    const none = client.getWorkflow('none')
    const other = await suspendedRun()
    const missing = { status: 404, body: { error: { code: 'workflow_not_found' } } }
    await expect(none.details()).rejects.toMatchObject(missing)
    await expect(none.runs()).rejects.toMatchObject(missing)
    await expect(none.createRun()).rejects.toMatchObject(missing)
    await expect(none.runById(other.runId)).rejects.toMatchObject(missing)
    await expect(none.deleteRunById(other.runId)).rejects.toMatchObject(missing)
  })
})

describe('a run', () => {
  it('is started and awaited, under an id of ours or of the caller', async () => {
    const minted = await runOf('counter')
    expect(minted.runId).toMatch(/^run_/)
    const result = await minted.startAsync({ inputData: { amount: 2 }, initialState: { from: 3 } })
    expect(result).toMatchObject({ status: 'success', result: { sum: 5 }, input: { amount: 2 } })
    const runId = newId('chosen')
    const chosen = await runOf('counter', { runId })
    expect(chosen.runId).toBe(runId)
    const started = await chosen.startAsync({ inputData: { amount: 4 }, initialState: { from: 4 } })
    expect(started).toMatchObject({ status: 'success', result: { sum: 8 } })
    // A second start under one id joins the first.
    expect(await chosen.startAsync({ inputData: { amount: 100 }, initialState: { from: 0 } })).toEqual(
      started,
    )
  })

  it('may have an id that looks like one of ours', async () => {
    for (const runId of ['order.v1.2024', 'a.0.abcd', `${newId('x')}.1.MjAy`]) {
      const run = await runOf('counter', { runId })
      const result = await run.startAsync({ inputData: { amount: 1 }, initialState: { from: 1 } })
      expect(result).toMatchObject({ status: 'success', result: { sum: 2 } })
      expect(await client.getWorkflow('counter').runById(runId)).toMatchObject({ runId, status: 'success' })
    }
  })

  it('waits for an answer, is shown so, and goes on with it', async () => {
    const run = await runOf('payment')
    const suspended = await run.startAsync({ inputData: { amount: 2 }, ...withSink() })
    expect(suspended).toMatchObject({
      status: 'suspended',
      suspended: [['approve']],
      suspendPayload: { approve: { reason: 'approve 4?' } },
    })
    expect(await client.getWorkflow('payment').runById(run.runId)).toMatchObject({
      runId: run.runId,
      workflowName: 'payment',
      resourceId: null,
      status: 'suspended',
      payload: { amount: 2 },
      steps: { approve: { status: 'suspended', suspendPayload: { reason: 'approve 4?' } } },
      suspendedPaths: { approve: [1] },
    })
    const done = await run.resumeAsync({ step: 'approve', resumeData: { approved: true } })
    expect(done).toMatchObject({
      status: 'success',
      result: { message: 'paid 4' },
      stepExecutionPath: ['prepare', 'approve', 'finish'],
    })
    expect(effectsOf(run)).toEqual(['finish'])
  })

  it('is shown by the fields that are asked for, and always by what names it', async () => {
    const run = await suspendedRun()
    const shown = await client.getWorkflow('payment').runById(run.runId, { fields: ['payload', 'steps'] })
    expect(Object.keys(shown).toSorted()).toEqual(
      [
        'createdAt',
        'payload',
        'resourceId',
        'runId',
        'status',
        'steps',
        'updatedAt',
        'workflowName',
      ].toSorted(),
    )
  })

  it('goes on after the answer to its start, and to its resume', async () => {
    const run = await runOf('payment')
    expect(await run.start({ inputData: { amount: 3 }, ...withSink() })).toMatchObject({
      message: 'Workflow run started',
    })
    await until(run, 'suspended')
    expect(await run.resume({ step: 'approve', resumeData: { approved: true } })).toMatchObject({
      message: 'Workflow run resumed',
    })
    await until(run, 'success')
    expect(effectsOf(run)).toEqual(['finish'])
    const other = await suspendedRun()
    expect(await other.resumeNoWait({ step: ['approve'], resumeData: { approved: true } })).toEqual({
      runId: other.runId,
    })
    await until(other, 'success')
  })

  it('is restarted from the step that failed', async () => {
    const run = await runOf('fragile')
    const failed = await run.startAsync({ inputData: {}, ...withSink() })
    if (failed.status !== 'failed') throw new Error(`it is ${failed.status}`)
    expect(failed.error).toBeInstanceOf(Error)
    expect(failed.error.message).toBe('the fuse was lit')
    expect(await run.restartAsync()).toMatchObject({ status: 'success' })
    expect(effectsOf(run)).toEqual(['before', 'breaks'])
    const other = await runOf('fragile')
    await other.startAsync({ inputData: {}, ...withSink() })
    expect(await other.restart({})).toMatchObject({ message: 'Workflow run restarted' })
    await until(other, 'success')
  })

  it('is canceled while it works, while it waits, and by no second request', async () => {
    const working = await runOf('once')
    const release = world.sink.hold(({ key }) => key.startsWith(`${working.runId}/`))
    await working.start({ inputData: {}, ...withSink() })
    await world.sink.effects.reached('the charge', ({ key }) => key.startsWith(`${working.runId}/`))
    expect(await working.cancel()).toMatchObject({ message: 'Workflow run canceled' })
    release()
    await until(working, 'canceled')
    const waiting = await suspendedRun()
    expect(await waiting.cancelRun()).toMatchObject({ message: 'Workflow run canceled' })
    await until(waiting, 'canceled')
    await expect(waiting.resumeAsync({ resumeData: { approved: true } })).rejects.toMatchObject({
      status: 409,
    })
    expect(effectsOf(working)).toEqual(['charge'])
  })

  it('is deleted, also before it was started', async () => {
    const workflow = client.getWorkflow('payment')
    const run = await suspendedRun()
    expect(await workflow.deleteRunById(run.runId)).toEqual({ message: 'Workflow run deleted' })
    await expect(workflow.runById(run.runId)).rejects.toMatchObject({ status: 404 })
    await expect(workflow.deleteRunById(run.runId)).rejects.toMatchObject({ status: 404 })
    const created = await runOf('payment', { resourceId: newId('user') })
    expect(await workflow.runById(created.runId)).toMatchObject({ status: 'pending' })
    expect(await workflow.deleteRunById(created.runId)).toEqual({ message: 'Workflow run deleted' })
    await expect(workflow.runById(created.runId)).rejects.toMatchObject({ status: 404 })
  })
})

describe('the stream of a run', () => {
  it('tells each step as it comes, until a person is waited for, and then the rest', async () => {
    const run = await runOf('payment')
    const first = await chunksOf(run.stream({ inputData: { amount: 2 }, ...withSink() }))
    expect(typesOf(first)).toEqual([
      'workflow-start',
      'workflow-step-start',
      'workflow-step-result',
      'workflow-step-start',
      'workflow-step-suspended',
      'workflow-finish',
    ])
    expect(first.every(({ runId, from }) => runId === run.runId && from === 'WORKFLOW')).toBe(true)
    expect(first.at(-1)?.payload).toMatchObject({ workflowStatus: 'suspended' })
    const second = await chunksOf(run.resumeStream({ step: 'approve', resumeData: { approved: true } }))
    expect(typesOf(second)).toEqual([
      'workflow-start',
      'workflow-step-start',
      'workflow-step-result',
      'workflow-step-start',
      'workflow-step-result',
      'workflow-finish',
    ])
    expect(second.at(-1)?.payload).toMatchObject({
      workflowStatus: 'success',
      finalWorkflowResult: { message: 'paid 4' },
    })
    expect(await chunksOf(run.observe())).toEqual([...first, ...second])
    expect(await chunksOf(run.observeStream())).toEqual([...first, ...second])
  })

  it('is gone on with from every chunk, with nothing twice and nothing lost', async () => {
    const run = await suspendedRun()
    await run.resumeAsync({ resumeData: { approved: true } })
    const whole = await chunksOf(run.observe())
    expect(whole).toHaveLength(12)
    for (let offset = 0; offset <= whole.length; offset += 1)
      expect(await chunksOf(run.observe({ offset }))).toEqual(whole.slice(offset))
  })

  it('is taken up again after the connection was cut, also where progress was heard that is not kept', async () => {
    const run = await runOf('report')
    const release = world.sink.hold(({ key }) => key.startsWith(`${run.runId}/`))
    const reader = (await run.stream({ inputData: { words: 4 }, ...withSink() })).getReader()
    const heard: Chunk[] = []
    while (heard.filter(({ type }) => type === 'workflow-step-output').length < 4) {
      const { value } = await reader.read()
      heard.push(value as Chunk)
    }
    await reader.cancel()
    await world.sink.effects.reached('the work', ({ key }) => key.startsWith(`${run.runId}/`))
    release()
    await until(run, 'success')
    const rest = await chunksOf(run.observe({ offset: heard.length }))
    expect(typesOf([...heard, ...rest]).filter((type) => type !== 'workflow-step-output')).toEqual([
      'workflow-start',
      'workflow-step-start',
      'workflow-step-result',
      'workflow-step-start',
      'workflow-step-result',
      'workflow-finish',
    ])
  })

  it('tells a list item by item', async () => {
    const run = await runOf('questions')
    const items = ['a', 'b']
    const chunks = await chunksOf(run.stream({ inputData: items as never, ...withSink() }))
    expect(typesOf(chunks).filter((type) => type === 'workflow-step-suspended')).toHaveLength(2)
    const result = await run.resumeAsync({ step: 'decide', forEachIndex: 1, resumeData: { word: 'second' } })
    expect(result.status).toBe('suspended')
    const rest = await chunksOf(
      run.resumeStream({ step: 'decide', forEachIndex: 0, resumeData: { word: 'first' } }),
    )
    expect(rest.at(-1)?.payload).toMatchObject({ finalWorkflowResult: ['a first', 'b second'] })
    expect(rest.find(({ type }) => type === 'workflow-step-progress')?.payload).toMatchObject({
      id: 'decide',
      completedCount: 2,
      totalCount: 2,
      currentIndex: 0,
      iterationStatus: 'success',
    })
  })
})

describe('the list of runs', () => {
  it('is paged, newest first, and filtered by status and resource', async () => {
    const workflow = client.getWorkflow('counter')
    const resourceId = newId('user')
    const ids: string[] = []
    for (let i = 0; i < 5; i += 1) {
      const run = await runOf('counter', { resourceId })
      await run.start({ inputData: { amount: i }, initialState: { from: 0 } })
      ids.unshift(run.runId)
    }
    const all = await eventually('five runs that have ended', async () => {
      const { runs } = await workflow.runs({ resourceId, status: 'success' })
      return runs.length === 5 ? runs : undefined
    })
    expect(all.map(({ runId }) => runId)).toEqual(ids)
    expect(all[0]).toMatchObject({ workflowName: 'counter', resourceId, snapshot: { status: 'success' } })
    const pages = [0, 1, 2].map((page) => workflow.runs({ resourceId, page, perPage: 2 }))
    expect((await Promise.all(pages)).map(({ runs }) => runs.map(({ runId }) => runId))).toEqual([
      ids.slice(0, 2),
      ids.slice(2, 4),
      ids.slice(4),
    ])
    expect((await workflow.runs({ resourceId, limit: 2, offset: 4 })).total).toBe(5)
    for (const most of [{ limit: 1000 }, { limit: false as const }, { page: 30, perPage: 100 }])
      expect((await workflow.runs({ resourceId, ...most })).runs).toHaveLength('page' in most ? 0 : 5)
    expect((await workflow.runs({ resourceId, status: 'failed' })).runs).toEqual([])
    expect((await workflow.runs({ resourceId: newId('user') })).runs).toEqual([])
    const [newest, second] = all
    const fromDate = new Date(newest?.createdAt ?? 0)
    const toDate = new Date(second?.createdAt ?? 0)
    expect((await workflow.runs({ resourceId, fromDate })).runs[0]?.runId).toBe(ids[0])
    expect((await workflow.runs({ resourceId, toDate })).runs.map(({ runId }) => runId)).toContain(ids[1])
    expect((await workflow.runs({ resourceId, toDate: new Date(0) })).runs).toEqual([])
  })
})

async function chunksOf(stream: Promise<ReadableStream>): Promise<Chunk[]> {
  // The client's own transform gives what the records hold.
  return collect((await stream) as ReadableStream<Chunk>)
}

/** Waits until a run stands so. */
async function until(run: Run, status: string): Promise<void> {
  // The client keeps the workflow's id to itself; ours tells it.
  const [, workflowId = ''] = placeOfRun(run.runId)?.address.split('/') ?? []
  const workflow = client.getWorkflow(workflowId)
  await eventually(`${run.runId} to be ${status}`, async () => {
    const record = await workflow.runById(run.runId)
    return record.status === status || undefined
  })
}
