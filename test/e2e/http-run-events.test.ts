import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toBase64Url } from '../../lib/protocol/run-id.ts'
import { contextOf, errorOf, get, newId, post } from './client.ts'
import { eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

/** Starts a run and waits until nothing is left to do. */
async function ran(query = ''): Promise<{ runId: string; status: string }> {
  const body = { inputData: { amount: 1 }, runtimeContext: contextOf(world) }
  const response = await post(world, `/api/workflows/order/start-async${query}`, body)
  expect(response.status).toBe(200)
  return (await response.json()) as { runId: string; status: string }
}

function send(runId: string, body: unknown, query = '', headers = {}): Promise<Response> {
  return post(world, `/api/runs/${encodeURIComponent(runId)}/events${query}`, body, { headers })
}

async function record(runId: string): Promise<{ status: string; result?: unknown; waitingPaths: object }> {
  const response = await get(world, `/api/workflows/order/runs/${encodeURIComponent(runId)}`)
  return response.json() as Promise<{ status: string; result?: unknown; waitingPaths: object }>
}

async function ended(runId: string): Promise<unknown> {
  return eventually('its end', async () => {
    const { status, result } = await record(runId)
    return status === 'success' ? { status, result } : undefined
  })
}

const shipped = { event: 'shipped', data: { parcel: 'p1' } }

describe('an event that is sent to a run', () => {
  it('is taken by the step that waits for it: 202 the first time, 200 under the same id', async () => {
    const { runId, status } = await ran()
    expect(status).toBe('waiting')
    expect(await record(runId)).toMatchObject({ status: 'waiting', waitingPaths: { shipped: [1] } })
    const first = await send(runId, { ...shipped, id: 'e1' })
    expect([first.status, await first.json()]).toEqual([
      202,
      { eventId: 'e1', accepted: true, duplicate: false },
    ])
    await ended(runId)
    const again = await send(runId, { ...shipped, id: 'e1' })
    expect([again.status, await again.json()]).toEqual([
      200,
      { eventId: 'e1', accepted: false, duplicate: true },
    ])
    const late = await errorOf(await send(runId, shipped))
    expect([late.status, late.error.code]).toEqual([409, 'run_ended'])
  })

  it('comes once of ten that are sent at once under one Idempotency-Key', async () => {
    const { runId } = await ran()
    const key = { 'idempotency-key': newId('key') }
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(runId, shipped, '', key)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array(9).fill(200), 202])
    await ended(runId)
    const thanks = world.sink.effects.items.filter(({ key: of }) => of === `${runId}/3`)
    expect(thanks).toHaveLength(1)
  })

  it('may come while the run is still on its way to the wait', async () => {
    const runId = newId('early')
    const release = world.sink.hold(({ key }) => key === `${runId}/0`)
    const started = await post(world, `/api/workflows/order/start?runId=${runId}`, {
      inputData: { amount: 1 },
      runtimeContext: contextOf(world),
    })
    expect(started.status).toBe(200)
    expect((await send(runId, shipped, '?workflowId=order')).status).toBe(202)
    release()
    await ended(runId)
  })

  it('is refused by the name of what is wrong', async () => {
    const { runId } = await ran()
    const refusals = [
      [{}, 400, 'invalid_request', 'event'],
      [{ event: '' }, 400, 'invalid_request', 'event'],
      [{ event: 'x'.repeat(257) }, 400, 'invalid_request', 'event'],
      [{ ...shipped, id: '' }, 400, 'invalid_request', 'id'],
      [{ ...shipped, id: 5 }, 400, 'invalid_request', 'id'],
      [{ event: 'shiped', data: {} }, 400, 'invalid_request', 'event'],
      [{ event: 'shipped' }, 400, 'invalid_request', 'data'],
      [{ event: 'shipped', data: { parcel: 5 } }, 400, 'invalid_request', 'data.parcel'],
    ] as const
    for (const [body, status, code, field] of refusals) {
      const said = await errorOf(await send(runId, body))
      expect({ body, said: [said.status, said.error.code, said.error.issues?.[0]?.field] }).toEqual({
        body,
        said: [status, code, field],
      })
    }
    const long = await errorOf(await send(runId, shipped, '', { 'idempotency-key': 'x'.repeat(256) }))
    expect([long.status, long.error.issues?.[0]?.field]).toEqual([400, 'idempotency-key'])
    const large = { event: 'shipped', data: { parcel: 'x'.repeat(1_000_000) } }
    expect((await send(runId, large)).status).toBe(413)
    expect((await record(runId)).status).toBe('waiting')
  })

  it.each([
    ['to a run that is not there', `run_x.0.${toBase64Url('-/order/run_x')}`, '', 404, 'run_not_found'],
    ['to a run of no workflow', `run_x.0.${toBase64Url('-/none/run_x')}`, '', 404, 'workflow_not_found'],
    ['to a chosen id without its workflow', 'chosen', '', 400, 'invalid_request'],
    ['to a chosen id that nobody took', 'chosen', '?workflowId=order', 404, 'run_not_found'],
  ])('is refused %s', async (_what, runId, query, status, code) => {
    const said = await errorOf(await send(runId, shipped, query))
    expect([said.status, said.error.code]).toEqual([status, code])
  })
})

describe('a run that waits for an event', () => {
  it('ends the streams that end when nothing is left to do, and stays with those that follow it to its end', async () => {
    const { runId } = await ran()
    const path = `/api/runs/${encodeURIComponent(runId)}/events`
    const idle = await (await get(world, `${path}?until=idle`)).text()
    expect(idle).toContain('"type":"run-wait"')
    const whole = get(world, path).then((response) => response.text())
    expect((await send(runId, shipped)).status).toBe(202)
    expect(await whole).toContain('"type":"run-end"')
    const records = await (await post(world, `/api/workflows/order/observe?runId=${runId}`, {})).text()
    const types = records.split('\u001E').flatMap((one) => (one === '' ? [] : [JSON.parse(one).type]))
    expect(types.filter((type: string) => type === 'workflow-step-waiting')).toHaveLength(1)
    expect(types.at(-1)).toBe('workflow-finish')
  })

  it('is on the list of its workflow as waiting', async () => {
    const { runId } = await ran()
    await eventually('the list to know', async () => {
      const answer = await get(world, '/api/workflows/order/runs?status=waiting')
      const { runs } = (await answer.json()) as { runs: { runId: string }[] }
      return runs.some((one) => one.runId === runId) || undefined
    })
  })
})
