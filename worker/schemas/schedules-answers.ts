import * as z from 'zod'

const run = z.looseObject({ status: z.string(), startedAt: z.number().optional() })

export const scheduleAnswer = z
  .looseObject({
    id: z.string(),
    workflowId: z.string().optional(),
    agentId: z.string().optional(),
    prompt: z.string().optional(),
    cron: z.string(),
    timezone: z.string().optional(),
    status: z.enum(['active', 'paused']),
    nextFireAt: z.number().describe('Milliseconds since 1970'),
    lastFireAt: z.number().optional(),
    lastRunId: z.string().optional(),
    lastRun: run.optional(),
    isDeclared: z.boolean().describe('The code declares it'),
    createdAt: z.number(),
    updatedAt: z.number(),
  })
  .meta({ id: 'Schedule' })

export const scheduleDeletedAnswer = z.looseObject({ message: z.string() })
export const schedulesAnswer = z.looseObject({ schedules: z.array(scheduleAnswer) })

export const triggersAnswer = z.looseObject({
  triggers: z.array(
    z.looseObject({
      scheduleId: z.string(),
      runId: z.string().nullable(),
      scheduledFireAt: z.number(),
      actualFireAt: z.number(),
      outcome: z.enum(['deferred', 'published', 'skipped', 'failed']),
      triggerKind: z.enum(['schedule-fire', 'manual']),
      run: run.optional(),
    }),
  ),
})

export const scheduleRunAnswer = z.looseObject({
  scheduleId: z.string(),
  claimId: z.string().describe("The run's id"),
  scheduledFireAt: z.number(),
})
