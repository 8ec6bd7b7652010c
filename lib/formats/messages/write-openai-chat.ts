import type { FilePart, Message, Part, TextPart, ToolPart } from '../../protocol/message.ts'
import { toUrl } from './file.ts'
import type { Place } from './loss.ts'
import { inside, lose } from './loss.ts'
import type {
  ChatAnswer,
  ChatCall,
  ChatContent,
  ChatMessage,
  ChatRefusal,
  ChatText,
} from './openai-chat-types.ts'
import { openaiOf, unsaid } from './openai-metadata.ts'
import type { Written } from './said.ts'
import { loseApproval, loseInner, loseOwnData, loseWait, writeEach } from './said.ts'
import type { PlacedPart } from './steps.ts'
import { placedParts, placedSteps } from './steps.ts'
import { loseTextInput, toArguments, toErrorText, toResultText } from './tool-output.ts'

const FORMAT = 'an OpenAI chat message'

/** The messages of OpenAI's chat completions. */
export function writeOpenAiChat(messages: readonly Message[]): Written<ChatMessage> {
  return writeEach(messages, (message, place) => {
    loseOwnData(message, place, FORMAT)
    if (message.role === 'assistant') return placedSteps(message, place).flatMap(writeStep)
    const placed = placedParts(message, place)
    if (message.role === 'system')
      return placed.flatMap(([part, at]) => {
        if (part.type !== 'text') return losePart(part, at)
        loseProvider(part, at)
        return [{ role: 'system' as const, content: part.text }]
      })
    const content = placed.flatMap(([part, at]) => toContent(part, at))
    const [only, ...more] = content
    if (only === undefined) return []
    return [{ role: 'user', content: only.type === 'text' && more.length === 0 ? only.text : content }]
  })
}

function writeStep(step: readonly PlacedPart[]): ChatMessage[] {
  const words: (ChatText | ChatRefusal)[] = []
  const calls: ChatCall[] = []
  const results: ChatMessage[] = []
  for (const [part, place] of step) {
    if (part.type === 'text') {
      if (calls.length > 0) lose(place, 'that a text came after a call', `${FORMAT} has texts first`)
      loseProvider(part, place, 'refusal')
      words.push(toWords(part))
    } else if (part.type === 'tool') {
      if (!loseCall(part, place)) continue
      const { toolCallId: id, toolName: name, input } = part
      calls.push({ id, type: 'function', function: { name, arguments: toArguments(input) } })
      results.push(...toResult(part, place))
    } else losePart(part, place)
  }
  if (words.length === 0 && calls.length === 0) return []
  const [only, ...more] = words
  const content = only?.type === 'text' && more.length === 0 ? only.text : words
  const answer: ChatAnswer = { role: 'assistant', content: only ? content : null }
  return [calls.length > 0 ? { ...answer, tool_calls: calls } : answer, ...results]
}

/** False if the call itself is lost. */
function loseCall(part: ToolPart, place: Place): boolean {
  loseInner(part, place, FORMAT)
  if (part.providerExecuted) {
    lose(place, `the call of "${part.toolName}", which the provider ran`, `${FORMAT} has no place for it`)
    return false
  }
  loseProvider(part, place)
  loseApproval(part, place, FORMAT)
  loseWait(part, place, FORMAT)
  loseTextInput(part, place, FORMAT)
  return true
}

function toResult(part: ToolPart, place: Place): ChatMessage[] {
  const named = { role: 'tool', tool_call_id: part.toolCallId } as const
  const at = inside(place, 'output')
  if (part.state === 'done') {
    if (part.isContent) lose(at, 'that the model is shown texts and files', `${FORMAT} has one text`)
    return [{ ...named, content: toResultText(part.output, at) }]
  }
  if (part.state !== 'failed') return []
  lose(
    inside(place, 'error'),
    'that the call failed',
    `${FORMAT} has no sign for it: the error is its result`,
  )
  return [{ ...named, content: toErrorText(part.error) }]
}

function toWords(part: TextPart): ChatText | ChatRefusal {
  const isRefusal = openaiOf(part)['refusal'] === true
  return isRefusal ? { type: 'refusal', refusal: part.text } : { type: 'text', text: part.text }
}

function toContent(part: Part, place: Place): ChatContent[] {
  if (part.type === 'text') {
    loseProvider(part, place)
    return [{ type: 'text', text: part.text }]
  }
  return part.type === 'file' ? toFile(part, place) : losePart(part, place)
}

function toFile(part: FilePart, place: Place): ChatContent[] {
  const { mediaType, data, filename } = part
  const isImage = mediaType.startsWith('image/')
  const format = AUDIO[mediaType]
  loseProvider(part, place, ...(isImage ? ['imageDetail'] : []))
  if (filename !== undefined && (isImage || format !== undefined))
    lose(inside(place, 'filename'), 'the name of a file', `${FORMAT} has none for it`)
  if (isImage) {
    const detail = DETAILS.find((name) => name === openaiOf(part)['imageDetail'])
    if (part.url !== undefined && mediaType !== 'image/*')
      lose(inside(place, 'mediaType'), 'the media type of a link', `${FORMAT} has none for it`)
    return [{ type: 'image_url', image_url: { url: toUrl(part), ...(detail && { detail }) } }]
  }
  if (data === undefined) {
    lose(place, 'a file that is a link', `${FORMAT} has only images as links`)
    return []
  }
  if (format !== undefined) return [{ type: 'input_audio', input_audio: { data, format } }]
  if (filename === undefined)
    lose(inside(place, 'filename'), 'that a file has no name', `${FORMAT} wants one`)
  return [{ type: 'file', file: { filename: filename ?? 'file', file_data: toUrl(part) } }]
}

const DETAILS = ['auto', 'low', 'high'] as const

const AUDIO: Record<string, 'wav' | 'mp3'> = {
  'audio/wav': 'wav',
  'audio/mpeg': 'mp3',
}

function losePart(part: Part, place: Place): [] {
  lose(place, `a part "${part.type}"`, `${FORMAT} has no place for it`)
  return []
}

function loseProvider(part: Pick<TextPart, 'providerMetadata'>, place: Place, ...written: string[]): void {
  if (unsaid(part, ...written))
    lose(inside(place, 'providerMetadata'), 'what a provider wants back', `${FORMAT} has no place for it`)
}
