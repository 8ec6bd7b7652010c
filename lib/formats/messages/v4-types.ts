import type { JsonObject, JsonValue } from '../../protocol/json.ts'
import type { ProviderMetadata, Role } from '../../protocol/message.ts'

/** The AI SDK's UIMessage of version 4, with the metadata that Mastra adds to it. */
export interface UiMessageV4 {
  id: string
  role: Role
  createdAt: Date
  content: string
  parts: UiPartV4[]
  /** As among the parts: for pages that were written before there were parts. */
  toolInvocations?: InvocationV4[]
  experimental_attachments?: { name?: string; contentType: string; url: string }[]
  metadata?: JsonObject
}

export type ReasoningDetail =
  | { type: 'text'; text: string; signature?: string }
  | { type: 'redacted'; data: string }

export type InvocationV4 = { toolCallId: string; toolName: string; args: JsonValue; step: number } & (
  | { state: 'call' }
  | { state: 'result'; result: JsonValue }
)

export type UiPartV4 =
  | { type: 'text'; text: string }
  | { type: 'reasoning'; reasoning: string; details: ReasoningDetail[] }
  | { type: 'step-start' }
  | { type: 'file'; mimeType: string; data: string }
  | {
      type: 'source'
      source: {
        sourceType: 'url'
        id: string
        url: string
        title?: string
        providerMetadata?: ProviderMetadata
      }
    }
  | { type: 'tool-invocation'; toolInvocation: InvocationV4 }

interface Options {
  providerOptions?: ProviderMetadata
}

/** The AI SDK's CoreMessage, version 4. */
export type CoreMessage =
  | ({ role: 'system'; content: string } & Options)
  | { role: 'user'; content: string | CoreUserPart[] }
  | { role: 'assistant'; content: CoreAssistantPart[] }
  | { role: 'tool'; content: CoreToolResult[] }

export type CoreText = { type: 'text'; text: string } & Options
export type CoreFile = { type: 'file'; data: string; mimeType: string; filename?: string } & Options
export type CoreUserPart = CoreText | CoreFile
export type CoreAssistantPart =
  | CoreText
  | CoreFile
  | ({ type: 'reasoning'; text: string; signature?: string } & Options)
  | ({ type: 'redacted-reasoning'; data: string } & Options)
  | ({ type: 'tool-call'; toolCallId: string; toolName: string; args: JsonValue } & Options)
export type CoreToolResult = {
  type: 'tool-result'
  toolCallId: string
  toolName: string
  result: JsonValue
  isError?: boolean
}
