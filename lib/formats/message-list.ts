import { randomId } from '../protocol/id.ts'
import type { Message } from '../protocol/message.ts'
import type { StoredPlace } from './messages/conversation.ts'
import { Conversation } from './messages/conversation.ts'
import { defined } from './messages/defined.ts'
import type { MessageFormat, WrittenAs } from './messages/formats.ts'
import { WRITERS } from './messages/formats.ts'
import { invalidAt, placeOf } from './messages/loss.ts'
import { readList } from './messages/read-list.ts'
import type { ListLoss } from './messages/strict.ts'
import { refuseLosses } from './messages/strict.ts'
import type { MessageViews } from './messages/views.ts'
import { viewsOf } from './messages/views.ts'

export interface MessageListOptions extends StoredPlace {
  /** Makes the ids of messages that come without; random by default. */
  generateMessageId?: () => string
  /** In milliseconds since 1970. */
  now?: () => number
  /** What a format cannot carry is an error, not a loss. */
  strict?: boolean
}

export interface AddOptions {
  /** Wins over what the shape of the messages says. */
  format?: MessageFormat
}

/** Where messages come from. `user` is another word for `input`; `context` and `system` are shown by `all` alone. */
export type MessageSource = 'memory' | 'response' | 'input' | 'system' | 'context' | 'user'

/**
 * Messages of any format, given in any other. Everything that did not come along is in `losses`: of reading since the
 * list was made, of writing from the last time that the same was asked for.
 */
export class MessageList {
  readonly #conversation: Conversation
  readonly #place: StoredPlace
  readonly #strict: boolean
  readonly #sources = new Map<string, MessageSource>()
  readonly #read: ListLoss[] = []
  readonly #written = new Map<string, ListLoss[]>()

  constructor(options: MessageListOptions = {}) {
    const { threadId, resourceId, generateMessageId, now = Date.now, strict = false } = options
    this.#place = defined({ threadId, resourceId })
    this.#strict = strict
    const newId = (prefix: string) =>
      prefix === 'msg' && generateMessageId ? generateMessageId() : randomId(prefix)
    this.#conversation = new Conversation({ newId, now })
  }

  /**
   * Reads a text, a message or a list of them. Results of tools join the calls before them; a message whose id is
   * there takes that one's place. If one of them cannot be read none is taken.
   *
   * @throws EdgewiseError `invalid_request` that names the field; if `strict`, also what would be lost.
   */
  add(input: unknown, source: MessageSource = 'input', { format }: AddOptions = {}): this {
    const { messages } = this.#conversation
    const restore = this.#conversation.checkpoint()
    const last = messages.at(-1)
    if (last && this.#sources.get(last.id) !== source) this.#conversation.closeAnswer()
    const before = new Set(messages)
    const losses = readList(this.#conversation, input, format)
    try {
      this.#refuseElsewhere(messages.filter((message) => !before.has(message)))
      if (this.#strict) refuseLosses(losses)
    } catch (error) {
      restore()
      throw error
    }
    this.#read.push(...losses)
    for (const message of messages) if (!before.has(message)) this.#sources.set(message.id, source)
    return this
  }

  /** A message of the system, or several texts of it. */
  addSystem(text: string | readonly string[]): this {
    const texts = typeof text === 'string' ? [text] : text
    return this.add(
      texts.map((content) => ({ role: 'system', content })),
      'system',
    )
  }

  /** The messages in every format, of all sources or of one. */
  get get(): Record<'all' | 'remembered' | 'input' | 'response', MessageViews> {
    const view = (name: string, ...sources: MessageSource[]): MessageViews =>
      viewsOf((format) => this.#write(format, name, sources).messages)
    return {
      all: view('all'),
      remembered: view('remembered', 'memory'),
      input: view('input', 'input', 'user'),
      response: view('response', 'response'),
    }
  }

  /** All messages in a format, with what it cannot carry; of Anthropic with the system prompt, which stands apart. */
  to<Format extends MessageFormat>(format: Format): WrittenAs[Format] {
    return this.#write(format, 'all', [])
  }

  get losses(): ListLoss[] {
    return [...this.#read, ...[...this.#written.values()].flat()]
  }

  /** @returns what was removed. */
  removeByIds(ids: readonly string[]): Message[] {
    return this.#conversation.remove(({ id }) => ids.includes(id))
  }

  #write<Format extends MessageFormat>(
    format: Format,
    view: string,
    sources: readonly MessageSource[],
  ): WrittenAs[Format] {
    const messages = this.#conversation.messages.filter(
      ({ id }) => sources.length === 0 || sources.includes(this.#sources.get(id) ?? 'input'),
    )
    const written = WRITERS[format](messages, ({ id }) => ({
      ...this.#place,
      ...this.#conversation.places.get(id),
    }))
    const losses = written.losses.map((loss) => ({ ...loss, direction: 'write' as const, format }))
    if (this.#strict) refuseLosses(losses)
    this.#written.set(`${view} ${format}`, losses)
    return written
  }

  /** What Mastra stored says where it belongs: that must be where the list does. */
  #refuseElsewhere(messages: readonly Message[]): void {
    const { places } = this.#conversation
    for (const [index, { id }] of messages.entries()) {
      for (const key of ['threadId', 'resourceId'] as const) {
        const [own, said] = [this.#place[key], places.get(id)?.[key]]
        if (own !== undefined && said !== undefined && said !== own)
          throw invalidAt({ ...placeOf([], index), path: key }, `must be that of the list, "${own}"`)
      }
    }
  }
}
