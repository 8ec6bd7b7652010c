import { embedAnew } from './embed-anew.ts'
import { runMemoryJobs } from './memory-jobs.ts'
import { toJob } from './memory-outbox.ts'
import type { EmbeddedTurns, ThreadParts } from './parts.ts'
import { goOnSweeping } from './sweep.ts'

/** Does a piece of what the outbox holds. A failure is logged, and makes the alarm wait longer. */
export type Deliver = (work: () => Promise<void>) => Promise<void>

/** What a thread's memory does beside its turns: nobody waits for it but the object itself, and who erases. */
export class MemoryWork {
  readonly #parts: ThreadParts
  readonly #deliver: Deliver
  readonly #tell: () => Promise<void>
  /** One drain after the other. */
  #jobs: Promise<void> = Promise.resolve()
  #sweeping: Promise<void> | undefined

  /** `tell` drains the rest of the outbox. */
  constructor(parts: ThreadParts, deliver: Deliver, tell: () => Promise<void>) {
    this.#parts = parts
    this.#deliver = deliver
    this.#tell = tell
  }

  /** Does what the outbox holds for the memory, but a sweep. */
  doJobs(): Promise<void> {
    this.#jobs = this.#doJobsAfter(this.#jobs)
    return this.#jobs
  }

  /** The same, and then some of a sweep. That is in the way of nothing: threads that it asks may be asking this one. */
  async doAll(): Promise<void> {
    await this.doJobs()
    this.#sweeping ??= this.#deliver(() => this.#sweep()).finally(() => (this.#sweeping = undefined))
    await this.#sweeping
  }

  /** Puts what was said last before a turn into the indexes that do not hold it, once nothing else is to be done. */
  embedAnew(before: number): Promise<EmbeddedTurns> {
    const step = this.doJobs().then(() => embedAnew(this.#parts, before))
    this.#jobs = step.then(
      () => undefined,
      () => undefined,
    )
    return step
  }

  async #doJobsAfter(others: Promise<void>): Promise<void> {
    await others
    const { rows } = this.#parts
    if (!rows.hasTables || !rows.readOutbox().some(toJob)) return
    await this.#deliver(() => runMemoryJobs(this.#parts))
    // A title is told to the list.
    await this.#tell()
  }

  async #sweep(): Promise<void> {
    const { rows, services, alarm } = this.#parts
    if (!rows.hasTables) return
    const isDone = await goOnSweeping(this.#parts, async (address, resourceId, before) =>
      address === rows.readMeta()?.address
        ? this.embedAnew(before)
        : services.embedThread?.(address, resourceId, before),
    )
    if (isDone) alarm.outboxFailures = 0
  }
}
