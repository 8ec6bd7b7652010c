import * as z from 'zod'
import type { ErrorCode } from '../lib/protocol/error.ts'

// What routes answer, for the API document and for the tests that hold it against the Worker. They are loose: more
// fields may come. Nothing is checked with them while a request is answered.

const usage = z.looseObject({
  inputTokens: z.number().optional(),
  outputTokens: z.number().optional(),
  totalTokens: z.number().optional(),
})

const message = z
  .looseObject({
    id: z.string(),
    role: z.enum(['user', 'assistant', 'system']),
    parts: z.array(z.looseObject({ type: z.string() })),
    createdAt: z.number().describe('Milliseconds since 1970').optional(),
  })
  .meta({ id: 'Message' })

const toolCall = z.looseObject({ toolCallId: z.string(), toolName: z.string(), input: z.unknown() })

const paged = { total: z.int(), page: z.int(), perPage: z.int(), hasMore: z.boolean() }

export const healthAnswer = z.looseObject({
  status: z.enum(['ok', 'misconfigured']),
  version: z.string(),
  model: z.string().describe('What answers when an agent names no model'),
  agents: z.array(z.string()),
  auth: z.enum(['open', 'key']),
})

export const welcomeAnswer = z.looseObject({ name: z.string(), health: z.string(), agents: z.string() })

export const agentAnswer = z
  .looseObject({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    instructions: z.unknown().describe('Not there if they are made for each request').optional(),
    tools: z.record(z.string(), z.looseObject({ id: z.string() })).nullable(),
  })
  .meta({ id: 'Agent' })

export const agentsAnswer = z.record(z.string(), agentAnswer)

/** A whole answer of an agent. */
export const turnAnswer = z
  .looseObject({
    text: z.string(),
    object: z.unknown().describe('The structured answer, if one was asked for').optional(),
    toolCalls: z.array(toolCall),
    toolResults: z.array(z.looseObject({ toolCallId: z.string(), toolName: z.string() })),
    steps: z.array(z.looseObject({ text: z.string() })),
    finishReason: z.string().describe('`suspended` when calls wait for somebody'),
    suspended: z
      .array(z.looseObject({ toolCallId: z.string(), toolName: z.string() }))
      .describe('The calls that wait')
      .optional(),
    usage,
    message,
    runId: z.string(),
    threadId: z.string().optional(),
  })
  .meta({ id: 'Turn' })

/** The same as Mastra's clients take it. */
export const mastraTurnAnswer = z.looseObject({ text: z.string(), finishReason: z.string() })

/** Events and chunks are told apart by their type, in every dialect. */
export const streamEvent = z.looseObject({ type: z.string() })

export const stopAnswer = z.looseObject({
  stopped: z.string().nullable().describe('The run that was stopped'),
})

export const threadAnswer = z
  .looseObject({
    id: z.string(),
    resourceId: z.string(),
    title: z.string(),
    metadata: z.record(z.string(), z.unknown()),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: 'Thread' })

export const threadsAnswer = z.looseObject({ threads: z.array(threadAnswer), ...paged })
/** A message in one of the formats that can be asked for. */
const shownMessage = z.looseObject({ id: z.string(), role: z.string() })

export const messagesAnswer = z.looseObject({ messages: z.array(shownMessage), ...paged })
export const savedAnswer = z.looseObject({ messages: z.array(shownMessage) })
export const clonedAnswer = z.looseObject({ thread: threadAnswer, clonedMessages: z.array(shownMessage) })
export const deletedAnswer = z.looseObject({ result: z.string() })
export const deletedMessagesAnswer = z.looseObject({ success: z.literal(true), message: z.string() })

export const toolAnswer = z
  .looseObject({ id: z.string(), description: z.string(), requireApproval: z.boolean() })
  .meta({ id: 'Tool' })
export const toolsAnswer = z.record(z.string(), toolAnswer)

export const acceptedAnswer = z.looseObject({ accepted: z.literal(true) })
export const abortedAnswer = z.looseObject({ aborted: z.boolean() })
export const suspendedRunsAnswer = z.looseObject({ runs: z.array(z.looseObject({ runId: z.string() })) })

/** Whatever starts a turn may be refused with these. */
export const startErrors: readonly ErrorCode[] = [
  'runtime_context_invalid',
  'thread_busy',
  'resource_mismatch',
  'idempotency_mismatch',
]

/** A turn that is waited for fails with its own error. */
export const turnErrors: readonly ErrorCode[] = [
  ...startErrors,
  'tripwire',
  'aborted',
  'recovery_exhausted',
  'model_failed',
  'output_invalid',
  'model_not_configured',
  'turn_timeout',
  'step_timeout',
]

/** An answer to a call that waits finds no run, none that waits, or one that was answered. */
export const answerErrors: readonly ErrorCode[] = ['run_not_found', 'run_not_suspended', 'already_answered']

export const idempotencyHeader = {
  'idempotency-key': 'The same key within 24 hours joins what it started, or gives its stored answer',
}
