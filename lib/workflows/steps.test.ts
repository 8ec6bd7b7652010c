import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { scriptedModel } from '../../test/fixtures/scripted-model.ts'
import { Agent } from '../agents/agent.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import { createTool } from '../tools/tool.ts'
import { workflowTool } from './as-tool.ts'
import { describeWorkflow } from './describe.ts'
import { retryDelay } from './retry.ts'
import { cloneStep, createStep } from './step.ts'
import { createWorkflow } from './workflow.ts'

const count = z.object({ n: z.number() })
const double = createStep({
  id: 'double',
  inputSchema: count,
  outputSchema: count,
  execute: ({ inputData }) => ({ n: inputData.n * 2 }),
})
/** What the types would not let through. */
const UNFIT = JSON.parse('{"n":"one"}') as { n: number }

const sum = createTool({
  id: 'sum',
  description: 'Adds one',
  inputSchema: count,
  outputSchema: count,
  requireApproval: ({ n }) => n > 10,
  execute: ({ n }) => ({ n: n + 1 }),
})

const execute = (): number => 1

describe('a step', () => {
  it('of a tool calls it, and asks before a call that a person must approve', async () => {
    const workflow = createWorkflow({ id: 'tools', inputSchema: count }).then(createStep(sum)).commit()
    expect(await workflow.createRun().start({ inputData: { n: 1 } })).toMatchObject({ result: { n: 2 } })
    const run = workflow.createRun()
    expect(await run.start({ inputData: { n: 11 } })).toMatchObject({
      status: 'suspended',
      suspendPayload: { sum: { for: 'approval', toolId: 'sum', input: { n: 11 } } },
    })
    expect(await run.resume({ resumeData: { approved: true } })).toMatchObject({ result: { n: 12 } })
    const declined = workflow.createRun()
    await declined.start({ inputData: { n: 11 } })
    expect(await declined.resume({ resumeData: { approved: false } })).toMatchObject({
      status: 'failed',
      error: { message: 'The call was declined' },
    })
  })

  it('of a tool fails with the tool, and is final where its input is wrong', async () => {
    const anything = createWorkflow({ id: 'wrong' })
      .map(() => UNFIT)
      .then(createStep(sum))
      .commit()
    expect(await anything.createRun().start({ inputData: {} })).toMatchObject({
      status: 'failed',
      error: { code: 'tool_input_invalid' },
    })
  })

  it('of an agent gives its text, and its events as progress', async () => {
    const model = scriptedModel([{ items: ['hello ', 'you'] }])
    const agent = new Agent({ name: 'Writer', instructions: '', model })
    const workflow = createWorkflow({ id: 'writes', inputSchema: z.object({ prompt: z.string() }) })
      .then(createStep(agent))
      .commit()
    const stream = workflow.createRun().stream({ inputData: { prompt: 'greet' } })
    const said: unknown[] = []
    for await (const event of stream) if (event.type === 'step-progress') said.push(event.data)
    expect(await stream.result).toMatchObject({ status: 'success', result: { text: 'hello you' } })
    expect(said).toContainEqual(expect.objectContaining({ type: 'text-delta', delta: 'hello ' }))
  })

  it('fails with the fields that do not fit', async () => {
    const bad = createStep({
      id: 'bad',
      outputSchema: count,
      execute: () => UNFIT,
    })
    const workflow = createWorkflow({ id: 'bad' }).then(bad).commit()
    expect(await workflow.createRun().start({ inputData: {} })).toMatchObject({
      status: 'failed',
      error: {
        code: 'step_output_invalid',
        message: expect.stringContaining('- n: Invalid input: expected number'),
      },
    })
  })

  it('is refused when what it says of itself cannot be', () => {
    expect(() => createStep({ id: '', execute })).toThrow('it has no id')
    expect(() => createStep({ id: 'a', effect: 'reconcile', execute })).toThrow('go together')
    expect(() => createStep({ id: 'a', retries: -1, execute })).toThrow('must be a whole number from 0')
    expect(() => createStep({ id: 'a', timeoutMs: 0, execute })).toThrow('it must be from 1')
    expect(() => createStep(createTool({ id: 't', description: 'x' }))).toThrow('it runs at the client')
  })
})

