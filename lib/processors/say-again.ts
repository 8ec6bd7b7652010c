import type { Message, Part, ProviderMetadata, ToolPart } from '../protocol/message.ts'
import type { StreamPart } from './processor.ts'

/** The parts of one step as events: what the loop says after a second `step-start` when a processor changed the step. */
export function toStepEvents({ parts }: Pick<Message, 'parts'>): StreamPart[] {
  return parts.flatMap(toEvents)
}

function toEvents(part: Part, index: number): StreamPart[] {
  switch (part.type) {
    case 'text':
    case 'reasoning': {
      const id = `again-${index}`
      return [
        { type: `${part.type}-start`, id },
        ...(part.text === '' ? [] : [{ type: `${part.type}-delta` as const, id, delta: part.text }]),
        { type: `${part.type}-end`, id, ...metadata(part) },
      ]
    }
    case 'file':
    case 'source':
      return [part]
    case 'tool':
      return toCallEvents(part)
    case 'step-start':
      return []
    default:
      return part satisfies never
  }
}

/** Calls that a provider ran have their answer within the step; ours are answered after it. */
function toCallEvents(part: ToolPart): StreamPart[] {
  const { toolCallId, toolName, input, providerExecuted } = part
  const executed = providerExecuted && { providerExecuted }
  const call = { type: 'tool-call', toolCallId, toolName, input, ...executed, ...metadata(part) } as const
  if (part.state === 'done')
    return [call, { type: 'tool-result', toolCallId, toolName, output: part.output, ...executed }]
  if (part.state === 'failed')
    return [call, { type: 'tool-error', toolCallId, toolName, error: part.error, ...executed }]
  return [call]
}

function metadata({ providerMetadata }: { providerMetadata?: ProviderMetadata }): {
  providerMetadata?: ProviderMetadata
} {
  return providerMetadata ? { providerMetadata } : {}
}
