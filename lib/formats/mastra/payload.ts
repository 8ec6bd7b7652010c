import type { Outcome, Part } from '../../protocol/message.ts'
import type { Usage } from '../../protocol/usage.ts'
import type { ModelMessage } from './model-message.ts'
import { toModelContent, toModelMessages } from './model-message.ts'
import { provider, splitModel, toMastraReason, toolCallPayload } from './part.ts'
import type { RecordedStep, TurnRecord } from './record.ts'
import { recordedMessage } from './record.ts'
import { toMastraUiMessage } from './ui-message.ts'

/** What ends a step there: all that the turn has said so far, once more. */
export function stepFinishPayload(
  record: TurnRecord,
  step: RecordedStep,
  isContinued: boolean,
): Record<string, unknown> {
  const { messageId } = record
  const reason = toMastraReason(step.end?.finishReason ?? 'other')
  const stepResult = { reason, isContinued, ...(isContinued && { messageId }) }
  return { messageId, stepResult, ...wholePayload(record, step, step.end?.usage ?? {}) }
}

/** What ends a turn: as its last step, with the usage of all. */
export function finishPayload(
  record: TurnRecord,
  { finishReason, usage }: Pick<Outcome, 'finishReason' | 'usage'>,
): Record<string, unknown> {
  const { messageId, threadId, startedAt } = record
  const message = recordedMessage(record)
  const step = record.steps.at(-1) ?? { model: '', parts: [] }
  const metadata = {
    ...(step.model !== '' && splitModel(step.model)),
    createdAt: new Date(startedAt).toISOString(),
    ...(threadId !== undefined && { threadId }),
  }
  return {
    messageId,
    stepResult: { reason: toMastraReason(finishReason), isContinued: false },
    ...wholePayload(record, step, usage),
    response: {
      ...responseOf(step),
      messages: toModelMessages(message),
      uiMessages: [toMastraUiMessage(message, metadata)],
    },
  }
}

/** What is known of the model's answer: the id it gave it, and its own name. */
export function responseOf(step: Pick<RecordedStep, 'model' | 'end'>): Record<string, unknown> {
  const { modelId, provider } = splitModel(step.model)
  return {
    ...shortResponse(step),
    modelMetadata: { modelId, ...(provider !== undefined && { modelProvider: provider }) },
  }
}

function shortResponse({ model, end }: Pick<RecordedStep, 'model' | 'end'>): Record<string, unknown> {
  const id = end?.responseId
  return { ...(id !== undefined && { id }), modelId: splitModel(model).modelId }
}

function wholePayload(record: TurnRecord, step: RecordedStep, usage: Usage): Record<string, unknown> {
  const user = record.input ? toModelMessages(record.input) : []
  const nonUser: ModelMessage[] = toModelMessages(recordedMessage(record))
  return {
    metadata: { ...provider(step.end ?? {}), ...responseOf(step) },
    output: {
      text: textOf(step.parts),
      toolCalls: step.parts.flatMap((part) => (part.type === 'tool' ? [toolCallPayload(part)] : [])),
      usage,
      steps: record.steps.map(toStep),
    },
    messages: { all: [...user, ...nonUser], user, nonUser },
    processorRetryCount: record.retries,
  }
}

function toStep(step: RecordedStep): Record<string, unknown> {
  const { parts, end } = step
  return {
    content: toModelContent(parts),
    usage: end?.usage ?? {},
    warnings: [],
    // Only its own: there they are all messages so far, which makes a long turn's chunks cubic in its steps.
    response: { ...shortResponse(step), messages: toModelMessages({ role: 'assistant', parts }) },
    ...provider(end ?? {}),
  }
}

function textOf(parts: readonly Part[]): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
}
