import * as z from 'zod'
import { id } from '../schemas.ts'
import { memoryOptions } from './memory-options.ts'

/** The runtime context as Mastra's client sends it in an address: JSON in base64. */
export const requestContext = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0))))
    } catch {
      context.addIssue('must be JSON in base64')
      return z.NEVER
    }
  })
  .pipe(z.record(z.string(), z.json()))
  .optional()

/** Options of the memory as Mastra's client sends them in an address: JSON. */
const memoryConfig = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue('must be JSON')
      return z.NEVER
    }
  })
  .pipe(memoryOptions)
  .optional()

/** Whose memory is asked for, and for which request, where that decides it. */
export const agentQuery = z.object({ agentId: id, requestContext })

/** Mastra's client writes `resourceId=undefined` where its caller names nobody. */
const owner = z.preprocess((value) => (value === 'undefined' ? undefined : value), id.optional())

/** `threadId` and `resourceId` are taken as Mastra's client sends them. */
export const memoryQuery = agentQuery.extend({ resourceId: owner, threadId: id.optional() })

export const workingMemoryBody = z.object({
  workingMemory: z.string().max(50_000),
  resourceId: id.optional(),
})

export const searchQuery = agentQuery.extend({
  searchQuery: z.string().min(1).max(4000),
  resourceId: id.optional(),
  threadId: id.optional(),
  limit: z.coerce.number<string>().int().min(1).max(100).default(20),
  searchType: z.enum(['semantic', 'text', 'hybrid']).optional(),
  memoryConfig,
})

export const transferBody = z.object({ resourceId: id })

export const pinBody = z.object({ messageId: id, isPinned: z.boolean().default(true) })

export const resourceParams = z.object({ resourceId: id })
