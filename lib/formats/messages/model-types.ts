import type { JsonValue } from '../../protocol/json.ts'
import type { ProviderMetadata } from '../../protocol/message.ts'

interface Options {
  providerOptions?: ProviderMetadata
}

/** The AI SDK's ModelMessage, versions 5 to 7, as far as we write it. */
export type ModelMessageOf<Output, Asked = never, Answered = never> =
  | ({ role: 'system'; content: string } & Options)
  | { role: 'user'; content: ModelUserPart[] }
  | { role: 'assistant'; content: (ModelAssistantPart | ModelResult<Output> | Asked)[] }
  | { role: 'tool'; content: (ModelResult<Output> | Answered)[] }

export type ModelMessageV5 = ModelMessageOf<OutputV5>
export type ModelMessageV6 = ModelMessageOf<OutputV6, ApprovalRequest, ApprovalResponse>

export type ModelText = { type: 'text'; text: string } & Options
export type ModelFile = { type: 'file'; data: string | URL; mediaType: string; filename?: string } & Options
export type ModelUserPart = ModelText | ModelFile
export type ModelAssistantPart =
  | ModelUserPart
  | ({ type: 'reasoning'; text: string } & Options)
  | ({
      type: 'tool-call'
      toolCallId: string
      toolName: string
      input: JsonValue
      providerExecuted?: boolean
    } & Options)

export interface ModelResult<Output> {
  type: 'tool-result'
  toolCallId: string
  toolName: string
  output: Output
}

export type OutputV5 =
  | { type: 'text'; value: string }
  | { type: 'json'; value: JsonValue }
  | { type: 'error-text'; value: string }
  | { type: 'content'; value: ContentV5[] }

export type OutputV6 =
  | Exclude<OutputV5, { type: 'content' }>
  | { type: 'content'; value: ContentV6[] }
  | { type: 'execution-denied'; reason?: string }

export type ContentV5 = { type: 'text'; text: string } | { type: 'media'; data: string; mediaType: string }
export type ContentV6 =
  | { type: 'text'; text: string }
  | { type: 'file-data'; data: string; mediaType: string; filename?: string }
  | { type: 'file-url'; url: string; mediaType: string }

export interface ApprovalRequest {
  type: 'tool-approval-request'
  approvalId: string
  toolCallId: string
}

export interface ApprovalResponse {
  type: 'tool-approval-response'
  approvalId: string
  approved: boolean
  reason?: string
}
