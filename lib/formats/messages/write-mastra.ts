import type { Message } from '../../protocol/message.ts'
import type { MastraMessage } from '../mastra/message.ts'
import { toMastraMessage } from '../mastra/message.ts'
import type { StoredPlace } from './conversation.ts'
import type { Place } from './loss.ts'
import { inside, lose } from './loss.ts'
import type { Written } from './said.ts'
import { loseInner, loseWait, partAt, writeEach } from './said.ts'

const FORMAT = 'a message that Mastra stores'

/** As {@link MastraMessage}, with its time as a Date. */
export type MastraStored = Omit<MastraMessage, 'createdAt'> & { createdAt: Date }

/** Messages as Mastra stores them, its format 2. */
export function writeMastra(
  messages: readonly Message[],
  placeOf: (message: Message) => StoredPlace = () => ({}),
): Written<MastraStored> {
  return writeEach(messages, (message, place) => {
    loseParts(message, place)
    const stored = toMastraMessage(message, placeOf(message))
    return [{ ...stored, createdAt: new Date(message.createdAt) }]
  })
}

function loseParts({ parts }: Message, place: Place): void {
  for (const [i, part] of parts.entries()) {
    const at = partAt(place, i)
    if (part.type === 'source' && part.url !== undefined && (part.mediaType ?? part.filename) !== undefined)
      lose(at, 'the media type and file name of a source that is a link', `${FORMAT} has none`)
    if (part.type !== 'tool') continue
    loseInner(part, at, FORMAT)
    const isAnswered = part.state === 'answered' && part.wait.for !== 'approval'
    if (isAnswered || (part.state === 'waiting' && part.wait.for === 'client')) loseWait(part, at, FORMAT)
    if (part.state === 'waiting' && part.wait.nested)
      lose(inside(at, 'wait.nested'), 'the call of an agent that waits', `${FORMAT} has no place for it`)
    if (part.state === 'done' && part.isContent)
      lose(at, 'that the model is shown the result as texts and files', `${FORMAT} shows it as data`)
  }
}
