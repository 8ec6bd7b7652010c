import { expect, it } from 'vitest'
import * as z from 'zod'
import { ObjectWorld } from '../../test/fixtures/object-world.ts'
import { scheduleAddress } from '../protocol/address.ts'
import type { Trigger } from '../schedules/schedule-info.ts'
import { createLogger } from '../telemetry/logger.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'
import { Edgewise } from './edgewise.ts'
import { tendSchedules } from './schedules.ts'

it('says in the log of a declared schedule that does not fit, where its schema had to be waited for, and makes the others', async () => {
  const step = createStep({ id: 'echo', execute: ({ inputData }) => inputData })
  const declared = (id: string, isKnown: boolean) =>
    createWorkflow({
      id,
      inputSchema: z.object({ team: z.string().refine(async () => isKnown, 'is no team') }),
      schedule: { cron: '@hourly', inputData: { team: 'ops' } },
    })
      .then(step)
      .commit()
  const workflows = { good: declared('good', true), bad: declared('bad', false) }
  const world = new ObjectWorld(workflows.good, workflows.bad)
  const logged: string[] = []
  const services = {
    app: new Edgewise({ workflows }),
    logger: createLogger('info', (_level, line) => logged.push(line)),
    documents: world.documents,
    now: () => world.now,
    callRun: (address: string, call: { type: string }) => world.call(address, call),
  }
  for (const _ of [1, 2]) await tendSchedules(services)
  expect(logged).toHaveLength(1)
  expect(logged[0]).toContain('schedule does not fit its workflow')
  expect(logged[0]).toContain('wf_bad')
  expect(logged[0]).toContain('team: is no team')
  await world.advance(3600_000)
  const triggersOf = (id: string): Promise<Trigger[]> =>
    world.ask(scheduleAddress(undefined, id), { type: 'schedule-triggers', limit: 10 })
  expect(await triggersOf('wf_good')).toMatchObject([{ outcome: 'started', run: { status: 'success' } }])
  expect(await triggersOf('wf_bad')).toMatchObject([
    { outcome: 'failed', error: expect.stringContaining('team: is no team') },
  ])
})
