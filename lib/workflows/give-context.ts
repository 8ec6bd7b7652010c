import type { RunEvent } from '../protocol/run-event.ts'
import { compensateAgain } from './compensate.ts'
import type { Change } from './drive.ts'
import { resumeEvent, startAgain } from './resume.ts'
import type { RunState } from './run-state.ts'
import { isTaken } from './run-state.ts'

/**
 * Everything in a run that waits for secrets is begun again: those that it still lacks it asks for again. False if
 * nothing does.
 */
export async function goOnWithContext(
  run: RunState,
  nonce: string | undefined,
  { submit, now }: { submit: (change: Change) => Promise<void>; now: () => number },
): Promise<boolean> {
  let goesOn = true
  await submit((say) => {
    if (isTaken(run, nonce)) return undefined
    const [first, ...rest] = eventsOf(run, now())
    goesOn = first !== undefined
    if (!first) return undefined
    say({ ...first, ...(nonce !== undefined && { nonce }) })
    for (const event of rest) say(event)
    return 'all'
  })
  return goesOn
}

function eventsOf(run: RunState, at: number): RunEvent[] {
  if (run.status === 'pending' || run.outcome) return []
  // It fails once all has settled: nothing new begins, but what makes good what was done.
  if (run.failure && !run.unwinding) return []
  const current = run.unwinding?.current
  const starts = run.unwinding
    ? current?.lacksContext
      ? [compensateAgain(current, at)]
      : []
    : [...run.suspended].filter(({ lacksContext }) => lacksContext).map((unit) => startAgain(unit, at))
  if (starts.length === 0 || run.status === 'running') return starts
  return [resumeEvent(at, run.stepping !== undefined), ...starts]
}
