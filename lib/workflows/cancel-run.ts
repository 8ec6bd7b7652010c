import { EdgewiseError } from '../protocol/error.ts'
import type { Change } from './drive.ts'
import { endOrCompensate } from './compensation.ts'
import type { RunState } from './run-state.ts'

/**
 * Ends a run, or lets it end once what it has done is made good. One that does that already goes on with it, and ends
 * as it was to. False if it had ended.
 */
export async function cancelRun(
  run: RunState,
  { submit, now }: { submit: (change: Change) => Promise<void>; now: () => number },
): Promise<boolean> {
  let canceled = false
  await submit((say) => {
    if (run.outcome) return undefined
    canceled = true
    say(
      run.unwinding ? { type: 'run-cancel', at: now() } : endOrCompensate(run, { status: 'canceled' }, now()),
    )
    return run.root
  })
  return canceled
}

/** @throws EdgewiseError `run_compensated` for a run whose steps no longer stand. */
export function checkRestart({ runId, unwinding, outcome }: RunState): void {
  if (!outcome || !unwinding) return
  const message = `Cannot restart run "${runId}": what it had done was compensated, begin a new one`
  throw new EdgewiseError('run_compensated', message)
}
