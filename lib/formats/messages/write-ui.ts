import { toJson } from '../../protocol/json.ts'
import type { JsonObject } from '../../protocol/json.ts'
import type { Message, Part, ToolPart } from '../../protocol/message.ts'
import { questionId } from '../../protocol/message.ts'
import { defined } from './defined.ts'
import { toUrl } from './file.ts'
import type { Place } from './loss.ts'
import { inside, lose } from './loss.ts'
import type { Written } from './said.ts'
import { loseApproval, loseInner, loseWait, partAt, writeEach } from './said.ts'
import { toErrorText } from './tool-output.ts'
import type { UiMessageOf, UiMessageV5, UiMessageV6, UiPart, UiToolV5, UiToolV6 } from './ui-types.ts'

/** The AI SDK's UI messages of version 5. */
export function writeUiV5(messages: readonly Message[]): Written<UiMessageV5> {
  return writeUi(messages, toToolV5, 'an AI SDK 5 UI message')
}

/** The AI SDK's UI messages of versions 6 and 7: what we write of them is the same. */
export function writeUiV6(messages: readonly Message[]): Written<UiMessageV6> {
  return writeUi(messages, toToolV6, 'an AI SDK UI message')
}

type WriteTool<Tool> = (part: ToolPart, place: Place, format: string) => Tool

function writeUi<Tool>(
  messages: readonly Message[],
  writeTool: WriteTool<Tool>,
  format: string,
): Written<UiMessageOf<Tool>> {
  return writeEach(messages, (message, place) => {
    const { id, role, createdAt, outcome } = message
    const parts = message.parts.flatMap((part, i) =>
      part.type === 'tool'
        ? toTool(part, partAt(place, i), format, writeTool)
        : [toUiPart(part, role, partAt(place, i), format)],
    )
    const ended: JsonObject = outcome ? { outcome: toJson(outcome) } : {}
    return [{ id, role, parts, metadata: { ...message.metadata, createdAt, ...ended } }]
  })
}

function toUiPart(
  part: Exclude<Part, ToolPart>,
  role: Message['role'],
  place: Place,
  format: string,
): UiPart {
  switch (part.type) {
    case 'step-start':
      return { type: 'step-start' }
    case 'text':
    case 'reasoning': {
      const { type, text, providerMetadata } = part
      const isStreamed = role === 'assistant'
      return { type, text, ...(isStreamed && { state: 'done' }), ...defined({ providerMetadata }) }
    }
    case 'file': {
      const { mediaType, filename, providerMetadata } = part
      return { type: 'file', mediaType, url: toUrl(part), ...defined({ filename, providerMetadata }) }
    }
    case 'source': {
      const { id: sourceId, url, title, mediaType, filename, providerMetadata } = part
      if (url !== undefined) {
        if (mediaType !== undefined || filename !== undefined)
          lose(place, 'the media type and file name of a source that is a link', `${format} has none`)
        return { type: 'source-url', sourceId, url, ...defined({ title, providerMetadata }) }
      }
      const { mediaType: type = 'application/octet-stream', title: name = '' } = part
      const more = defined({ filename, providerMetadata })
      return { type: 'source-document', sourceId, mediaType: type, title: name, ...more }
    }
    default:
      return part satisfies never
  }
}

function toTool<Tool>(
  part: ToolPart,
  place: Place,
  format: string,
  writeTool: WriteTool<Tool>,
): (UiPart | Tool)[] {
  loseInner(part, place, format)
  const written = writeTool(part, place, format)
  if (part.state === 'done' && part.isContent)
    lose(place, 'that the model is shown the result as texts and files', `${format} shows it as data`)
  if (part.state !== 'waiting') return [written]
  const { for: reason, payload, resumeSchema, contextKeys, nested } = part.wait
  if (nested) lose(inside(place, 'wait.nested'), 'the call of an agent that waits', `${format} has no place`)
  if (reason === 'client') loseWait(part, place, format)
  if (reason !== 'resume' && reason !== 'context') return [written]
  const keys = contextKeys && { contextKeys }
  const data: JsonObject = { toolCallId: part.toolCallId, ...defined({ payload, resumeSchema }), ...keys }
  return [written, { type: 'data-tool-suspended', id: part.toolCallId, data }]
}

function toCall(part: ToolPart): Extract<UiToolV5, { state: 'input-available' }> {
  const { toolName, toolCallId, input, providerExecuted, providerMetadata } = part
  const more = defined({ providerExecuted, callProviderMetadata: providerMetadata })
  return { type: `tool-${toolName}`, toolCallId, input, state: 'input-available', ...more }
}

function toToolV5(part: ToolPart, place: Place, format: string): UiToolV5 {
  const call = toCall(part)
  switch (part.state) {
    case 'done':
      loseApproval(part, place, format)
      return { ...call, state: 'output-available', output: part.output }
    case 'failed':
      loseApproval(part, place, format)
      return { ...call, state: 'output-error', errorText: toErrorText(part.error) }
    case 'waiting':
    case 'answered':
      if (part.state === 'answered' || part.wait.for === 'approval') loseWait(part, place, format)
      return call
    case 'pending':
      return call
    default:
      return part satisfies never
  }
}

function toToolV6(part: ToolPart, place: Place, format: string): UiToolV6 {
  const call = toCall(part)
  const { id = part.toolCallId, reason } = part.approval ?? {}
  const approved = part.approval && { approval: { id, approved: true as const, ...defined({ reason }) } }
  switch (part.state) {
    case 'done':
      return { ...call, state: 'output-available', output: part.output, ...approved }
    case 'failed': {
      const { code, message } = part.error
      if (code !== 'tool_declined')
        return { ...call, state: 'output-error', errorText: toErrorText(part.error), ...approved }
      const why = message === DECLINED ? reason : message
      return {
        ...call,
        state: 'output-denied',
        approval: { id, approved: false, ...defined({ reason: why }) },
      }
    }
    case 'waiting':
    case 'answered': {
      if (part.wait.for !== 'approval') {
        if (part.state === 'answered') loseWait(part, place, format)
        return call
      }
      const asked = part.approval?.id ?? questionId(part.toolCallId, part.wait.nested?.id)
      if (part.state === 'waiting') return { ...call, state: 'approval-requested', approval: { id: asked } }
      const { answer } = part
      const why = answer.type === 'decline' ? answer.reason : reason
      const approval = { id: asked, approved: answer.type === 'approve', ...defined({ reason: why }) }
      return { ...call, state: 'approval-responded', approval }
    }
    case 'pending':
      return call
    default:
      return part satisfies never
  }
}

/** What a declined call says where nobody gave a reason. */
export const DECLINED = 'The call was declined'
