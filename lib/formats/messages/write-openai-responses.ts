import type { JsonValue } from '../../protocol/json.ts'
import type { FilePart, Message, Part, ReasoningPart, TextPart, ToolPart } from '../../protocol/message.ts'
import { annotationsIn } from './citations.ts'
import { defined } from './defined.ts'
import { toUrl } from './file.ts'
import type { Place } from './loss.ts'
import { inside, lose } from './loss.ts'
import { openaiOf, unsaid } from './openai-metadata.ts'
import type { ResponsesAnswer, ResponsesContent, ResponsesItem, ResponsesWords } from './responses-types.ts'
import type { Written } from './said.ts'
import { loseApproval, loseInner, loseOwnData, loseWait, writeEach } from './said.ts'
import type { PlacedPart } from './steps.ts'
import { placedParts, placedSteps } from './steps.ts'
import { contentOf, loseTextInput, toArguments, toErrorText, toResultText } from './tool-output.ts'

const FORMAT = 'an item of OpenAI responses'

/** The input items of OpenAI's responses. */
export function writeOpenAiResponses(messages: readonly Message[]): Written<ResponsesItem> {
  return writeEach(messages, (message, place) => {
    loseOwnData(message, place, FORMAT)
    if (message.role === 'assistant') return writeSteps(placedSteps(message, place))
    const placed = placedParts(message, place)
    if (message.role === 'system')
      return placed.flatMap(([part, at]) => {
        if (part.type !== 'text') return losePart(part, at)
        loseProvider(part, at)
        return [{ role: 'system' as const, content: part.text }]
      })
    const content = placed.flatMap(([part, at]) => toContent(part, at))
    return content.length > 0 ? [{ role: 'user', content }] : []
  })
}

/** A step ends there with the results of its calls: one without has no end. */
function writeSteps(steps: readonly PlacedPart[][]): ResponsesItem[] {
  let isOpen = false
  return steps.flatMap((step) => {
    const [first] = step
    if (isOpen && first) lose(first[1], 'that a step begins', `${FORMAT} has steps only after results`)
    const items = writeStep(step)
    isOpen = !items.some((item) => 'type' in item && item.type === 'function_call_output')
    return items
  })
}

function writeStep(step: readonly PlacedPart[]): ResponsesItem[] {
  const items: ResponsesItem[] = []
  const results: ResponsesItem[] = []
  for (const [part, place] of step) {
    if (part.type === 'text') writeWords(part, place, items)
    else if (part.type === 'reasoning') writeReasoning(part, place, items)
    else if (part.type === 'tool') {
      if (!loseCall(part, place)) continue
      const { toolCallId: call_id, toolName: name } = part
      const id = textOf(openaiOf(part)['itemId'])
      const call = { type: 'function_call', call_id, name, arguments: toArguments(part.input) } as const
      items.push({ ...call, ...defined({ id }) })
      results.push(...toResult(part, place))
    } else losePart(part, place)
  }
  return [...items, ...results]
}

/** Texts of one item stand together in it. */
function writeWords(part: TextPart, place: Place, items: ResponsesItem[]): void {
  loseProvider(part, place, 'itemId', 'phase', 'annotations', 'refusal')
  const { itemId, phase: said, refusal, annotations } = openaiOf(part)
  const id = textOf(itemId)
  const phase = said === 'commentary' || said === 'final_answer' ? said : undefined
  const last = items.at(-1)
  if (id === undefined) {
    if (refusal === true) lose(place, 'that it is a refusal', `${FORMAT} says it of items with an id`)
    if (annotations !== undefined) lose(place, 'its annotations', `${FORMAT} has them on items with an id`)
    items.push({ role: 'assistant', content: part.text, ...defined({ phase }) })
    return
  }
  if (last && 'status' in last && last.id === id && last.phase === phase) {
    last.content.push(toWords(part, place))
    return
  }
  const answer: ResponsesAnswer = {
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [toWords(part, place)],
    id,
    ...defined({ phase }),
  }
  items.push(answer)
}

