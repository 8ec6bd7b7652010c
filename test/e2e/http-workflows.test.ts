import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toBase64Url } from '../../lib/protocol/run-id.ts'
import type { RunEvent } from '../../lib/protocol/run-event.ts'
import { parseSse } from '../../lib/protocol/sse.ts'
import { collect, contextOf, errorOf, get, newId, post } from './client.ts'
import { eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

interface Heard {
  event: RunEvent
  id: string
}

/** Starts a run and waits until nothing is left to do. */
async function ran(workflow: string, inputData: unknown, more: object = {}): Promise<string> {
  const body = { inputData, runtimeContext: contextOf(world), ...more }
  const response = await post(world, `/api/workflows/${workflow}/start-async`, body)
  expect(response.status).toBe(200)
  return ((await response.json()) as { runId: string }).runId
}

function answer(runId: string, body: object = { resumeData: { approved: true } }): Promise<Response> {
  return post(world, `/api/workflows/payment/resume-async?runId=${runId}`, body)
}

function events(runId: string, query = '', headers: Record<string, string> = {}): Promise<Response> {
  return get(world, `/api/runs/${encodeURIComponent(runId)}/events${query}`, headers)
}

/** What a stream of events tells until it ends. */
async function hear(response: Response): Promise<Heard[]> {
  if (response.status !== 200 || !response.body)
    throw new Error(`${response.status}: ${await response.text()}`)
  const frames = await collect(parseSse(response.body))
  return frames.map(({ data, id = '' }) => ({ event: JSON.parse(data) as RunEvent, id }))
}

function send(method: string, path: string): Promise<Response> {
  return fetch(`${world.url}/api/workflows/payment/${path}`, { method })
}

async function statusOf(workflow: string, runId: string): Promise<string> {
  const response = await get(world, `/api/workflows/${workflow}/runs/${runId}?fields=status`)
  return ((await response.json()) as { status: string }).status
}

describe('a resume under an Idempotency-Key', () => {
  it('does one step, however often it is sent, and each time gives what followed from the first', async () => {
    const runId = await ran('trip', {}, { perStep: true })
    const effects = (): number => world.sink.effects.items.filter(({ key }) => key.startsWith(runId)).length
    const stepOn = (key?: string): Promise<Response> => {
      const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key }
      const path = `/api/workflows/trip/resume-async?runId=${encodeURIComponent(runId)}`
      return post(world, path, { perStep: true }, { headers })
    }
    expect(effects()).toBe(1)
    const [first, second] = await Promise.all([stepOn('k1'), stepOn('k1')])
    expect(await second.json()).toEqual(await first.json())
    expect((await stepOn('k1')).status).toBe(200)
    expect(effects()).toBe(2)
    expect((await stepOn('k2')).status).toBe(200)
    expect(effects()).toBe(3)
    const { status, error } = await errorOf(await stepOn('k'.repeat(256)))
    expect([status, error.code]).toEqual([400, 'invalid_request'])
  })
})

describe('a cancel', () => {
  it('needs no body, and may bring secrets along', async () => {
    const message = 'Workflow run canceled'
    expect(await (await cancelPayment(await ran('payment', { amount: 2 }), {})).json()).toEqual({ message })
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ requestContext: { token: 'again' } })
    const runId = await ran('payment', { amount: 2 })
    const refused = await errorOf(await cancelPayment(runId, { headers, body: '{"requestContext":1}' }))
    expect([refused.status, refused.error.code]).toEqual([400, 'invalid_request'])
    expect(await (await cancelPayment(runId, { headers, body })).json()).toEqual({ message })
  })
})

function cancelPayment(runId: string, init: RequestInit): Promise<Response> {
  const path = `/api/workflows/payment/runs/${encodeURIComponent(runId)}/cancel`
  return fetch(`${world.url}${path}`, { method: 'POST', ...init })
}

describe('the graph of a run', () => {
  it('is drawn with how each place stands, and goes on with the events behind it', async () => {
    const runId = await ran('payment', { amount: 2 })
    const graph = `/api/runs/${encodeURIComponent(runId)}/graph`
    const asked = await (await get(world, graph)).json()
    expect(asked).toMatchObject({ runId, workflowId: 'payment', status: 'suspended' })
    const live = (await (await get(world, graph)).text()).match(/"status":"(success|suspended|pending)"/g)
    expect(live).toContain('"status":"pending"')
    await answer(runId)
    const { after } = asked as { after: string }
    const rest = await hear(await events(runId, `?after=${after}`))
    expect(rest.map(({ event }) => event.type)).toEqual([
      'run-resume',
      'step-start',
      'step-result',
      'step-start',
      'step-result',
      'run-end',
    ])
    expect(await (await get(world, graph)).json()).toMatchObject({
      status: 'success',
      after: rest.at(-1)?.id,
    })
  })

  it('is refused for a run that is not there, and for one whose workflow is not said', async () => {
    const { status, error } = await errorOf(await get(world, '/api/runs/chosen/graph?workflowId=payment'))
    expect([status, error.code]).toEqual([404, 'run_not_found'])
    const unsaid = await errorOf(await get(world, '/api/runs/chosen/graph'))
    expect([unsaid.status, unsaid.error.issues?.[0]?.field]).toEqual([400, 'workflowId'])
  })
})

