import * as z from 'zod'

/** An id that a caller chose or was given. */
export const id = z
  .string()
  .min(1)
  .max(256)
  .refine((text) => text.isWellFormed(), 'must be well-formed Unicode')

/** It holds the name of the object that the run is in. */
export const runId = z
  .string()
  .min(1)
  .max(8192)
  .refine((text) => text.isWellFormed(), 'must be well-formed Unicode')

export const agentParams = z.object({ agentId: id })
export const toolParams = z.object({ toolId: id })
export const agentToolParams = z.object({ agentId: id, toolId: id })
export const threadParams = z.object({ threadId: id })
export const agentThreadParams = z.object({ agentId: id, threadId: id })

export const runtimeContext = z.record(z.string(), z.unknown()).optional()
export const maxSteps = z.int().min(1).max(100).optional()

/** An answer that fits a JSON Schema is asked for. */
export const structuredOutput = z
  .object({
    schema: z.record(z.string(), z.json()),
    errorStrategy: z.enum(['strict', 'warn', 'fallback']).optional(),
    fallbackValue: z.json().optional(),
    jsonPromptInjection: z.boolean().optional(),
    instructions: z.string().max(10_000).optional(),
    /** Refused later, with a reason. */
    model: z.unknown().optional(),
  })
  .refine(({ errorStrategy, fallbackValue }) => errorStrategy !== 'fallback' || fallbackValue !== undefined, {
    path: ['fallbackValue'],
    message: 'is required with errorStrategy "fallback"',
  })
  .optional()

/** What `DefaultChatTransport` posts. Only the last message is read: the thread has its own history. */
/** What a request asks of the caches of models and tools. */
export const cache = z.union([z.literal(false), z.literal('refresh')]).optional()

export const chatBody = z.object({
  id,
  messages: z.array(z.unknown()).max(10_000).default([]),
  trigger: z.enum(['submit-message', 'regenerate-message']).default('submit-message'),
  messageId: id.nullish(),
  resourceId: id.optional(),
  runtimeContext,
  maxSteps,
  cache,
})

type Defined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> }

/** zod says `undefined` where a field may be absent; what is kept with a turn has the field or has it not. */
export function withoutUndefined<Value extends object>(value: Value): Defined<Value> {
  // The entries that are left are those of Defined.
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== undefined),
  ) as Defined<Value>
}

/** A call that waits, by its run. Without its id the run's only one is meant. */
export const approvalBody = z.object({
  runId,
  toolCallId: id.optional(),
  /** Secrets of the runtime context that the turn may have lost. Mastra's word, and ours. */
  requestContext: runtimeContext,
  runtimeContext,
  reason: z.string().max(10_000).optional(),
})

export const resumeBody = z
  .object({
    runId,
    toolCallId: id.optional(),
    requestContext: runtimeContext,
    runtimeContext,
    resumeData: z.unknown().optional(),
  })
  .refine((body) => body.resumeData !== undefined || (body.requestContext ?? body.runtimeContext), {
    path: ['resumeData'],
    message: 'is required, unless the runtime context is what the run waits for',
  })

/** `data` is the tool's input. */
export const executeBody = z.object({
  data: z.unknown().optional(),
  requestContext: runtimeContext,
  runtimeContext,
  cache,
})

export const eventsQuery = z.object({
  after: z.string().max(64).optional(),
  until: z.enum(['idle']).optional(),
})

export const stopBody = z.object({ runId: runId.optional() })
