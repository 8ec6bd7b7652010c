import { expect, it } from 'vitest'
import * as z from 'zod'
import { RunFamily } from '../../test/fixtures/run-family.ts'
import { RunWorld } from '../../test/fixtures/run-world.ts'
import { createTool } from '../tools/tool.ts'
import { childRun } from '../workflows/child-run.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'
import { answerRunCall } from './answer.ts'

const ask = createStep({
  id: 'ask',
  execute: ({ resumeData, suspend }) => resumeData ?? suspend({}),
})
const use = createStep({
  id: 'use',
  execute: ({ runtimeContext }) => ({ token: runtimeContext.get('token'), plan: runtimeContext.get('plan') }),
})
const workflow = createWorkflow({ id: 'flow' }).then(ask).then(use).commit()
const runtimeContext = { token: 's3cret-token', plan: 'pro' }

it('is known to the steps, its secrets too, while the object lives', async () => {
  const world = new RunWorld(workflow)
  await world.through(null, { runtimeContext })
  expect(await world.resume({})).toMatchObject({ result: { token: 's3cret-token', plan: 'pro' } })
})

it('has its secrets in no row', async () => {
  const world = new RunWorld(workflow)
  await world.through(null, { runtimeContext })
  const rows = ['state', 'log'].map((table) => world.platform.sql.run(`SELECT * FROM ${table}`))
  expect(JSON.stringify(rows)).toContain('plan')
  expect(JSON.stringify(rows)).not.toContain('s3cret')
})

it('suspends the step that reads a secret which is no longer known, until the run is resumed with it', async () => {
  const world = new RunWorld(workflow)
  await world.through(null, { runtimeContext })
  world.restart()
  expect(await world.resume({})).toMatchObject({
    status: 'suspended',
    suspended: [['use']],
    suspendPayload: { use: { for: 'context', contextKeys: ['token'] } },
  })
  // Without it nothing is gained.
  expect((await world.resume(null)).status).toBe('suspended')
  world.restart()
  const given = { token: 'again', plan: 'free' }
  await answerRunCall(world.run, {
    type: 'resume',
    target: {},
    resumeData: null,
    runtimeContext: given,
    format: 'json',
  })
  expect(await world.settle()).toMatchObject({
    status: 'success',
    result: { token: 'again', plan: 'pro' },
    steps: { use: { status: 'success' } },
  })
})

it('is undefined to who reads a secret that nobody gave', async () => {
  const world = new RunWorld(workflow)
  await world.through(null, { runtimeContext: { plan: 'pro' } })
  world.restart()
  expect(await world.resume({})).toMatchObject({ status: 'success', result: { plan: 'pro' } })
})

it('is asked for without taking the answer from a step that had been answered, or its question', async () => {
  const asks = createStep({
    id: 'asks',
    resumeSchema: z.object({ yes: z.boolean() }),
    execute: ({ resumeData, suspendData, suspend, runtimeContext: context }) =>
      resumeData
        ? { ...resumeData, suspendData, token: context.get('token') }
        : suspend({ question: 'sure?' }),
  })
  const world = new RunWorld(createWorkflow({ id: 'flow' }).then(asks).commit())
  await world.through(null, { runtimeContext })
  world.restart()
  expect((await world.resume({ yes: true })).status).toBe('suspended')
  world.run.parts.context.take({ token: 'again' })
  expect(await world.resume(null)).toMatchObject({
    result: { yes: true, suspendData: { question: 'sure?' }, token: 'again' },
  })
})

it('is asked for by a tool as well, and by a run that another has started', async () => {
  const tool = createTool({
    id: 'tool',
    description: 'Reads the token',
    effect: 'retry',
    execute: (_input, context) => ({ token: context.runtimeContext.get('token') }),
  })
  const child = createWorkflow({ id: 'child' }).then(ask).then(createStep(tool)).commit()
  const family = new RunFamily(createWorkflow({ id: 'parent' }).then(childRun(child)).commit(), child)
  await family.start('parent', null, runtimeContext)
  await family.calm()
  const [world] = family.of('child')
  if (!world) throw new Error('no child was started')
  for (const one of family.worlds.values()) family.kill(one)
  await family.resume(world, {})
  await family.calm()
  expect(await world.run.result()).toMatchObject({ suspendPayload: { tool: { contextKeys: ['token'] } } })
  world.run.parts.context.take({ token: 'again' })
  await family.resume(world, null)
  await family.calm()
  expect(await family.run('parent').settle()).toMatchObject({ status: 'success', result: { token: 'again' } })
})

it('is not what a step had asked, for a run that goes on from there with an answer', async () => {
  const seen: unknown[] = []
  const careful = createStep({
    id: 'careful',
    execute: ({ resumeData, suspendData, suspend, runtimeContext }) => {
      if (!resumeData) return suspend({ question: 'sure?' })
      seen.push(suspendData)
      return runtimeContext.get('token')
    },
  })
  const world = new RunWorld(createWorkflow({ id: 'flow' }).then(careful).commit())
  await world.through(null, { runtimeContext })
  world.restart()
  expect(await world.resume({ yes: true })).toMatchObject({ suspendPayload: { careful: { for: 'context' } } })
  const other = new RunWorld(world.workflow)
  other.callRun = (_address, call) => answerRunCall(world.run, call)
  const request = {
    runId: 'r2',
    workflowId: 'flow',
    runtimeContext,
    from: { address: 'a', runId: 'r1' },
    travel: { step: 'careful', resumeData: { yes: true } },
  }
  await other.run.travel(request, 'b')
  expect(await other.settle()).toMatchObject({ status: 'success', result: 's3cret-token' })
  expect(seen.at(-1)).toEqual({ question: 'sure?' })
})
