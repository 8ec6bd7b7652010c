import type { LanguageModelV4Message, LanguageModelV4Prompt } from '@ai-sdk/provider'
import type { JsonValue } from '../protocol/json.ts'
import { isRecord } from '../protocol/json.ts'
import type { FilePart, Message, Part, TextPart, ToolPart } from '../protocol/message.ts'
import { contentOf } from './messages/tool-output.ts'

type Assistant = Extract<LanguageModelV4Message, { role: 'assistant' }>
type ToolMessage = Extract<LanguageModelV4Message, { role: 'tool' }>
type User = Extract<LanguageModelV4Message, { role: 'user' }>

/**
 * A conversation as the provider interface takes it. Each step of an answer becomes one assistant message and, if it
 * called tools, one tool message; a call without a result gets one that says so, because providers refuse a call
 * that is not answered.
 */
export function toPrompt(instructions: string, messages: readonly Message[]): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = []
  if (instructions) prompt.push({ role: 'system', content: instructions })
  for (const message of messages) prompt.push(...toPromptMessages(message))
  return prompt
}

function toPromptMessages(message: Message): LanguageModelV4Message[] {
  switch (message.role) {
    case 'system':
      return message.parts.flatMap((part) =>
        part.type === 'text' ? [{ role: 'system', content: part.text }] : [],
      )
    case 'user':
      return fromUser(message.parts)
    case 'assistant':
      return splitSteps(message.parts).flatMap(fromStep)
    default:
      return message.role satisfies never
  }
}

function fromUser(parts: readonly Part[]): User[] {
  const content: User['content'] = []
  for (const part of parts) {
    if (part.type === 'text' && part.text !== '') content.push({ type: 'text', text: part.text })
    if (part.type === 'file') content.push(toFile(part))
  }
  return content.length > 0 ? [{ role: 'user', content }] : []
}

function splitSteps(parts: readonly Part[]): Part[][] {
  const steps: Part[][] = [[]]
  for (const part of parts) {
    if (part.type === 'step-start') steps.push([])
    else steps.at(-1)?.push(part)
  }
  return steps
}

function fromStep(parts: readonly Part[]): LanguageModelV4Message[] {
  const content: Assistant['content'] = []
  const results: ToolMessage['content'] = []
  for (const part of parts) {
    // A text may be nothing but the provider's own word on it, such as a signature.
    if (part.type === 'text' && (part.text !== '' || part.providerMetadata))
      content.push({ type: 'text', text: part.text, ...options(part) })
    if (part.type === 'reasoning') content.push({ type: 'reasoning', text: part.text, ...options(part) })
    if (part.type === 'file') content.push({ ...toFile(part), ...options(part) })
    if (part.type !== 'tool') continue
    const { toolCallId, toolName, providerExecuted } = part
    const input = isRecord(part.input) ? part.input : {}
    content.push({
      type: 'tool-call',
      toolCallId,
      toolName,
      input,
      ...(providerExecuted && { providerExecuted }),
      ...options(part),
    })
    const result = { type: 'tool-result', toolCallId, toolName, output: toOutput(part) } as const
    if (providerExecuted) content.push(result)
    else results.push(result)
  }
  const messages: LanguageModelV4Message[] = []
  if (content.some(isSaid)) messages.push({ role: 'assistant', content })
  if (results.length > 0) messages.push({ role: 'tool', content: results })
  return messages
}

/** Reasoning that led to nothing, in a turn that was cut off: alone, providers refuse it. */
function isSaid(part: Assistant['content'][number]): boolean {
  return part.type === 'text' ? part.text !== '' : part.type !== 'reasoning'
}

function toOutput(
  part: ToolPart,
): Extract<ToolMessage['content'][number], { type: 'tool-result' }>['output'] {
  switch (part.state) {
    case 'done': {
      const content = contentOf(part)
      if (content) return { type: 'content', value: content.map(toContent) }
      return typeof part.output === 'string'
        ? { type: 'text', value: part.output }
        : { type: 'json', value: part.output satisfies JsonValue }
    }
    case 'failed':
      return { type: 'error-text', value: `${part.error.code}: ${part.error.message}` }
    case 'pending':
    case 'answered':
      return { type: 'error-text', value: 'tool_aborted: The turn ended before this call was answered' }
    case 'waiting':
      return { type: 'text', value: WAITING[part.wait.for] }
    default:
      return part satisfies never
  }
}

const WAITING = {
  approval: 'Awaiting approval: the call has not been made yet',
  resume: 'Awaiting an answer: the call has not finished yet',
  client: 'Awaiting the client: the call has not been answered yet',
  context: 'Awaiting a secret that was lost: the call has not been made yet',
}

type Content = Extract<ReturnType<typeof toOutput>, { type: 'content' }>['value'][number]

function toContent(part: TextPart | FilePart): Content {
  return part.type === 'text' ? { type: 'text', text: part.text } : toFile(part)
}

function toFile({
  mediaType,
  data,
  url,
  filename,
}: FilePart): Extract<User['content'][number], { type: 'file' }> {
  const file = { type: 'file', mediaType, ...(filename !== undefined && { filename }) } as const
  if (data !== undefined) return { ...file, data: { type: 'data', data } }
  return { ...file, data: { type: 'url', url: new URL(url ?? '') } }
}

function options({ providerMetadata }: { providerMetadata?: FilePart['providerMetadata'] }): {
  providerOptions?: NonNullable<FilePart['providerMetadata']>
} {
  return providerMetadata ? { providerOptions: providerMetadata } : {}
}
