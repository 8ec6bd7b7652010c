import type { JsonObject } from '../../protocol/json.ts'
import type { Message } from '../../protocol/message.ts'
import type { UiMessage } from '../ai-sdk-message.ts'
import { toUiMessage } from '../ai-sdk-message.ts'

/** An answer as the AI SDK's UI message that Mastra adds to its own. There the first step opens without a part. */
export function toMastraUiMessage(message: Message, metadata: JsonObject): UiMessage {
  const { id, role, parts } = toUiMessage(message)
  const shown = parts.map((part, i) => {
    const ours = message.parts[i]
    return ours?.type === 'step-start' && ours.model !== undefined ? { ...part, model: ours.model } : part
  })
  return { id, role, metadata, parts: message.parts[0]?.type === 'step-start' ? shown.slice(1) : shown }
}
