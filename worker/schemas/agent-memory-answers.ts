import * as z from 'zod'

export const statusAnswer = z.looseObject({
  result: z.boolean(),
  memoryType: z.literal('local'),
  embedding: z
    .looseObject({ status: z.enum(['running', 'done', 'failed']), threads: z.number(), messages: z.number() })
    .optional(),
  problems: z.array(z.looseObject({ type: z.literal('forget'), threadId: z.string() })).optional(),
})
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
export const erasedAnswer = z.looseObject({
  resourceId: z.string(),
  erased: z.object({ threads: z.number(), runs: z.number(), schedules: z.number() }),
  isPending: z.literal(true).optional(),
})
