import type { JsonObject, JsonValue } from '../../protocol/json.ts'
import type { FilePart, Message, Part, ReasoningPart, TextPart, ToolPart } from '../../protocol/message.ts'
import type {
  AnthropicAssistantBlock,
  AnthropicFile,
  AnthropicImageType,
  AnthropicMessage,
  AnthropicResult,
  AnthropicText,
  AnthropicUserBlock,
} from './anthropic-types.ts'
import { citationsIn } from './citations.ts'
import { defined } from './defined.ts'
import { isJsonObject } from './fields.ts'
import { decodeText } from './file.ts'
import type { Loss, Place } from './loss.ts'
import { inside, lose } from './loss.ts'
import { redactedOf, signatureOf } from './reasoning.ts'
import { loseApproval, loseInner, loseOwnData, loseWait, startOf } from './said.ts'
import type { PlacedPart } from './steps.ts'
import { placedParts, placedSteps } from './steps.ts'
import { contentOf, toErrorText, toResultText } from './tool-output.ts'

const FORMAT = 'an Anthropic message'

/** The system prompt stands outside of the messages there. One that comes later is a message of its role. */
export interface AnthropicPrompt {
  system?: AnthropicText[]
  messages: AnthropicMessage[]
}

/** The messages of Anthropic. Results of tools stand before the next words of the user, in one message with them. */
export function writeAnthropic(messages: readonly Message[]): AnthropicPrompt & { losses: Loss[] } {
  const losses: Loss[] = []
  const system: AnthropicText[] = []
  const written: AnthropicMessage[] = []
  for (const [index, message] of messages.entries()) {
    const place = startOf(message, index, losses)
    loseOwnData(message, place, FORMAT)
    if (message.role === 'assistant') {
      for (const step of placedSteps(message, place)) writeStep(step, written)
      continue
    }
    const content = placedParts(message, place).flatMap(([part, at]) =>
      message.role === 'system' && part.type !== 'text' ? losePart(part, at) : toContent(part, at),
    )
    if (message.role === 'user') pushUser(content, written)
    else if (written.length === 0) system.push(...content.filter((block) => block.type === 'text'))
    else if (content.length > 0)
      written.push({ role: 'system', content: content.filter((block) => block.type === 'text') })
  }
  return { ...(system.length > 0 && { system }), messages: written, losses }
}

/** Words of the user's after results stand in the message of those. */
function pushUser(content: AnthropicUserBlock[], written: AnthropicMessage[]): void {
  const last = written.at(-1)
  if (content.length === 0) return
  if (last?.role === 'user' && last.content.every(({ type }) => type === 'tool_result'))
    last.content.push(...content)
  else written.push({ role: 'user', content })
}

function writeStep(step: readonly PlacedPart[], written: AnthropicMessage[]): void {
  const said: AnthropicAssistantBlock[] = []
  const results: AnthropicResult[] = []
  for (const [part, place] of step) {
    if (part.type === 'text') said.push(toText(part, place))
    else if (part.type === 'reasoning') said.push(...toThinking(part, place))
    else if (part.type === 'tool') {
      if (!loseCall(part, place)) continue
      const { toolCallId: id, toolName: name, input } = part
      said.push({ type: 'tool_use', id, name, input, ...cached(part) })
      results.push(...toResult(part, place))
    } else losePart(part, place)
  }
  if (said.length > 0) written.push({ role: 'assistant', content: said })
  if (results.length > 0) written.push({ role: 'user', content: results })
}

function toText(part: TextPart, place: Place): AnthropicText {
  loseProvider(part, place, 'cacheControl', 'citations')
  const { citations } = anthropicOf(part)
  const noted = citationsIn(citations, place)
  return { type: 'text', text: part.text, ...(noted.length > 0 && { citations: noted }), ...cached(part) }
}

function toThinking(part: ReasoningPart, place: Place): AnthropicAssistantBlock[] {
  loseProvider(part, place, 'signature', 'redactedData')
  const [signature, data] = [signatureOf(part), redactedOf(part)]
  if (data !== undefined) return [{ type: 'redacted_thinking', data }]
  if (signature !== undefined) return [{ type: 'thinking', thinking: part.text, signature }]
  lose(place, 'reasoning that Anthropic has not signed', `${FORMAT} has only signed reasoning`)
  return []
}

