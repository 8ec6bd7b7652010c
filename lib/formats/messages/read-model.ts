import type {
  FilePart,
  Part,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolPart,
} from '../../protocol/message.ts'
import { callOf } from './conversation.ts'
import type { Conversation, MessageHead } from './conversation.ts'
import { defined } from './defined.ts'
import { Fields } from './fields.ts'
import { readFile } from './file.ts'
import type { Place } from './loss.ts'
import { invalidAt, lose } from './loss.ts'
import { readResult } from './read-model-result.ts'
import { redactedReasoning, signedReasoning } from './reasoning.ts'
import { readStored } from './stored.ts'
import { readTime } from './time.ts'

/**
 * A message as it goes to a model: the AI SDK's ModelMessage of versions 5 to 7, its CoreMessage of version 4, and
 * what Mastra stored in its first format, which is one of those with an id.
 */
export function readModel(value: unknown, place: Place, into: Conversation): void {
  const fields = new Fields(value, place, 'a message')
  const id = fields.maybeText('id')
  if (id) place.about.messageId = id
  const createdAt = readTime(fields)
  const head = { ...defined({ id, createdAt }), ...readStored(fields) }
  // Of Mastra's first format: what its parts say, too.
  fields.skip('type', 'toolCallIds', 'toolCallArgs', 'toolNames')
  const role = fields.take('role')
  switch (role) {
    case 'system': {
      const providerMetadata = fields.provider(...PROVIDER)
      const text: Part = { type: 'text', text: fields.text('content'), ...defined({ providerMetadata }) }
      into.add('system', [text], head, place)
      break
    }
    case 'user':
      into.add(
        'user',
        readContent(fields).flatMap(([part, at]) => readSaid(part, at) ?? []),
        head,
        place,
      )
      break
    case 'assistant':
      readStep(fields, head, into)
      break
    case 'tool':
      for (const [part, at] of readContent(fields)) readFollowing(new Fields(part, at, 'a part'), into)
      break
    default:
      throw invalidAt(fields.at('role'), 'must be "user", "assistant", "system" or "tool"')
  }
  fields.close()
}

const PROVIDER = ['providerOptions', 'experimental_providerMetadata', 'providerMetadata']

function readContent(fields: Fields): [unknown, Place][] {
  const content = fields.take('content')
  if (typeof content === 'string')
    return content === '' ? [] : [[{ type: 'text', text: content }, fields.place]]
  if (!Array.isArray(content)) throw invalidAt(fields.at('content'), 'must be a text or a list of parts')
  return fields.maybeList('content')
}

/** Results of what the provider ran, and questions for approval, stand after the step's calls. */
function readStep(fields: Fields, head: MessageHead, into: Conversation): void {
  const parts: Part[] = []
  const after: Fields[] = []
  for (const [value, at] of readContent(fields)) {
    const part = new Fields(value, at, 'a part')
    const type = part.take('type')
    if (type === 'tool-call') parts.push(readCall(part))
    else if (type === 'tool-result' || type === 'tool-approval-request') after.push(part)
    else parts.push(...(readSaid(value, at) ?? []))
  }
  into.addStep(parts, fields.place, head)
  for (const part of after) readFollowing(part, into)
}

function readCall(fields: Fields): ToolPart {
  const providerMetadata = fields.provider(...PROVIDER)
  const executed = fields.maybeFlag('providerExecuted') && ({ providerExecuted: true } as const)
  const call: ToolCallPart = {
    type: 'tool',
    toolCallId: fields.text('toolCallId'),
    toolName: fields.text('toolName'),
    input: fields.input('input', 'args'),
    ...executed,
    ...defined({ providerMetadata }),
  }
  fields.close()
  return { ...call, state: 'pending' }
}

/** What comes after a call: its result, a question whether it may be made, or the answer to that. */
function readFollowing(fields: Fields, into: Conversation): void {
  const { place } = fields
  const type = fields.text('type')
  switch (type) {
    case 'tool-result':
      readResult(fields, into)
      break
    case 'tool-approval-request': {
      const [id, toolCallId] = [fields.text('approvalId'), fields.text('toolCallId')]
      const named = id === toolCallId ? {} : { approval: { id } }
      into.settle(
        (call) => call.toolCallId === toolCallId,
        (call) => ({ ...callOf(call), ...named, state: 'waiting', wait: { for: 'approval' } }),
        place,
      )
      break
    }
    case 'tool-approval-response':
      readAnswer(fields, into)
      break
    default:
      lose(place, `a part "${type}"`)
      return
  }
  fields.close()
}

/** A call that the provider ran may have its result already: then the answer is kept beside it. */
function readAnswer(fields: Fields, into: Conversation): void {
  const [id, approved] = [fields.text('approvalId'), fields.maybeFlag('approved') ?? false]
  const reason = defined({ reason: fields.maybeText('reason') })
  fields.skip('providerExecuted')
  const answer = approved ? ({ type: 'approve' } as const) : ({ type: 'decline', ...reason } as const)
  const approval = { id, approved, ...reason }
  const isFound = into.change(
    (call) => (call.approval?.id ?? call.toolCallId) === id,
    (call) => {
      if (call.state === 'done' || (call.state === 'failed' && approved)) return { ...call, approval }
      if (call.state === 'failed') return id === call.toolCallId ? call : { ...call, approval }
      const isSaid = id === call.toolCallId && !(approved && 'reason' in reason)
      const asked = { ...callOf(call), ...(!isSaid && { approval }) }
      return { ...asked, state: 'answered', wait: { for: 'approval' }, answer }
    },
  )
  if (!isFound) lose(fields.place, 'the answer to a question', 'no call before it is asked about with its id')
}

/** Undefined if the part is lost as a whole. */
function readSaid(value: unknown, place: Place): (TextPart | ReasoningPart | FilePart)[] | undefined {
  const fields = new Fields(value, place, 'a part')
  const type = fields.text('type')
  const providerMetadata = fields.provider(...PROVIDER)
  const part = readPart(fields, type, defined({ providerMetadata }))
  if (part === undefined) return undefined
  fields.close()
  return [part]
}

function readPart(
  fields: Fields,
  type: string,
  provider: Pick<TextPart, 'providerMetadata'>,
): TextPart | ReasoningPart | FilePart | undefined {
  switch (type) {
    case 'text':
      return { type, text: fields.text('text'), ...provider }
    case 'reasoning':
      return signedReasoning(fields.text('text'), fields.maybeText('signature'), provider.providerMetadata)
    case 'redacted-reasoning':
      return redactedReasoning(fields.text('data'), provider.providerMetadata)
    case 'image':
    case 'file': {
      const key = type === 'image' ? 'image' : 'data'
      const mediaType = fields.maybeText('mediaType') ?? fields.maybeText('mimeType')
      const fallback = type === 'image' ? { fallback: 'image/*' } : {}
      const filename = fields.maybeText('filename')
      return readFile(fields.take(key), { mediaType, filename, ...fallback, ...provider }, fields.at(key))
    }
    default:
      lose(fields.place, `a part "${type}"`)
      return undefined
  }
}
