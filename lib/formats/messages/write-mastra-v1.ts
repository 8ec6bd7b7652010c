import type { Message } from '../../protocol/message.ts'
import type { StoredPlace } from './conversation.ts'
import type { Written } from './said.ts'
import type { CoreMessage } from './v4-types.ts'
import { writeCoreV4 } from './write-v4-core.ts'

/** A message as Mastra stored it before its format 2: one of the AI SDK's for models, version 4, with an id. */
export type MastraMessageV1 = CoreMessage &
  StoredPlace & { id: string; createdAt: Date; type: 'text' | 'tool-call' | 'tool-result' }

/** Messages in Mastra's first format. Of an answer in several the first has its id. */
export function writeMastraV1(
  messages: readonly Message[],
  placeOf: (message: Message) => StoredPlace = () => ({}),
): Written<MastraMessageV1> {
  const { losses } = writeCoreV4(messages)
  const written = messages.flatMap((message) =>
    writeCoreV4([message]).messages.map((core, i) => ({
      ...core,
      ...placeOf(message),
      id: i === 0 ? message.id : `${message.id}-${i + 1}`,
      createdAt: new Date(message.createdAt),
      type: typeOf(core),
    })),
  )
  return { messages: written, losses }
}

function typeOf({ role, content }: CoreMessage): MastraMessageV1['type'] {
  if (role === 'tool') return 'tool-result'
  const isCall = typeof content !== 'string' && content.some(({ type }) => type === 'tool-call')
  return isCall ? 'tool-call' : 'text'
}