describe('the events of a run', () => {
  it('are told in our own words, with ids that order as texts, and go on from every one of them', async () => {
    const runId = await ran('payment', { amount: 2 })
    await answer(runId)
    const all = await hear(await events(runId))
    expect(all.map(({ event }) => event.type)).toEqual([
      'run-start',
      'step-start',
      'step-result',
      'step-start',
      'step-suspend',
      'run-suspend',
      'run-resume',
      'step-start',
      'step-result',
      'step-start',
      'step-result',
      'run-end',
    ])
    const ids = all.map(({ id }) => id)
    expect(ids.toSorted()).toEqual(ids)
    for (const [i, id] of ids.slice(0, -1).entries()) {
      expect(await hear(await events(runId, `?after=${id}`))).toEqual(all.slice(i + 1))
      expect(await hear(await events(runId, '', { 'last-event-id': id }))).toEqual(all.slice(i + 1))
    }
    expect(await hear(await events(runId, '?after=0'))).toEqual(all)
    // That is how an EventSource learns that it need not come back.
    expect((await events(runId, '', { 'last-event-id': ids.at(-1) ?? '' })).status).toBe(204)
  })

  it('stay with a run that waits for somebody, or end there when that is asked for', async () => {
    const runId = await ran('payment', { amount: 2 })
    const asked = await hear(await events(runId, '?until=idle'))
    expect(asked.at(-1)?.event.type).toBe('run-suspend')
    const staying = hear(await events(runId))
    expect((await answer(runId)).status).toBe(200)
    expect((await staying).at(-1)?.event).toMatchObject({ type: 'run-end', status: 'success' })
  })

  it('end for who listens while the run is deleted', async () => {
    const runId = await ran('payment', { amount: 2 })
    const staying = hear(await events(runId))
    const deleted = await fetch(`${world.url}/api/workflows/payment/runs/${runId}`, { method: 'DELETE' })
    expect(deleted.status).toBe(200)
    expect((await staying).at(-1)?.event).toMatchObject({ type: 'stream-error', error: { code: 'aborted' } })
    expect((await errorOf(await events(runId))).error.code).toBe('run_not_found')
  })

  it('are found under a chosen id where the workflow is named', async () => {
    const runId = newId('chosen id')
    const path = `/api/workflows/counter/start-async?runId=${encodeURIComponent(runId)}`
    await post(world, path, { inputData: { amount: 1 }, initialState: { from: 1 } })
    const heard = await hear(await events(runId, '?workflowId=counter'))
    expect(heard.at(-1)?.event).toMatchObject({ type: 'run-end', result: { sum: 2 } })
    const { status, error } = await errorOf(await events(runId))
    expect([status, error.issues?.[0]?.field]).toEqual([400, 'workflowId'])
  })

  it.each([
    ['of a run that is not there', `run_x.0.${toBase64Url('-/payment/run_x')}`, '', 404, 'run_not_found'],
    [
      'of a workflow that is not there',
      `run_x.0.${toBase64Url('-/none/run_x')}`,
      '',
      404,
      'workflow_not_found',
    ],
    ['under an id that cannot be read', `a.0.${toBase64Url('-/%zz/r')}`, '', 400, 'invalid_request'],
    ['of a chosen id that nobody took', 'nobody', '?workflowId=payment', 404, 'run_not_found'],
    [
      'of another workflow than the id says',
      `r.0.${toBase64Url('-/payment/r')}`,
      '?workflowId=list',
      404,
      'run_not_found',
    ],
    ['after no place', 'nobody', '?workflowId=payment&after=x', 400, 'invalid_request'],
    ['until no moment', 'nobody', '?workflowId=payment&until=x', 400, 'invalid_request'],
  ])('are refused %s', async (_what, runId, query, status, code) => {
    const said = await errorOf(await events(runId, query))
    expect([said.status, said.error.code]).toEqual([status, code])
  })
})

