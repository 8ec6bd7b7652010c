import type { JsonObject } from '../../protocol/json.ts'
import type { Message, Part, ToolPart } from '../../protocol/message.ts'
import { messageText } from '../../protocol/message.ts'
import { filePayload, splitModel } from './part.ts'
import { waitPayload } from './wait.ts'

/** A message as Mastra stores and lists it, its format 2. */
export interface MastraMessage {
  id: string
  role: Message['role']
  content: {
    format: 2
    parts: Record<string, unknown>[]
    metadata?: JsonObject
    content?: string
    toolInvocations?: unknown[]
  }
  /** ISO 8601. */
  createdAt: string
  threadId?: string
  resourceId?: string
}

/** Where a message belongs. `runId` is what an answer to its waiting calls has to name. */
export interface MessagePlace {
  threadId?: string | undefined
  resourceId?: string | undefined
  runId?: string | undefined
}

/**
 * There a step begins with a part of its own only from the second on; the model of the first stands in the metadata.
 * Of how a turn ended that shape holds the error and the structured answer alone.
 */
export function toMastraMessage(message: Message, place: MessagePlace = {}): MastraMessage {
  const { id, role, createdAt, parts, outcome } = message
  const { threadId, resourceId } = place
  const shown = parts[0]?.type === 'step-start' ? parts.slice(1) : parts
  const error = outcome?.error
  const metadata = toMetadata(message, place)
  const content = messageText(message)
  return {
    id,
    role,
    content: {
      format: 2,
      parts: [
        ...shown.map(toMastraPart),
        ...(error ? [{ type: 'error', error: { name: error.code, message: error.message } }] : []),
      ],
      ...(Object.keys(metadata).length > 0 && { metadata }),
      ...(content !== '' && { content }),
    },
    createdAt: new Date(createdAt).toISOString(),
    ...(threadId !== undefined && { threadId }),
    ...(resourceId !== undefined && { resourceId }),
  }
}

function toMetadata({ metadata, parts, outcome }: Message, { runId }: MessagePlace): JsonObject {
  const first = parts[0]
  const model = first?.type === 'step-start' && first.model ? splitModel(first.model) : {}
  const approvals: JsonObject = {}
  const suspended: JsonObject = {}
  for (const part of parts) {
    if (part.type !== 'tool' || part.state !== 'waiting' || part.wait.for === 'client') continue
    const isApproval = part.wait.for === 'approval'
    const entry = {
      ...waitPayload(part),
      type: isApproval ? 'approval' : 'suspension',
      ...(runId !== undefined && { runId }),
    }
    if (isApproval) approvals[part.toolCallId] = entry
    else suspended[part.toolCallId] = entry
  }
  return {
    ...metadata,
    ...model,
    ...(Object.keys(approvals).length > 0 && { pendingToolApprovals: approvals }),
    ...(Object.keys(suspended).length > 0 && { suspendedTools: suspended }),
    ...(outcome?.object !== undefined && { structuredOutput: outcome.object }),
  }
}

function toMastraPart(part: Part): Record<string, unknown> {
  const provider = 'providerMetadata' in part && { providerMetadata: part.providerMetadata }
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text, ...provider }
    case 'reasoning': {
      const details = [{ type: 'text', text: part.text }]
      return { type: 'reasoning', reasoning: part.text, details, ...provider }
    }
    case 'step-start':
      return { type: 'step-start', ...(part.model !== undefined && { model: part.model }) }
    case 'file': {
      const { data, mimeType, filename } = filePayload(part)
      return { type: 'file', data, mimeType, ...(filename !== undefined && { filename }), ...provider }
    }
    case 'source': {
      const { id, url, title = '', mediaType = 'application/octet-stream', filename } = part
      if (url !== undefined)
        return { type: 'source', source: { sourceType: 'url', id, url, title, ...provider } }
      const name = filename !== undefined && { filename }
      return { type: 'source-document', sourceId: id, mediaType, title, ...name, ...provider }
    }
    case 'tool': {
      const executed = part.providerExecuted && { providerExecuted: true }
      return { type: 'tool-invocation', toolInvocation: toInvocation(part), ...executed, ...provider }
    }
    default:
      return part satisfies never
  }
}

function toInvocation(part: ToolPart): Record<string, unknown> {
  const { toolCallId, toolName, input: args } = part
  const call = { toolCallId, toolName, args }
  const asked = part.approval && { approval: part.approval }
  const id = part.approval?.id ?? toolCallId
  switch (part.state) {
    case 'done':
      return { state: 'result', ...call, result: part.output, ...asked }
    case 'pending':
      return { state: 'call', ...call }
    case 'waiting':
      return { state: asked ? 'approval-requested' : 'call', ...call, ...asked }
    case 'answered': {
      const { answer, wait } = part
      if (wait.for !== 'approval') return { state: 'call', ...call }
      const reason = answer.type === 'decline' && answer.reason !== undefined && { reason: answer.reason }
      const approval = { ...part.approval, id, approved: answer.type === 'approve', ...reason }
      return { state: 'approval-responded', ...call, approval }
    }
    case 'failed': {
      const { code, message } = part.error
      if (code !== 'tool_declined')
        return { state: 'output-error', ...call, errorText: `${code}: ${message}` }
      return {
        state: 'output-denied',
        ...call,
        approval: { id, approved: false, reason: message },
      }
    }
    default:
      return part satisfies never
  }
}
