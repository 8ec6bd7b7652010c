import type { LanguageModelV4File, LanguageModelV4Source, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { TurnEvent } from '../protocol/event.ts'
import type { JsonValue } from '../protocol/json.ts'
import { isRecord, toJson } from '../protocol/json.ts'
import type { ProviderMetadata } from '../protocol/message.ts'

type ModelPart = Exclude<LanguageModelV4StreamPart, { type: 'finish' | 'error' | 'response-metadata' }>

/**
 * Reads the parts of one model answer as events of the turn; undefined for what the turn does not tell. Metadata that
 * comes with a delta (Gemini signs a text so, often with an empty one) is told at its block's end: of several for one
 * provider the last counts, as in the AI SDK.
 */
export function createModelReader(): (part: LanguageModelV4StreamPart) => TurnEvent | undefined {
  const late = new Map<string, ProviderMetadata>()
  return (part) => {
    if (part.type === 'text-delta' || part.type === 'reasoning-delta') {
      if (part.providerMetadata) keepMetadata(late, part)
      return toDelta(part)
    }
    if (part.type === 'text-end' || part.type === 'reasoning-end') return toEnd(part, late)
    return toModelEvent(part)
  }
}

type Delta = Extract<ModelPart, { type: 'text-delta' | 'reasoning-delta' | 'tool-input-delta' }>
type BlockEnd = Extract<ModelPart, { type: 'text-end' | 'reasoning-end' }>

function keepMetadata(late: Map<string, ProviderMetadata>, part: Delta): void {
  const block = blockOf(part)
  late.set(block, { ...late.get(block), ...metadata(part).providerMetadata })
}

/** Ids are a block's own only among its kind. */
function blockOf({ type, id }: Delta | BlockEnd): string {
  return `${type.startsWith('text') ? 'text' : 'reasoning'} ${id}`
}

function toDelta({ type, id, delta }: Delta): TurnEvent | undefined {
  return delta === '' ? undefined : { type, id, delta }
}

function toEnd(part: BlockEnd, late: Map<string, ProviderMetadata>): TurnEvent {
  const { type, id } = part
  const block = blockOf(part)
  const kept = late.get(block)
  late.delete(block)
  return kept
    ? { type, id, providerMetadata: { ...kept, ...metadata(part).providerMetadata } }
    : { type, id, ...metadata(part) }
}

function toModelEvent(part: LanguageModelV4StreamPart): TurnEvent | undefined {
  switch (part.type) {
    case 'tool-input-delta':
      return toDelta(part)
    case 'text-start':
    case 'reasoning-start':
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