describe('the stream of records', () => {
  it('ends each record with 0x1E, is not compressed, and gives a sign of life while nothing happens', async () => {
    const runId = newId('slow')
    const release = world.sink.hold(({ key }) => key.startsWith(`${runId}/`))
    const body = { inputData: {}, runtimeContext: contextOf(world) }
    const response = await post(world, `/api/workflows/once/stream?runId=${runId}`, body)
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(response.headers.get('content-encoding') ?? 'identity').toBe('identity')
    expect(response.headers.get('cache-control')).toContain('no-transform')
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    // The bare separator comes after fifteen seconds of silence.
    while (!text.includes('\u001E\u001E')) text += (await reader?.read())?.value ?? ''
    release()
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) text += next.value
    expect(text.endsWith('\u001E')).toBe(true)
    const records = text.split('\u001E').filter((record) => record !== '')
    expect(records.map((record) => (JSON.parse(record) as { type: string }).type)).toEqual([
      'workflow-start',
      'workflow-step-start',
      'workflow-step-result',
      'workflow-step-start',
      'workflow-step-result',
      'workflow-finish',
    ])
  })

  it('stays with a run that waits for somebody where it is asked to', async () => {
    const runId = newId('staying')
    const body = { inputData: { amount: 1 }, closeOnSuspend: false, runtimeContext: contextOf(world) }
    const response = await post(world, `/api/workflows/payment/stream?runId=${runId}`, body)
    const whole = response.text()
    await eventually(
      'the question',
      async () => (await statusOf('payment', runId)) === 'suspended' || undefined,
    )
    await answer(runId)
    const records = (await whole).split('\u001E').filter((record) => record !== '')
    expect(records).toHaveLength(12)
    expect(JSON.parse(records.at(-1) ?? '')).toMatchObject({ payload: { workflowStatus: 'success' } })
  })

  it('may be left: the run goes on', async () => {
    const runId = newId('left')
    const release = world.sink.hold(({ key }) => key.startsWith(`${runId}/`))
    const body = { inputData: {}, runtimeContext: contextOf(world) }
    const response = await post(world, `/api/workflows/once/stream?runId=${runId}`, body)
    await world.sink.effects.reached('the charge', ({ key }) => key.startsWith(`${runId}/`))
    await response.body?.cancel()
    release()
    await eventually('its end', async () => (await statusOf('once', runId)) === 'success' || undefined)
  })
})

describe('an answer to a run', () => {
  it('is taken once, of ten that come at once', async () => {
    const runId = await ran('payment', { amount: 3 })
    const answers = await Promise.all(Array.from({ length: 10 }, () => answer(runId)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(9).fill(409)])
    const refused = answers.filter(({ status }) => status === 409)
    for (const one of refused) expect((await errorOf(one)).error.code).toBe('run_not_suspended')
    expect(world.sink.effects.items.filter(({ key }) => key.startsWith(`${runId}/`))).toHaveLength(1)
  })

  it('is refused with what does not fit, by name, and the run waits on', async () => {
    const runId = await ran('payment', { amount: 3 })
    const refusals = [
      [{ resumeData: { approved: 'yes' } }, 400, 'invalid_request', 'resumeData.approved'],
      [{}, 400, 'invalid_request', 'resumeData'],
      [{ step: '', resumeData: {} }, 400, 'invalid_request', 'step'],
      [{ step: [], resumeData: {} }, 400, 'invalid_request', 'step'],
      [{ forEachIndex: -1 }, 400, 'invalid_request', 'forEachIndex'],
      [{ perStep: 'yes', resumeData: { approved: true } }, 400, 'invalid_request', 'perStep'],
      [{ step: 'prepare', resumeData: {} }, 409, 'run_not_suspended', undefined],
      [{ step: 'none', resumeData: {} }, 409, 'run_not_suspended', undefined],
      [{ label: 'none', resumeData: {} }, 409, 'run_not_suspended', undefined],
    ] as const
    for (const [body, status, code, field] of refusals) {
      const said = await errorOf(await answer(runId, body))
      expect({ body, said: [said.status, said.error.code, said.error.issues?.[0]?.field] }).toEqual({
        body,
        said: [status, code, field],
      })
    }
    expect((await answer(runId)).status).toBe(200)
    expect((await errorOf(await answer(runId))).status).toBe(409)
  })

  it('must say which item it is for, where several wait', async () => {
    const runId = await ran('questions', ['a', 'b'])
    const path = `/api/workflows/questions/resume-async?runId=${runId}`
    const { status, error } = await errorOf(await post(world, path, { resumeData: { word: 'x' } }))
    expect([status, error.issues?.[0]?.field]).toEqual([400, 'forEachIndex'])
  })
})

