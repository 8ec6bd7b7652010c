import { MastraClient } from '@mastra/client-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collect, contextOf, errorOf, get, newId, post } from './client.ts'
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
type Chunk = { type: string; payload: Record<string, unknown>; runId: string }

const withSink = () => ({ requestContext: contextOf(world) })
const idOf = (result: object): string => ('runId' in result ? String(result.runId) : '')

/** A payment that was approved and made. */
async function paidRun(): Promise<Run> {
  const run = await client.getWorkflow('payment').createRun()
  await run.startAsync({ inputData: { amount: 2 }, ...withSink() })
  const paid = await run.resumeAsync({ step: 'approve', resumeData: { approved: true } })
  expect(paid).toMatchObject({ status: 'success', result: { message: 'paid 4' } })
  return run
}

const effectsOf = (runId: string): string[] =>
  world.sink.effects.items.filter(({ key }) => key.startsWith(`${runId}/`)).map(({ key }) => key)

describe('time travel, as the Mastra client asks for it', () => {
  it('is a new run from a step of an old one, which stays as it was', async () => {
    const run = await paidRun()
    const workflow = client.getWorkflow('payment')
    const before = await workflow.runById(run.runId)
    const again = await run.timeTravelAsync({ step: 'finish', inputData: { doubled: 7 } })
    expect(again).toMatchObject({
      status: 'success',
      result: { message: 'paid 7' },
      steps: { prepare: { output: { doubled: 4 } }, finish: { payload: { doubled: 7 } } },
    })
    const runId = idOf(again)
    expect(runId).not.toBe(run.runId)
    expect(effectsOf(runId)).toEqual([`${runId}/2`])
    expect(await workflow.runById(run.runId)).toEqual(before)
    expect(await workflow.runById(runId)).toMatchObject({ runId, status: 'success' })
    // The new one is a run like any other: one can travel from it.
    const third = await (await workflow.createRun({ runId })).timeTravelAsync({ step: 'finish' })
    expect(third).toMatchObject({ status: 'success', result: { message: 'paid 7' } })
  })

  it('names the new run when it does not wait, and streams it from the step on', async () => {
    const run = await paidRun()
    const started = await run.timeTravel({ step: 'prepare', inputData: { amount: 5 } })
    expect(started).toMatchObject({ message: 'Workflow run time travel started' })
    await eventually('the new run to ask', async () => {
      const record = await client.getWorkflow('payment').runById(idOf(started))
      return record.status === 'suspended' || undefined
    })
    const stream = await run.timeTravelStream({ step: 'approve', resumeData: { approved: true } })
    const chunks = (await collect(stream as unknown as ReadableStream<Chunk>)) as Chunk[]
    expect(chunks.map(({ type, payload }) => [type.replace('workflow-', ''), payload['id']])).toEqual([
      ['start', undefined],
      ['step-start', 'approve'],
      ['step-result', 'approve'],
      ['step-start', 'finish'],
      ['step-result', 'finish'],
      ['finish', undefined],
    ])
    expect(new Set(chunks.map(({ runId }) => runId)).size).toBe(1)
    expect(chunks[0]?.runId).not.toBe(run.runId)
  })

  it('takes results of other steps, and refuses by name what it cannot do', async () => {
    const run = await paidRun()
    const context = { prepare: { status: 'success', output: { amount: 1, doubled: 9 } } } as never
    const given = await run.timeTravelAsync({ step: 'approve', context, resumeData: { approved: false } })
    expect(given).toMatchObject({ status: 'success', result: { message: 'paid 9' } })
    const path = `/api/workflows/payment/time-travel-async?runId=${run.runId}`
    const refusals = [
      [{ step: 'none' }, 400, 'step'],
      [{ step: '1.1' }, 400, 'step'],
      [{ step: 'finish', inputData: { doubled: 'x' } }, 400, 'inputData.doubled'],
      [{ step: 'approve', resumeData: { approved: 'x' } }, 400, 'resumeData.approved'],
      [{ step: 'finish', context: { prepare: { status: 'failed' } } }, 400, 'context.prepare.status'],
      [{ step: 'finish', context: { prepare: { status: 'success' } } }, 400, 'context.prepare.output'],
      [{ step: 'finish', context: { prepare: 5 } }, 400, 'context.prepare'],
    ] as const
    for (const [body, status, field] of refusals) {
      const said = await errorOf(await post(world, path, body))
      expect({ body, said: [said.status, said.error.issues?.[0]?.field] }).toEqual({
        body,
        said: [status, field],
      })
    }
    for (const runId of [newId('none'), 'run_1.0.YS9wYXltZW50L3J1bl8x']) {
      const elsewhere = `/api/workflows/payment/time-travel?runId=${runId}`
      expect((await errorOf(await post(world, elsewhere, { step: 'finish' }))).error.code).toBe(
        'run_not_found',
      )
    }
  })

  it('tells in our own words what was taken over, first', async () => {
    const run = await paidRun()
    const again = await run.timeTravelAsync({ step: 'finish' })
    const events = await get(world, `/api/runs/${idOf(again)}/events`)
    const told = (await events.text()).matchAll(/"type":"([\w-]+)"/g)
    expect([...told].map(([, type]) => type)).toEqual([
      'run-start',
      'step-start',
      'step-result',
      'step-start',
      'step-suspend',
      'step-start',
      'step-result',
      'run-travel',
      'step-start',
      'step-result',
      'run-end',
    ])
  })
})

describe('a run that pauses after each step', () => {
  it('goes on by one step, and to the end when it is not asked for any more', async () => {
    const workflow = client.getWorkflow('pair')
    const run = await workflow.createRun()
    const paused = await run.startAsync({ inputData: {}, perStep: true, ...withSink() })
    expect(paused).toMatchObject({ status: 'paused', steps: { charge: { status: 'success' } } })
    expect(Object.keys(paused.steps)).toEqual(['input', 'charge'])
    expect(await workflow.runById(run.runId)).toMatchObject({ status: 'paused' })
    const stream = await run.resumeStream({ perStep: true } as never)
    const chunks = (await collect(stream as unknown as ReadableStream<Chunk>)) as Chunk[]
    expect(chunks.map(({ type }) => type).slice(-2)).toEqual(['workflow-paused', 'workflow-finish'])
    expect(chunks.at(-1)?.payload).toMatchObject({ workflowStatus: 'paused' })
    expect(await run.resumeAsync({} as never)).toMatchObject({ status: 'success' })
    expect(effectsOf(run.runId)).toHaveLength(3)
  })

  it('is canceled like any other', async () => {
    const run = await client.getWorkflow('pair').createRun()
    await run.startAsync({ inputData: {}, perStep: true, ...withSink() })
    expect(await run.cancel()).toMatchObject({ message: 'Workflow run canceled' })
    expect(await client.getWorkflow('pair').runById(run.runId)).toMatchObject({ status: 'canceled' })
  })
})

describe('restarting all runs that are active', () => {
  it('has nothing to do, and says so', async () => {
    for (const path of ['restart-all-active-workflow-runs', 'restart-all-active-workflow-runs-async']) {
      const said = await post(world, `/api/workflows/payment/${path}`, {})
      expect([said.status, await said.json()]).toEqual([
        200,
        { message: 'Nothing to do: every run of workflow "payment" takes itself up again' },
      ])
      expect((await post(world, `/api/workflows/none/${path}`, {})).status).toBe(404)
    }
  })
})
