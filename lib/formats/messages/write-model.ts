import type { JsonValue } from '../../protocol/json.ts'
import type { FilePart, Message, Part, ReasoningPart, TextPart, ToolPart } from '../../protocol/message.ts'
import { questionId } from '../../protocol/message.ts'
import { defined } from './defined.ts'
import type { Place } from './loss.ts'
import { inside, lose } from './loss.ts'
import type {
  ApprovalRequest,
  ApprovalResponse,
  ContentV5,
  ContentV6,
  ModelAssistantPart,
  ModelFile,
  ModelMessageOf,
  ModelMessageV5,
  ModelMessageV6,
  ModelText,
  OutputV5,
  OutputV6,
} from './model-types.ts'
import type { Written } from './said.ts'
import { loseApproval, loseInner, loseOwnData, loseWait, writeEach } from './said.ts'
import type { PlacedPart } from './steps.ts'
import { placedParts, placedSteps } from './steps.ts'
import { contentOf, toErrorText } from './tool-output.ts'
import { DECLINED } from './write-ui.ts'

/** The AI SDK's model messages of version 5, which knows no approvals. */
export function writeModelV5(messages: readonly Message[]): Written<ModelMessageV5> {
  return writeModel<OutputV5, never, never>(messages, {
    format: 'an AI SDK 5 model message',
    output: toOutputV5,
    ask(part, place) {
      loseApproval(part, place, this.format)
      loseWait(part, place, this.format)
      return {}
    },
  })
}

/** The AI SDK's model messages of versions 6 and 7: what we write of them is the same. */
export function writeModelV6(messages: readonly Message[]): Written<ModelMessageV6> {
  return writeModel(messages, { format: 'an AI SDK model message', output: toOutputV6, ask: toQuestion })
}

interface Dialect<Output, Asked, Answered> {
  format: string
  /** What came of a call, if that is known. */
  output(part: ToolPart, place: Place, format: string): Output | undefined
  /** The question whether a call may be made, and what was answered. */
  ask(part: ToolPart, place: Place): { asked?: Asked; answered?: Answered }
}

function writeModel<Output, Asked, Answered>(
  messages: readonly Message[],
  dialect: Dialect<Output, Asked, Answered>,
): Written<ModelMessageOf<Output, Asked, Answered>> {
  return writeEach(messages, (message, place) => {
    loseOwnData(message, place, dialect.format)
    switch (message.role) {
      case 'system':
        return placedParts(message, place).flatMap(([part, at]) => {
          if (part.type !== 'text') return losePart(part, at, dialect.format)
          return [{ role: 'system' as const, content: part.text, ...options(part) }]
        })
      case 'user': {
        const content = placedParts(message, place).flatMap(([part, at]) =>
          part.type === 'text' || part.type === 'file' ? [toSaid(part)] : losePart(part, at, dialect.format),
        )
        return content.length > 0 ? [{ role: 'user' as const, content }] : []
      }
      case 'assistant':
        return placedSteps(message, place).flatMap((step) => writeStep(step, dialect))
      default:
        return message.role satisfies never
    }
  })
}

function writeStep<Output, Asked, Answered>(
  step: readonly PlacedPart[],
  dialect: Dialect<Output, Asked, Answered>,
): ModelMessageOf<Output, Asked, Answered>[] {
  type Said = Extract<ModelMessageOf<Output, Asked, Answered>, { role: 'assistant' }>
  type Told = Extract<ModelMessageOf<Output, Asked, Answered>, { role: 'tool' }>
  const said: Said['content'] = []
  const answers: Answered[] = []
  const results: Told['content'] = []
  for (const [part, place] of step) {
    if (part.type === 'source' || part.type === 'step-start') losePart(part, place, dialect.format)
    else if (part.type !== 'tool') said.push(toSaid(part))
    else {
      loseInner(part, place, dialect.format)
      const { asked, answered } = dialect.ask(part, place)
      said.push(toCall(part), ...(asked ? [asked] : []))
      if (answered) answers.push(answered)
      const output = dialect.output(part, place, dialect.format)
      if (!output) continue
      const { toolCallId, toolName } = part
      const result = { type: 'tool-result', toolCallId, toolName, output } as const
      if (part.providerExecuted) said.push(result)
      else results.push(result)
    }
  }
  const messages: ModelMessageOf<Output, Asked, Answered>[] = []
  if (said.length > 0) messages.push({ role: 'assistant', content: said })
  if (answers.length + results.length > 0) messages.push({ role: 'tool', content: [...answers, ...results] })
  return messages
}

function losePart(part: Part, place: Place, format: string): [] {
  lose(place, `a part "${part.type}"`, `${format} has no place for it`)
  return []
}

