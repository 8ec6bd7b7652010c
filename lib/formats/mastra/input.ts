import type { Issue } from '../../protocol/error.ts'
import type { JsonObject } from '../../protocol/json.ts'
import { isRecord, toJson } from '../../protocol/json.ts'
import type { Message, Part, Role, StepPart, ToolCallPart } from '../../protocol/message.ts'
import type { ReadServices } from '../input.ts'
import { toError } from '../messages/tool-output.ts'
import type { SentAnswer } from './read-part.ts'
import { readParts } from './read-parts.ts'

/** A message as somebody sent it, with the place it named. */
export interface ReadItem {
  message: Message
  threadId?: string
  resourceId?: string
}

/** `answers`: results that stand alone, in order. Those of calls that wait nowhere are for nobody. */
export type ReadMastra =
  | { ok: true; items: ReadItem[]; answers: SentAnswer[] }
  | { ok: false; issues: Issue[] }

/**
 * Reads what the bodies of `generate`, `stream` and `save-messages` may hold: a text, a message, or a list of them.
 * A message is one of Mastra's own (format 2, or 1), an AI SDK UI message of versions 4 and 5, or a model message,
 * those of the role `tool` included: their results join the calls before them, and are listed as answers.
 */
export function fromMastraMessages(input: unknown, services: ReadServices, field = 'messages'): ReadMastra {
  const list: unknown[] = Array.isArray(input) ? input : [input]
  if (list.length === 0) return failed(field, 'must hold at least one message')
  const items: ReadItem[] = []
  const answers: SentAnswer[] = []
  for (const [i, value] of list.entries()) {
    const read = fromMastraMessage(value, services, Array.isArray(input) ? `${field}[${i}]` : field)
    if (!read.ok) return read
    for (const answer of read.answers) {
      answers.push(answer)
      if (!read.item || !settle(read.item.message.parts, answer))
        items.findLast(({ message }) => settle(message.parts, answer))
    }
    if (read.item) items.push(read.item)
  }
  return { ok: true, items, answers }
}

type ReadOne = { ok: true; item?: ReadItem; answers: SentAnswer[] } | { ok: false; issues: Issue[] }

/** One of them. A message of the role `tool` gives no item, only answers. */
export function fromMastraMessage(value: unknown, { newId, now }: ReadServices, field: string): ReadOne {
  const createdAt = now()
  if (typeof value === 'string') {
    if (value === '') return failed(field, 'must hold a text or a file')
    const message: Message = {
      id: newId('msg'),
      role: 'user',
      parts: [{ type: 'text', text: value }],
      createdAt,
    }
    return { ok: true, item: { message }, answers: [] }
  }
  if (!isRecord(value)) return failed(field, 'must be a text or a message')
  const { id, role } = value
  if (!isRole(role)) return failed(`${field}.role`, 'must be "user", "assistant", "system" or "tool"')
  if (id !== undefined && (typeof id !== 'string' || id.length > MAX_ID_LENGTH))
    return failed(`${field}.id`, `must be a text of at most ${MAX_ID_LENGTH} characters`)
  const read = readParts(value, field)
  if (!read.ok) return read
  const { answers } = read
  const parts = role === 'assistant' ? withFirstStep(read.parts, value) : read.parts
  if (role === 'tool') return { ok: true, answers }
  if (parts.length === 0 && role !== 'assistant') return failed(read.field, 'must hold a text or a file')
  const metadata = readMetadata(value)
  const message: Message = {
    id: id === undefined || id === '' ? newId('msg') : id,
    role,
    parts,
    createdAt: readTime(value['createdAt']) ?? createdAt,
    ...(metadata && { metadata }),
  }
  return { ok: true, item: { message, ...readPlace(value) }, answers }
}

const MAX_ID_LENGTH = 256

function isRole(role: unknown): role is Role | 'tool' {
  return role === 'user' || role === 'assistant' || role === 'system' || role === 'tool'
}

function readPlace({
  threadId,
  resourceId,
}: Record<string, unknown>): Pick<ReadItem, 'threadId' | 'resourceId'> {
  return {
    ...(typeof threadId === 'string' && { threadId }),
    ...(typeof resourceId === 'string' && { resourceId }),
  }
}

/** Milliseconds or any text that is a date; a date that is none is passed over. */
function readTime(value: unknown): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : value
  return typeof time === 'number' && Number.isFinite(time) ? time : undefined
}

/** What {@link toMastraMessage} puts there itself is read from where it belongs. */
const DERIVED = new Set(['modelId', 'provider', 'pendingToolApprovals', 'suspendedTools', 'structuredOutput'])

function readMetadata(value: Record<string, unknown>): JsonObject | undefined {
  const metadata = rawMetadata(value)
  const kept = Object.entries(metadata).filter(([key]) => !DERIVED.has(key))
  if (kept.length === 0) return undefined
  return Object.fromEntries(kept.map(([key, item]) => [key, toJson(item)]))
}

function rawMetadata({ content, metadata }: Record<string, unknown>): Record<string, unknown> {
  if (isRecord(content) && isRecord(content['metadata'])) return content['metadata']
  return isRecord(metadata) ? metadata : {}
}

/** The model of the first step stands in the metadata there. */
function withFirstStep(parts: Part[], value: Record<string, unknown>): Part[] {
  const { modelId, provider } = rawMetadata(value)
  if (typeof modelId !== 'string' || parts[0]?.type === 'step-start') return parts
  const model = typeof provider === 'string' ? `${provider}/${modelId}` : modelId
  const first: StepPart = { type: 'step-start', model }
  return [first, ...parts]
}

/** Ids are the model's: the last call of that id that has no result is the one meant. Says whether there was one. */
function settle(parts: Part[], { toolCallId, answer }: SentAnswer): boolean {
  const index = parts.findLastIndex(
    (part) =>
      part.type === 'tool' &&
      part.toolCallId === toolCallId &&
      part.state !== 'done' &&
      part.state !== 'failed',
  )
  const part = parts[index]
  if (part?.type !== 'tool') return false
  const { type, toolName, input, providerExecuted, providerMetadata } = part
  const call: ToolCallPart = {
    type,
    toolCallId,
    toolName,
    input,
    ...(providerExecuted && { providerExecuted }),
    ...(providerMetadata && { providerMetadata }),
  }
  parts[index] =
    answer.type === 'output'
      ? { ...call, state: 'done', output: answer.output }
      : { ...call, state: 'failed', error: toError(answer.message) }
  return true
}

function failed(field: string, message: string): { ok: false; issues: Issue[] } {
  return { ok: false, issues: [{ field, message }] }
}
