import * as z from 'zod'
import { id } from '../schemas.ts'

/** Whose memory is asked for. `threadId` and `resourceId` are taken as Mastra's client sends them. */
export const memoryQuery = z.object({ agentId: id, resourceId: id.optional(), threadId: id.optional() })

export const agentQuery = z.object({ agentId: id })

export const workingMemoryBody = z.object({
  workingMemory: z.string().max(50_000),
  resourceId: id.optional(),
})

export const searchQuery = z.object({
  agentId: id,
  searchQuery: z.string().min(1).max(4000),
  resourceId: id.optional(),
  threadId: id.optional(),
  limit: z.coerce.number<string>().int().min(1).max(100).default(20),
})

export const transferBody = z.object({ resourceId: id })

export const pinBody = z.object({ messageId: id, isPinned: z.boolean().default(true) })

export const resourceParams = z.object({ resourceId: id })

export const statusAnswer = z.looseObject({ result: z.boolean(), memoryType: z.literal('local') })
export const configAnswer = z.looseObject({
  memoryType: z.literal('local'),
  config: z.record(z.string(), z.unknown()),
})
export const searchAnswer = z.looseObject({
  results: z.array(z.looseObject({ id: z.string(), role: z.string(), content: z.string() })),
  count: z.number(),
})
export const workingAnswer = z.looseObject({
  workingMemory: z.string().nullable(),
  source: z.string(),
  threadExists: z.boolean(),
})
export const successAnswer = z.looseObject({ success: z.literal(true) })
export const pinsAnswer = z.looseObject({ pins: z.array(z.string()) })
export const erasedAnswer = z.looseObject({ resourceId: z.string() })
