import type { FilePart, Part } from '../../protocol/message.ts'
import type { Conversation } from './conversation.ts'
import { defined } from './defined.ts'
import { Fields } from './fields.ts'
import { readFile } from './file.ts'
import type { Place } from './loss.ts'
import { lose } from './loss.ts'
import type { ReadOwn } from './read-v4-parts.ts'
import { readCallV4, readPartV4 } from './read-v4-parts.ts'
import { readRole } from './role.ts'
import { readTime } from './time.ts'

/** A UI message of the AI SDK, version 4. Where it has parts, they hold all that its other fields say again. */
export function readUiV4(value: unknown, place: Place, into: Conversation): void {
  const fields = new Fields(value, place, 'a message')
  const id = fields.maybeText('id')
  if (id) place.about.messageId = id
  if (fields.take('role') === 'data') return lose(place, 'a message of the role "data"')
  const role = readRole(fields)
  const parts = readWords(fields)
  parts.push(...readAttachments(fields, parts))
  const [createdAt, metadata] = [readTime(fields), fields.maybeObject('metadata')]
  fields.close()
  into.add(role, parts, defined({ id, createdAt, metadata }), place)
}

/** The parts, or what older messages have in their place. Mastra's stored content is built alike. */
export function readWords(fields: Fields, own?: ReadOwn): Part[] {
  const listed = fields.maybeList('parts')
  if (listed.length > 0) {
    fields.skip('content', 'toolInvocations', 'reasoning')
    return listed.flatMap(([part, at]) => readPartV4(part, at, own))
  }
  const parts: Part[] = []
  const [reasoning, content] = [fields.maybeText('reasoning'), fields.maybeText('content')]
  if (reasoning) parts.push({ type: 'reasoning', text: reasoning })
  if (content) parts.push({ type: 'text', text: content })
  for (const [call, at] of fields.maybeList('toolInvocations')) {
    const part = readCallV4(new Fields(call, at))
    if (part) parts.push(part)
  }
  return parts
}

/** `{ name, contentType, url }`, beside the message's own words. Mastra lists there what is among the parts, too. */
export function readAttachments(fields: Fields, parts: readonly Part[]): FilePart[] {
  return fields.maybeList('experimental_attachments').flatMap(([value, at]) => {
    const attachment = new Fields(value, at, 'an attachment')
    const [filename, mediaType] = [attachment.maybeText('name'), attachment.maybeText('contentType')]
    const fallback = 'application/octet-stream'
    const file = readFile(attachment.take('url'), { filename, mediaType, fallback }, attachment.at('url'))
    attachment.close()
    const isCopy = parts.some(
      (part) => part.type === 'file' && part.data === file?.data && part.url === file?.url,
    )
    return isCopy || !file ? [] : [file]
  })
}
