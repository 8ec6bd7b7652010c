import type { Platform } from '../storage/platform.ts'
import type { RunState } from '../workflows/run-state.ts'
import { openChildren } from '../workflows/kin.ts'
import { nextDue } from '../workflows/unit-events.ts'
import type { RunRows } from './run-rows.ts'
import { CHECK_MS, nextWake } from './wake.ts'

const OUTBOX_RETRY_MS = [2000, 5000, 15_000, 60_000, 300_000]

/** The run's one alarm. */
export class RunAlarm {
  /** How often in a row the outbox could not be delivered. */
  outboxFailures = 0
  readonly #platform: Platform
  readonly #rows: RunRows
  readonly #now: () => number
  /** When it is set for; undefined until that was asked. */
  #time: number | null | undefined

  constructor(platform: Platform, rows: RunRows, now: () => number) {
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

  /** Moves it to when the run must next wake, unless it comes early enough anyway. Called in the transaction that decides. */
  set(run: RunState | undefined): void {
    const now = this.#now()
    const isOpen = run?.status === 'running'
    const delay = OUTBOX_RETRY_MS[Math.min(this.outboxFailures, OUTBOX_RETRY_MS.length - 1)] ?? 0
    this.ringBy(
      nextWake({
        now,
        // Between two steps it has neither: then somebody's code is being asked what follows.
        isRunning: isOpen && (run.running.size > 0 || run.deciding > 0 || !hasToWait(run)),
        dueAt: run && !run.outcome ? nextDue(run) : undefined,
        checkAt: run && openChildren(run).size > 0 ? now + CHECK_MS : undefined,
        outboxAt: this.#rows.hasOutbox ? now + delay : undefined,
      }),
    )
  }

  ringBy(time: number | undefined): void {
    const now = this.#now()
    const isEarlyEnough =
      typeof this.#time === 'number' && this.#time > now && time !== undefined && this.#time <= time
    if (time === undefined || isEarlyEnough) return
    this.#time = time
    this.#platform.setAlarm(time)
  }
}

/** For a moment, an event, or a run that it has started. */
function hasToWait({ timers, awaiting }: RunState): boolean {
  return timers.size > 0 || awaiting.size > 0
}