function toWords(part: TextPart, place: Place): ResponsesWords {
  const { refusal, annotations } = openaiOf(part)
  if (refusal === true) return { type: 'refusal', refusal: part.text }
  return { type: 'output_text', text: part.text, annotations: annotationsIn(annotations, place) }
}

function writeReasoning(part: ReasoningPart, place: Place, items: ResponsesItem[]): void {
  loseProvider(part, place, 'itemId', 'reasoningEncryptedContent')
  const { itemId, reasoningEncryptedContent: sealed } = openaiOf(part)
  const id = textOf(itemId)
  if (id === undefined) return lose(place, 'reasoning of another provider', `${FORMAT} has only OpenAI's own`)
  const summary = part.text === '' ? [] : [{ type: 'summary_text' as const, text: part.text }]
  const last = items.at(-1)
  if (last && 'type' in last && last.type === 'reasoning' && last.id === id) {
    last.summary.push(...summary)
    return
  }
  const encrypted_content = textOf(sealed)
  items.push({ type: 'reasoning', id, summary, ...defined({ encrypted_content }) })
}

/** False if the call itself is lost. */
function loseCall(part: ToolPart, place: Place): boolean {
  loseInner(part, place, FORMAT)
  if (part.providerExecuted) {
    lose(place, `the call of "${part.toolName}", which the provider ran`, `we know no item for it`)
    return false
  }
  loseProvider(part, place, 'itemId')
  loseApproval(part, place, FORMAT)
  loseWait(part, place, FORMAT)
  loseTextInput(part, place, FORMAT)
  return true
}

function toResult(part: ToolPart, place: Place): ResponsesItem[] {
  const named = { type: 'function_call_output', call_id: part.toolCallId } as const
  const at = inside(place, 'output')
  if (part.state === 'done') {
    const shown = contentOf(part)
    if (!shown) return [{ ...named, output: toResultText(part.output, at) }]
    return [{ ...named, output: shown.flatMap((item, i) => toContent(item, inside(at, i))) }]
  }
  if (part.state !== 'failed') return []
  lose(
    inside(place, 'error'),
    'that the call failed',
    `${FORMAT} has no sign for it: the error is its result`,
  )
  return [{ ...named, output: toErrorText(part.error) }]
}

function toContent(part: Part, place: Place): ResponsesContent[] {
  if (part.type === 'text') {
    loseProvider(part, place)
    return [{ type: 'input_text', text: part.text }]
  }
  return part.type === 'file' ? toFile(part, place) : losePart(part, place)
}

function toFile(part: FilePart, place: Place): ResponsesContent[] {
  const { mediaType, url, filename } = part
  const isImage = mediaType.startsWith('image/')
  loseProvider(part, place, ...(isImage ? ['imageDetail'] : []))
  if (filename !== undefined && (isImage || url !== undefined))
    lose(inside(place, 'filename'), 'the name of a file', `${FORMAT} has none for it`)
  const isUnsaid = url !== undefined && mediaType !== (isImage ? 'image/*' : 'application/octet-stream')
  if (isUnsaid) lose(inside(place, 'mediaType'), 'the media type of a link', `${FORMAT} has none for it`)
  if (isImage) {
    const detail = DETAILS.find((name) => name === openaiOf(part)['imageDetail']) ?? 'auto'
    return [{ type: 'input_image', image_url: toUrl(part), detail }]
  }
  if (url !== undefined) return [{ type: 'input_file', file_url: url }]
  return [{ type: 'input_file', file_data: toUrl(part), ...defined({ filename }) }]
}

const DETAILS = ['low', 'high', 'original'] as const

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function losePart(part: Part, place: Place): [] {
  lose(place, `a part "${part.type}"`, `${FORMAT} has no place for it`)
  return []
}

function loseProvider(part: Pick<TextPart, 'providerMetadata'>, place: Place, ...written: string[]): void {
  if (unsaid(part, ...written))
    lose(inside(place, 'providerMetadata'), 'what a provider wants back', `${FORMAT} has no place for it`)
}
