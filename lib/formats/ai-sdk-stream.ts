import type {
  FollowerEvent,
  StepStart,
  StreamEntry,
  ToolSuspend,
  TurnEvent,
  TurnStart,
} from '../protocol/event.ts'
import { isRecord } from '../protocol/json.ts'
import type { SourcePart, FilePart, Outcome, ToolWait } from '../protocol/message.ts'
import { questionId } from '../protocol/message.ts'
import { SSE_KEEP_ALIVE, sseFrame } from '../protocol/sse.ts'
import type { StreamEncoder } from './encoder.ts'
import { SSE_HEADERS } from './encoder.ts'

/**
 * The AI SDK's UI message stream, version 1 (https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol). There a step holds
 * the results of its tools, so its end is said when the next step begins or the turn ends.
 */
export function createAiSdkEncoder(): StreamEncoder {
  const state: StepState = { isOpen: false, isRestarted: false }
  return {
    headers: { ...SSE_HEADERS, 'x-vercel-ai-ui-message-stream': 'v1' },
    encode: ({ event }: StreamEntry) => encode(event, state),
    end: () => sseFrame('[DONE]'),
    keepAlive: SSE_KEEP_ALIVE,
  }
}

interface StepState {
  isOpen: boolean
  /** The step's words so far were taken back: the next `step-start` is of the same step. */
  isRestarted: boolean
}

function encode(event: TurnEvent | FollowerEvent, state: StepState): string {
  switch (event.type) {
    case 'text-delta':
    case 'reasoning-delta':
      // By far the most frequent: only what can need escaping is escaped.
      return `data: {"type":"${event.type}","id":${JSON.stringify(event.id)},"delta":${JSON.stringify(event.delta)}}\n\n`
    case 'tool-input-delta':
      return frame({ type: 'tool-input-delta', toolCallId: event.id, inputTextDelta: event.delta })
    case 'text-start':
    case 'text-end':
    case 'reasoning-start':
    case 'reasoning-end':
      return frame({ type: event.type, id: event.id, ...metadata(event) })
    case 'turn-start':
    case 'turn-resume':
      return frame({ type: 'start', messageId: event.messageId, messageMetadata: messageMetadata(event) })
    case 'step-start':
      return startStep(event, state)
    case 'step-restart':
      state.isRestarted = true
      return frame({ type: 'reset-step' })
    case 'turn-end':
      return closeStep(state) + endTurn(event)
    case 'turn-queued':
      return news('queue', { runId: event.runId, position: event.position })
    case 'warning':
      return news('warning', { code: event.code, message: event.message })
    case 'cache': {
      const { type: _, ...data } = event
      return news('cache', data)
    }
    case 'stream-error':
      return frame({ type: 'error', errorText: event.error.message })
    case 'turn-suspend':
      return closeStep(state) + frame({ type: 'finish', finishReason: 'tool-calls' })
    case 'tripwire':
      return news('tripwire', { reason: event.reason, processorId: event.processorId })
    case 'agent-event':
      // In a message the agent's call stands for it; what it says on the way is news only.
      return news('agent-event', { path: event.path, event: event.event })
    case 'calls-restart':
    case 'step-end':
    case 'tool-input-end':
      return ''
    default:
      return encodeContent(event)
  }
}

type ContentEvent = Extract<
  TurnEvent,
  {
    type:
      | 'tool-input-start'
      | 'tool-call'
      | 'tool-progress'
      | 'tool-result'
      | 'tool-error'
      | 'tool-suspend'
      | 'tool-answer'
      | 'file'
      | 'source'
      | 'message'
  }
>

