import type { AgentEvent, FollowerEvent, StreamEntry, TurnEvent } from '../../protocol/event.ts'
import type { JsonValue } from '../../protocol/json.ts'
import { toJson } from '../../protocol/json.ts'
import type { Outcome } from '../../protocol/message.ts'
import type { Offset } from '../../protocol/offset.ts'
import { compareOffsets } from '../../protocol/offset.ts'
import { SSE_KEEP_ALIVE, sseFrame } from '../../protocol/sse.ts'
import type { StreamEncoder } from '../encoder.ts'
import { SSE_HEADERS } from '../encoder.ts'
import { chunk, dataChunk, objectChunk } from './chunk.ts'
import { filePayload, provider, sourcePayload } from './part.ts'
import { finishPayload, stepFinishPayload } from './payload.ts'
import { findCall, recordEvent } from './record.ts'
import type { StreamState } from './stream-state.ts'
import { createStreamState } from './stream-state.ts'
import type { ToolEvent } from './tool-chunk.ts'
import { encodeTool } from './tool-chunk.ts'

export interface MastraEncoderOptions {
  /**
   * What lies up to here is taken in and not said again. The stream that answers a question (`approve-tool-call`,
   * `resume-stream`) follows its turn from the start with the place where it was suspended: it then knows the calls
   * that its results belong to, and the step that they end.
   */
  after?: Offset
  /**
   * For a structured answer: the object that a text comes to so far, undefined if none can be told yet. Each new one
   * is said before the text that brought it.
   *
   * **Contract:** called with all text of the running step at each of its deltas; must not throw.
   */
  readPartial?: (text: string) => JsonValue | undefined
  /** Names of the tools that run at this client. */
  clientTools?: readonly string[]
}

/**
 * Mastra's agent stream, as `@mastra/client-js` reads it. A step ends there after the results of its tools, so its
 * end is said when the next step begins or the turn ends. There is no taking back: a step that is run again begins
 * with a new `step-start` of the same message id.
 */
export function createMastraEncoder(options: MastraEncoderOptions = {}): StreamEncoder {
  const { after, readPartial, clientTools } = options
  const state = createStreamState(clientTools)
  let isSilent = after !== undefined
  return {
    headers: SSE_HEADERS,
    encode: ({ event, offset }: StreamEntry) => {
      if (isSilent && offset && after && compareOffsets(offset, after) > 0) isSilent = false
      state.isSilent = isSilent
      const text = encode(event, state, readPartial)
      if (!isFollowerEvent(event)) recordEvent(state.record, event)
      return isSilent ? '' : text
    },
    end: () => sseFrame('[DONE]'),
    keepAlive: SSE_KEEP_ALIVE,
  }
}

type ReadPartial = MastraEncoderOptions['readPartial']

function encode(event: TurnEvent | FollowerEvent, state: StreamState, readPartial: ReadPartial): string {
  switch (event.type) {
    case 'text-delta':
      return encodePartial(event.delta, state, readPartial) + encodeBlock(event, state)
    case 'text-start':
    case 'text-end':
    case 'reasoning-start':
    case 'reasoning-delta':
    case 'reasoning-end':
      return encodeBlock(event, state)
    case 'turn-start':
      state.runId = event.runId
      return chunk(state, 'start', { id: event.agentId, messageId: event.messageId })
    case 'turn-resume':
      state.runId = event.runId
      state.isStarted = false
      return ''
    case 'step-start':
      return startStep(state)
    // It belongs to no turn.
    case 'message':
      return ''
    case 'file':
      return chunk(state, 'file', filePayload(event))
    case 'source':
      return chunk(state, 'source', sourcePayload(event))
    case 'agent-event':
      return encodeNested(event, state)
    case 'step-end':
    case 'step-restart':
    case 'calls-restart':
      return ''
    case 'turn-suspend':
      return suspendTurn(event.toolCallIds, event.usage, state)
    case 'turn-end':
      return endTurn(event, state)
    case 'tripwire':
    case 'warning':
    case 'cache':
    case 'turn-queued':
    case 'stream-error':
      return encodeNotice(event, state)
    default:
      return encodeTool(event satisfies ToolEvent, state)
  }
}

/** A sub-agent's chunks are the output of the call that it answers, as that of a tool which reports on its way. */
function encodeNested({ path: [toolCallId = '', ...path], event }: AgentEvent, state: StreamState): string {
  const known = state.nested.get(toolCallId)
  const isNew = !known || (path.length === 0 && event.type === 'turn-start')
  const child = isNew ? openNested(toolCallId, state) : known
  child.isSilent = state.isSilent
  if (path.length > 0) return encodeNested({ type: 'agent-event', path, event }, child)
  const text = encode(event, child, undefined)
  recordEvent(child.record, event)
  return text
}

