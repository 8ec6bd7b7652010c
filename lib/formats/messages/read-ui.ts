import type { JsonObject, JsonValue } from '../../protocol/json.ts'
import type { Message, Outcome, Part, ToolCallPart, ToolPart, ToolWait } from '../../protocol/message.ts'
import { readApproval, withApproval } from './approval.ts'
import type { Conversation } from './conversation.ts'
import { callOf } from './conversation.ts'
import { defined } from './defined.ts'
import { Fields, isJsonObject } from './fields.ts'
import { readFile } from './file.ts'
import type { Place } from './loss.ts'
import { inside, invalidAt, lose } from './loss.ts'
import { readOutcome } from './outcome.ts'
import { readRole } from './role.ts'
import { toError } from './tool-output.ts'
import { DECLINED } from './write-ui.ts'

/** A UI message of the AI SDK, versions 5 to 7. What only one of them has is read wherever it stands. */
export function readUi(value: unknown, place: Place, into: Conversation): void {
  const fields = new Fields(value, place, 'a message')
  const id = fields.maybeText('id')
  if (id) place.about.messageId = id
  const role = readRole(fields)
  const { createdAt, outcome, metadata } = readMetadata(fields)
  const parts: Part[] = []
  for (const [item, at] of fields.maybeList('parts')) readPart(item, at, parts)
  fields.close()
  into.add(role, parts, defined({ id, createdAt, outcome, metadata }), place)
}

/** The time of a message and how its turn ended stand in the metadata of what we write. */
function readMetadata(fields: Fields): Partial<Pick<Message, 'createdAt' | 'outcome' | 'metadata'>> {
  const { createdAt, outcome: ended, ...rest } = fields.maybeObject('metadata') ?? {}
  const outcome: Outcome | undefined = readOutcome(ended)
  const kept: JsonObject = {
    ...rest,
    ...(typeof createdAt !== 'number' && defined({ createdAt })),
    ...(!outcome && defined({ outcome: ended })),
  }
  return {
    ...(typeof createdAt === 'number' && { createdAt }),
    ...(outcome && { outcome }),
    ...(Object.keys(kept).length > 0 && { metadata: kept }),
  }
}

function readPart(value: unknown, place: Place, parts: Part[]): void {
  const fields = new Fields(value, place, 'a part')
  const type = fields.text('type')
  if (type === 'data-tool-suspended') return readSuspended(fields, parts)
  const part =
    type === 'dynamic-tool' || type.startsWith('tool-') ? readTool(fields, type) : readSaid(fields, type)
  if (!part) return
  parts.push(part)
  fields.close()
}

function readSaid(fields: Fields, type: string): Part | undefined {
  const { place } = fields
  switch (type) {
    case 'text':
    case 'reasoning': {
      const text = fields.text('text')
      // The block of the stream that it came in.
      fields.skip('id')
      if (fields.take('state') === 'streaming') lose(place, 'that it is still being written')
      return { type, text, ...defined({ providerMetadata: fields.provider('providerMetadata') }) }
    }
    case 'step-start':
      return { type }
    case 'file': {
      const [mediaType, filename] = [fields.text('mediaType'), fields.maybeText('filename')]
      const providerMetadata = fields.provider('providerMetadata')
      return readFile(fields.text('url'), { mediaType, filename, providerMetadata }, fields.at('url'))
    }
    case 'source-url':
    case 'source-document': {
      const id = fields.text('sourceId')
      const title = fields.maybeText('title') || undefined
      const providerMetadata = fields.provider('providerMetadata')
      if (type === 'source-url')
        return { type: 'source', id, url: fields.text('url'), ...defined({ title, providerMetadata }) }
      const [mediaType, filename] = [fields.text('mediaType'), fields.maybeText('filename')]
      return { type: 'source', id, mediaType, ...defined({ title, filename, providerMetadata }) }
    }
    default:
      lose(place, `a part "${type}"`)
      return undefined
  }
}

/** One call with what came of it. A call whose input is still being written is none yet. */
function readTool(fields: Fields, type: string): ToolPart | undefined {
  const { place } = fields
  const toolCallId = fields.text('toolCallId')
  const toolName = type === 'dynamic-tool' ? fields.text('toolName') : type.slice('tool-'.length)
  const state = fields.text('state')
  if (state === 'input-streaming') {
    lose(place, `the call of "${toolName}"`, 'its input is still being written')
    return undefined
  }
  if (type === 'dynamic-tool') lose(place, `that the tool "${toolName}" is dynamic`)
  const providerExecuted = fields.maybeFlag('providerExecuted') ? (true as const) : undefined
  const providerMetadata = fields.provider('callProviderMetadata', 'providerMetadata')
  const call: ToolCallPart = {
    type: 'tool',
    toolCallId,
    toolName,
    input: fields.input('input', 'rawInput'),
    ...defined({ providerExecuted, providerMetadata }),
  }
  return readState(fields, state, call)
}

function readState(fields: Fields, state: string, call: ToolCallPart): ToolPart {
  const approval = readApproval(fields)
  const asked = withApproval(call, approval, state)
  switch (state) {
    case 'input-available':
      return { ...asked, state: 'pending' }
    case 'output-available':
      return { ...asked, state: 'done', output: fields.json('output') ?? null }
    case 'output-error':
      return { ...asked, state: 'failed', error: toError(fields.text('errorText')) }
    case 'approval-requested':
      return { ...asked, state: 'waiting', wait: { for: 'approval' } }
    case 'output-denied': {
      const message = approval?.reason ?? DECLINED
      return { ...asked, state: 'failed', error: { code: 'tool_declined', message } }
    }
    case 'approval-responded': {
      const reason = defined({ reason: approval?.reason })
      const answer = approval?.approved
        ? ({ type: 'approve' } as const)
        : ({ type: 'decline', ...reason } as const)
      return { ...asked, state: 'answered', wait: { for: 'approval' }, answer }
    }
    default:
      throw invalidAt(fields.at('state'), 'must be a state of a tool call')
  }
}

/** What a call waits for, which we write beside it. */
function readSuspended(fields: Fields, parts: Part[]): void {
  fields.skip('id')
  const data: JsonValue = fields.json('data') ?? null
  const id = isJsonObject(data) ? data['toolCallId'] : undefined
  const index = parts.findLastIndex((part) => part.type === 'tool' && part.toolCallId === id)
  const part = parts[index]
  if (!isJsonObject(data) || part?.type !== 'tool' || part.state !== 'pending') {
    lose(inside(fields.place, 'data'), 'a part "data-tool-suspended"', 'no call of its id is open')
    return
  }
  const { payload, resumeSchema, contextKeys } = data
  const keys = Array.isArray(contextKeys) ? contextKeys.filter((key) => typeof key === 'string') : undefined
  const wait: ToolWait = {
    for: keys ? 'context' : 'resume',
    ...defined({ payload, contextKeys: keys }),
    ...(isJsonObject(resumeSchema) && { resumeSchema }),
  }
  parts[index] = { ...callOf(part), state: 'waiting', wait }
  fields.close()
}
