import type { JsonValue } from '../../protocol/json.ts'
import type { ToolCallPart, ToolError } from '../../protocol/message.ts'
import type { ToolAnswered, ToolCall, ToolSuspend, TurnEvent } from '../../protocol/event.ts'
import { chunk } from './chunk.ts'
import { executed, toolCallPayload } from './part.ts'
import { findCall } from './record.ts'
import { withRun } from './run-mark.ts'
import type { StreamState } from './stream-state.ts'
import { waitPayload } from './wait.ts'

export type ToolEvent = Extract<TurnEvent, { type: `tool-${string}` }>

/** The chunks of one tool call: its input as it is written, the call, what it waits for and what came of it. */
export function encodeTool(event: ToolEvent, state: StreamState): string {
  switch (event.type) {
    case 'tool-input-start':
    case 'tool-input-delta':
    case 'tool-input-end':
      return encodeInput(event, state)
    case 'tool-call':
      if (!state.isSilent) state.heard.add(event.toolCallId)
      return chunk(state, 'tool-call', callPayload(event, state))
    case 'tool-progress': {
      const { toolCallId, data: output } = event
      const toolName = findCall(state.record, toolCallId)?.toolName
      return chunk(
        state,
        'tool-output',
        { output, toolCallId, ...(toolName !== undefined && { toolName }) },
        'USER',
      )
    }
    case 'tool-result': {
      const { toolCallId, toolName, output: result } = event
      if (isAnsweredElsewhere(toolCallId, state)) return ''
      const payload = { ...argsOf(toolCallId, state), toolCallId, toolName, result, ...executed(event) }
      return chunk(state, 'tool-result', payload)
    }
    case 'tool-error':
      if (isAnsweredElsewhere(event.toolCallId, state)) return ''
      return encodeError(event, state)
    case 'tool-suspend':
      return encodeWait(event, state)
    case 'tool-answer':
      return takeAnswer(event, state)
    default:
      return event satisfies never
  }
}

function callPayload(event: ToolCall, { clientTools, runId }: StreamState): Record<string, unknown> {
  const part: ToolCallPart = { ...event, type: 'tool' }
  return toolCallPayload(clientTools.includes(event.toolName) ? withRun(part, runId) : part)
}

type InputEvent = Extract<TurnEvent, { type: `tool-input-${string}` }>

/** The client fails at a delta or an end whose start it has not heard. */
function encodeInput(event: InputEvent, state: StreamState): string {
  const { id: toolCallId } = event
  if (event.type === 'tool-input-start') {
    const { toolName } = event
    if (!state.isSilent) state.inputs.set(toolCallId, toolName)
    return chunk(state, 'tool-call-input-streaming-start', { toolCallId, toolName })
  }
  const toolName = state.inputs.get(toolCallId)
  if (toolName === undefined) return ''
  if (event.type === 'tool-input-end') return chunk(state, 'tool-call-input-streaming-end', { toolCallId })
  return chunk(state, 'tool-call-delta', { argsTextDelta: event.delta, toolCallId, toolName })
}

function encodeError(event: Extract<TurnEvent, { type: 'tool-error' }>, state: StreamState): string {
  const { toolCallId, toolName, error } = event
  const call = findCall(state.record, toolCallId)
  const args = argsOf(toolCallId, state)
  if (error.code !== 'tool_declined') {
    const said = toError(error)
    return chunk(state, 'tool-error', { error: said, ...args, toolCallId, toolName, ...executed(event) })
  }
  const answer = call?.state === 'answered' ? call.answer : undefined
  const reason = answer?.type === 'decline' && answer.reason !== undefined && { reason: answer.reason }
  const approval = { id: `${state.runId}::${toolCallId}`, approved: false, ...reason }
  return chunk(state, 'tool-output-denied', { toolCallId, toolName, ...args, approval })
}

/** A tool that runs at the client is no question to a person: the turn's suspension says what to do. */
function encodeWait({ toolCallId, toolName, wait }: ToolSuspend, state: StreamState): string {
  if (wait.for === 'client') return ''
  const call = findCall(state.record, toolCallId)
  const payload = waitPayload({
    type: 'tool',
    toolCallId,
    toolName,
    input: call?.input ?? null,
    state: 'waiting',
    wait,
  })
  return chunk(state, wait.for === 'approval' ? 'tool-call-approval' : 'tool-call-suspended', payload)
}

/** The client that ran a tool goes on with a new stream, which there is a new run: it opens as one. */
function takeAnswer({ toolCallId, answer }: ToolAnswered, state: StreamState): string {
  if (answer.type !== 'output' && answer.type !== 'error') return ''
  state.answered.add(toolCallId)
  if (state.isStarted) return ''
  state.isStarted = true
  const { agentId, messageId } = state.record
  return chunk(state, 'start', { id: agentId, messageId })
}

/** That client shows its own results itself, and fails at one whose call is not in the same stream. */
function isAnsweredElsewhere(toolCallId: string, { answered, heard }: StreamState): boolean {
  return answered.has(toolCallId) && !heard.has(toolCallId)
}

function argsOf(toolCallId: string, { record }: StreamState): { args?: JsonValue } {
  const call = findCall(record, toolCallId)
  return call ? { args: call.input } : {}
}

function toError({ code, message }: ToolError): Record<string, string> {
  return { name: 'Error', message, code }
}