function openNested(toolCallId: string, state: StreamState): StreamState {
  const toolName = findCall(state.record, toolCallId)?.toolName ?? ''
  const call = JSON.stringify({ toolCallId, toolName }).slice(1)
  const runId = JSON.stringify(state.runId)
  const wrap = (output: string): string => {
    const chunk = `{"type":"tool-output","runId":${runId},"from":"USER","payload":{"output":${output},${call}}`
    return state.wrap ? state.wrap(chunk) : chunk
  }
  const child: StreamState = { ...createStreamState(), wrap }
  state.nested.set(toolCallId, child)
  return child
}

type BlockEvent = Extract<
  TurnEvent,
  {
    type: 'text-start' | 'text-delta' | 'text-end' | 'reasoning-start' | 'reasoning-delta' | 'reasoning-end'
  }
>

function encodeBlock(event: BlockEvent, state: StreamState): string {
  const { type, id } = event
  if (type === 'text-delta' || type === 'reasoning-delta')
    return chunk(state, type, { id, text: event.delta })
  // Theirs repeats its type: it is the model's own part, handed through.
  return chunk(state, type, { ...(type === 'text-end' && { type }), id, ...provider(event) })
}

function encodePartial(delta: string, state: StreamState, readPartial: ReadPartial): string {
  if (!readPartial) return ''
  state.text += delta
  const object = readPartial(state.text)
  if (object === undefined) return ''
  const json = JSON.stringify(object)
  if (json === state.partial) return ''
  state.partial = json
  return objectChunk(state, 'object', object)
}

function startStep(state: StreamState): string {
  const end = endStep(state)
  Object.assign(state, { isStepEnded: false, text: '', partial: '' })
  const { messageId } = state.record
  return end + chunk(state, 'step-start', { warnings: [], messageId, request: {} })
}

/** The end of the last step, if it has ended and that was not said yet. */
function endStep(state: StreamState, isContinued?: boolean): string {
  const step = state.record.steps.at(-1)
  if (!step?.end || state.isStepEnded) return ''
  state.isStepEnded = true
  return chunk(
    state,
    'step-finish',
    stepFinishPayload(state.record, step, isContinued ?? step.end.isContinued),
  )
}

/**
 * A stream that waits for a person just stops there; the step ends in the next one. For a tool that runs at the
 * client it has to finish with `tool-calls`: only then that client runs it.
 */
function suspendTurn(toolCallIds: readonly string[], usage: Outcome['usage'], state: StreamState): string {
  const isForClient = state.record.steps.some(({ parts }) =>
    parts.some(
      (part) =>
        part.type === 'tool' &&
        part.state === 'waiting' &&
        part.wait.for === 'client' &&
        toolCallIds.includes(part.toolCallId),
    ),
  )
  if (!isForClient) return ''
  const finish = finishPayload(state.record, { finishReason: 'tool-calls', usage })
  return endStep(state, false) + chunk(state, 'finish', finish)
}

function endTurn(outcome: Outcome, state: StreamState): string {
  const { status, error, object } = outcome
  if (status === 'aborted') return endStep(state, false) + chunk(state, 'abort', {})
  if (status === 'failed' && error?.code === 'tripwire') {
    const reason = error.message
    return endStep(state, false) + (state.isTripped ? '' : chunk(state, 'tripwire', { reason }))
  }
  if (status === 'failed') {
    const { code = 'internal', message = 'The turn failed' } = error ?? {}
    return endStep(state, false) + errorChunk(code, message, state)
  }
  const finish = endStep(state, false) + chunk(state, 'finish', finishPayload(state.record, outcome))
  return object === undefined ? finish : finish + objectChunk(state, 'object-result', object)
}

type NoticeEvent = Extract<
  TurnEvent | FollowerEvent,
  { type: 'tripwire' | 'warning' | 'cache' | 'turn-queued' | 'stream-error' }
>

function encodeNotice(event: NoticeEvent, state: StreamState): string {
  switch (event.type) {
    case 'tripwire': {
      // A tripwire ends a stream there: a step that is tried again says nothing of it.
      if (event.isRetry) return ''
      state.isTripped = true
      const { reason, metadata, processorId } = event
      return chunk(state, 'tripwire', { reason, ...(metadata !== undefined && { metadata }), processorId })
    }
    case 'warning': {
      const { code, message } = event
      return dataChunk(state, 'data-warning', { code, message })
    }
    case 'cache': {
      const { type: _, ...data } = event
      return dataChunk(state, 'data-cache', toJson(data))
    }
    case 'turn-queued': {
      const { runId, position } = event
      return dataChunk(state, 'data-queue', { runId, position })
    }
    case 'stream-error':
      return errorChunk(event.error.code, event.error.message, state)
    default:
      return event satisfies never
  }
}

function errorChunk(code: string, message: string, state: StreamState): string {
  return chunk(state, 'error', { error: { name: 'Error', message, code } })
}

function isFollowerEvent(event: TurnEvent | FollowerEvent): event is FollowerEvent {
  return event.type === 'step-restart' || event.type === 'turn-queued' || event.type === 'stream-error'
}
