import type { Platform } from './platform.ts'

const OUTBOX_RETRY_MS = [2000, 5000, 15_000, 60_000, 300_000]

/** The one alarm of an object that has an outbox. What the object must wake for, its own kind of alarm knows. */
export class ObjectAlarm {
  /** How often in a row the outbox could not be delivered. */
  outboxFailures = 0
  protected readonly now: () => number
  readonly #platform: Platform
  /** When it is set for; undefined until that was asked. */
  #time: number | null | undefined

  constructor(platform: Platform, now: () => number) {
    this.#platform = platform
    this.now = now
  }

  async load(): Promise<void> {
    if (this.#time === undefined) this.#time = await this.#platform.getAlarm()
  }

  /** It rang, or was erased. */
  clear(): void {
    this.#time = null
  }

  /** Moves it to this time, unless it comes early enough anyway. Called in the transaction that decides. */
  ringBy(time: number | undefined): void {
    const now = this.now()
    const isEarlyEnough =
      typeof this.#time === 'number' && this.#time > now && time !== undefined && this.#time <= time
    if (time === undefined || isEarlyEnough) return
    this.#time = time
    this.#platform.setAlarm(time)
  }

  /** Whether it is set, and for later than this time. */
  protected isAfter(time: number): boolean {
    return typeof this.#time === 'number' && this.#time > time
  }

  /** When the outbox is to be tried again: later each time that it fails. */
  protected get outboxAt(): number {
    return this.now() + (OUTBOX_RETRY_MS[Math.min(this.outboxFailures, OUTBOX_RETRY_MS.length - 1)] ?? 0)
  }
}
