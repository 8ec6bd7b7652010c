import type { Issue } from '../../protocol/error.ts'
import { isRecord } from '../../protocol/json.ts'
import type { Part } from '../../protocol/message.ts'
import { redactedReasoning, signedReasoning } from '../messages/reasoning.ts'
import { readFile } from './read-file.ts'
import type { ReadPartResult, SentAnswer } from './read-part.ts'
import { fail, readProvider, textOf } from './read-part.ts'
import { isToolPart, readTool, readToolResult } from './read-tool.ts'

/** `field` is where the parts were found. */
export type ReadPartsResult =
  | { ok: true; parts: Part[]; answers: SentAnswer[]; field: string }
  | { ok: false; issues: Issue[] }

/**
 * The parts of a message, wherever its dialect has them: in `content.parts` (Mastra), in `parts` (UI messages), or
 * in `content` as a text or a list (model messages). Attachments of version 4 are files after the rest.
 */
export function readParts(value: Record<string, unknown>, field: string): ReadPartsResult {
  const { content, parts } = value
  const isStored = isRecord(content)
  const inner: unknown = isStored ? content['parts'] : parts
  const isListed = Array.isArray(inner) && inner.length > 0
  const raw: unknown = isListed ? inner : isStored ? (content['content'] ?? inner) : (content ?? parts)
  const at = isStored ? `${field}.content.parts` : isListed ? `${field}.parts` : `${field}.content`
  if (typeof raw === 'string') {
    const text: Part[] = raw === '' ? [] : [{ type: 'text', text: raw }]
    return withAttachments({ ok: true, parts: text, answers: [], field: at }, value, field)
  }
  if (!Array.isArray(raw))
    return { ok: false, issues: [{ field: at, message: 'must be a text or a list of parts' }] }
  const read: ReadPartsResult = { ok: true, parts: [], answers: [], field: at }
  for (const [i, whole] of raw.entries()) {
    for (const part of withDetails(whole)) {
      const result = readPart(part, `${at}[${i}]`)
      if ('message' in result) return { ok: false, issues: [result] }
      if (result.part) read.parts.push(result.part)
      if (result.answer) read.answers.push(result.answer)
    }
  }
  return withAttachments(read, value, field)
}

/** Reasoning of version 4 has its pieces as details, each with a signature or sealed. */
function withDetails(part: unknown): unknown[] {
  if (!isRecord(part) || part['type'] !== 'reasoning' || !Array.isArray(part['details'])) return [part]
  const { details, ...whole } = part
  const pieces = details.filter(isRecord)
  const isPlain = pieces.every((piece) => piece['type'] === 'text' && piece['signature'] === undefined)
  if (isPlain) return [whole]
  return pieces.map((piece, i) => ({
    ...(i === 0 && whole),
    ...piece,
    type: piece['type'] === 'redacted' ? 'redacted' : 'reasoning',
  }))
}

function isCopy(part: Part, file: Part | undefined): boolean {
  return part.type === 'file' && file?.type === 'file' && part.data === file.data && part.url === file.url
}

function readPart(part: unknown, field: string): ReadPartResult {
  if (!isRecord(part) || typeof part['type'] !== 'string') return fail(field, 'must be a part with a type')
  const { type } = part
  if (isToolPart(type)) return readTool(part, field)
  switch (type) {
    case 'text': {
      const { text } = part
      if (typeof text !== 'string') return fail(`${field}.text`, 'must be a text')
      return text === '' ? {} : { part: { type, text, ...readProvider(part) } }
    }
    case 'redacted':
    case 'redacted-reasoning': {
      const { data } = part
      if (typeof data !== 'string') return fail(`${field}.data`, 'must be a text')
      return { part: redactedReasoning(data, readProvider(part).providerMetadata) }
    }
    case 'reasoning': {
      const text = textOf(part['text']) ?? textOf(part['reasoning'])
      if (text === undefined) return fail(`${field}.text`, 'must be a text')
      return { part: signedReasoning(text, textOf(part['signature']), readProvider(part).providerMetadata) }
    }
    case 'step-start': {
      const model = textOf(part['model'])
      return { part: { type, ...(model !== undefined && { model }) } }
    }
    case 'file':
    case 'image':
      return readFile(part, field)
    case 'source':
      return readSource(isRecord(part['source']) ? part['source'] : part, part)
    case 'source-url':
    case 'source-document':
      return readSource(part, part)
    case 'tool-result':
      return readToolResult(part, field)
    default:
      return {}
  }
}

/** A source is said by the model, so what it lacks is no mistake of whoever sends it back. */
function readSource(source: Record<string, unknown>, part: Record<string, unknown>): ReadPartResult {
  const id = textOf(source['id']) ?? textOf(source['sourceId'])
  if (id === undefined) return {}
  const url = textOf(source['url'])
  const title = textOf(source['title'])
  const mediaType = url === undefined ? textOf(source['mediaType']) : undefined
  const filename = textOf(source['filename'])
  return {
    part: {
      type: 'source',
      id,
      ...(url !== undefined && { url }),
      ...(title !== undefined && title !== '' && { title }),
      ...(mediaType !== undefined && { mediaType }),
      ...(filename !== undefined && { filename }),
      ...readProvider(part),
      ...readProvider(source),
    },
  }
}

/** `{ name, contentType, url }`, beside the message's own words. Mastra lists there what is among the parts, too. */
function withAttachments(
  read: ReadPartsResult & { ok: true },
  value: Record<string, unknown>,
  field: string,
): ReadPartsResult {
  const { content, experimental_attachments: beside } = value
  const list: unknown = isRecord(content) ? content['experimental_attachments'] : beside
  if (!Array.isArray(list)) return read
  const parts: Part[] = []
  for (const [i, attachment] of list.entries()) {
    const at = `${field}.experimental_attachments[${i}]`
    if (!isRecord(attachment)) return { ok: false, issues: [fail(at, 'must be an attachment')] }
    const { name, contentType, url } = attachment
    const file = readFile({ type: 'file', filename: name, mediaType: contentType, url }, at)
    if ('message' in file) return { ok: false, issues: [file] }
    if (file.part && !read.parts.some((part) => isCopy(part, file.part))) parts.push(file.part)
  }
  return { ...read, parts: [...read.parts, ...parts] }
}
