import type { JsonValue } from '../../protocol/json.ts'
import { isRecord } from '../../protocol/json.ts'
import type { FilePart, TextPart, ToolError, ToolErrorCode, ToolPart } from '../../protocol/message.ts'
import { callOf } from './conversation.ts'
import type { Place } from './loss.ts'
import { inside, lose } from './loss.ts'

type Done = ToolPart & { state: 'done' }
type Failed = ToolPart & { state: 'failed' }

export function done(part: ToolPart, output: JsonValue): Done {
  return { ...callOf(part), state: 'done', output }
}

/** A result that the model is shown as texts and files. */
export function doneWithContent(part: ToolPart, content: (TextPart | FilePart)[]): Done {
  return { ...callOf(part), state: 'done', output: content, isContent: true }
}

export function failed(part: ToolPart, error: ToolError): Failed {
  return { ...callOf(part), state: 'failed', error }
}

/** The texts and files of a result that is shown as such; undefined of any other. */
export function contentOf(part: Done): (TextPart | FilePart)[] | undefined {
  if (!part.isContent || !Array.isArray(part.output)) return undefined
  const content = part.output.filter(isContentPart)
  return content.length === part.output.length ? content : undefined
}

/** The parts are our own, written by `doneWithContent`: what tells them apart is enough. */
function isContentPart(value: unknown): value is (TextPart | FilePart) & JsonValue {
  if (!isRecord(value)) return false
  if (value['type'] === 'text') return typeof value['text'] === 'string'
  return value['type'] === 'file' && typeof value['mediaType'] === 'string'
}

/** Formats whose results are texts carry JSON as its text. A text that would be read as JSON then is noted. */
export function toResultText(output: JsonValue, place: Place): string {
  if (typeof output !== 'string') {
    if (!isStructure(output)) lose(place, 'that the result is no text', 'here results are texts')
    return JSON.stringify(output)
  }
  if (fromResultText(output) !== output) lose(place, 'that the result is a text', 'it reads as JSON')
  return output
}

/** The text of an object or a list is read as one, if it comes back as the same text. */
export function fromResultText(text: string): JsonValue {
  if (!/^[[{]/.test(text)) return text
  try {
    const value: JsonValue = JSON.parse(text)
    return JSON.stringify(value) === text ? value : text
  } catch {
    return text
  }
}

function isStructure(value: JsonValue): boolean {
  return typeof value === 'object' && value !== null
}

/** The arguments of a call as a model wrote them: a text that may be no JSON, which is kept as it is. */
export function fromArguments(text: string): JsonValue {
  if (text === '') return {}
  try {
    const value: JsonValue = JSON.parse(text)
    return typeof value === 'string' ? text : value
  } catch {
    return text
  }
}

/** A text that is the input of a call stands for itself, unless it reads as JSON. */
export function loseTextInput({ input }: ToolPart, place: Place, format: string): void {
  if (typeof input === 'string' && fromArguments(input) !== input)
    lose(inside(place, 'input'), 'that the input is a text', `${format} takes it for JSON`)
}

export function toArguments(input: JsonValue): string {
  if (input === '') return '{}'
  return typeof input === 'string' ? input : JSON.stringify(input)
}

/** An error as one text: our code before it, unless it is the plain one. */
export function toErrorText({ code, message }: ToolError): string {
  const isPlain = code === 'tool_failed' && toError(message).code === code && !PREFIX.test(message)
  return isPlain ? message : `${code}: ${message}`
}

export function toError(text: string): ToolError {
  const [, code, message = text] = PREFIX.exec(text) ?? []
  return isCode(code) ? { code, message } : { code: 'tool_failed', message: text }
}

const PREFIX = /^(tool_[a-z_]+): (.*)$/s

const CODES = new Set<string>([
  'tool_unknown',
  'tool_input_invalid',
  'tool_output_invalid',
  'tool_failed',
  'tool_timeout',
  'tool_aborted',
  'tool_outcome_unknown',
  'tool_declined',
] satisfies ToolErrorCode[])

function isCode(code: string | undefined): code is ToolErrorCode {
  return code !== undefined && CODES.has(code)
}