describe('a workflow', () => {
  it('is refused when it cannot be', async () => {
    expect(() => createWorkflow({ id: 'a b' })).toThrow('its id must be')
    expect(() => createWorkflow({ id: 'a' }).commit()).toThrow('it has no steps')
    expect(() => createWorkflow({ id: 'a', inputSchema: count }).then(double).then(double).commit()).toThrow(
      'two steps have the id "double", use cloneStep',
    )
    expect(() => createWorkflow({ id: 'a', inputSchema: count }).then(double).createRun()).toThrow(
      'not committed',
    )
    const done = createWorkflow({ id: 'a', inputSchema: count }).then(double).commit()
    expect(() => done.then(cloneStep(double, { id: 'more' }))).toThrow('it is committed')
    await expect(Promise.resolve(done)).rejects.toThrow('Cannot await a workflow')
    expect(() =>
      createWorkflow({ id: 'a', inputSchema: z.array(count) }).foreach(double, { concurrency: 0 }),
    ).toThrow('concurrency is 0')
  })

  it('executes as many items of a list at once as it says, and keeps their order', async () => {
    let running = 0
    let most = 0
    const slow = createStep({
      id: 'slow',
      inputSchema: count,
      execute: async ({ inputData }) => {
        running += 1
        most = Math.max(most, running)
        await new Promise((resolve) => setTimeout(resolve, inputData.n % 3))
        running -= 1
        return inputData.n
      },
    })
    const workflow = createWorkflow({ id: 'list', inputSchema: z.array(count) })
      .foreach(slow, { concurrency: 4 })
      .commit()
    const inputData = Array.from({ length: 20 }, (_, n) => ({ n }))
    expect(await workflow.createRun().start({ inputData })).toMatchObject({
      result: inputData.map(({ n }) => n),
    })
    expect(most).toBe(4)
  })

  it('hands its runtime context and its resource to steps', async () => {
    const who = createStep({
      id: 'who',
      execute: ({ runtimeContext, resourceId, workflowId }) => [
        runtimeContext.get('plan'),
        resourceId,
        workflowId,
      ],
    })
    const run = createWorkflow({ id: 'who-asks' }).then(who).commit().createRun({ resourceId: 'ann' })
    const runtimeContext = new RuntimeContext({ plan: 'pro' })
    expect(await run.start({ inputData: {}, runtimeContext })).toMatchObject({
      result: ['pro', 'ann', 'who-asks'],
    })
  })

  it('fails as a whole once what runs beside a failed step has settled', async () => {
    const fails = createStep({ id: 'fails', execute: () => Promise.reject(new Error('no')) })
    const slow = createStep({
      id: 'slow',
      execute: async () => {
        await new Promise((resolve) => setTimeout(resolve, 2))
        return 'done'
      },
    })
    const never = createStep({ id: 'never', execute: () => 1 })
    const run = createWorkflow({ id: 'beside' }).parallel([fails, slow]).then(never).commit().createRun()
    expect(await run.start({ inputData: {} })).toMatchObject({
      status: 'failed',
      steps: { fails: { status: 'failed' }, slow: { status: 'success', output: 'done' } },
    })
    expect((await run.get())?.steps).not.toHaveProperty('never')
  })

  it('fails when a condition throws, and goes on from there when it is restarted', async () => {
    let isBroken = true
    const workflow = createWorkflow({ id: 'condition', inputSchema: count })
      .branch([
        [
          () => {
            if (isBroken) throw new Error('cannot tell')
            return true
          },
          double,
        ],
      ])
      .commit()
    const run = workflow.createRun()
    expect(await run.start({ inputData: { n: 1 } })).toMatchObject({
      status: 'failed',
      error: { message: 'cannot tell' },
    })
    isBroken = false
    expect(await run.restart()).toMatchObject({ status: 'success', result: { double: { n: 2 } } })
  })

  it('describes itself, schemas and all', () => {
    const inner = createWorkflow({ id: 'inner', inputSchema: count }).then(double).commit()
    const workflow = createWorkflow({ id: 'outer', description: 'Doubles', inputSchema: count })
      .then(inner)
      .sleep(5)
      .dowhile(cloneStep(double, { id: 'again' }), () => false)
      .commit()
    expect(describeWorkflow(workflow)).toMatchObject({
      id: 'outer',
      description: 'Doubles',
      inputSchema: { type: 'object' },
      graph: [
        {
          type: 'step',
          step: { id: 'inner', from: 'workflow', graph: [{ type: 'step', step: { id: 'double' } }] },
        },
        { type: 'sleep', id: 'sleep_outer_0', due: 5 },
        { type: 'loop', kind: 'dowhile', step: { id: 'again', canSuspend: false } },
      ],
    })
  })
})

