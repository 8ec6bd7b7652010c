import type { Message, Part, Role, ToolCallPart, ToolPart } from '../../protocol/message.ts'
import type { ReadServices } from '../input.ts'
import type { Loss, Place } from './loss.ts'
import { invalidAt, lose } from './loss.ts'

/** What a message has besides its words. */
export type MessageHead = Partial<Pick<Message, 'id' | 'createdAt' | 'metadata' | 'outcome'>> & {
  stored?: StoredPlace
}

/** Where messages belong: a thread, and whose it is. */
export interface StoredPlace {
  threadId?: string
  resourceId?: string
}

const MAX_ID_LENGTH = 256

/**
 * Messages of ours as they come together from others. In formats without ids an answer is spread over several
 * messages: each is a step, and all up to the next of the user's are one message of ours.
 */
export class Conversation {
  readonly messages: Message[] = []
  readonly losses: Loss[] = []
  /** Where a message said that it belongs, by its id. */
  readonly places = new Map<string, StoredPlace>()
  readonly services: ReadServices
  /** The answer that the next step belongs to. */
  #open: Message | undefined
  /** A result has come since the step was begun. */
  #isAnswered = false

  constructor(services: ReadServices) {
    this.services = services
  }

  /** A message of its own. One whose id is there already takes that one's place. */
  add(role: Role, parts: Part[], head: MessageHead, place: Place): Message {
    const { id, createdAt = this.services.now(), stored, ...rest } = head
    if (id !== undefined && id.length > MAX_ID_LENGTH)
      throw invalidAt(place, `must have an id of at most ${MAX_ID_LENGTH} characters`)
    const message: Message = { id: id || this.services.newId('msg'), role, parts, createdAt, ...rest }
    this.#open = undefined
    if (stored) this.places.set(message.id, stored)
    const index = this.messages.findIndex((other) => other.id === message.id)
    if (index >= 0) this.messages[index] = message
    else this.messages.push(message)
    return message
  }

  /** One more step of the answer that is being given, or the first of a new one. */
  addStep(parts: readonly Part[], place: Place, head: MessageHead = {}): void {
    const open = this.#open ?? this.add('assistant', [], head, place)
    open.parts.push({ type: 'step-start' }, ...parts)
    this.#open = open
    this.#isAnswered = false
  }

  remove(isMeant: (message: Message) => boolean): Message[] {
    const removed = this.messages.filter(isMeant)
    const kept = this.messages.filter((message) => !isMeant(message))
    this.messages.splice(0, this.messages.length, ...kept)
    if (this.#open && removed.includes(this.#open)) this.#open = undefined
    return removed
  }

  /** The next step is one of a new answer. */
  closeAnswer(): void {
    this.#open = undefined
  }

  /** Gives back all as it is now: a list of which one message is malformed is not read in part. */
  checkpoint(): () => void {
    const open = this.#open && this.messages.indexOf(this.#open)
    const messages = this.messages.map((message) => ({ ...message, parts: [...message.parts] }))
    const losses = this.losses.length
    const places = new Map(this.places)
    return () => {
      this.places.clear()
      for (const [id, stored] of places) this.places.set(id, stored)
      this.messages.splice(0, this.messages.length, ...messages)
      this.losses.length = losses
      this.#open = open === undefined ? undefined : messages[open]
    }
  }

  /** Goes on with the step that was begun last, unless a result has ended it: for formats with an item a part. */
  goOn(parts: readonly Part[], place: Place): void {
    if (!this.#open || this.#isAnswered) this.addStep(parts, place)
    else this.#open.parts.push(...parts)
  }

  /** Changes the last call that fits and has no result yet. Says what is lost if there is none. */
  settle(isMeant: (part: ToolPart) => boolean, change: (part: ToolPart) => ToolPart, place: Place): void {
    if (this.change((part) => isOpen(part) && isMeant(part), change)) this.#isAnswered = true
    else lose(place, 'what came of a call', 'no call before it that waits for a result has its id')
  }

  /** Changes the last call that fits, and says whether there was one. */
  change(isMeant: (part: ToolPart) => boolean, change: (part: ToolPart) => ToolPart): boolean {
    for (const { parts } of this.messages.toReversed()) {
      const index = parts.findLastIndex((part) => part.type === 'tool' && isMeant(part))
      const part = parts[index]
      if (part?.type !== 'tool') continue
      parts[index] = change(part)
      return true
    }
    return false
  }
}

function isOpen({ state }: ToolPart): boolean {
  return state !== 'done' && state !== 'failed'
}

/** A call without what came of it. */
export function callOf(part: ToolPart): ToolCallPart {
  const { type, toolCallId, toolName, input, providerExecuted, providerMetadata, agentMessage, approval } =
    part
  return {
    type,
    toolCallId,
    toolName,
    input,
    ...(providerExecuted && { providerExecuted }),
    ...(providerMetadata && { providerMetadata }),
    ...(agentMessage && { agentMessage }),
    ...(approval && { approval }),
  }
}
