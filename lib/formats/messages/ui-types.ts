import type { JsonObject, JsonValue } from '../../protocol/json.ts'
import type { ProviderMetadata, Role } from '../../protocol/message.ts'

/** The AI SDK's UIMessage, versions 5 to 7, as far as we write it. */
export interface UiMessageOf<Tool> {
  id: string
  role: Role
  parts: (UiPart | Tool)[]
  metadata?: JsonObject
}

export type UiMessageV5 = UiMessageOf<UiToolV5>
export type UiMessageV6 = UiMessageOf<UiToolV6>

export type UiPart =
  | { type: 'step-start' }
  | { type: 'text' | 'reasoning'; text: string; state?: 'done'; providerMetadata?: ProviderMetadata }
  | { type: 'file'; mediaType: string; url: string; filename?: string; providerMetadata?: ProviderMetadata }
  | {
      type: 'source-url'
      sourceId: string
      url: string
      title?: string
      providerMetadata?: ProviderMetadata
    }
  | {
      type: 'source-document'
      sourceId: string
      mediaType: string
      title: string
      filename?: string
      providerMetadata?: ProviderMetadata
    }
  | { type: 'data-tool-suspended'; id: string; data: JsonObject }

interface UiCall {
  type: `tool-${string}`
  toolCallId: string
  input: JsonValue
  providerExecuted?: boolean
  callProviderMetadata?: ProviderMetadata
}

/** Version 5 knows no approvals. */
export type UiToolV5 = UiCall &
  (
    | { state: 'input-available' }
    | { state: 'output-available'; output: JsonValue }
    | { state: 'output-error'; errorText: string }
  )

export type UiToolV6 = UiCall &
  (
    | { state: 'input-available' }
    | { state: 'approval-requested'; approval: { id: string } }
    | { state: 'approval-responded'; approval: { id: string; approved: boolean; reason?: string } }
    | {
        state: 'output-available'
        output: JsonValue
        approval?: { id: string; approved: true; reason?: string }
      }
    | { state: 'output-error'; errorText: string; approval?: { id: string; approved: true; reason?: string } }
    | { state: 'output-denied'; approval: { id: string; approved: false; reason?: string } }
  )
