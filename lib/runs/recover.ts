import { checkRestart } from '../workflows/cancel-run.ts'
import { endOrCompensate } from '../workflows/compensation.ts'
import { isTaken } from '../workflows/run-state.ts'
import { isCutOff } from '../workflows/unit-events.ts'
import type { Change } from '../workflows/drive.ts'
import type { RunParts } from './parts.ts'
import type { RunWriter } from './run-writer.ts'

/** A run that was taken up this often and came no further ends as failed. */
const RECOVERY_BUDGET = 5

/** A run that was cut off goes on; one that only sleeps has nothing to make good. */
export async function recoverRun({ services }: RunParts, writer: RunWriter): Promise<void> {
  const { run, drive, meta } = writer
  // What somebody's code was being asked beside a sleep is asked again.
  if (!isCutOff(run)) return void writer.submit(() => 'all').catch(() => undefined)
  meta.tries = run.progress > meta.progress ? 1 : meta.tries + 1
  meta.progress = run.progress
  services.logger.warn('run taken up after a crash', { runId: run.runId, tries: meta.tries })
  await writer.submit((say) => {
    const at = services.now()
    if (meta.tries > RECOVERY_BUDGET) {
      const message = 'The run was interrupted too often without coming further'
      const error = { name: 'Error', code: 'recovery_exhausted', message }
      meta.tries = 0
      const { unwinding } = run
      const current = unwinding?.current
      // How it ends is known where it compensates already.
      if (!unwinding) say(endOrCompensate(run, { status: 'failed', error }, at))
      else if (current)
        say({ type: 'compensate-fail', at, path: current.path, stepId: current.stepId, error })
      // Nothing of what was cut off is waited for.
      if (run.unwinding) say({ type: 'run-recover', at })
      return 'all'
    }
    say({ type: 'run-recover', at })
    return drive.recover(say)
  })
  await writer.durable()
}

/** A failed run goes on from the steps that failed; one whose workflow has a limit when its turn comes. */
export function restart({ run, drive, meta }: RunWriter, now: () => number, nonce?: string): Change {
  return (say) => {
    // It may have failed again since this was said.
    if (run.status !== 'failed' || isTaken(run, nonce)) return undefined
    checkRestart(run)
    meta.tries = 0
    say({ type: 'run-restart', at: now(), ...(nonce !== undefined && { nonce }) })
    if (!meta.lease) return drive.rerun(say)
    meta.lease.ticket += 1
    return undefined
  }
}
