import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contextOf, errorOf, get, newId, post } from './client.ts'
import { eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

interface Shown {
  status: string
  runId: string
  error?: { message: string }
  compensation?: { done: { step: string; path: string }[]; failed: { step: string; error: object }[] }
}

const toolsOf = (runId: string): string[] =>
  world.sink.effects.items.filter(({ key }) => key.startsWith(`${runId}/`)).map(({ tool }) => tool)

async function shown(workflow: string, runId: string): Promise<Shown> {
  return (await get(world, `/api/workflows/${workflow}/runs/${runId}`)).json() as Promise<Shown>
}

const start = (workflow: string, runId: string, how: string) =>
  post(world, `/api/workflows/${workflow}/${how}?runId=${runId}`, {
    inputData: {},
    requestContext: contextOf(world),
  })

describe('a run that failed over HTTP', () => {
  it('gives back what it had booked, and says so in its result, its record and its events', async () => {
    const runId = newId('trip')
    const result = (await (await start('trip', runId, 'start-async')).json()) as Shown
    expect(result).toMatchObject({ status: 'failed', error: { message: 'no seat is left' } })
    expect(result.compensation?.failed).toEqual([])
    expect(result.compensation?.done.map(({ step }) => step)).toEqual([
      'car',
      ...(result.compensation?.done[1]?.step === 'hotel'
        ? ['hotel', 'flight.seat']
        : ['flight.seat', 'hotel']),
    ])
    expect(await shown('trip', runId)).toMatchObject({ status: 'failed', compensation: result.compensation })
    const events = await (await get(world, `/api/runs/${runId}/events?workflowId=trip`)).text()
    expect(events.match(/"type":"compensate-\w+"/g)).toHaveLength(6)
    expect(toolsOf(runId).slice(3).toSorted()).toEqual(['undo-car', 'undo-hotel', 'undo-seat'])
    const again = await errorOf(await post(world, `/api/workflows/trip/restart-async?runId=${runId}`, {}))
    expect([again.status, again.error.code]).toEqual([409, 'run_compensated'])
    const travelled = await post(world, `/api/workflows/trip/time-travel?runId=${runId}`, { step: 'refuses' })
    expect((await errorOf(travelled)).error.code).toBe('run_compensated')
    expect(toolsOf(runId)).toHaveLength(6)
  })

  it('streams as failed when that is done', async () => {
    const text = await (await start('trip', newId('trip'), 'stream')).text()
    const chunks = text.split('\u001E').filter(Boolean)
    expect(JSON.parse(chunks.at(-1) ?? '')).toMatchObject({
      type: 'workflow-finish',
      payload: { workflowStatus: 'failed' },
    })
  })
})

describe('a run that is canceled over HTTP', () => {
  it('says that it gives back first, and goes on with that when it is canceled again', async () => {
    const runId = newId('stay')
    expect(await (await start('stay', runId, 'start-async')).json()).toMatchObject({ status: 'suspended' })
    const release = world.sink.hold(({ tool, key }) => tool === 'undo-room' && key.startsWith(`${runId}/`))
    const cancel = async (): Promise<unknown> =>
      (await post(world, `/api/workflows/stay/runs/${runId}/cancel`, {})).json()
    const ending = { message: 'Workflow run is ending: what it has done is being compensated' }
    expect(await cancel()).toEqual(ending)
    expect(await cancel()).toEqual(ending)
    expect((await shown('stay', runId)).status).toBe('running')
    release()
    const canceled = await eventually('the run to be canceled', async () => {
      const run = await shown('stay', runId)
      return run.status === 'canceled' ? run : undefined
    })
    expect(canceled.compensation).toEqual({ done: [{ step: 'room', path: '0' }], failed: [] })
    expect(await cancel()).toEqual({ message: 'Workflow run had ended' })
    expect(toolsOf(runId)).toEqual(['room', 'undo-room'])
  })
})
