import type { FilePart, Part, TextPart, ToolPart } from '../../protocol/message.ts'
import type { Conversation } from './conversation.ts'
import { defined } from './defined.ts'
import { Fields } from './fields.ts'
import { readFile } from './file.ts'
import type { Place } from './loss.ts'
import { invalidAt, lose } from './loss.ts'
import { openai } from './openai-metadata.ts'
import { done, fromArguments, fromResultText } from './tool-output.ts'

/** A message of OpenAI's chat completions, as it is sent or as it was answered. */
export function readOpenAiChat(value: unknown, place: Place, into: Conversation): void {
  const fields = new Fields(value, place, 'a message')
  const role = fields.take('role')
  switch (role) {
    case 'developer':
    case 'system':
      if (role === 'developer') lose(fields.at('role'), 'the role "developer"', 'ours for it is "system"')
      into.add('system', readContent(fields), {}, place)
      break
    case 'user':
      into.add('user', readContent(fields), {}, place)
      break
    case 'assistant':
      into.addStep(readAnswer(fields, into), place)
      break
    case 'tool': {
      const id = fields.text('tool_call_id')
      settle(fields, (part) => part.toolCallId === id, into)
      break
    }
    case 'function': {
      const name = fields.text('name')
      settle(fields, (part) => part.toolName === name, into)
      break
    }
    default:
      throw invalidAt(fields.at('role'), 'must be a role of OpenAI chat messages')
  }
  fields.close()
}

function settle(fields: Fields, isMeant: (part: ToolPart) => boolean, into: Conversation): void {
  const text = readContent(fields).map((part) => (part.type === 'text' ? part.text : ''))
  into.settle(isMeant, (part) => done(part, fromResultText(text.join(''))), fields.place)
}

function readAnswer(fields: Fields, into: Conversation): Part[] {
  const refusal = fields.maybeText('refusal')
  const annotations = fields.has('annotations') ? fields.json('annotations') : undefined
  const words: Part[] = readContent(fields)
  const last = words.findLast((part) => part.type === 'text')
  if (annotations !== undefined && last) Object.assign(last, openai({ annotations }))
  if (refusal !== undefined) words.push(refused(refusal))
  const calls = fields.maybeList('tool_calls').flatMap(([call, at]) => readCall(call, at) ?? [])
  const older = fields.maybeFields('function_call')
  if (older) calls.push(toCall(older, into.services.newId('call')))
  return [...words, ...calls]
}

/** Undefined if the call is lost. */
function readCall(value: unknown, place: Place): ToolPart | undefined {
  const fields = new Fields(value, place, 'a call')
  const [id, type] = [fields.text('id'), fields.maybeText('type') ?? 'function']
  // What some servers count in a stream follows from the order.
  fields.skip('index')
  const inner = fields.maybeFields(type === 'custom' ? 'custom' : 'function')
  if (!inner) throw invalidAt(fields.at('function'), 'must be an object')
  if (type === 'custom') lose(place, 'that the tool takes a plain text ("custom")')
  const part = toCall(inner, id)
  fields.close()
  return part
}

function toCall(fields: Fields, toolCallId: string): ToolPart {
  const toolName = fields.text('name')
  const input = fields.has('input') ? fields.text('input') : fromArguments(fields.text('arguments'))
  fields.close()
  return { type: 'tool', toolCallId, toolName, input, state: 'pending' }
}

function readContent(fields: Fields): (TextPart | FilePart)[] {
  const content = fields.take('content')
  if (content === undefined) return []
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }]
  if (!Array.isArray(content)) throw invalidAt(fields.at('content'), 'must be a text or a list of parts')
  return fields.maybeList('content').flatMap(([part, at]) => readPart(part, at) ?? [])
}

/** Undefined if the part is lost. */
function readPart(value: unknown, place: Place): TextPart | FilePart | undefined {
  const fields = new Fields(value, place, 'a part')
  const type = fields.text('type')
  const part = readKind(fields, type)
  if (part) fields.close()
  return part
}

function readKind(fields: Fields, type: string): TextPart | FilePart | undefined {
  switch (type) {
    case 'text':
      return { type, text: fields.text('text') }
    case 'refusal':
      return refused(fields.text('refusal'))
    case 'image_url': {
      const image = inner(fields, type)
      const more = openai({ imageDetail: image.maybeText('detail') })
      const file = readFile(image.text('url'), { fallback: 'image/*', ...more }, image.at('url'))
      image.close()
      return file
    }
    case 'input_audio': {
      const audio = inner(fields, type)
      const format = audio.text('format')
      const mediaType = format === 'mp3' ? 'audio/mpeg' : `audio/${format}`
      const file = readFile(audio.text('data'), { mediaType }, audio.at('data'))
      audio.close()
      return file
    }
    case 'file': {
      const inside = inner(fields, type)
      const filename = inside.maybeText('filename')
      const source = inside.maybeText('file_data')
      if (source === undefined) {
        lose(inside.place, 'a file that only OpenAI knows', 'a file of ours is its content or a link')
        return undefined
      }
      const fallback = 'application/octet-stream'
      const file = readFile(source, { ...defined({ filename }), fallback }, inside.at('file_data'))
      inside.close()
      return file
    }
    default:
      lose(fields.place, `a part "${type}"`)
      return undefined
  }
}

function inner(fields: Fields, key: string): Fields {
  const found = fields.maybeFields(key)
  if (!found) throw invalidAt(fields.at(key), 'must be an object')
  return found
}

/** A refusal is what the model said, marked as what it is. */
export function refused(text: string): TextPart {
  return { type: 'text', text, ...openai({ refusal: true }) }
}
