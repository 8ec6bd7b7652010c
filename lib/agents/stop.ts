import type { TurnState } from '../log/fold.ts'
import type { JsonValue } from '../protocol/json.ts'
import type { FinishReason, ToolError } from '../protocol/message.ts'
import type { Usage } from '../protocol/usage.ts'

export interface StepToolCall {
  toolCallId: string
  toolName: string
  input: JsonValue
}

export type StepToolResult = StepToolCall & ({ output: JsonValue } | { error: ToolError })

/** One finished step of a turn: what the model said and what its tools answered. */
export interface StepResult {
  model: string
  text: string
  reasoningText: string
  toolCalls: StepToolCall[]
  toolResults: StepToolResult[]
  finishReason: FinishReason
  usage: Usage
}

/** Asked after each step whose tools have answered: true ends the turn. */
export type StopCondition = (turn: { steps: StepResult[] }) => boolean | Promise<boolean>

/** Stops once `count` steps are done. */
export function isStepCount(count: number): StopCondition {
  return ({ steps }) => steps.length >= count
}

/** Stops once the last step called one of these tools. */
export function hasToolCall(...names: string[]): StopCondition {
  return ({ steps }) => steps.at(-1)?.toolCalls.some((call) => names.includes(call.toolName)) ?? false
}

export function stepResults({ message, steps }: Pick<TurnState, 'message' | 'steps'>): StepResult[] {
  return steps.map(({ model, finishReason, usage, from, to }) => {
    const result: StepResult = {
      model,
      text: '',
      reasoningText: '',
      toolCalls: [],
      toolResults: [],
      finishReason,
      usage,
    }
    for (const part of message.parts.slice(from, to)) {
      if (part.type === 'text') result.text += part.text
      if (part.type === 'reasoning') result.reasoningText += part.text
      if (part.type !== 'tool') continue
      const { toolCallId, toolName, input } = part
      const call = { toolCallId, toolName, input }
      result.toolCalls.push(call)
      if (part.state === 'done') result.toolResults.push({ ...call, output: part.output })
      if (part.state === 'failed') result.toolResults.push({ ...call, error: part.error })
    }
    return result
  })
}
