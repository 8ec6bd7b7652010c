import type { JsonValue } from '../../protocol/json.ts'
import type { FilePart, Part, ProviderMetadata, TextPart, ToolPart } from '../../protocol/message.ts'
import type { Conversation } from './conversation.ts'
import { defined } from './defined.ts'
import { Fields } from './fields.ts'
import { encodeText, readFile } from './file.ts'
import type { Place } from './loss.ts'
import { invalidAt, lose } from './loss.ts'
import { redactedReasoning, signedReasoning } from './reasoning.ts'
import { done, doneWithContent, failed, fromResultText, toError } from './tool-output.ts'

/** A message of Anthropic, as it is sent or as it was answered. What runs at Anthropic is noted as lost. */
export function readAnthropic(value: unknown, place: Place, into: Conversation): void {
  const fields = new Fields(value, place, 'a message')
  const role = fields.take('role')
  if (role === 'assistant') {
    into.addStep(
      readBlocks(fields).flatMap(([block, at]) => readSaid(new Fields(block, at, 'a block')) ?? []),
      place,
    )
    // What an answer says of itself: how it ended is not known to be a turn's end.
    fields.skip('id', 'type', 'model', 'stop_reason', 'stop_sequence', 'usage')
  } else if (role === 'user' || role === 'system') {
    const parts: Part[] = []
    for (const [block, at] of readBlocks(fields)) {
      const piece = new Fields(block, at, 'a block')
      if (piece.take('type') === 'tool_result') readResult(piece, into)
      else parts.push(...(readContent(piece) ?? []))
    }
    // One that only brings results is no message of the user's.
    if (parts.length > 0) into.add(role, parts, {}, place)
  } else throw invalidAt(fields.at('role'), 'must be "user", "assistant" or "system"')
  fields.close()
}

/** The system prompt, which stands outside of the messages there. */
export function readAnthropicSystem(system: unknown, place: Place, into: Conversation): void {
  const fields = new Fields({ content: system }, place)
  const parts = readBlocks(fields).flatMap(
    ([block, at]) => readContent(new Fields(block, at, 'a block')) ?? [],
  )
  if (parts.length > 0) into.add('system', parts, {}, place)
}

function readBlocks(fields: Fields): [unknown, Place][] {
  const content = fields.take('content')
  if (typeof content === 'string')
    return content === '' ? [] : [[{ type: 'text', text: content }, fields.place]]
  if (!Array.isArray(content)) throw invalidAt(fields.at('content'), 'must be a text or a list of blocks')
  return fields.maybeList('content')
}

/** Undefined if the block is lost. */
function readSaid(fields: Fields): Part[] | undefined {
  const type = fields.text('type')
  switch (type) {
    case 'thinking': {
      const part = signedReasoning(fields.text('thinking'), fields.maybeText('signature'))
      fields.close()
      return [part]
    }
    case 'redacted_thinking': {
      const part = redactedReasoning(fields.text('data'))
      fields.close()
      return [part]
    }
    case 'tool_use': {
      // Who asked for it: the model itself, if nothing else is said.
      if (fields.maybeFields('caller')?.take('type') !== 'direct' && fields.has('caller'))
        lose(fields.at('caller'), '"caller"')
      const call: ToolPart = {
        type: 'tool',
        toolCallId: fields.text('id'),
        toolName: fields.text('name'),
        input: fields.input('input'),
        state: 'pending',
        ...anthropic({ cacheControl: fields.json('cache_control') }),
      }
      fields.close()
      return [call]
    }
    default:
      return readContent(fields)
  }
}

/** Undefined if the block is lost. */
function readContent(fields: Fields): [TextPart | FilePart] | undefined {
  const type = fields.text('type')
  const cacheControl = fields.json('cache_control')
  const part = readKind(fields, type, cacheControl)
  if (!part) return undefined
  fields.close()
  return [part]
}

function readKind(
  fields: Fields,
  type: string,
  cacheControl: JsonValue | undefined,
): TextPart | FilePart | undefined {
  switch (type) {
    case 'text': {
      const citations = fields.has('citations') ? fields.json('citations') : undefined
      fields.skip('citations')
      return { type, text: fields.text('text'), ...anthropic({ cacheControl, citations }) }
    }
    case 'image':
      return readSource(fields, 'image/*', anthropic({ cacheControl }))
    case 'document': {
      const more = { citations: fields.json('citations'), context: fields.maybeText('context') }
      const filename = fields.maybeText('title')
      const file = readSource(fields, 'application/pdf', anthropic({ cacheControl, ...more }))
      return file && { ...file, ...defined({ filename }) }
    }
    default:
      lose(fields.place, `a block "${type}"`)
      return undefined
  }
}

function readSource(
  fields: Fields,
  fallback: string,
  more: { providerMetadata?: ProviderMetadata },
): FilePart | undefined {
  const source = fields.maybeFields('source')
  if (!source) throw invalidAt(fields.at('source'), 'must be an object')
  const type = source.text('type')
  const mediaType = source.maybeText('media_type')
  const key = type === 'url' ? 'url' : 'data'
  if (type !== 'base64' && type !== 'url' && type !== 'text') {
    lose(fields.place, `a file of the kind "${type}"`, 'a file of ours is its content or a link')
    return undefined
  }
  const content = type === 'text' ? encodeText(source.text('data')) : source.text(key)
  const file = readFile(content, { mediaType, fallback, ...more }, source.at(key))
  source.close()
  return file
}

function readResult(fields: Fields, into: Conversation): void {
  const id = fields.text('tool_use_id')
  const isError = fields.maybeFlag('is_error') === true
  const content = fields.take('content') ?? ''
  const blocks = Array.isArray(content) ? readBlocks(fields) : []
  const parts = blocks.flatMap(([block, at]) => readContent(new Fields(block, at, 'a block')) ?? [])
  if (!Array.isArray(content) && typeof content !== 'string')
    throw invalidAt(fields.at('content'), 'must be a text or a list of blocks')
  const text = typeof content === 'string' ? content : textOf(parts, isError, fields)
  fields.close()
  into.settle(
    (part) => part.toolCallId === id,
    (part) => {
      if (isError) return failed(part, toError(text))
      return typeof content === 'string' ? done(part, fromResultText(text)) : doneWithContent(part, parts)
    },
    fields.place,
  )
}

/** An error of ours is one text. */
function textOf(parts: readonly (TextPart | FilePart)[], isError: boolean, fields: Fields): string {
  if (isError && (parts.length !== 1 || parts[0]?.type !== 'text'))
    lose(fields.at('content'), 'that the error has several parts', 'an error of ours is one text')
  return parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
}

function anthropic(values: Record<string, JsonValue | undefined>): { providerMetadata?: ProviderMetadata } {
  const kept = Object.entries(values).filter(
    (entry): entry is [string, JsonValue] => entry[1] !== undefined && entry[1] !== null,
  )
  return kept.length > 0 ? { providerMetadata: { anthropic: Object.fromEntries(kept) } } : {}
}