describe('a request for a run', () => {
  it.each([
    ['payment/start-async', { inputData: { amount: 'two' } }, 400, 'inputData.amount'],
    ['payment/start', {}, 400, 'inputData'],
    ['payment/stream', { inputData: {} }, 400, 'inputData.amount'],
    ['payment/start', { inputData: { amount: 1 }, perStep: 'yes' }, 400, 'perStep'],
    ['payment/time-travel', { step: 'prepare' }, 400, 'runId'],
    ['payment/time-travel?runId=x', {}, 400, 'step'],
    ['payment/time-travel-async?runId=x', { step: [] }, 400, 'step'],
    ['payment/time-travel-stream?runId=x', { step: 'prepare', context: [] }, 400, 'context'],
    [
      'payment/time-travel?runId=x',
      { step: 'prepare', nestedStepsContext: { a: 1 } },
      400,
      'nestedStepsContext.a',
    ],
    ['payment/time-travel?runId=x', { step: 'prepare', initialState: 1 }, 400, 'initialState'],
    ['payment/start', { inputData: { amount: 1 }, resourceId: '' }, 400, 'resourceId'],
    ['payment/start', { inputData: { amount: 1 }, requestContext: 'x' }, 400, 'requestContext'],
    ['counter/start', { inputData: { amount: 1 }, initialState: { from: 'x' } }, 400, 'initialState.from'],
    ['counter/start', { inputData: { amount: 1 }, initialState: 5 }, 400, 'initialState'],
    ['questions/start', { inputData: ['a', 5] }, 400, 'inputData[1]'],
    ['payment/create-run', { resourceId: 5 }, 400, 'resourceId'],
    [`payment/create-run?runId=${'x'.repeat(257)}`, {}, 400, 'runId'],
    ['payment/start?runId=', { inputData: { amount: 1 } }, 400, 'runId'],
    ['payment/resume', { resumeData: {} }, 400, 'runId'],
    ['payment/observe?runId=x&offset=-1', {}, 400, 'offset'],
    ['payment/observe', {}, 400, 'runId'],
  ])('is refused by the name of what is wrong: %s %j', async (path, body, status, field) => {
    const said = await errorOf(await post(world, `/api/workflows/${path}`, body))
    expect([said.status, said.error.issues?.[0]?.field]).toEqual([status, field])
  })

  it.each([
    ['runs?perPage=1001', 'perPage'],
    ['runs?limit=x', 'limit'],
    ['runs?page=-1', 'page'],
    ['runs?status=done', 'status'],
    ['runs?fromDate=soon', 'fromDate'],
  ])('is refused by the name of what is wrong in a query: %s', async (path, field) => {
    const { status, error } = await errorOf(await get(world, `/api/workflows/payment/${path}`))
    expect([status, error.issues?.[0]?.field]).toEqual([400, field])
  })

  it('is 404 for a run that is not there, on every route', async () => {
    const runId = newId('none')
    const posts = [
      'resume',
      'resume-async',
      'resume-no-wait',
      'resume-stream',
      'restart',
      'restart-async',
      'observe',
    ]
    const responses = await Promise.all([
      ...posts.map((path) => post(world, `/api/workflows/payment/${path}?runId=${runId}`, {})),
      send('GET', `runs/${runId}`),
      send('DELETE', `runs/${runId}`),
      send('POST', `runs/${runId}/cancel`),
    ])
    for (const response of responses) {
      const { status, error } = await errorOf(response)
      expect([status, error.code]).toEqual([404, 'run_not_found'])
    }
  })

  it('is 409 for a run of another resource', async () => {
    const runId = newId('owned')
    const path = `/api/workflows/payment/start?runId=${runId}`
    const body = { inputData: { amount: 1 }, resourceId: 'ann' }
    expect((await post(world, path, body)).status).toBe(200)
    expect((await post(world, path, body)).status).toBe(200)
    const { status, error } = await errorOf(await post(world, path, { ...body, resourceId: 'bob' }))
    expect([status, error.code]).toEqual([409, 'resource_mismatch'])
  })

  it('that cancels what has ended says so', async () => {
    const runId = await ran('counter', { amount: 1 }, { initialState: { from: 1 } })
    const response = await post(world, `/api/workflows/counter/runs/${runId}/cancel`, {})
    expect(await response.json()).toEqual({ message: 'Workflow run had ended' })
    expect(await statusOf('counter', runId)).toBe('success')
  })
})
