import type { Issue } from '../protocol/error.ts'
import { isRecord } from '../protocol/json.ts'
import type { FilePart, Message, Part, ToolPart } from '../protocol/message.ts'
import { questionId } from '../protocol/message.ts'
import { fileUrl, toUiQuestion, toUiSource } from './ai-sdk-stream.ts'

/** A message as `useChat` shows it: the AI SDK's UIMessage, versions 5 to 7. */
export interface UiMessage {
  id: string
  role: Message['role']
  parts: Record<string, unknown>[]
  metadata?: Record<string, unknown>
}

export function toUiMessage(message: Message): UiMessage {
  const { id, role, createdAt, outcome, metadata } = message
  const parts = message.parts.flatMap((part) => toUiPart(part, role))
  return { id, role, parts, metadata: { ...metadata, createdAt, ...(outcome && { outcome }) } }
}

function toUiPart(part: Part, role: Message['role']): Record<string, unknown>[] {
  switch (part.type) {
    case 'step-start':
      return [{ type: 'step-start' }]
    case 'text':
    case 'reasoning': {
      const { type, text, providerMetadata } = part
      // Only what was streamed has a state: a person's words come back as they were sent.
      const state = role === 'assistant' && { state: 'done' }
      return [{ type, text, ...state, ...(providerMetadata && { providerMetadata }) }]
    }
    case 'file': {
      const { mediaType, filename, providerMetadata } = part
      const name = filename !== undefined && { filename }
      return [
        {
          type: 'file',
          mediaType,
          url: fileUrl(part),
          ...name,
          ...(providerMetadata && { providerMetadata }),
        },
      ]
    }
    case 'source':
      return [toUiSource(part)]
    case 'tool':
      return [toUiTool(part), ...(part.state === 'waiting' ? toUiQuestion(part.toolCallId, part.wait) : [])]
    default:
      return part satisfies never
  }
}

function toUiTool(part: ToolPart): Record<string, unknown> {
  const { toolName, toolCallId, input, providerExecuted, providerMetadata } = part
  const tool = {
    type: `tool-${toolName}`,
    toolCallId,
    input,
    ...(providerExecuted && { providerExecuted }),
    ...(providerMetadata && { callProviderMetadata: providerMetadata }),
  }
  if (part.state === 'done') return { ...tool, state: 'output-available', output: part.output }
  if (part.state === 'pending') return { ...tool, state: 'input-available' }
  if (part.state === 'waiting' || part.state === 'answered') return { ...tool, ...toUiWait(part) }
  return { ...tool, state: 'output-error', errorText: `${part.error.code}: ${part.error.message}` }
}

function toUiWait(part: ToolPart & { state: 'waiting' | 'answered' }): Record<string, unknown> {
  if (part.wait.for !== 'approval') return { state: 'input-available' }
  const approval = { id: questionId(part.toolCallId, part.wait.nested?.id) }
  if (part.state === 'waiting') return { state: 'approval-requested', approval }
  return { state: 'approval-responded', approval: { ...approval, approved: part.answer.type === 'approve' } }
}

export type ReadMessage = { ok: true; parts: Part[] } | { ok: false; issues: Issue[] }

/**
 * What a person said, from the parts of a UI message or from plain text: texts and files. Other parts are the
 * client's own and are passed over.
 */
export function fromUiParts(content: unknown, field: string): ReadMessage {
  if (typeof content === 'string') {
    return content === '' ? empty(field) : { ok: true, parts: [{ type: 'text', text: content }] }
  }
  if (!Array.isArray(content))
    return { ok: false, issues: [{ field, message: 'must be a text or a list of parts' }] }
  const parts: Part[] = []
  for (const [i, part] of content.entries()) {
    const read = fromUiPart(part, `${field}[${i}]`)
    if ('message' in read) return { ok: false, issues: [read] }
    parts.push(...read.parts)
  }
  return parts.length === 0 ? empty(field) : { ok: true, parts }
}

function fromUiPart(part: unknown, field: string): { parts: Part[] } | Issue {
  if (!isRecord(part) || typeof part['type'] !== 'string')
    return { field, message: 'must be a part with a type' }
  if (part['type'] === 'text') {
    const { text } = part
    if (typeof text !== 'string') return { field: `${field}.text`, message: 'must be a text' }
    return { parts: text === '' ? [] : [{ type: 'text', text }] }
  }
  if (part['type'] === 'file') return fromFile(part, field)
  return { parts: [] }
}

function fromFile(part: Record<string, unknown>, field: string): { parts: Part[] } | Issue {
  const { mediaType, url, filename } = part
  if (typeof mediaType !== 'string') return { field: `${field}.mediaType`, message: 'must be a media type' }
  if (typeof url !== 'string') return { field: `${field}.url`, message: 'must be a URL' }
  const name = typeof filename === 'string' ? { filename } : {}
  const data = /^data:[^,]*;base64,([A-Za-z0-9+/=]*)$/.exec(url)?.[1]
  const file: FilePart = { type: 'file', mediaType, ...name, ...(data === undefined ? { url } : { data }) }
  if (data === undefined && !/^https?:\/\//.test(url)) {
    return { field: `${field}.url`, message: 'must be an http(s) URL or a base64 data URL' }
  }
  if (data === undefined && !URL.canParse(url))
    return { field: `${field}.url`, message: 'is not a valid URL' }
  return { parts: [file] }
}

function empty(field: string): ReadMessage {
  return { ok: false, issues: [{ field, message: 'must hold a text or a file' }] }
}
