import type { FilePart, Part, TextPart, ToolPart } from '../../protocol/message.ts'
import type { Conversation } from './conversation.ts'
import { defined } from './defined.ts'
import { Fields } from './fields.ts'
import { readFile } from './file.ts'
import type { Place } from './loss.ts'
import { inside, invalidAt, lose } from './loss.ts'
import { openai } from './openai-metadata.ts'
import { refused } from './read-openai-chat.ts'
import { done, doneWithContent, fromArguments, fromResultText } from './tool-output.ts'

/** An item of OpenAI's responses, of an input or of an output. What the provider ran itself is noted as lost. */
export function readOpenAiResponses(value: unknown, place: Place, into: Conversation): void {
  const fields = new Fields(value, place, 'an item')
  const type = fields.maybeText('type') ?? (fields.has('role') ? 'message' : 'item_reference')
  loseStatus(fields)
  switch (type) {
    case 'message':
      readMessage(fields, into)
      break
    case 'function_call':
      into.goOn([readCall(fields)], place)
      break
    case 'function_call_output':
      readOutput(fields, into)
      break
    case 'reasoning':
      into.goOn(readReasoning(fields), place)
      break
    default:
      return lose(place, `an item "${type}"`)
  }
  fields.close()
}

function loseStatus(fields: Fields): void {
  const status = fields.maybeText('status')
  if (status !== undefined && status !== 'completed') lose(fields.at('status'), `the status "${status}"`)
}

function readMessage(fields: Fields, into: Conversation): void {
  const role = fields.take('role')
  if (role === 'assistant') {
    const more = { itemId: fields.maybeText('id'), phase: fields.maybeText('phase') }
    return into.goOn(readContent(fields, more), fields.place)
  }
  if (role === 'user' || role === 'system' || role === 'developer') {
    if (role === 'developer') lose(fields.at('role'), 'the role "developer"', 'ours for it is "system"')
    into.add(role === 'user' ? 'user' : 'system', readContent(fields), {}, fields.place)
    return
  }
  throw invalidAt(fields.at('role'), 'must be "user", "assistant", "system" or "developer"')
}

type Kept = Record<string, string | undefined>

function readContent(fields: Fields, more: Kept = {}, key = 'content'): (TextPart | FilePart)[] {
  const content = fields.take(key)
  if (typeof content === 'string')
    return content === '' ? [] : [{ type: 'text', text: content, ...openai(more) }]
  if (!Array.isArray(content)) throw invalidAt(fields.at(key), 'must be a text or a list of parts')
  return fields.maybeList(key).flatMap(([part, at]) => readPart(part, at, more) ?? [])
}

/** Undefined if the part is lost. */
function readPart(value: unknown, place: Place, more: Kept): TextPart | FilePart | undefined {
  const fields = new Fields(value, place, 'a part')
  const type = fields.text('type')
  const part = readKind(fields, type, more)
  if (part) fields.close()
  return part
}

function readKind(fields: Fields, type: string, more: Kept): TextPart | FilePart | undefined {
  switch (type) {
    case 'input_text':
    case 'output_text': {
      const annotations = fields.has('annotations') ? fields.json('annotations') : undefined
      return { type: 'text', text: fields.text('text'), ...openai({ ...more, annotations }) }
    }
    case 'refusal': {
      const text = fields.text('refusal')
      return { ...refused(text), ...openai({ ...more, refusal: true }) }
    }
    case 'input_image': {
      const detail = fields.maybeText('detail')
      const source = fields.maybeText('image_url')
      if (source === undefined) return loseFile(fields.place)
      const own = openai({ imageDetail: detail === 'auto' ? undefined : detail })
      return readFile(source, { fallback: 'image/*', ...own }, fields.at('image_url'))
    }
    case 'input_file': {
      const key = fields.has('file_url') ? 'file_url' : 'file_data'
      const filename = fields.maybeText('filename')
      const source = fields.maybeText(key)
      if (source === undefined) return loseFile(fields.place)
      const fallback = 'application/octet-stream'
      return readFile(source, { ...defined({ filename }), fallback }, fields.at(key))
    }
    default:
      lose(fields.place, `a part "${type}"`)
      return undefined
  }
}

function loseFile(place: Place): undefined {
  lose(place, 'a file that only OpenAI knows', 'a file of ours is its content or a link')
}

function readCall(fields: Fields): ToolPart {
  const [toolCallId, toolName] = [fields.text('call_id'), fields.text('name')]
  const input = fromArguments(fields.text('arguments'))
  const itemId = fields.maybeText('id')
  return { type: 'tool', toolCallId, toolName, input, state: 'pending', ...openai({ itemId }) }
}

function readOutput(fields: Fields, into: Conversation): void {
  const id = fields.text('call_id')
  // The item's own name: the call's is what it is found by.
  fields.skip('id')
  const content = readContent(fields, {}, 'output')
  const text = fields.take('output')
  into.settle(
    (part) => part.toolCallId === id,
    (part) => (typeof text === 'string' ? done(part, fromResultText(text)) : doneWithContent(part, content)),
    fields.place,
  )
}

/** Each summary is a part; all name their item, which is how they find together again. */
function readReasoning(fields: Fields): Part[] {
  const kept = openai({
    itemId: fields.text('id'),
    reasoningEncryptedContent: fields.maybeText('encrypted_content'),
  })
  const summaries = fields.maybeList('summary').map(([value, at]) => {
    const summary = new Fields(value, at, 'a summary')
    summary.skip('type')
    const text = summary.text('text')
    summary.close()
    return text
  })
  if (fields.has('content')) lose(inside(fields.place, 'content'), 'the reasoning itself, beside its summary')
  fields.skip('content')
  return (summaries.length > 0 ? summaries : ['']).map((text) => ({ type: 'reasoning', text, ...kept }))
}
