import { ObjectAlarm } from '../storage/object-alarm.ts'
import type { Platform } from '../storage/platform.ts'
import type { FlowDefinition } from '../workflows/graph.ts'
import type { RunInfo } from '../workflows/result.ts'
import type { RunState } from '../workflows/run-state.ts'
import { openChildren } from '../workflows/kin.ts'
import { isCutOff, nextDue } from '../workflows/unit-events.ts'
import type { RunRows } from './run-rows.ts'
import { ASK_AGAIN_MS, CHECK_MS, DEADMAN_MS, nextWake } from './wake.ts'

/** The run's one alarm. */
export class RunAlarm extends ObjectAlarm {
  readonly #rows: RunRows

  constructor(platform: Platform, rows: RunRows, now: () => number) {
    super(platform, now)
    this.#rows = rows
  }

  /** Whether what is being done now would be taken up too late: a commit that finds that must set it. */
  isTooLate(run: RunState): boolean {
    return run.status === 'running' && this.isAfter(this.now() + DEADMAN_MS) && isCutOff(run)
  }

  /**
   * Moves it to when the run must next wake, unless it comes early enough anyway. Called in the transaction that
   * decides. Of a run that cannot be read `expiresAt` is to be said.
   */
  set(run: RunState | undefined, expiresAt = run && expiryOf(run, run.root.definition)): void {
    const now = this.now()
    const isOpen = run?.status === 'running'
    this.ringBy(
      nextWake({
        now,
        // Between two steps it has neither: then somebody's code is being asked what follows.
        isRunning: isOpen && isCutOff(run),
        dueAt: run && !run.outcome ? nextDue(run) : undefined,
        checkAt: checkAt(run, now),
        outboxAt: this.#rows.hasOutbox ? this.outboxAt : undefined,
        expiresAt,
      }),
    )
  }
}

const ENDED: readonly RunInfo['status'][] = ['success', 'failed', 'canceled']

/** When a run that has ended is to be erased; undefined: when somebody deletes it. */
export function expiryOf(
  { status, updatedAt }: Pick<RunInfo, 'status' | 'updatedAt'>,
  definition: FlowDefinition | undefined,
): number | undefined {
  const keepRunsMs = definition?.keepRunsMs
  return keepRunsMs !== undefined && ENDED.includes(status) ? updatedAt + keepRunsMs : undefined
}

/** When it must ask others how it stands with them: its queue, or the runs that it waits for. */
function checkAt(run: RunState | undefined, now: number): number | undefined {
  if (run?.status === 'pending') return now + ASK_AGAIN_MS
  return run && openChildren(run).size > 0 ? now + CHECK_MS : undefined
}
