import { ObjectAlarm } from '../storage/object-alarm.ts'
import type { Platform } from '../storage/platform.ts'
import type { ThreadMeta, ThreadState } from './thread-state.ts'
import { nextWake } from './wake.ts'

/** The thread's one alarm. Everything that it must wake for is read from its rows. */
export class Alarm extends ObjectAlarm {
  readonly #rows: ThreadState

  constructor(platform: Platform, rows: ThreadState, now: () => number) {
    super(platform, now)
    this.#rows = rows
  }

  /** Moves it to when the thread must next wake, unless it comes early enough anyway. Called in the transaction that decides. */
  set(meta: ThreadMeta | undefined): void {
    this.ringBy(
      nextWake({
        now: this.now(),
        openTurns: meta?.open.length ?? 0,
        outboxAt: this.#rows.hasOutbox() ? this.outboxAt : undefined,
        keysAt: this.#rows.nextKeyExpiry(),
        // Somebody may answer for as long as it takes.
        expiresAt: this.#rows.suspendedTurns().length > 0 ? undefined : meta?.expiresAt,
      }),
    )
  }
}
