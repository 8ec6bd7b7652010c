import * as z from 'zod'
import { id, runtimeContext } from '../schemas.ts'

const count = z.coerce.number<string>().int().min(0)
const context = { requestContext: runtimeContext, runtimeContext }

export const scheduleParams = z.object({ scheduleId: id })

export const schedulesQuery = z.object({
  workflowId: id.optional(),
  agentId: id.optional(),
  status: z.enum(['active', 'paused']).optional(),
  resourceId: id.optional(),
  threadId: id.optional(),
  name: id.optional(),
})

export const triggersQuery = z.object({
  limit: count.min(1).max(200).default(20),
  fromActualFireAt: count.optional(),
  toActualFireAt: count.optional(),
})

const words = z.record(z.string(), z.json()).optional()
const time = { cron: z.string().min(1).max(256), timezone: id.optional() }
const rest = {
  ...context,
  inputData: z.json().optional(),
  initialState: z.record(z.string(), z.json()).optional(),
  metadata: z.record(z.string(), z.json()).optional(),
  status: z.enum(['active', 'paused']).optional(),
  catchUp: z.enum(['latest', 'all', 'none']).optional(),
  overlap: z.enum(['allow', 'skip']).optional(),
  resourceId: id.optional(),
  // Of agents.
  prompt: z.string().min(1).max(100_000).optional(),
  name: id.optional(),
  ifActive: z
    .object({ behavior: z.enum(['deliver', 'persist', 'discard']).optional(), attributes: words })
    .optional(),
  ifIdle: z
    .object({
      behavior: z.enum(['wake', 'persist', 'discard']).optional(),
      attributes: words,
      streamOptions: z.object({ requestContext: runtimeContext }).optional(),
    })
    .optional(),
  // Refused, with a reason: a time is no signal here.
  signalType: z.string().optional(),
  tagName: z.string().optional(),
  attributes: words,
  providerOptions: words,
}

/** One of the two ids says what is started. */
export const createScheduleBody = z.object({
  ...time,
  ...rest,
  id: id.optional(),
  workflowId: id.optional(),
  agentId: id.optional(),
  threadId: id.optional(),
})

export const updateScheduleBody = z.object({ ...time, ...rest, cron: time.cron.optional() })

// What is answered, for the API document.
