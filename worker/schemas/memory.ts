import * as z from 'zod'
import { id } from '../schemas.ts'

/** A page's numbers, as they stand in a query. */
const count = (fallback: number, max: number): z.ZodType<number> =>
  z.coerce.number<string>().int().min(0).max(max).default(fallback)

const page = count(0, 1_000_000)
const direction = z.enum(['ASC', 'DESC'])

/** A field of the query that holds JSON. */
function json<Type extends z.ZodType>(schema: Type) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text)
      } catch {
        context.addIssue('must be JSON')
        return z.NEVER
      }
    })
    .pipe(schema)
    .optional()
}

/** A time as JSON has it: ISO 8601 or milliseconds since 1970. Given in milliseconds. */
export const time = z
  .union([z.string(), z.number()])
  .transform((value) => new Date(value).getTime())
  .refine((ms) => Number.isFinite(ms), 'must be a date')

const metadata = z.record(z.string(), z.json())
/** Plain values that must be there, each under its key. */
const metadataFilter = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))

/** Only a thread of this resource is meant. */
export const scopeQuery = z.object({ resourceId: id.optional() })

/** `orderBy` and `sortDirection` are ours, the two after them those of `@mastra/client-js`. */
export const threadsQuery = z.object({
  resourceId: id.optional(),
  page,
  perPage: count(100, 1000),
  orderBy: z.enum(['createdAt', 'updatedAt']).optional(),
  sortDirection: direction.optional(),
  'orderBy[field]': z.enum(['createdAt', 'updatedAt']).optional(),
  'orderBy[direction]': direction.optional(),
  metadata: json(metadataFilter),
})

const neighbours = z.int().min(0).max(1000).default(0)

export const messagesQuery = z.object({
  resourceId: id.optional(),
  page,
  perPage: count(40, 1000),
  orderBy: json(z.object({ field: z.literal('createdAt').optional(), direction: direction.optional() })),
  filter: json(
    z.object({
      dateRange: z
        .object({
          start: time.optional(),
          end: time.optional(),
          startExclusive: z.boolean().optional(),
          endExclusive: z.boolean().optional(),
        })
        .optional(),
      roles: z.array(z.string()).optional(),
      metadata: metadataFilter.optional(),
    }),
  ),
  include: json(
    z
      .array(
        z.object({
          id,
          threadId: id.optional(),
          withPreviousMessages: neighbours,
          withNextMessages: neighbours,
        }),
      )
      .max(100),
  ),
  /** `native` messages are as they are stored, `ai-sdk` as `useChat` takes them, `mastra` as `@mastra/client-js` does. */
  format: z.enum(['mastra', 'native', 'ai-sdk']).default('mastra'),
})

const title = z.string().max(1000)

export const createThreadBody = z.object({
  threadId: id.optional(),
  resourceId: id.optional(),
  title: title.optional(),
  metadata: metadata.optional(),
})

export const updateThreadBody = z.object({
  resourceId: id.optional(),
  title: title.optional(),
  metadata: metadata.optional(),
})

export const cloneThreadBody = z.object({
  newThreadId: id.optional(),
  resourceId: id.optional(),
  title: title.optional(),
  metadata: metadata.optional(),
  options: z
    .object({
      messageLimit: z.int().min(0).optional(),
      messageFilter: z
        .object({
          startDate: time.optional(),
          endDate: time.optional(),
          messageIds: z.array(id).max(10_000).optional(),
        })
        .optional(),
    })
    .optional(),
})

/** Whose memory is to recall them. */
export const saveMessagesQuery = z.object({ agentId: id.optional() })

/** What the messages hold is checked further when they are read. */
export const saveMessagesBody = z.object({
  messages: z
    .array(z.looseObject({ threadId: id, resourceId: id.optional() }))
    .min(1)
    .max(1000),
})

const messageId = z.union(
  [id.transform((text) => ({ id: text })), z.object({ id, threadId: id.optional() })],
  {
    error: 'must be an id, or a message with its id',
  },
)

/** Whoever says which thread the messages are on spares their being looked for. */
export const deleteMessagesBody = z.object({
  messageIds: z.union([messageId.transform((one) => [one]), z.array(messageId).min(1).max(1000)]),
  threadId: id.optional(),
})
