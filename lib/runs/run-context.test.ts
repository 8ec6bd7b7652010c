import { expect, it } from 'vitest'
import { RunWorld } from '../../test/fixtures/run-world.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'

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

it('fails the step that reads a secret which is no longer known, until somebody gives it again', async () => {
  const world = new RunWorld(workflow)
  await world.through(null, { runtimeContext })
  world.restart()
  expect(await world.resume({})).toMatchObject({ status: 'failed', error: { code: 'context_required' } })
  expect(world.run.parts.context.take({ token: 'again', plan: 'free' })).toEqual({ plan: 'free' })
  await world.run.restart()
  expect(await world.settle()).toMatchObject({ result: { token: 'again', plan: 'pro' } })
})
