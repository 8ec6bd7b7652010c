import type { ChatInit, ChatState, UIMessage } from 'ai'
import {
  AbstractChat,
  DefaultChatTransport,
  lastAssistantMessageIsCompleteWithApprovalResponses,
  lastAssistantMessageIsCompleteWithToolCalls,
} from 'ai'
import { contextOf } from './client.ts'
import type { World } from './kit.ts'

/** The AI SDK's own chat, as its bindings for React and the like make it: nothing but a place for its state. */
export class Chat extends AbstractChat<UIMessage> {}

export interface ChatOptions {
  id: string
  messages?: UIMessage[]
  agent?: string
  /** Sends by itself once all questions are answered, as pages do. */
  sendsAnswers?: boolean
  /** The fetch of the platform, to leave by. */
  signal?: AbortSignal
}

export function openChat(
  world: World,
  { id, messages = [], agent = 'clerk', sendsAnswers = false, signal }: ChatOptions,
): Chat {
  const state: ChatState<UIMessage> = {
    status: 'ready',
    error: undefined,
    messages,
    pushMessage: (message) => {
      state.messages = [...state.messages, message]
    },
    popMessage: () => {
      state.messages = state.messages.slice(0, -1)
    },
    replaceMessage: (index, message) => {
      state.messages = state.messages.with(index, message)
    },
    snapshot: (thing) => structuredClone(thing),
  }
  const transport = new DefaultChatTransport({
    api: `${world.url}/api/agents/${agent}/chat`,
    body: { runtimeContext: contextOf(world) },
    ...(signal && { fetch: (input, init) => fetch(input, { ...init, signal }) }),
  })
  return new Chat({ id, state, transport, ...(sendsAnswers && { sendAutomaticallyWhen }) })
}

/** Every question of the last answer has its answer. */
const sendAutomaticallyWhen: NonNullable<ChatInit<UIMessage>['sendAutomaticallyWhen']> = (last) =>
  lastAssistantMessageIsCompleteWithApprovalResponses(last) ||
  lastAssistantMessageIsCompleteWithToolCalls(last)
