import { env } from 'cloudflare:workers'
import { reset } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import { runtimeOf } from '../../lib/runtime/create.ts'
import { schedulesOf } from '../../lib/runtime/schedule-service.ts'
import { createWorkflowRunner } from '../../lib/runtime/workflows.ts'
import { openSpan } from '../../lib/telemetry/span.ts'
import { executionBody } from '../../worker/schemas/execution.ts'
import type { Env } from '../../worker/env.ts'
import { executeAgentTool } from '../../worker/handlers/tools.ts'
import { generate } from '../../worker/handlers/turns.ts'
import app from './app.ts'
import { arm, plan } from './faults.ts'

afterEach(async () => {
  arm(undefined)
  await reset()
})

// The test Worker's own bindings, as worker/env.ts describes them.
const bindings: unknown = env
const runtime = runtimeOf(app, bindings as Env)

/** A request as a handler gets it, of a caller that is bound to a resource, or to none. */
function callOf(owner: string | undefined, headers: Record<string, string> = {}) {
  const url = new URL('http://localhost/')
  return {
    request: new Request(url, { headers }),
    url,
    env: bindings as Env,
    runtime,
    requestId: 'r',
    principal: { id: 'p', ...(owner !== undefined && { resourceId: owner }) },
    span: openSpan(runtime.telemetry, 'test', {}),
    rawBody: '',
    query: undefined,
  }
}

/** Has the agent make a schedule of that name. */
async function tell(owner: string | undefined, name: string, where: object, headers = {}): Promise<void> {
  const body = executionBody.parse({ messages: name, ...where })
  const response = await generate({ ...callOf(owner, headers), params: { agentId: 'planner' }, body })
  expect(response.status).toBe(200)
  await response.body?.cancel()
}

const namesOf = async (owner: string | undefined): Promise<(string | undefined)[]> =>
  (await schedulesOf(runtime, owner).list()).map(({ name }) => name).toSorted()

/** What a keeper finds behind each port. */
function kept(name: string) {
  return { document: name, value: name, nearest: expect.any(String) as string }
}

function runPlans(owner: string | undefined, workflow = 'plans') {
  return app
    .getWorkflow(workflow)
    .bind(createWorkflowRunner(runtime, owner))
    .createRun()
    .start({ inputData: null })
}

describe.each([undefined, 'ann'])(
  'schedules that code makes as it runs, for a caller bound to %s',
  (owner) => {
    it('are that caller’s own: those of steps, and of tools and agents that are steps', async () => {
      expect(await runPlans(owner)).toMatchObject({ status: 'success' })
      expect(await namesOf(owner)).toEqual(['by agent', 'by step', 'by tool'])
      expect(await namesOf(owner === undefined ? 'ann' : undefined)).toEqual([])
      const [made] = await schedulesOf(runtime, owner).list()
      expect(made?.resourceId).toBe(owner)
    })

    it('are that caller’s own: those of an agent’s tools, on a thread, alone, under a key and by themselves', async () => {
      await tell(owner, 'on a thread', { threadId: 't1' })
      await tell(owner, 'alone', {})
      await tell(owner, 'under a key', {}, { 'idempotency-key': 'k' })
      const tool = { params: { agentId: 'planner', toolId: 'plan' }, body: { data: { name: 'by itself' } } }
      expect((await executeAgentTool({ ...callOf(owner), ...tool })).status).toBe(200)
      expect(await namesOf(owner)).toEqual(['alone', 'by itself', 'on a thread', 'under a key'])
      expect(await namesOf(owner === undefined ? 'ann' : undefined)).toEqual([])
    })
  },
)

describe('a step that makes schedules', () => {
  it('makes each once, whatever commit its run or they die after', async () => {
    let k = -1
    do {
      k += 1
      await reset()
      arm(k)
      const run = app.getWorkflow('plans').createRun()
      await run.start({ inputData: null }).catch(() => undefined)
      await expect.poll(async () => (await run.get())?.status).toBe('success')
      expect(await namesOf(undefined), `commit ${k}`).toEqual(['by agent', 'by step', 'by tool'])
    } while (plan.deaths > 0)
    expect(k).toBeGreaterThan(4)
  })
})

describe.each([undefined, 'ann'])(
  'the storage that code reaches as it runs, for a caller bound to %s',
  (owner) => {
    it('is that of the app behind every port, in a step, in a tool that is one, and in an agent’s tool', async () => {
      expect(await runPlans(owner, 'keeps')).toMatchObject({
        status: 'success',
        steps: { step: { output: kept('by step') } },
        result: kept('by tool'),
      })
      const tool = { params: { agentId: 'planner', toolId: 'keep' }, body: { data: { name: 'by itself' } } }
      const response = await executeAgentTool({ ...callOf(owner), ...tool })
      expect(await response.json()).toMatchObject(kept('by itself'))
      expect(await runtime.keyValue('kept').get('by step')).toBe('by step')
      expect((await runtime.documents('kept').get('things', 'by tool'))?.body).toEqual({ name: 'by tool' })
      const found = await runtime.vectors('kept').fetch('near', ['by step', 'by tool', 'by itself'])
      expect(found.map((one) => one?.id)).toEqual(['by step', 'by tool', 'by itself'])
    })
  },
)
