import type { Platform } from '../storage/platform.ts'
import type { ThreadMeta, ThreadState } from './thread-state.ts'
import { nextWake } from './wake.ts'

const OUTBOX_RETRY_MS = [2000, 5000, 15_000, 60_000, 300_000]

/** The thread's one alarm. Everything that it must wake for is read from its rows. */
export class Alarm {
  /** How often in a row the outbox could not be delivered. */
  outboxFailures = 0
  readonly #platform: Platform
  readonly #rows: ThreadState
  readonly #now: () => number
  /** When it is set for; undefined until that was asked. */
  #time: number | null | undefined

  constructor(platform: Platform, rows: ThreadState, now: () => number) {
    this.#platform = platform
    this.#rows = rows
    this.#now = now
  }

  async load(): Promise<void> {
    if (this.#time === undefined) this.#time = await this.#platform.getAlarm()
  }

  /** It rang, or was erased. */
  clear(): void {
    this.#time = null
  }

  /** Moves it to when the thread must next wake, unless it comes early enough anyway. Called in the transaction that decides. */
  set(meta: ThreadMeta | undefined): void {
    const now = this.#now()
    const delay = OUTBOX_RETRY_MS[Math.min(this.outboxFailures, OUTBOX_RETRY_MS.length - 1)] ?? 0
    const wake = nextWake({
      now,
      openTurns: meta?.open.length ?? 0,
      outboxAt: this.#rows.hasOutbox() ? now + delay : undefined,
      keysAt: this.#rows.nextKeyExpiry(),
      // Somebody may answer for as long as it takes.
      expiresAt: this.#rows.suspendedTurns().length > 0 ? undefined : meta?.expiresAt,
    })
    const isEarlyEnough =
      typeof this.#time === 'number' && this.#time > now && wake !== undefined && this.#time <= wake
    if (wake === undefined || isEarlyEnough) return
    this.#time = wake
    this.#platform.setAlarm(wake)
  }
}
