import { env } from 'cloudflare:workers'
import { reset } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import { mintWorkflowRunId } from '../../lib/protocol/run-id.ts'
import type { Runtime } from '../../lib/runtime/create.ts'
import { runtimeOf } from '../../lib/runtime/create.ts'
import { openSpan } from '../../lib/telemetry/span.ts'
import type { RequestContext } from '../../worker/context.ts'
import type { Env } from '../../worker/env.ts'
import * as runs from '../../worker/handlers/workflow-runs.ts'
import app from './app.ts'

afterEach(() => reset())

const params = { workflowId: 'asks' }
// The test Worker's own bindings, as worker/env.ts describes them.
const bindings: unknown = env

/** A request as a handler gets it, of a caller that is bound to a resource, or to none. */
function callOf(resourceId: string | undefined): RequestContext & { rawBody: string; runtime: Runtime } {
  const runtime = runtimeOf(app, bindings as Env)
  const url = new URL('http://localhost/')
  return {
    request: new Request(url),
    url,
    env: bindings as Env,
    runtime,
    requestId: 'r',
    principal: { id: 'p', ...(resourceId !== undefined && { resourceId }) },
    span: openSpan(runtime.telemetry, 'test', {}),
    rawBody: '',
  }
}

async function start(owner: string | undefined, runId?: string, resourceId?: string): Promise<string> {
  const body = { inputData: { n: 1 }, ...(resourceId !== undefined && { resourceId }) }
  const query = runId === undefined ? {} : { runId }
  const response = await runs.startRun('ack')({ ...callOf(owner), params, query, body })
  const said: { runId: string } = await response.json()
  return said.runId
}

async function listed(owner: string | undefined, resourceId?: string): Promise<string[]> {
  const query = resourceId === undefined ? {} : { resourceId }
  const response = await runs.listWorkflowRuns({ ...callOf(owner), params, query, body: undefined })
  const said: { runs: { runId: string }[] } = await response.json()
  return said.runs.map(({ runId }) => runId)
}

/** Every request about a run, as this caller makes it. */
function asks(owner: string | undefined, runId: string): Record<string, () => Promise<Response>> {
  const call = callOf(owner)
  const query = { runId }
  const none = undefined
  return {
    get: () => runs.getRun({ ...call, params: { ...params, runId }, query: {}, body: none }),
    remove: () => runs.deleteRun({ ...call, params: { ...params, runId }, query: none, body: none }),
    cancel: () => runs.cancelRun({ ...call, params: { ...params, runId }, query: none, body: none }),
    observe: () => runs.observeRun({ ...call, params, query: { runId, offset: 0 }, body: none }),
    resume: () =>
      runs.resumeRun('json')({ ...call, params, query, body: { resumeData: { by: owner ?? '' } } }),
    restart: () => runs.restartRun('ack')({ ...call, params, query, body: {} }),
    follow: () => runs.followRun({ ...call, params: { runId }, query: { workflowId: 'asks' }, body: none }),
  }
}

/** The code of the error that a request is answered with, thrown or from the object. */
async function codeOf(ask: () => Promise<Response>): Promise<string | undefined> {
  try {
    const response = await ask()
    if (response.ok) return undefined
    const said: { error: { code: string } } = await response.json()
    return said.error.code
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

describe('a caller that is bound to a resource', () => {
  it('reaches its own runs', async () => {
    const runId = await start('ann')
    const record = await (await asks('ann', runId)['get']?.())?.json()
    expect(record).toMatchObject({ runId, resourceId: 'ann' })
    expect(await codeOf(() => (asks('ann', runId)['resume'] as () => Promise<Response>)())).toBeUndefined()
  })

  it.each([['an id of ours', undefined] as const, ['a chosen id', 'mine'] as const])(
    'reaches no other run: %s',
    async (_what, chosen) => {
      const runId = await start('ann', chosen)
      const others = { ...asks('bob', runId), ...prefixed(asks(undefined, runId)) }
      for (const [name, ask] of Object.entries(others))
        expect([name, await codeOf(ask)]).toEqual([name, 'run_not_found'])
      expect(await codeOf(asks('ann', runId)['get'] as () => Promise<Response>)).toBeUndefined()
    },
  )

  it('cannot start a run in the place of another, nor under the id of one', async () => {
    const runId = await start('ann')
    await expect(start('bob', runId)).rejects.toMatchObject({ code: 'run_not_found' })
    // The id of a run that bob made up for ann's objects.
    const forged = mintWorkflowRunId(callOf('ann').runtime.newId, 'ann', 'asks')
    await expect(start('bob', forged)).rejects.toMatchObject({ code: 'run_not_found' })
    expect(await start('bob', 'same')).toBe(await start('ann', 'same'))
    expect(await codeOf(asks('bob', 'same')['cancel'] as () => Promise<Response>)).toBeUndefined()
    const mine = await (await asks('ann', 'same')['get']?.())?.json()
    expect(mine).toMatchObject({ resourceId: 'ann', status: 'suspended' })
  })

  it('is given its own resource, whatever it names, and lists only its own', async () => {
    const runId = await start('ann', undefined, 'bob')
    await start('bob')
    await expect.poll(() => listed('ann', 'bob')).toEqual([runId])
    expect(await listed(undefined)).toEqual([])
  })
})

describe('the runs that a run starts', () => {
  it('are in the space of its caller, with its resource: nobody else reaches them', async () => {
    const call = callOf('ann')
    const of = { workflowId: 'rel-parent' }
    const body = { inputData: { n: 1 } }
    const started = await runs.startRun('ack')({ ...call, params: of, query: {}, body })
    const { runId }: { runId: string } = await started.json()
    const get = (owner: string | undefined, workflowId: string, id: string): Promise<Response> =>
      runs.getRun({ ...callOf(owner), params: { workflowId, runId: id }, query: {}, body: undefined })
    let childId: string | undefined
    while (childId === undefined) {
      const response = await get('ann', 'rel-parent', runId)
      const said: { steps: Record<string, { metadata?: Record<string, string> }> } = await response.json()
      const { childRunId, childStatus } = said.steps['rel-asking']?.metadata ?? {}
      // It has been heard of, so that it is there.
      if (childStatus === 'suspended') childId = childRunId
    }
    const child = await get('ann', 'rel-asking', childId)
    expect(await child.json()).toMatchObject({ resourceId: 'ann' })
    for (const other of ['bob', undefined])
      await expect(get(other, 'rel-asking', childId)).rejects.toMatchObject({ code: 'run_not_found' })
  })
})

describe('a caller that is bound to none', () => {
  it('names a resource, and lists by it', async () => {
    const ann = await start(undefined, undefined, 'ann')
    const bob = await start(undefined, undefined, 'bob')
    await expect.poll(() => listed(undefined, 'ann')).toEqual([ann])
    await expect.poll(async () => (await listed(undefined)).toSorted()).toEqual([ann, bob].toSorted())
    await expect(start(undefined, ann, 'bob')).resolves.toBeUndefined()
  })
})

const prefixed = <Value>(of: Record<string, Value>): Record<string, Value> =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [`unbound ${name}`, value]))
