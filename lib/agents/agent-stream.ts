import { applyEvent, startTurn } from '../log/fold.ts'
import type { TurnState } from '../log/fold.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { StreamEntry, TurnEvent } from '../protocol/event.ts'
import type { AgentResult } from './result.ts'
import { toResult } from './result.ts'

type AnyEvent = StreamEntry['event']

/**
 * A turn that is being heard. It may be iterated any number of times, and beside `textStream` and `result()`: each
 * reader gets every event from the first. The turn is pulled only while somebody reads.
 */
export class AgentStream implements AsyncIterable<AnyEvent> {
  readonly #source: AsyncIterator<StreamEntry>
  readonly #heard: AnyEvent[] = []
  #reading: Promise<boolean> | undefined

  constructor(source: AsyncIterable<StreamEntry>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  async *[Symbol.asyncIterator](): AsyncIterator<AnyEvent> {
    for (let i = 0; i < this.#heard.length || (await this.#readMore()); i += 1) {
      const event = this.#heard[i]
      if (event) yield event
    }
  }

  /** The answer's text as it comes. A step that is begun again cannot be taken back here: use the events for that. */
  get textStream(): AsyncIterable<string> {
    return textOf(this)
  }

  /**
   * The whole answer, once the turn has ended or is suspended; of a turn that goes on, what it said since. @throws EdgewiseError if it failed. */
  async result(): Promise<AgentResult> {
    let state: TurnState | undefined
    let start: Extract<TurnEvent, { type: 'turn-start' | 'turn-resume' }> | undefined
    for await (const event of this) {
      if (event.type === 'stream-error') throw new EdgewiseError(event.error.code, event.error.message)
      if (event.type === 'turn-queued' || event.type === 'step-restart') continue
      if (event.type === 'turn-start' || event.type === 'turn-resume') {
        start = event
        state = startTurn(event.messageId, event.startedAt)
      }
      if (state) applyEvent(state, event)
    }
    if (!start || !(state?.message.outcome || state?.isSuspended))
      throw new EdgewiseError('internal', 'The stream ended before the turn did')
    return toResult(state, start)
  }

  /** Reads one more entry for all readers together; false at the end. */
  #readMore(): Promise<boolean> {
    this.#reading ??= this.#source.next().then(({ done, value }) => {
      this.#reading = undefined
      if (!done) this.#heard.push(value.event)
      return !done
    })
    return this.#reading
  }
}

async function* textOf(events: AsyncIterable<AnyEvent>): AsyncGenerator<string> {
  for await (const event of events) if (event.type === 'text-delta') yield event.delta
}
