import type { Message } from '../../protocol/message.ts'
import type { Conversation, StoredPlace } from './conversation.ts'
import type { Loss, Place } from './loss.ts'
import type { ModelMessageV5, ModelMessageV6 } from './model-types.ts'
import type { ChatMessage } from './openai-chat-types.ts'
import { readAnthropic } from './read-anthropic.ts'
import { readMastra } from './read-mastra.ts'
import { readModel } from './read-model.ts'
import { readOpenAiChat } from './read-openai-chat.ts'
import { readOpenAiResponses } from './read-openai-responses.ts'
import { readOwn } from './read-own.ts'
import { readUi } from './read-ui.ts'
import { readUiV4 } from './read-v4-ui.ts'
import type { ResponsesItem } from './responses-types.ts'
import type { Written } from './said.ts'
import type { UiMessageV5, UiMessageV6 } from './ui-types.ts'
import type { CoreMessage, UiMessageV4 } from './v4-types.ts'
import type { AnthropicPrompt } from './write-anthropic.ts'
import { writeAnthropic } from './write-anthropic.ts'
import type { MastraStored } from './write-mastra.ts'
import { writeMastra } from './write-mastra.ts'
import type { MastraMessageV1 } from './write-mastra-v1.ts'
import { writeMastraV1 } from './write-mastra-v1.ts'
import { writeModelV5, writeModelV6 } from './write-model.ts'
import { writeOpenAiChat } from './write-openai-chat.ts'
import { writeOpenAiResponses } from './write-openai-responses.ts'
import { writeUiV5, writeUiV6 } from './write-ui.ts'
import { writeCoreV4 } from './write-v4-core.ts'
import { writeUiV4 } from './write-v4-ui.ts'

/** What each format is written as. */
export interface WrittenAs {
  'aiV4.ui': Written<UiMessageV4>
  'aiV4.core': Written<CoreMessage>
  'aiV5.ui': Written<UiMessageV5>
  'aiV5.model': Written<ModelMessageV5>
  'aiV6.ui': Written<UiMessageV6>
  'aiV6.model': Written<ModelMessageV6>
  'aiV7.ui': Written<UiMessageV6>
  'aiV7.model': Written<ModelMessageV6>
  'openai.chat': Written<ChatMessage>
  'openai.responses': Written<ResponsesItem>
  anthropic: AnthropicPrompt & { losses: Loss[] }
  mastra: Written<MastraStored>
  'mastra.v1': Written<MastraMessageV1>
  native: Written<Message>
}

export type MessageFormat = keyof WrittenAs

type Read = (value: unknown, place: Place, into: Conversation) => void

export const READERS: Record<MessageFormat, Read> = {
  'aiV4.ui': readUiV4,
  'aiV4.core': readModel,
  'aiV5.ui': readUi,
  'aiV5.model': readModel,
  'aiV6.ui': readUi,
  'aiV6.model': readModel,
  'aiV7.ui': readUi,
  'aiV7.model': readModel,
  'openai.chat': readOpenAiChat,
  'openai.responses': readOpenAiResponses,
  anthropic: readAnthropic,
  mastra: readMastra,
  'mastra.v1': readModel,
  native: readOwn,
}

type PlaceOf = (message: Message) => StoredPlace

export const WRITERS: {
  [Format in MessageFormat]: (messages: readonly Message[], placeOf?: PlaceOf) => WrittenAs[Format]
} = {
  'aiV4.ui': writeUiV4,
  'aiV4.core': writeCoreV4,
  'aiV5.ui': writeUiV5,
  'aiV5.model': writeModelV5,
  'aiV6.ui': writeUiV6,
  'aiV6.model': writeModelV6,
  'aiV7.ui': writeUiV6,
  'aiV7.model': writeModelV6,
  'openai.chat': writeOpenAiChat,
  'openai.responses': writeOpenAiResponses,
  anthropic: writeAnthropic,
  mastra: writeMastra,
  'mastra.v1': writeMastraV1,
  native: (messages) => ({
    messages: messages.map((message) => ({ ...message, parts: [...message.parts] })),
    losses: [],
  }),
}