function encodeContent(event: ContentEvent): string {
  switch (event.type) {
    case 'tool-input-start':
      return frame({ type: 'tool-input-start', toolCallId: event.id, toolName: event.toolName })
    case 'tool-call': {
      const { toolCallId, toolName, input, providerExecuted } = event
      const executed = providerExecuted && { providerExecuted }
      return frame({
        type: 'tool-input-available',
        toolCallId,
        toolName,
        input,
        ...executed,
        ...metadata(event),
      })
    }
    case 'tool-progress':
      return frame({
        type: 'tool-output-available',
        toolCallId: event.toolCallId,
        output: event.data,
        preliminary: true,
      })
    case 'tool-result':
      return frame({ type: 'tool-output-available', toolCallId: event.toolCallId, output: event.output })
    case 'tool-suspend':
      return encodeWait(event)
    case 'tool-answer': {
      const { toolCallId, question, answer } = event
      if (answer.type !== 'approve' && answer.type !== 'decline') return ''
      return frame({
        type: 'tool-approval-response',
        approvalId: questionId(toolCallId, question),
        approved: answer.type === 'approve',
      })
    }
    case 'tool-error': {
      if (event.error.code === 'tool_declined')
        return frame({ type: 'tool-output-denied', toolCallId: event.toolCallId })
      const errorText = `${event.error.code}: ${event.error.message}`
      return frame({ type: 'tool-output-error', toolCallId: event.toolCallId, errorText })
    }
    case 'file':
      return frame({ type: 'file', mediaType: event.mediaType, url: fileUrl(event), ...metadata(event) })
    case 'source':
      return frame(toUiSource(event))
    case 'message':
      // It belongs to no turn.
      return ''
    default:
      return event satisfies never
  }
}

function encodeWait({ toolCallId, toolName, wait }: ToolSuspend): string {
  const asked = toUiQuestion(toolCallId, wait).map(frame).join('')
  if (wait.for === 'approval') {
    const approvalId = questionId(toolCallId, wait.nested?.id)
    return asked + frame({ type: 'tool-approval-request', approvalId, toolCallId })
  }
  // A tool of the client's own needs no word more: its input was available, and it has no output. The call of an
  // agent may have one, of the last that it asked for.
  if (wait.for !== 'client' || !wait.nested) return asked
  return asked + frame({ type: 'tool-input-available', toolCallId, toolName, input: wait.nested.input })
}

/** What a page has to know of a question beside the call, in a stream and in a message alike. */
export function toUiQuestion(toolCallId: string, wait: ToolWait): Record<string, unknown>[] {
  const { nested, payload, resumeSchema, contextKeys } = wait
  const parts: Record<string, unknown>[] = []
  // Who approves the call of an agent approves what the agent is about to do.
  if (nested) parts.push({ type: 'data-agent-call', id: toolCallId, data: { toolCallId, ...nested } })
  if (wait.for === 'resume' || wait.for === 'context') {
    const data = { toolCallId, payload, resumeSchema, contextKeys }
    parts.push({ type: 'data-tool-suspended', id: toolCallId, data })
  }
  return parts
}

function startStep(_event: StepStart, state: StepState): string {
  const isSame = state.isRestarted
  state.isRestarted = false
  if (isSame) return ''
  const end = closeStep(state)
  state.isOpen = true
  return end + frame({ type: 'start-step' })
}

function closeStep({ isOpen }: StepState): string {
  return isOpen ? frame({ type: 'finish-step' }) : ''
}

function endTurn({ status, finishReason, error }: Outcome): string {
  if (status === 'aborted') return frame({ type: 'abort', reason: 'stopped' })
  if (status === 'failed') return frame({ type: 'error', errorText: error?.message ?? 'The turn failed' })
  return frame({ type: 'finish', finishReason: finishReason === 'aborted' ? 'other' : finishReason })
}

function messageMetadata({
  runId,
  agentId,
  threadId,
}: Pick<TurnStart, 'runId' | 'agentId' | 'threadId'>): Record<string, string> {
  return { runId, agentId, ...(threadId !== undefined && { threadId }) }
}

export function fileUrl({ url, data, mediaType }: FilePart): string {
  return url ?? `data:${mediaType};base64,${data ?? ''}`
}

/** A source as the AI SDK has it, in a stream and in a message alike. */
export function toUiSource(source: SourcePart): Record<string, unknown> {
  const { id: sourceId, url, title, mediaType, filename } = source
  if (url !== undefined)
    return { type: 'source-url', sourceId, url, ...(title && { title }), ...metadata(source) }
  return {
    type: 'source-document',
    sourceId,
    mediaType: mediaType ?? 'application/octet-stream',
    title: title ?? '',
    ...(filename && { filename }),
    ...metadata(source),
  }
}

function metadata(event: { providerMetadata?: unknown }): Record<string, unknown> {
  return isRecord(event.providerMetadata) ? { providerMetadata: event.providerMetadata } : {}
}

/** What a page may show, and no message keeps. */
function news(name: string, data: object): string {
  return frame({ type: `data-${name}`, data, transient: true })
}

function frame(chunk: Record<string, unknown>): string {
  return sseFrame(JSON.stringify(chunk))
}