function toSaid(part: TextPart): ModelText
function toSaid(part: TextPart | FilePart): ModelText | ModelFile
function toSaid(part: TextPart | FilePart | ReasoningPart): ModelAssistantPart
function toSaid(part: TextPart | FilePart | ReasoningPart): ModelAssistantPart {
  if (part.type !== 'file') return { type: part.type, text: part.text, ...options(part) }
  const { mediaType, data, url = '', filename } = part
  return { type: 'file', data: data ?? new URL(url), mediaType, ...defined({ filename }), ...options(part) }
}

function toCall(part: ToolPart): Extract<ModelAssistantPart, { type: 'tool-call' }> {
  const { toolCallId, toolName, input, providerExecuted } = part
  return {
    type: 'tool-call',
    toolCallId,
    toolName,
    input,
    ...defined({ providerExecuted }),
    ...options(part),
  }
}

function toOutputV5(part: ToolPart, place: Place, format: string): OutputV5 | undefined {
  if (part.state === 'failed') return { type: 'error-text', value: toErrorText(part.error) }
  return part.state === 'done'
    ? toResult(part, place, (item, at) => toContentV5(item, at, format))
    : undefined
}

function toOutputV6(part: ToolPart, place: Place, format: string): OutputV6 | undefined {
  if (part.state === 'done') return toResult(part, place, (item, at) => toContentV6(item, at, format))
  if (part.state !== 'failed') return undefined
  const { code, message } = part.error
  if (code !== 'tool_declined') return { type: 'error-text', value: toErrorText(part.error) }
  return { type: 'execution-denied', ...(message !== DECLINED && { reason: message }) }
}

function toResult<Content>(
  part: ToolPart & { state: 'done' },
  place: Place,
  toContent: (item: TextPart | FilePart, place: Place) => Content[],
):
  | { type: 'text'; value: string }
  | { type: 'json'; value: JsonValue }
  | { type: 'content'; value: Content[] } {
  const { output } = part
  const at = inside(place, 'output')
  const shown = contentOf(part)
  if (shown) return { type: 'content', value: shown.flatMap((item, i) => toContent(item, inside(at, i))) }
  return typeof output === 'string' ? { type: 'text', value: output } : { type: 'json', value: output }
}

function toContentV5(part: TextPart | FilePart, place: Place, format: string): ContentV5[] {
  if (part.type === 'text') return [{ type: 'text', text: part.text }]
  if (part.filename !== undefined) lose(inside(place, 'filename'), 'the name of a file', `${format} has none`)
  if (part.data !== undefined) return [{ type: 'media', data: part.data, mediaType: part.mediaType }]
  lose(place, 'a file that is a link', `there ${format} holds a file's content`)
  return []
}

function toContentV6(part: TextPart | FilePart, place: Place, format: string): ContentV6[] {
  if (part.type === 'text') return [{ type: 'text', text: part.text }]
  const { data, url = '', mediaType, filename } = part
  if (data !== undefined) return [{ type: 'file-data', data, mediaType, ...defined({ filename }) }]
  if (filename !== undefined) lose(inside(place, 'filename'), 'the name of a link', `${format} has none`)
  return [{ type: 'file-url', url, mediaType }]
}

function toQuestion(part: ToolPart, place: Place): { asked?: ApprovalRequest; answered?: ApprovalResponse } {
  const { toolCallId } = part
  const isOpen = part.state === 'waiting' || part.state === 'answered'
  if (isOpen && part.wait.for !== 'approval') {
    loseWait(part, place, 'an AI SDK model message')
    return {}
  }
  const isDeclined = part.state === 'failed' && part.error.code === 'tool_declined'
  if (!isOpen && !isDeclined && !part.approval) return {}
  const nested = isOpen ? part.wait.nested?.id : undefined
  const approvalId = part.approval?.id ?? questionId(toolCallId, nested)
  const asked = { type: 'tool-approval-request', approvalId, toolCallId } as const
  if (part.state === 'waiting') return { asked }
  const answered = { type: 'tool-approval-response', approvalId, ...answerOf(part) } as const
  return { asked, answered }
}

function answerOf(part: ToolPart): { approved: boolean; reason?: string } {
  const given = defined({ reason: part.approval?.reason })
  if (part.state === 'answered') {
    const { answer } = part
    if (answer.type !== 'decline') return { approved: true, ...given }
    return { approved: false, ...defined({ reason: answer.reason }) }
  }
  if (part.state !== 'failed' || part.error.code !== 'tool_declined') return { approved: true, ...given }
  const { message } = part.error
  return { approved: false, ...(message !== DECLINED && { reason: message }) }
}

function options({ providerMetadata }: Pick<TextPart, 'providerMetadata'>): {
  providerOptions?: NonNullable<TextPart['providerMetadata']>
} {
  return providerMetadata ? { providerOptions: providerMetadata } : {}
}
