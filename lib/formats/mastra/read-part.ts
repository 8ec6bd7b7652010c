import type { Issue } from '../../protocol/error.ts'
import type { JsonObject, JsonValue } from '../../protocol/json.ts'
import { isRecord, toJson } from '../../protocol/json.ts'
import type { Part, ProviderMetadata, ToolAnswer } from '../../protocol/message.ts'

/** What became of a tool call at whoever sent the messages. */
export interface SentAnswer {
  toolCallId: string
  toolName: string
  answer: Extract<ToolAnswer, { type: 'output' | 'error' }>
}

/** What one part comes to. Parts that are the client's own come to nothing. */
export type ReadPartResult = { part?: Part; answer?: SentAnswer } | Issue

export function fail(field: string, message: string): Issue {
  return { field, message }
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** What the provider wants back, by any of its names. What Mastra notes there for itself is no provider's. */
export function readProvider(part: Record<string, unknown>): { providerMetadata?: ProviderMetadata } {
  const raw = part['providerMetadata'] ?? part['callProviderMetadata'] ?? part['providerOptions']
  if (!isRecord(raw)) return {}
  const providerMetadata: ProviderMetadata = {}
  for (const [name, value] of Object.entries(raw)) {
    const json = toJson(value)
    if (name !== 'mastra' && isJsonObject(json)) providerMetadata[name] = json
  }
  return Object.keys(providerMetadata).length > 0 ? { providerMetadata } : {}
}

function isJsonObject(value: JsonValue): value is JsonObject {
  return isRecord(value)
}
