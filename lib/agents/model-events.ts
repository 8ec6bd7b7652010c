import type { LanguageModelV4File, LanguageModelV4Source, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { TurnEvent } from '../protocol/event.ts'
import type { JsonValue } from '../protocol/json.ts'
import { isRecord, toJson } from '../protocol/json.ts'
import type { ProviderMetadata } from '../protocol/message.ts'

type ModelPart = Exclude<LanguageModelV4StreamPart, { type: 'finish' | 'error' | 'response-metadata' }>

/** A part of the model's stream as an event of the turn; undefined for what the turn does not tell. */
export function toModelEvents(part: LanguageModelV4StreamPart): TurnEvent | undefined {
  switch (part.type) {
    case 'text-delta':
    case 'reasoning-delta':
    case 'tool-input-delta':
      return part.delta === '' ? undefined : { type: part.type, id: part.id, delta: part.delta }
    case 'text-start':
    case 'text-end':
    case 'reasoning-start':
    case 'reasoning-end':
      return { type: part.type, id: part.id, ...metadata(part) }
    case 'tool-input-start':
      return { type: 'tool-input-start', id: part.id, toolName: part.toolName }
    case 'tool-input-end':
      return { type: 'tool-input-end', id: part.id }
    case 'tool-call':
    case 'tool-result':
      return toToolEvent(part)
    case 'file':
      return toFile(part)
    case 'source':
      return toSource(part)
    default:
      // Warnings, raw frames, pings, and what only one provider knows.
      return undefined
  }
}

function toToolEvent(part: Extract<ModelPart, { type: 'tool-call' | 'tool-result' }>): TurnEvent {
  const { toolCallId, toolName } = part
  if (part.type === 'tool-call') {
    const executed = part.providerExecuted === true && { providerExecuted: true as const }
    return {
      type: 'tool-call',
      toolCallId,
      toolName,
      input: parseInput(part.input),
      ...executed,
      ...metadata(part),
    }
  }
  if (part.isError === true) {
    const error = { code: 'tool_failed', message: JSON.stringify(part.result) } as const
    return { type: 'tool-error', toolCallId, toolName, error, providerExecuted: true }
  }
  return { type: 'tool-result', toolCallId, toolName, output: toJson(part.result), providerExecuted: true }
}

/** Arguments come as text. Text that is not JSON is kept as it is: running the tool then says so to the model. */
function parseInput(input: string): JsonValue {
  if (input.trim() === '') return {}
  try {
    return JSON.parse(input)
  } catch {
    return input
  }
}

function toFile(part: LanguageModelV4File): TurnEvent | undefined {
  const { mediaType, data } = part
  const file = { type: 'file', mediaType, ...metadata(part) } as const
  if (data.type === 'url') return { ...file, url: data.url.href }
  if (data.type !== 'data') return undefined
  return { ...file, data: typeof data.data === 'string' ? data.data : toBase64(data.data) }
}

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

function toSource(part: LanguageModelV4Source): TurnEvent {
  const { id, title } = part
  const source = { type: 'source', id, ...(title !== undefined && { title }), ...metadata(part) } as const
  if (part.sourceType === 'url') return { ...source, url: part.url }
  const { mediaType, filename } = part
  return { ...source, mediaType, ...(filename !== undefined && { filename }) }
}

function metadata(part: object): { providerMetadata?: ProviderMetadata } {
  const value = 'providerMetadata' in part ? part.providerMetadata : undefined
  // Provider metadata is JSON by its definition.
  return isRecord(value) ? { providerMetadata: value as ProviderMetadata } : {}
}
