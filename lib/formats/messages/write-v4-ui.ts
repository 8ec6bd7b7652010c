import type { Message, Part, ReasoningPart, ToolPart } from '../../protocol/message.ts'
import { messageText } from '../../protocol/message.ts'
import { defined } from './defined.ts'
import { toUrl } from './file.ts'
import type { Place } from './loss.ts'
import { inside, lose } from './loss.ts'
import { redactedOf, restOf, signatureOf } from './reasoning.ts'
import type { Written } from './said.ts'
import { loseApproval, loseInner, loseOutcome, loseWait, partAt, writeEach } from './said.ts'
import { toErrorText } from './tool-output.ts'
import type { InvocationV4, ReasoningDetail, UiMessageV4, UiPartV4 } from './v4-types.ts'

const FORMAT = 'an AI SDK 4 UI message'

/** The AI SDK's UI messages of version 4. A user's files are attachments there. */
export function writeUiV4(messages: readonly Message[]): Written<UiMessageV4> {
  return writeEach(messages, (message, place) => {
    const { id, role, metadata } = message
    loseOutcome(message.outcome, place, FORMAT)
    const parts: UiPartV4[] = []
    let step = -1
    for (const [i, part] of message.parts.entries()) {
      if (part.type === 'step-start') step++
      writePart(part, { parts, role, step: Math.max(step, 0) }, partAt(place, i))
    }
    const calls = parts.flatMap((part) => (part.type === 'tool-invocation' ? [part.toolInvocation] : []))
    const attachments = role === 'assistant' ? [] : attachmentsOf(message, place)
    return [
      {
        id,
        role,
        createdAt: new Date(message.createdAt),
        content: messageText(message),
        parts,
        ...(calls.length > 0 && { toolInvocations: calls }),
        ...(attachments.length > 0 && { experimental_attachments: attachments }),
        ...defined({ metadata }),
      },
    ]
  })
}

interface Writing {
  parts: UiPartV4[]
  role: Message['role']
  step: number
}

function writePart(part: Part, { parts, role, step }: Writing, place: Place): void {
  switch (part.type) {
    case 'text':
      loseProvider(part.providerMetadata, place)
      parts.push({ type: 'text', text: part.text })
      return
    case 'reasoning':
      return writeReasoning(part, parts, place)
    case 'step-start':
      parts.push({ type: 'step-start' })
      return
    case 'file': {
      loseProvider(part.providerMetadata, place)
      if (role !== 'assistant') return
      if (part.filename !== undefined)
        lose(inside(place, 'filename'), 'the name of a file', `${FORMAT} has none`)
      if (part.data === undefined) lose(place, 'a file that is a link', `${FORMAT} holds a file's content`)
      else parts.push({ type: 'file', mimeType: part.mediaType, data: part.data })
      return
    }
    case 'source': {
      const { id, url, title, providerMetadata } = part
      if (url === undefined) return lose(place, 'a source that is no link', `${FORMAT} has only links`)
      const source = { sourceType: 'url', id, url, ...defined({ title, providerMetadata }) } as const
      if (part.mediaType !== undefined || part.filename !== undefined)
        lose(place, 'the media type and file name of a source that is a link', `${FORMAT} has none`)
      parts.push({ type: 'source', source })
      return
    }
    case 'tool':
      parts.push({ type: 'tool-invocation', toolInvocation: toInvocation(part, step, place) })
      return
    default:
      part satisfies never
  }
}

/** Pieces that follow one another are details of one part there. */
function writeReasoning(part: ReasoningPart, parts: UiPartV4[], place: Place): void {
  const [signature, data] = [signatureOf(part), redactedOf(part)]
  loseProvider(restOf(part), place)
  const detail: ReasoningDetail =
    data === undefined
      ? { type: 'text', text: part.text, ...defined({ signature }) }
      : { type: 'redacted', data }
  const last = parts.at(-1)
  if (last?.type !== 'reasoning') {
    parts.push({ type: 'reasoning', reasoning: part.text, details: [detail] })
    return
  }
  last.reasoning += part.text
  last.details.push(detail)
}

function toInvocation(part: ToolPart, step: number, place: Place): InvocationV4 {
  const { toolCallId, toolName, input: args } = part
  loseInner(part, place, FORMAT)
  loseProvider(part.providerMetadata, place)
  loseApproval(part, place, FORMAT)
  loseWait(part, place, FORMAT)
  if (part.providerExecuted) lose(place, 'that the provider ran the call', `${FORMAT} has no place for it`)
  const call = { toolCallId, toolName, args, step }
  if (part.state === 'done') {
    if (part.isContent)
      lose(place, 'that the model is shown the result as texts and files', `${FORMAT} shows it as data`)
    return { ...call, state: 'result', result: part.output }
  }
  if (part.state !== 'failed') return { ...call, state: 'call' }
  lose(
    inside(place, 'error'),
    'that the call failed',
    `${FORMAT} has no sign for it: the error is its result`,
  )
  return { ...call, state: 'result', result: toErrorText(part.error) }
}

function attachmentsOf(
  { parts }: Message,
  place: Place,
): NonNullable<UiMessageV4['experimental_attachments']> {
  return parts.flatMap((part, i) => {
    if (part.type !== 'file') return []
    const next = parts[i + 1]
    if (next !== undefined && next.type !== 'file')
      lose(partAt(place, i), 'the place of a file among the words', `${FORMAT} has files after them`)
    return [{ contentType: part.mediaType, url: toUrl(part), ...defined({ name: part.filename }) }]
  })
}

function loseProvider(metadata: unknown, place: Place): void {
  if (metadata !== undefined)
    lose(inside(place, 'providerMetadata'), 'what a provider wants back', `${FORMAT} has no place for it`)
}