describe('a workflow as a tool', () => {
  it('gives its result, suspends with what it asks, and goes on with the answer', async () => {
    const ask = createStep({
      id: 'ask',
      inputSchema: count,
      resumeSchema: count,
      execute: ({ resumeData, suspend }) => resumeData ?? suspend({ how: 'many?' }),
    })
    const workflow = createWorkflow({ id: 'asking', description: 'Asks', inputSchema: count })
      .then(ask)
      .commit()
    const tool = workflowTool(workflow)
    const payloads: unknown[] = []
    const call = (resumeData?: unknown): Promise<unknown> => {
      const context = {
        abortSignal: new AbortController().signal,
        runtimeContext: new RuntimeContext(),
        runId: 'turn',
        toolCallId: 'c1',
        idempotencyKey: 'turn/c1',
        writer: { write: () => undefined },
        suspend: (payload: unknown): Promise<never> => {
          payloads.push(payload)
          return Promise.reject(new Error('suspended'))
        },
        ...(resumeData !== undefined && { resumeData, suspendData: payloads.at(-1) }),
      }
      return Promise.resolve(tool.execute?.({ n: 1 } as never, context as never))
    }
    await expect(call()).rejects.toThrow('suspended')
    // Made again after a crash, the call joins the run that it began.
    await expect(call()).rejects.toThrow('suspended')
    expect(payloads).toHaveLength(2)
    expect(payloads[0]).toEqual({
      runId: 'turn/c1',
      suspended: [['ask']],
      suspendPayload: { ask: { how: 'many?' } },
      answers: 0,
    })
    expect(await call({ n: 4 })).toEqual({ n: 4 })
    expect(await call({ n: 5 })).toEqual({ n: 4 })
  })
})

const stepThatAsks = (id: string) =>
  createStep({ id, execute: ({ resumeData, suspend }) => resumeData ?? suspend({ id }) })

it('of a workflow that asks twice, called again with one answer after a crash, takes it for one question', async () => {
  const tool = workflowTool(
    createWorkflow({ id: 'asks-twice', description: 'Asks' })
      .then(stepThatAsks('a'))
      .then(stepThatAsks('b'))
      .commit(),
  )
  const run = createWorkflow({ id: 'outer' }).then(createStep(tool)).commit().createRun()
  expect(await run.start({ inputData: {} })).toMatchObject({
    suspendPayload: { 'asks-twice': { suspended: [['a']], answers: 0 } },
  })
  const second = await run.resume({ resumeData: 'first answer' })
  expect(second).toMatchObject({ suspendPayload: { 'asks-twice': { suspended: [['b']], answers: 1 } } })
  // As a crash makes it: what came of the answer was not kept, and it is given again.
  const context = {
    abortSignal: new AbortController().signal,
    runtimeContext: new RuntimeContext(),
    runId: run.runId,
    toolCallId: `${run.runId}/0`,
    idempotencyKey: `${run.runId}/0`,
    writer: { write: () => undefined },
    resumeData: 'first answer',
    suspendData: { answers: 0 },
    suspend: (payload: unknown) => Promise.reject(new Error(JSON.stringify(payload))),
  }
  await expect(tool.execute?.({} as never, context as never)).rejects.toThrow('"suspended":[["b"]]')
  expect(await run.resume({ resumeData: 'second answer' })).toMatchObject({ result: 'second answer' })
})

describe('a pause before a step is tried again', () => {
  it('doubles up to its limit, and chance only makes it longer', () => {
    expect([1, 2, 3, 9].map((retry) => pause(retry, 0))).toEqual([100, 200, 300, 300])
    expect([1, 2].map((retry) => pause(retry, 1))).toEqual([150, 300])
    expect(retryDelay({ attempts: 9, delay: 100, backoff: 'fixed' }, 5, () => 0)).toBe(100)
    expect(retryDelay({ attempts: 9 }, 5, () => 1)).toBe(0)
  })
})

function pause(retry: number, chance: number): number {
  return retryDelay({ attempts: 9, delay: 100, maxDelay: 300 }, retry, () => chance)
}
