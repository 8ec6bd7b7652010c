import type { JsonObject, JsonValue } from '../../protocol/json.ts'
import type { ProviderMetadata } from '../../protocol/message.ts'

/** What OpenAI wants back, where the AI SDK's provider for it keeps it; undefined if that is nothing. */
export function openai(values: Record<string, JsonValue | undefined>): {
  providerMetadata?: ProviderMetadata
} {
  const kept = Object.entries(values).filter(
    (entry): entry is [string, JsonValue] => entry[1] !== undefined && entry[1] !== null,
  )
  return kept.length > 0 ? { providerMetadata: { openai: Object.fromEntries(kept) } } : {}
}

export function openaiOf({ providerMetadata }: { providerMetadata?: ProviderMetadata }): JsonObject {
  return providerMetadata?.['openai'] ?? {}
}

/** Other providers' words, and names of OpenAI's beyond those that were written. */
export function unsaid(
  { providerMetadata }: { providerMetadata?: ProviderMetadata },
  ...written: string[]
): boolean {
  const { openai: own = {}, ...others } = providerMetadata ?? {}
  return Object.keys(others).length > 0 || Object.keys(own).some((name) => !written.includes(name))
}
