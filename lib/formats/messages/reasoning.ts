import type { ProviderMetadata, ReasoningPart } from '../../protocol/message.ts'
import { defined } from './defined.ts'

/**
 * The words of a model on its way to an answer, with what its provider wants back. A signature and reasoning that
 * nobody may read stand where the AI SDK's provider for Anthropic keeps them.
 */
export function signedReasoning(
  text: string,
  signature: string | undefined,
  providerMetadata?: ProviderMetadata,
): ReasoningPart {
  const signed =
    signature === undefined ? undefined : { anthropic: { ...providerMetadata?.['anthropic'], signature } }
  const merged = signed || providerMetadata ? { ...providerMetadata, ...signed } : undefined
  return { type: 'reasoning', text, ...defined({ providerMetadata: merged }) }
}

export function redactedReasoning(data: string, providerMetadata?: ProviderMetadata): ReasoningPart {
  const anthropic = { ...providerMetadata?.['anthropic'], redactedData: data }
  return { type: 'reasoning', text: '', providerMetadata: { ...providerMetadata, anthropic } }
}

export function signatureOf({ providerMetadata }: ReasoningPart): string | undefined {
  const signature = providerMetadata?.['anthropic']?.['signature']
  return typeof signature === 'string' ? signature : undefined
}

export function redactedOf({ providerMetadata }: ReasoningPart): string | undefined {
  const data = providerMetadata?.['anthropic']?.['redactedData']
  return typeof data === 'string' ? data : undefined
}

/** What else the provider wants back; undefined if that was all. */
export function restOf({ providerMetadata }: ReasoningPart): ProviderMetadata | undefined {
  const { anthropic, ...others } = providerMetadata ?? {}
  const { signature: _, redactedData: __, ...rest } = anthropic ?? {}
  const kept = { ...others, ...(Object.keys(rest).length > 0 && { anthropic: rest }) }
  return Object.keys(kept).length > 0 ? kept : undefined
}
