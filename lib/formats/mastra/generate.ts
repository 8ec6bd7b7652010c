import type { ErrorBody } from '../../protocol/error.ts'
import type { JsonObject, JsonValue } from '../../protocol/json.ts'
import type { FinishReason, Message, Part, ProviderMetadata, ToolPart } from '../../protocol/message.ts'
import type { Usage } from '../../protocol/usage.ts'
import type { MastraMessage, MessagePlace } from './message.ts'
import { toMastraMessage } from './message.ts'
import { splitSteps, toModelContent, toModelMessages } from './model-message.ts'
import { filePayload, provider, sourcePayload, toMastraReason, toolCallPayload } from './part.ts'
import { responseOf } from './payload.ts'
import { withRun } from './run-mark.ts'
import { toMastraUiMessage } from './ui-message.ts'
import type { WaitingPart } from './wait.ts'
import { waitPayload } from './wait.ts'

/** What is said of an answer. An `AgentResult` is one; the rest is what its caller knows besides. */
export interface MastraResult {
  text: string
  steps: readonly ResultStep[]
  finishReason: FinishReason
  usage: Usage
  /** The answer. Calls in it that wait for somebody make the run a suspended one. */
  message: Message
  runId: string
  threadId?: string
  resourceId?: string
  /** What the answer was asked for with, and what was remembered of the thread. */
  input?: readonly Message[]
  remembered?: readonly Message[]
  object?: JsonValue
  usedFallbackValue?: boolean
  tripwire?: { reason: string; processorId?: string; metadata?: JsonValue }
  error?: ErrorBody
  traceId?: string
  /**
   * Names of the tools that run at this client. It runs every call of theirs that a result with the reason
   * `tool-calls` lists, so those that are answered already are not listed there.
   */
  clientTools?: readonly string[]
}

export interface ResultStep {
  model: string
  finishReason: FinishReason
  usage: Usage
  responseId?: string
  providerMetadata?: ProviderMetadata
}

/** The body of `/api/agents/:id/generate`. */
export function toMastraResult(result: MastraResult): Record<string, unknown> {
  const { text, usage, message, runId, tripwire, error, object, traceId } = result
  const steps = splitSteps(message.parts)
  const asked = firstQuestion(message)
  const reason = finishReasonOf(result)
  const suspendPayload = asked && waitPayload(asked)
  const last = result.steps.at(-1)
  return {
    text,
    usage,
    steps: result.steps.map((step, i) => toStep(step, steps[i] ?? [], i, runId)),
    finishReason: reason,
    warnings: [],
    ...provider(last ?? {}),
    request: {},
    ...saidBy(message.parts, runId),
    toolCalls: callsOf(result, reason).map((part) => toChunk('tool-call', runId, toolCallPayload(part))),
    toolResults: resultsOf(message.parts, runId),
    response: toResponse(result, last),
    totalUsage: usage,
    ...(object !== undefined && { object }),
    usedFallbackValue: result.usedFallbackValue ?? false,
    ...(error && { error: { name: 'Error', message: error.message, code: error.code } }),
    ...(tripwire && { tripwire }),
    ...(traceId !== undefined && { traceId }),
    runId,
    ...(suspendPayload && { suspendPayload, ...pickSchema(suspendPayload) }),
    messages: [...(result.input ?? []), message].map((one) => toMastraMessage(one, placeOf(result))),
    ...(result.remembered && {
      rememberedMessages: result.remembered.map((one) => toMastraMessage(one, placeOf(result))),
    }),
  }
}

type ClientWait = WaitingPart & { wait: { for: 'client' } }

function isWaiting(part: Part): part is WaitingPart {
  return part.type === 'tool' && part.state === 'waiting'
}

function isForClient(part: Part): part is ClientWait {
  return isWaiting(part) && part.wait.for === 'client'
}

function firstQuestion({ parts }: Message): WaitingPart | undefined {
  return parts.filter(isWaiting).find((part) => part.wait.for !== 'client')
}

/** Tools that run at the client come first: it runs them only if the reason is `tool-calls`. */
function finishReasonOf({ message, finishReason, tripwire }: MastraResult): string {
  if (message.parts.some(isForClient)) return 'tool-calls'
  if (message.parts.some(isWaiting)) return 'suspended'
  if (tripwire) return 'other'
  return finishReason === 'aborted' ? 'aborted' : toMastraReason(finishReason)
}

