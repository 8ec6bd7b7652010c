import { isErrorCode } from '../../protocol/error.ts'
import type { JsonObject, JsonValue } from '../../protocol/json.ts'
import type { Outcome, Part, ToolWait } from '../../protocol/message.ts'
import type { Conversation } from './conversation.ts'
import { callOf } from './conversation.ts'
import { defined } from './defined.ts'
import { Fields, isJsonObject } from './fields.ts'
import type { Place } from './loss.ts'
import { invalidAt, lose } from './loss.ts'
import { readAttachments, readWords } from './read-v4-ui.ts'
import { readRole } from './role.ts'
import { readStored } from './stored.ts'
import { readTime } from './time.ts'

/** A message as Mastra stores it, its format 2. */
export function readMastra(value: unknown, place: Place, into: Conversation): void {
  const fields = new Fields(value, place, 'a message')
  const id = fields.maybeText('id')
  if (id) place.about.messageId = id
  if (fields.take('role') === 'signal') return lose(place, 'a message of the role "signal"')
  const role = readRole(fields)
  const createdAt = readTime(fields)
  // It follows from the parts.
  fields.skip('type')
  const stored = readStored(fields)
  const content = fields.maybeFields('content')
  if (!content) throw invalidAt(fields.at('content'), 'must be an object with parts')
  const format = content.take('format')
  if (format !== undefined && format !== 2) throw invalidAt(content.at('format'), 'must be 2')
  const { parts, error } = readContent(content)
  const noted = content.maybeObject('metadata') ?? {}
  content.close()
  fields.close()
  const { metadata, object } = readNoted(noted, parts)
  const outcome = toOutcome(error, object)
  into.add(
    role,
    withFirstStep(parts, noted),
    { ...defined({ id, createdAt, metadata, outcome }), ...stored },
    place,
  )
}

/** An error stands among the parts there: with us it is how the turn ended. */
function readContent(content: Fields): { parts: Part[]; error: Outcome['error'] } {
  let error: Outcome['error']
  const parts = readWords(content, (part, type) => {
    const failure = type === 'error' ? part.maybeFields('error') : undefined
    if (!failure) return false
    const [name, message] = [failure.text('name'), failure.text('message')]
    if (isErrorCode(name)) error = { code: name, message }
    else lose(part.place, `the error "${name}"`, 'with us a turn ends with an error of ours')
    failure.close()
    return true
  })
  return { parts: [...parts, ...readAttachments(content, parts)], error }
}

/** How a turn ended is known there only as far as its error and its structured answer tell. */
function toOutcome(error: Outcome['error'], object: JsonValue | undefined): Outcome | undefined {
  if (error) return { status: 'failed', finishReason: 'error', usage: {}, error, ...defined({ object }) }
  return object === undefined ? undefined : { status: 'completed', finishReason: 'other', usage: {}, object }
}

/** The metadata holds also what calls wait for, the structured answer and the first model. */
function readNoted(noted: JsonObject, parts: Part[]): { metadata?: JsonObject; object?: JsonValue } {
  const { pendingToolApprovals, suspendedTools, structuredOutput, ...rest } = noted
  for (const [i, part] of parts.entries()) {
    if (part.type !== 'tool' || part.state !== 'pending') continue
    const asked = entryOf(pendingToolApprovals, part.toolCallId)
    const suspended = entryOf(suspendedTools, part.toolCallId)
    if (asked) parts[i] = { ...callOf(part), state: 'waiting', wait: { for: 'approval' } }
    else if (suspended) parts[i] = { ...callOf(part), state: 'waiting', wait: readSuspension(suspended) }
  }
  const { modelId: _, provider: __, ...own } = rest
  const metadata = typeof noted['modelId'] === 'string' ? own : rest
  const kept = Object.keys(metadata).length > 0 ? metadata : undefined
  return defined({ metadata: kept, object: structuredOutput })
}

function entryOf(entries: JsonValue | undefined, toolCallId: string): JsonObject | undefined {
  const entry = isJsonObject(entries) ? entries[toolCallId] : undefined
  return isJsonObject(entry) ? entry : undefined
}

function readSuspension({ suspendPayload, resumeSchema }: JsonObject): ToolWait {
  const keys = isJsonObject(suspendPayload) ? suspendPayload['contextRequired'] : undefined
  const schema = typeof resumeSchema === 'string' ? readSchema(resumeSchema) : undefined
  const more = defined({ resumeSchema: schema })
  if (Array.isArray(keys) && keys.every((key) => typeof key === 'string'))
    return { for: 'context', contextKeys: keys, ...more }
  return { for: 'resume', ...defined({ payload: suspendPayload }), ...more }
}

function readSchema(text: string): JsonObject | undefined {
  try {
    const schema: JsonValue = JSON.parse(text)
    return isJsonObject(schema) ? schema : undefined
  } catch {
    return undefined
  }
}

/** There the first step begins without a part; its model stands in the metadata. */
function withFirstStep(parts: Part[], { modelId, provider }: JsonObject): Part[] {
  if (typeof modelId !== 'string' || parts[0]?.type === 'step-start') return parts
  const model = typeof provider === 'string' ? `${provider}/${modelId}` : modelId
  return [{ type: 'step-start', model }, ...parts]
}
