import type { Message } from '../protocol/message.ts'
import { randomId } from '../protocol/id.ts'
import type { ReadServices } from './input.ts'
import { Conversation } from './messages/conversation.ts'
import type { MessageFormat, WrittenAs } from './messages/formats.ts'
import { WRITERS } from './messages/formats.ts'
import { readList } from './messages/read-list.ts'
import type { ListLoss } from './messages/strict.ts'
import { refuseLosses } from './messages/strict.ts'

export interface ConvertOptions {
  /** What a format cannot carry is an error, not a loss. */
  strict?: boolean
}

export interface ReadOptions extends ConvertOptions, Partial<ReadServices> {
  /** Wins over what the shape of the messages says. */
  format?: MessageFormat
}

/**
 * Messages of ours from a text, a message or a list of them, in any format.
 *
 * @throws EdgewiseError `invalid_request` that names the field of what cannot be read.
 */
export function fromMessages(
  input: unknown,
  { format, strict = false, newId = randomId, now = Date.now }: ReadOptions = {},
): { messages: Message[]; losses: ListLoss[] } {
  const conversation = new Conversation({ newId, now })
  const losses = readList(conversation, input, format)
  if (strict) refuseLosses(losses)
  return { messages: conversation.messages, losses }
}

/**
 * Messages of ours in another format, and what it cannot carry.
 *
 * @throws EdgewiseError `invalid_request` that names the first loss, if `strict`.
 */
export function toMessages<Format extends MessageFormat>(
  messages: readonly Message[],
  format: Format,
  { strict = false }: ConvertOptions = {},
): WrittenAs[Format] {
  const written = WRITERS[format](messages)
  if (strict) refuseLosses(written.losses.map((loss) => ({ ...loss, direction: 'write', format })))
  return written
}
