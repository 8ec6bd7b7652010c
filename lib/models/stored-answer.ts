import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { NewId } from '../protocol/id.ts'
import type { JsonObject, JsonValue } from '../protocol/json.ts'
import { isRecord, toJson } from '../protocol/json.ts'
import type { Usage } from '../protocol/usage.ts'
import { checkJson } from '../schema/check-json.ts'
import { cutText } from '../storage/pack.ts'
import { toUsage } from './usage.ts'

type Part = LanguageModelV4StreamPart
type Finish = Extract<Part, { type: 'finish' }>
type Delta = Extract<Part, { type: 'text-delta' | 'reasoning-delta' | 'tool-input-delta' }>
type ResponseFormat = LanguageModelV4CallOptions['responseFormat']

/** An answer as it is kept: its parts, the deltas of a block as one. */
export interface StoredAnswer {
  parts: Part[]
}

/** Units of text in one delta. */
const PIECE_LENGTH = 48
const OF_THE_CALL = /^(?:stream-start|response-metadata|raw)$/

/** Of an answer that nothing is wrong with; undefined for any other. What only the call itself was about is left out. */
export function toStored(parts: readonly Part[], format: ResponseFormat): JsonValue | undefined {
  const finish = parts.at(-1)
  if (finish?.type !== 'finish' || !isWhole(finish, parts, format)) return undefined
  const kept: Part[] = []
  for (const part of parts) {
    const last = kept.at(-1)
    if (OF_THE_CALL.test(part.type)) continue
    if (isDelta(part) && last && isDelta(last) && isOneRun(last, part)) last.delta += part.delta
    else kept.push({ ...part })
  }
  return toJson({
    parts: kept.map((part) =>
      'providerMetadata' in part ? { ...part, providerMetadata: nameless(part.providerMetadata) } : part,
    ),
  })
}

/** An answer that was kept; undefined for whatever else may stand under its key. */
export function readStored(value: JsonValue): StoredAnswer | undefined {
  const parts = isRecord(value) ? value['parts'] : undefined
  return areParts(parts) ? { parts } : undefined
}

/** Only {@link toStored} writes there: what looks like an answer, down to its end, is one. */
function areParts(parts: unknown): parts is Part[] {
  if (!Array.isArray(parts) || !parts.every((part) => isRecord(part) && typeof part['type'] === 'string'))
    return false
  const last: unknown = parts.at(-1)
  return isRecord(last) && last['type'] === 'finish'
}

/**
 * The parts as the model would give them again: text in pieces, tool calls under new ids, without the provider's names
 * for what it has said elsewhere. It costs nothing, and says so.
 */
export function* replay({ parts }: StoredAnswer, newId: NewId): Generator<Part, void> {
  const ids = new Map<string, string>()
  // What the provider ran itself it knows by its own id.
  for (const part of parts)
    if (part.type === 'tool-call' && !part.providerExecuted) ids.set(part.toolCallId, newId('call'))
  yield { type: 'stream-start', warnings: [] }
  for (const stored of parts) {
    const part = renamed(stored, ids)
    if (part.type === 'finish') yield { ...part, ...costless(part) }
    // An empty one says what its metadata says.
    else if (isDelta(part) && part.delta !== '')
      for (const delta of cutText(part.delta, PIECE_LENGTH)) yield { ...part, delta }
    else yield part
  }
}

/** What the answer cost when it was given. */
export function usageOf({ parts }: StoredAnswer): Usage {
  const finish = parts.at(-1)
  return finish?.type === 'finish' ? toUsage(finish.usage) : {}
}

/**
 * What a provider wants back, without its names for what it has said: OpenAI calls that by `itemId`, and what another
 * conversation said may be gone, or belong to a call of another id.
 */
export function nameless(metadata: unknown): unknown {
  if (!isRecord(metadata)) return metadata
  const entries = Object.entries(metadata).map(([provider, said]) => [
    provider,
    isRecord(said) ? { ...said, itemId: undefined } : said,
  ])
  return Object.fromEntries(entries)
}

/** It ended by itself, says something, and what it says can be used. */
function isWhole({ finishReason }: Finish, parts: readonly Part[], format: ResponseFormat): boolean {
  const { unified } = finishReason
  if (unified !== 'stop' && unified !== 'tool-calls') return false
  const text = parts.map((part) => (part.type === 'text-delta' ? part.delta : '')).join('')
  if (parts.some((part) => part.type === 'error' || part.type === 'file')) return false
  if (parts.some((part) => part.type === 'tool-call')) return true
  if (text.trim() === '') return false
  return format?.type !== 'json' || fits(text, format.schema)
}

/** An answer that does not fit is not to be given again. */
function fits(text: string, schema: object | undefined): boolean {
  try {
    // A schema is JSON by its definition.
    return checkJson(toJson(schema ?? {}) as JsonObject, JSON.parse(text)).length === 0
  } catch {
    return false
  }
}

function isDelta(part: Part): part is Delta {
  return part.type === 'text-delta' || part.type === 'reasoning-delta' || part.type === 'tool-input-delta'
}

/** What a delta brings beside its words stays where it was said. */
function isOneRun(last: Delta, next: Delta): boolean {
  return last.type === next.type && last.id === next.id && !last.providerMetadata && !next.providerMetadata
}

function renamed(part: Part, ids: ReadonlyMap<string, string>): Part {
  if ('toolCallId' in part) return { ...part, toolCallId: ids.get(part.toolCallId) ?? part.toolCallId }
  if ('id' in part && part.type.startsWith('tool-input') && part.id !== undefined)
    return { ...part, id: ids.get(part.id) ?? part.id } as Part
  return part
}

/** The same `finish`, of an answer that nobody is billed for: what it had cost once is told beside. */
function costless({ usage, providerMetadata }: Finish): Pick<Finish, 'usage' | 'providerMetadata'> {
  const none = { total: 0, noCache: undefined, cacheRead: undefined, cacheWrite: undefined }
  return {
    usage: { inputTokens: none, outputTokens: { total: 0, text: undefined, reasoning: undefined } },
    providerMetadata: { ...providerMetadata, edgewise: { cached: true, usage: toJson(toUsage(usage)) } },
  }
}
