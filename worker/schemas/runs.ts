import * as z from 'zod'
import { executionOptions } from './execution.ts'
import { id, runId, runtimeContext } from '../schemas.ts'

/** `offset` counts chunks that were heard. What is said again is said in other pieces, so there is only the start. */
export const observeBody = z.object({
  runId,
  offset: z.literal(0, 'is not offered: a run is told again from its first chunk').optional(),
})

export const subscribeBody = z.object({ threadId: id, resourceId: id.optional() })

export const abortBody = subscribeBody.extend({ expectedRunId: runId.optional() })

const notOffered = (other: string) => z.undefined(`is not offered: ${other}`).optional()

/** A message for a thread. It begins a turn, at once or as soon as it is its place in the queue. */
export const messageBody = z.object({
  message: z.unknown().refine((value) => value !== undefined && value !== null, 'is required'),
  threadId: id,
  resourceId: id.optional(),
  runId: notOffered('a message is for a thread, not for a run'),
  ifIdle: z
    .object({
      behavior: z.literal('wake', 'is not offered but as "wake"').optional(),
      streamOptions: executionOptions.optional(),
      attributes: notOffered('messages have no attributes'),
    })
    .optional(),
  ifActive: z
    .object({
      behavior: z.literal('deliver', 'is not offered but as "deliver"').optional(),
      attributes: notOffered('messages have no attributes'),
    })
    .optional(),
})

export const toolApprovalBody = z.object({
  threadId: id,
  toolCallId: id,
  approved: z.boolean(),
  reason: z.string().max(10_000).optional(),
  resumeData: z.unknown().optional(),
  requestContext: runtimeContext,
  runtimeContext,
  /** What the client's own tools gave. */
  messages: z.array(z.unknown()).max(1000).optional(),
})

const date = z.iso.datetime({ offset: true }).transform((text) => new Date(text))

export const suspendedRunsQuery = z.object({
  threadId: id.optional(),
  resourceId: id.optional(),
  fromDate: date.optional(),
  toDate: date.optional(),
  page: z.coerce.number<string>().int().min(0).max(1_000_000).default(0),
  perPage: z.coerce.number<string>().int().min(1).max(1000).optional(),
})
