import type { JsonValue } from '../../protocol/json.ts'
import type { Citation } from './citations.ts'

/** The messages of Anthropic, as far as we write them. */
export type AnthropicMessage =
  | { role: 'user'; content: AnthropicUserBlock[] }
  | { role: 'assistant'; content: AnthropicAssistantBlock[] }
  | { role: 'system'; content: AnthropicText[] }

interface Cached {
  cache_control?: { type: 'ephemeral'; ttl?: '5m' | '1h' }
}

export type AnthropicText = { type: 'text'; text: string; citations?: Citation[] } & Cached

export type AnthropicFile = Cached &
  (
    | {
        type: 'image'
        source:
          | { type: 'base64'; media_type: AnthropicImageType; data: string }
          | { type: 'url'; url: string }
      }
    | {
        type: 'document'
        source:
          | { type: 'base64'; media_type: 'application/pdf'; data: string }
          | { type: 'text'; media_type: 'text/plain'; data: string }
          | { type: 'url'; url: string }
        title?: string
        context?: string
        citations?: { enabled: boolean }
      }
  )

export type AnthropicImageType = 'image/jpeg' | 'image/png' | 'image/gif' | 'image/webp'

export type AnthropicResult = {
  type: 'tool_result'
  tool_use_id: string
  content: string | (AnthropicText | AnthropicFile)[]
  is_error?: boolean
}

export type AnthropicUserBlock = AnthropicText | AnthropicFile | AnthropicResult

export type AnthropicAssistantBlock =
  | AnthropicText
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'redacted_thinking'; data: string }
  | ({ type: 'tool_use'; id: string; name: string; input: JsonValue } & Cached)
