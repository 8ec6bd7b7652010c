import type { TurnState } from '../log/fold.ts'
import { waitingCalls } from '../log/fold.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { JsonValue } from '../protocol/json.ts'
import type { FinishReason, Message, ToolPart, ToolWait } from '../protocol/message.ts'
import { messageText } from '../protocol/message.ts'
import type { Usage } from '../protocol/usage.ts'
import type { StepResult, StepToolCall, StepToolResult } from './stop.ts'
import { stepResults } from './stop.ts'

/** A whole answer: what `generate()` gives, and what `POST /api/agents/:id/generate` says. */
export interface AgentResult {
  /** All text of the answer, the texts of its steps joined by a blank line. */
  text: string
  toolCalls: StepToolCall[]
  toolResults: StepToolResult[]
  steps: StepResult[]
  finishReason: FinishReason
  usage: Usage
  /** The calls that wait for somebody; then `finishReason` is `suspended` and the turn goes on once they are answered. */
  suspended?: SuspendedCall[]
  /** Secrets of the runtime context that the turn waits for. */
  contextKeys?: string[]
  /** The structured answer, if one was asked for. */
  object?: JsonValue
  /** The answer as it is stored. */
  message: Message
  runId: string
  threadId?: string
}

export type SuspendedCall = StepToolCall & { wait: ToolWait }

/** Where a result belongs. */
export interface ResultIds {
  runId: string
  threadId?: string | undefined
}

/** @throws EdgewiseError with the turn's own error if it failed, `aborted` if it was stopped before it said anything. */
export function toResult(state: TurnState, { runId, threadId }: ResultIds): AgentResult {
  const { message, usage } = state
  const { outcome } = message
  if (outcome?.status === 'failed') {
    const { code = 'internal', message: text = 'The turn failed', issues } = outcome.error ?? {}
    throw new EdgewiseError(code, text, issues ? { issues } : {})
  }
  const steps = stepResults(state)
  const suspended = outcome ? [] : waitingCalls(state).map(toSuspended)
  const { contextKeys } = outcome ? {} : state
  return {
    text: messageText(message),
    toolCalls: steps.flatMap((step) => step.toolCalls),
    toolResults: steps.flatMap((step) => step.toolResults),
    steps,
    finishReason: outcome?.finishReason ?? (suspended.length > 0 || contextKeys ? 'suspended' : 'other'),
    usage,
    message,
    runId,
    ...(threadId !== undefined && { threadId }),
    ...(suspended.length > 0 && { suspended }),
    ...(contextKeys && { contextKeys }),
    ...(outcome?.object !== undefined && { object: outcome.object }),
  }
}

function toSuspended({ toolCallId, toolName, input, wait }: ToolPart & { state: 'waiting' }): SuspendedCall {
  return { toolCallId, toolName, input, wait }
}
