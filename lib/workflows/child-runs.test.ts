import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { childRun } from './child-run.ts'
import { describeWorkflow } from './describe.ts'
import { createStep } from './step.ts'
import { createWorkflow } from './workflow.ts'
import type { WorkflowRun } from './workflow-run.ts'

const count = z.object({ n: z.number() })
const flow = <const Id extends string>(id: Id) =>
  createWorkflow({ id, inputSchema: count, outputSchema: count })
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
const child = flow('child').then(add).commit()
const asking = flow('asking').then(ask).commit()

/** The run that a step has started. */
async function childOf(run: WorkflowRun): Promise<WorkflowRun> {
  const [info] = (await run.get())?.childRuns ?? []
  if (!info) throw new Error('it has started none')
  return asking.createRun({ runId: info.runId }) as WorkflowRun
}

describe('a bare workflow that starts runs', () => {
  it('has them in memory, and gives what they give', async () => {
    const sums = createWorkflow({ id: 'sums', inputSchema: z.array(count) })
      .foreach(childRun(child), { concurrency: 2 })
      .commit()
    const run = sums.createRun({ resourceId: 'ann' })
    const items = [{ n: 1 }, { n: 2 }, { n: 3 }]
    const stream = run.stream({ inputData: items })
    const types: string[] = []
    for await (const { type } of stream) types.push(type)
    expect(types.filter((type) => type === 'child-start')).toHaveLength(3)
    expect(await stream.result).toMatchObject({ status: 'success', result: [{ n: 2 }, { n: 3 }, { n: 4 }] })
    const runs = await child.listRuns({ resourceId: 'ann' })
    expect(runs.map(({ status }) => status)).toEqual(['success', 'success', 'success'])
  })

  it('waits while they wait, goes on with them, and is seen to', async () => {
    const run = flow('parent').then(childRun(asking)).then(add).commit().createRun()
    // It would wait for ever if it had to be told twice.
    expect((await run.start({ inputData: { n: 1 } })).status).toBe('waiting')
    const asked = await childOf(run as WorkflowRun)
    expect(await run.get()).toMatchObject({
      childRuns: [{ step: ['asking'], runId: asked.runId, workflowId: 'asking', status: 'suspended' }],
    })
    expect((await asked.resume({ resumeData: { n: 5 } })).status).toBe('success')
    const whole = await run.observe().result
    expect(whole).toMatchObject({ status: 'success', result: { n: 6 } })
  })

  it('cancels and fails with them', async () => {
    const parent = flow('parent').then(childRun(asking)).commit()
    const canceled = parent.createRun()
    await canceled.start({ inputData: { n: 1 } })
    const below = await childOf(canceled as WorkflowRun)
    await canceled.cancel()
    await below.observe().result
    expect((await below.get())?.status).toBe('canceled')

    const deserted = parent.createRun()
    await deserted.start({ inputData: { n: 1 } })
    await (await childOf(deserted as WorkflowRun)).delete()
    expect(await deserted.observe().result).toMatchObject({ error: { code: 'child_deleted' } })
  })

  it('fails where a run cannot be started', async () => {
    const byId = flow('parent').then(childRun('child')).commit().createRun()
    expect(await byId.start({ inputData: { n: 1 } })).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('the workflow is not bound') as string },
    })
    const unfit = createWorkflow({ id: 'parent' })
      .map(() => ({ n: 'x' }) as never)
      .then(childRun(child))
      .commit()
    expect(await unfit.createRun().start({ inputData: null })).toMatchObject({
      status: 'failed',
      error: { code: 'invalid_request' },
    })
  })

  it('goes on from a step of another with what its children gave there, or with a child of its own', async () => {
    const parent = flow('parent').then(childRun(child)).then(add).commit()
    const run = parent.createRun()
    await run.start({ inputData: { n: 1 } })
    const before = (await child.listRuns({ limit: 100 })).length
    expect(await run.timeTravel({ step: 'add' })).toMatchObject({ status: 'success', result: { n: 3 } })
    expect(await child.listRuns({ limit: 100 })).toHaveLength(before)
    const other = await run.timeTravel({ step: 'child', inputData: { n: 10 } })
    expect(other).toMatchObject({ status: 'success', result: { n: 12 } })
    expect(await child.listRuns({ limit: 100 })).toHaveLength(before + 1)
  })

  it('says what it starts', () => {
    const { graph } = describeWorkflow(
      flow('parent')
        .then(childRun(child, { id: 'sub' }))
        .commit(),
    )
    expect(graph).toMatchObject([
      {
        type: 'step',
        step: { id: 'sub', from: 'run', starts: { workflowId: 'child' }, inputSchema: { type: 'object' } },
      },
    ])
    expect(() => childRun(child, { retries: -1 })).toThrow('Cannot create step "child"')
  })
})
