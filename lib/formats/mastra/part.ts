import type {
  FilePart,
  FinishReason,
  ProviderMetadata,
  SourcePart,
  ToolCallPart,
} from '../../protocol/message.ts'
import { fileUrl } from '../ai-sdk-stream.ts'

/** Ours that Mastra has no word for are its `other`. */
export function toMastraReason(reason: FinishReason): string {
  return reason === 'interrupted' || reason === 'aborted' ? 'other' : reason
}

export function toolCallPayload(part: ToolCallPart): Record<string, unknown> {
  const { toolCallId, toolName, input: args } = part
  return { toolCallId, toolName, args, ...executed(part), ...provider(part) }
}

export function filePayload(part: FilePart): { data: string; mimeType: string; filename?: string } {
  const { data, mediaType, filename } = part
  return {
    data: data ?? fileUrl(part),
    ...(data !== undefined && { base64: data }),
    mimeType: mediaType,
    ...(filename !== undefined && { filename }),
    ...provider(part),
  }
}

export function sourcePayload(part: SourcePart): Record<string, unknown> {
  const { id, url, title = '', mediaType, filename } = part
  if (url !== undefined) return { id, sourceType: 'url', title, url, ...provider(part) }
  return {
    id,
    sourceType: 'document',
    title,
    mimeType: mediaType ?? 'application/octet-stream',
    ...(filename !== undefined && { filename }),
    ...provider(part),
  }
}

export function executed({ providerExecuted }: { providerExecuted?: true }): { providerExecuted?: true } {
  return providerExecuted ? { providerExecuted } : {}
}

export function provider({ providerMetadata }: { providerMetadata?: ProviderMetadata | undefined }): {
  providerMetadata?: unknown
} {
  return providerMetadata ? { providerMetadata } : {}
}

/** A model's label (`provider/model`) in two. */
export function splitModel(label: string): { modelId: string; provider?: string } {
  const at = label.indexOf('/')
  return at < 0 ? { modelId: label } : { modelId: label.slice(at + 1), provider: label.slice(0, at) }
}
