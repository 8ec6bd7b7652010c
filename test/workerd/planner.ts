import { Agent, createStep, createTool, createWorkflow } from 'edgewise'
import type { Schedules } from 'edgewise'
import * as z from 'zod'
import { fakeModel } from './fake-model.ts'
import { keepTool } from './keeper.ts'

const YEARLY = '0 3 1 1 *'

/** Makes a schedule, of one key one, and says its id. */
async function plan(schedules: Schedules, name: string, idempotencyKey: string): Promise<{ id: string }> {
  const wanted = { agentId: 'planner', prompt: 'again', cron: YEARLY, name }
  const { id } = await schedules.create(wanted, { idempotencyKey })
  return { id }
}

const planTool = createTool({
  id: 'plan',
  description: 'Makes a schedule',
  inputSchema: z.object({ name: z.string() }),
  outputSchema: z.object({ id: z.string() }),
  effect: 'retry',
  execute: ({ name }, { runtime, idempotencyKey }) => plan(runtime.schedules, name, idempotencyKey),
})

/** Has a schedule made that is called as it was told. */
export const planner = new Agent({
  name: 'planner',
  instructions: '',
  tools: { plan: planTool, keep: keepTool },
  model: fakeModel((prompt) => {
    const last = prompt.at(-1)
    if (last?.role !== 'user' || last.content[0]?.type !== 'text') return { text: 'planned' }
    return { calls: [{ id: 'c1', name: 'plan', input: { name: last.content[0].text } }] }
  }),
})

const step = createStep({
  id: 'step',
  execute: ({ runtime, idempotencyKey }) => plan(runtime.schedules, 'by step', idempotencyKey),
})

/** By a step's own hand, by a tool that is one, and by an agent that is one. */
export const plans = createWorkflow({ id: 'plans' })
  .then(step)
  .map(() => ({ name: 'by tool' }))
  .then(createStep(planTool))
  .map(() => ({ prompt: 'by agent' }))
  .then(createStep(planner))
  .commit()