function callsOf({ message, clientTools = [] }: MastraResult, reason: string): ToolPart[] {
  const calls = message.parts.filter((part) => part.type === 'tool')
  if (reason !== 'tool-calls') return calls
  const waiting = calls.filter(isForClient)
  return waiting.length > 0 ? waiting : calls.filter(({ toolName }) => !clientTools.includes(toolName))
}

function placeOf({ threadId, resourceId, runId }: MastraResult): MessagePlace {
  return { threadId, resourceId, runId }
}

function pickSchema({ resumeSchema }: JsonObject): { resumeSchema?: JsonValue } {
  return resumeSchema === undefined ? {} : { resumeSchema }
}

function toChunk(type: string, runId: string, payload: object): Record<string, unknown> {
  return { type, runId, from: 'AGENT', payload }
}

function resultsOf(parts: readonly Part[], runId: string): Record<string, unknown>[] {
  return parts.flatMap((part) => {
    if (part.type !== 'tool' || part.state !== 'done') return []
    const { toolCallId, toolName, input: args, output: result } = part
    return [toChunk('tool-result', runId, { args, toolCallId, toolName, result })]
  })
}

/** What was said besides text and calls, each as the chunk it was streamed with. */
function saidBy(parts: readonly Part[], runId: string): Record<string, unknown> {
  const reasoning = parts.filter((part) => part.type === 'reasoning')
  const reasoningText = reasoning.map(({ text }) => text).join('')
  return {
    reasoning: reasoning.map((part) => toChunk('reasoning', runId, { text: part.text, ...provider(part) })),
    ...(reasoning.length > 0 && { reasoningText }),
    sources: parts.flatMap((part) =>
      part.type === 'source' ? [toChunk('source', runId, sourcePayload(part))] : [],
    ),
    files: parts.flatMap((part) => (part.type === 'file' ? [toChunk('file', runId, filePayload(part))] : [])),
  }
}

function toStep(
  step: ResultStep,
  parts: readonly Part[],
  index: number,
  runId: string,
): Record<string, unknown> {
  const calls = parts.filter((part) => part.type === 'tool')
  return {
    stepType: index === 0 ? 'initial' : 'tool-result',
    reasoningText: '',
    ...saidBy(parts, runId),
    toolCalls: calls.map((part) => toChunk('tool-call', runId, toolCallPayload(part))),
    toolResults: resultsOf(parts, runId),
    content: toModelContent(parts),
    text: parts.map((part) => (part.type === 'text' ? part.text : '')).join(''),
    staticToolCalls: [],
    dynamicToolCalls: [],
    staticToolResults: [],
    dynamicToolResults: [],
    finishReason: toMastraReason(step.finishReason),
    usage: step.usage,
    warnings: [],
    request: {},
    response: { ...modelResponse(step), messages: toModelMessages({ role: 'assistant', parts: [...parts] }) },
    ...provider(step),
  }
}

function modelResponse({ model, responseId }: ResultStep): Record<string, unknown> {
  return { ...(responseId !== undefined && { id: responseId }), ...responseOf({ model }) }
}

/** `messages` is what that client sends back before the results of its own tools. */
function toResponse(result: MastraResult, last: ResultStep | undefined): Record<string, unknown> {
  const { message, runId } = result
  const stored = toMastraMessage(message, placeOf(result))
  const { createdAt, threadId, resourceId } = stored
  const metadata = {
    ...stored.content.metadata,
    createdAt,
    ...(threadId !== undefined && { threadId }),
    ...(resourceId !== undefined && { resourceId }),
  }
  return {
    ...(last && modelResponse(last)),
    messages: toModelMessages({ ...message, parts: message.parts.map((part) => markWait(part, runId)) }),
    uiMessages: [toMastraUiMessage(message, metadata)],
    dbMessages: [withInvocations(stored)],
  }
}

function markWait(part: Part, runId: string): Part {
  return isForClient(part) ? withRun(part, runId) : part
}

/** In answers, not in lists, the results of a message's calls stand beside its parts as well. */
function withInvocations(message: MastraMessage): MastraMessage {
  const toolInvocations = message.content.parts.flatMap(({ type, toolInvocation }) =>
    type === 'tool-invocation' ? [toolInvocation] : [],
  )
  if (toolInvocations.length === 0) return message
  return { ...message, content: { ...message.content, toolInvocations } }
}
