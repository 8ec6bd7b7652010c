import { isRecord } from '../../protocol/json.ts'
import type { MessageFormat } from './formats.ts'

/**
 * The format of a message, by its shape alone. What several formats write alike (words of a role and nothing else) is
 * taken for a model message of the AI SDK: it comes to the same. Undefined for what is no message.
 */
export function detectFormat(value: unknown): MessageFormat | undefined {
  if (typeof value === 'string') return 'aiV5.model'
  if (!isRecord(value)) return undefined
  const { role, content, parts, type } = value
  if (isRecord(content)) return 'mastra'
  if (Array.isArray(parts))
    return typeof value['createdAt'] === 'number' ? detectOwn(value, parts) : detectUi(value, parts)
  if (role === undefined) return typeof type === 'string' ? 'openai.responses' : undefined
  if (V1_TYPES.has(type) && 'createdAt' in value) return 'mastra.v1'
  if (type === 'message') return 'stop_reason' in value ? 'anthropic' : 'openai.responses'
  if ('phase' in value) return 'openai.responses'
  const isChat = role === 'developer' || role === 'function' || CHAT_FIELDS.some((key) => key in value)
  if (isChat && !isResponsesContent(content)) return 'openai.chat'
  if (role === 'data' || UI_FIELDS.some((key) => key in value)) return 'aiV4.ui'
  return Array.isArray(content) ? detectContent(content) : 'aiV5.model'
}

const V1_TYPES = new Set<unknown>(['text', 'tool-call', 'tool-result'])
const CHAT_FIELDS = ['tool_calls', 'tool_call_id', 'function_call', 'refusal']
const UI_FIELDS = ['toolInvocations', 'experimental_attachments', 'annotations', 'reasoning']

function isResponsesContent(content: unknown): boolean {
  return Array.isArray(content) && detectContent(content) === 'openai.responses'
}

/** Ours has a number for a time, and calls that are of the type `tool`. */
function detectOwn(value: Record<string, unknown>, parts: unknown[]): MessageFormat {
  const isUi = parts.some((part) => typeof typeOf(part) === 'string' && !OWN_TYPES.has(typeOf(part)))
  return isUi || 'content' in value ? detectUi(value, parts) : 'native'
}

const OWN_TYPES = new Set<unknown>(['text', 'reasoning', 'file', 'source', 'tool', 'step-start'])

function detectUi(value: Record<string, unknown>, parts: unknown[]): MessageFormat {
  if ('content' in value || UI_FIELDS.some((key) => key in value) || parts.some(isPartV4)) return 'aiV4.ui'
  if (parts.some(isPartV7)) return 'aiV7.ui'
  return parts.some(isPartV6) ? 'aiV6.ui' : 'aiV5.ui'
}

function isPartV4(part: unknown): boolean {
  if (!isRecord(part)) return false
  const { type } = part
  return type === 'tool-invocation' || type === 'source' || 'reasoning' in part || 'mimeType' in part
}

function isPartV7(part: unknown): boolean {
  const isNew = ['custom', 'reasoning-file', 'steering-message'].includes(String(typeOf(part)))
  return isNew || (isRecord(part) && 'providerReference' in part)
}

function isPartV6(part: unknown): boolean {
  return isRecord(part) && ('approval' in part || 'title' in part) && 'toolCallId' in part
}

/** By the first part that only one format has. */
function detectContent(content: unknown[]): MessageFormat {
  for (const part of content) {
    const format = isRecord(part) ? detectPart(part) : undefined
    if (format) return format
  }
  return 'aiV5.model'
}

function detectPart(part: Record<string, unknown>): MessageFormat | undefined {
  const { type } = part
  if (typeof type !== 'string') return undefined
  if (type === 'image' || type === 'document') return isRecord(part['source']) ? 'anthropic' : modelOf(part)
  if (type === 'file') return isRecord(part['file']) ? 'openai.chat' : modelOf(part)
  if (type === 'text' && ('cache_control' in part || 'citations' in part)) return 'anthropic'
  if (type === 'reasoning' && 'signature' in part) return 'aiV4.core'
  return FORMATS[type] ?? (type.startsWith('tool-') ? modelOf(part) : undefined)
}

const FORMATS: Record<string, MessageFormat> = {
  tool_use: 'anthropic',
  tool_result: 'anthropic',
  thinking: 'anthropic',
  redacted_thinking: 'anthropic',
  server_tool_use: 'anthropic',
  image_url: 'openai.chat',
  input_audio: 'openai.chat',
  refusal: 'openai.chat',
  input_text: 'openai.responses',
  output_text: 'openai.responses',
  input_image: 'openai.responses',
  input_file: 'openai.responses',
  'redacted-reasoning': 'aiV4.core',
  'tool-approval-request': 'aiV6.model',
  'tool-approval-response': 'aiV6.model',
  'reasoning-file': 'aiV7.model',
  custom: 'aiV7.model',
}

function modelOf(part: Record<string, unknown>): MessageFormat {
  if ('args' in part || 'result' in part || 'mimeType' in part) return 'aiV4.core'
  return isRecord(part['data']) && 'type' in part['data'] ? 'aiV7.model' : 'aiV5.model'
}

function typeOf(part: unknown): unknown {
  return isRecord(part) ? part['type'] : undefined
}
