import type { Message, Part, ToolPart } from '../../protocol/message.ts'
import { fileUrl } from '../ai-sdk-stream.ts'

/** A message as Mastra hands it to a model, and shows it in steps and responses: the AI SDK's ModelMessage. */
export interface ModelMessage {
  role: 'user' | 'assistant' | 'system' | 'tool'
  content: Record<string, unknown>[] | string
}

/** One message of ours as several of the model's: the results of a step's tools follow its words. */
export function toModelMessages({ role, parts }: Pick<Message, 'role' | 'parts'>): ModelMessage[] {
  if (role === 'system') return [{ role, content: texts(parts) }]
  if (role === 'user') return [{ role, content: parts.flatMap(toSaid) }]
  return splitSteps(parts).flatMap((step) => {
    const content = step.flatMap(toSaid)
    const results = step.flatMap((part) => (isOurs(part) ? toResult(part) : []))
    return [
      ...(content.length > 0 ? [{ role: 'assistant' as const, content }] : []),
      ...(results.length > 0 ? [{ role: 'tool' as const, content: results }] : []),
    ]
  })
}

/** The parts of one step as its `content`: each call is followed by its result. */
export function toModelContent(parts: readonly Part[]): Record<string, unknown>[] {
  return parts.flatMap((part) => [...toSaid(part), ...(isOurs(part) ? toResult(part) : [])])
}

/** A message's parts, step by step, without the parts that open the steps. */
export function splitSteps(parts: readonly Part[]): Part[][] {
  const steps: Part[][] = []
  let step: Part[] | undefined
  for (const part of parts) {
    if (part.type === 'step-start' || !step) steps.push((step = []))
    if (part.type !== 'step-start') step.push(part)
  }
  return steps
}

function isOurs(part: Part): part is ToolPart {
  return part.type === 'tool' && part.providerExecuted !== true
}

function toSaid(part: Part): Record<string, unknown>[] {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return [{ type: part.type, text: part.text, ...options(part) }]
    case 'file': {
      const { mediaType, data, filename } = part
      const name = filename !== undefined && { filename }
      return [{ type: 'file', data: data ?? fileUrl(part), mediaType, ...name, ...options(part) }]
    }
    case 'tool': {
      const { toolCallId, toolName, input, providerExecuted } = part
      const executed = providerExecuted && { providerExecuted }
      const call = { type: 'tool-call', toolCallId, toolName, input, ...executed, ...options(part) }
      return [call, ...(providerExecuted ? toResult(part) : [])]
    }
    case 'source':
    case 'step-start':
      return []
    default:
      return part satisfies never
  }
}

function toResult(part: ToolPart): Record<string, unknown>[] {
  const { toolCallId, toolName, input } = part
  if (part.state !== 'done' && part.state !== 'failed') return []
  const output =
    part.state === 'done'
      ? { type: 'json', value: part.output }
      : { type: 'error-text', value: part.error.message }
  return [{ type: 'tool-result', input, output, toolCallId, toolName }]
}

function options({ providerMetadata }: { providerMetadata?: unknown }): { providerOptions?: unknown } {
  return providerMetadata === undefined ? {} : { providerOptions: providerMetadata }
}

function texts(parts: readonly Part[]): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
}
