import type { FollowerEvent } from '../protocol/event.ts'
import type { RunEvent } from '../protocol/run-event.ts'
import type { WorkflowResult } from './result.ts'
import type { RunEntry } from './runner.ts'

/** Asks where the run stands, now or once nothing is left to do. */
type Ask = (isToSettle: boolean) => Promise<WorkflowResult>

/**
 * A run that is being heard: its events as they come, until it ends or nothing is left to do. It may be iterated once;
 * `entries` gives the places of the events as well. Leaving it does not stop the run.
 */
export class RunStream<Output = unknown> implements AsyncIterable<RunEvent | FollowerEvent> {
  /** The events with the place after each, from which `observe` goes on. */
  readonly entries: AsyncIterable<RunEntry>
  readonly #source: AsyncIterator<RunEntry>
  readonly #ask: Ask
  #isOver = false
  #isLeft = false

  constructor(entries: AsyncIterable<RunEntry>, ask: Ask) {
    this.#source = entries[Symbol.asyncIterator]()
    this.#ask = ask
    this.entries = { [Symbol.asyncIterator]: () => this.#read() }
  }

  async *[Symbol.asyncIterator](): AsyncIterator<RunEvent | FollowerEvent> {
    for await (const { event } of this.entries) yield event
  }

  /** The events themselves: Mastra's `(await run.stream(…)).stream`. */
  get stream(): AsyncIterable<RunEvent | FollowerEvent> {
    return this
  }

  /** Where the run stands once it has ended or nothing is left to do. What nobody has read by then is passed over. */
  get result(): Promise<WorkflowResult<Output>> {
    return this.#finish()
  }

  get status(): Promise<WorkflowResult<Output>['status']> {
    return this.#finish().then(({ status }) => status)
  }

  async *#read(): AsyncGenerator<RunEntry, void> {
    try {
      while (!this.#isOver) {
        const next = await this.#source.next()
        this.#isOver = next.done === true
        if (!next.done) yield next.value
      }
    } finally {
      // Who leaves early closes the stream behind it.
      this.#isLeft = !this.#isOver
      this.#isOver = true
      await this.#source.return?.()
    }
  }

  async #finish(): Promise<WorkflowResult<Output>> {
    if (this.#isLeft) return (await this.#ask(true)) as WorkflowResult<Output>
    while (!this.#isOver) this.#isOver = (await this.#source.next()).done === true
    // The definition's own outputs are what its types say.
    return (await this.#ask(false)) as WorkflowResult<Output>
  }
}
