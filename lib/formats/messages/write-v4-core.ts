import type {
  FilePart,
  Message,
  Part,
  ProviderMetadata,
  ReasoningPart,
  TextPart,
  ToolPart,
} from '../../protocol/message.ts'
import { defined } from './defined.ts'
import type { Place } from './loss.ts'
import { inside, lose } from './loss.ts'
import { redactedOf, restOf, signatureOf } from './reasoning.ts'
import type { Written } from './said.ts'
import { loseApproval, loseInner, loseOwnData, loseWait, writeEach } from './said.ts'
import type { PlacedPart } from './steps.ts'
import { placedParts, placedSteps } from './steps.ts'
import { toErrorText } from './tool-output.ts'
import type { CoreAssistantPart, CoreFile, CoreMessage, CoreText, CoreToolResult } from './v4-types.ts'

const FORMAT = 'an AI SDK 4 core message'

/** The AI SDK's messages for models, version 4. */
export function writeCoreV4(messages: readonly Message[]): Written<CoreMessage> {
  return writeEach(messages, (message, place) => {
    loseOwnData(message, place, FORMAT)
    if (message.role === 'assistant') return placedSteps(message, place).flatMap(writeStep)
    const placed = placedParts(message, place)
    if (message.role === 'system')
      return placed.flatMap(([part, at]) => {
        if (part.type !== 'text') return losePart(part, at)
        return [{ role: 'system' as const, content: part.text, ...options(part.providerMetadata) }]
      })
    const content = placed.flatMap(([part, at]) =>
      part.type === 'text' || part.type === 'file' ? [toSaid(part)] : losePart(part, at),
    )
    return content.length > 0 ? [{ role: 'user', content }] : []
  })
}

function writeStep(step: readonly PlacedPart[]): CoreMessage[] {
  const said: CoreAssistantPart[] = []
  const told: CoreToolResult[] = []
  for (const [part, place] of step) {
    if (part.type === 'source' || part.type === 'step-start') losePart(part, place)
    else if (part.type === 'reasoning') said.push(toReasoning(part))
    else if (part.type !== 'tool') said.push(toSaid(part))
    else {
      const { toolCallId, toolName, input: args, providerMetadata } = part
      loseCall(part, place)
      said.push({ type: 'tool-call', toolCallId, toolName, args, ...options(providerMetadata) })
      told.push(...toResult(part, place))
    }
  }
  const messages: CoreMessage[] = []
  if (said.length > 0) messages.push({ role: 'assistant', content: said })
  if (told.length > 0) messages.push({ role: 'tool', content: told })
  return messages
}

function loseCall(part: ToolPart, place: Place): void {
  loseInner(part, place, FORMAT)
  loseApproval(part, place, FORMAT)
  loseWait(part, place, FORMAT)
  if (part.providerExecuted) lose(place, 'that the provider ran the call', `${FORMAT} has no place for it`)
}

function toResult(part: ToolPart, place: Place): CoreToolResult[] {
  const { toolCallId, toolName } = part
  const named = { type: 'tool-result', toolCallId, toolName } as const
  if (part.state === 'failed') return [{ ...named, result: toErrorText(part.error), isError: true }]
  if (part.state !== 'done') return []
  if (part.isContent)
    lose(
      inside(place, 'output'),
      'that the model is shown the result as texts and files',
      `${FORMAT} sends data`,
    )
  return [{ ...named, result: part.output }]
}

function toSaid(part: TextPart | FilePart): CoreText | CoreFile {
  if (part.type === 'text') return { type: 'text', text: part.text, ...options(part.providerMetadata) }
  const { mediaType: mimeType, data, url = '', filename, providerMetadata } = part
  return { type: 'file', data: data ?? url, mimeType, ...defined({ filename }), ...options(providerMetadata) }
}

function toReasoning(part: ReasoningPart): CoreAssistantPart {
  const [signature, data] = [signatureOf(part), redactedOf(part)]
  const more = options(restOf(part))
  if (data !== undefined) return { type: 'redacted-reasoning', data, ...more }
  return { type: 'reasoning', text: part.text, ...defined({ signature }), ...more }
}

function losePart(part: Part, place: Place): [] {
  lose(place, `a part "${part.type}"`, `${FORMAT} has no place for it`)
  return []
}

function options(providerOptions: ProviderMetadata | undefined): { providerOptions?: ProviderMetadata } {
  return providerOptions ? { providerOptions } : {}
}