/** False if the call itself is lost. */
function loseCall(part: ToolPart, place: Place): boolean {
  loseInner(part, place, FORMAT)
  if (part.providerExecuted) {
    lose(place, `the call of "${part.toolName}", which the provider ran`, 'we know no block for it')
    return false
  }
  loseProvider(part, place, 'cacheControl')
  loseApproval(part, place, FORMAT)
  loseWait(part, place, FORMAT)
  return true
}

function toResult(part: ToolPart, place: Place): AnthropicResult[] {
  const named = { type: 'tool_result', tool_use_id: part.toolCallId } as const
  const at = inside(place, 'output')
  if (part.state === 'failed') return [{ ...named, content: toErrorText(part.error), is_error: true }]
  if (part.state !== 'done') return []
  const shown = contentOf(part)
  if (!shown) return [{ ...named, content: toResultText(part.output, at) }]
  return [{ ...named, content: shown.flatMap((item, i) => toContent(item, inside(at, i))) }]
}

function toContent(part: Part, place: Place): (AnthropicText | AnthropicFile)[] {
  if (part.type === 'text') return [toText(part, place)]
  return part.type === 'file' ? toFile(part, place) : losePart(part, place)
}

function toFile(part: FilePart, place: Place): AnthropicFile[] {
  const { mediaType, data, url = '', filename } = part
  const isImage = mediaType.startsWith('image/')
  loseProvider(part, place, 'cacheControl', ...(isImage ? [] : ['citations', 'context']))
  if (isImage && filename !== undefined)
    lose(inside(place, 'filename'), 'the name of an image', `${FORMAT} has none for it`)
  if (data === undefined && mediaType !== (isImage ? 'image/*' : 'application/pdf'))
    lose(inside(place, 'mediaType'), 'the media type of a link', `${FORMAT} has none for it`)
  if (isImage) {
    if (data === undefined) return [{ type: 'image', source: { type: 'url', url }, ...cached(part) }]
    const media_type = IMAGES.find((type) => type === mediaType)
    if (media_type === undefined) return loseFile(part, place)
    return [{ type: 'image', source: { type: 'base64', media_type, data }, ...cached(part) }]
  }
  const source = documentSource(part)
  if (!source) return loseFile(part, place)
  return [
    { type: 'document', source, ...defined({ title: filename }), ...documentOptions(part), ...cached(part) },
  ]
}

const IMAGES: AnthropicImageType[] = ['image/jpeg', 'image/png', 'image/gif', 'image/webp']

type Document = Extract<AnthropicFile, { type: 'document' }>

function documentSource({ mediaType, data, url = '' }: FilePart): Document['source'] | undefined {
  if (data === undefined) return { type: 'url', url }
  if (mediaType === 'application/pdf') return { type: 'base64', media_type: mediaType, data }
  const text = mediaType === 'text/plain' ? decodeText(data) : undefined
  return text === undefined ? undefined : { type: 'text', media_type: 'text/plain', data: text }
}

function documentOptions(part: FilePart): Pick<Document, 'citations' | 'context'> {
  const { citations, context } = anthropicOf(part)
  const enabled = isJsonObject(citations) ? citations['enabled'] : undefined
  return {
    ...(typeof enabled === 'boolean' && { citations: { enabled } }),
    ...(typeof context === 'string' && { context }),
  }
}

function loseFile({ mediaType }: FilePart, place: Place): [] {
  lose(place, `a file of the type "${mediaType}"`, `${FORMAT} has no place for it`)
  return []
}

function losePart(part: Part, place: Place): [] {
  lose(place, `a part "${part.type}"`, `${FORMAT} has no place for it`)
  return []
}

function anthropicOf({ providerMetadata }: Pick<TextPart, 'providerMetadata'>): JsonObject {
  return providerMetadata?.['anthropic'] ?? {}
}

function cached(part: Pick<TextPart, 'providerMetadata'>): Pick<AnthropicText, 'cache_control'> {
  const control: JsonValue | undefined = anthropicOf(part)['cacheControl']
  if (!isJsonObject(control) || control['type'] !== 'ephemeral') return {}
  const ttl = (['5m', '1h'] as const).find((name) => name === control['ttl'])
  return { cache_control: { type: 'ephemeral', ...defined({ ttl }) } }
}

function loseProvider(part: Pick<TextPart, 'providerMetadata'>, place: Place, ...written: string[]): void {
  const { anthropic = {}, ...others } = part.providerMetadata ?? {}
  const isUnsaid = Object.keys(anthropic).some((name) => !written.includes(name))
  if (isUnsaid || Object.keys(others).length > 0)
    lose(inside(place, 'providerMetadata'), 'what a provider wants back', `${FORMAT} has no place for it`)
}
