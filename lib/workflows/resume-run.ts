import type { JsonValue } from '../protocol/json.ts'
import type { Change } from './drive.ts'
import { checkResume } from './input.ts'
import { alreadyResumed, findSuspended, resumeEvent, resumeEvents, resumeSchemaOf } from './resume.ts'
import type { RunState } from './run-state.ts'
import type { ResumeTarget } from './runner.ts'

/** What somebody answers, or that a run that pauses may go on. */
interface Resumption {
  target: ResumeTarget
  resumeData?: JsonValue
  perStep?: boolean
}

/**
 * Answers a step that waits. Without an answer and without a target a run that pauses goes on, with `perStep` to the
 * next pause.
 *
 * @throws EdgewiseError `run_not_suspended` (also when another answer came first), `invalid_request`.
 */
export async function resumeRun(
  run: RunState,
  { target, resumeData = null, perStep = false }: Resumption,
  { submit, now }: { submit: (change: Change) => Promise<void>; now: () => number },
): Promise<void> {
  if (run.status === 'paused' && resumeData === null && Object.keys(target).length === 0)
    return submit((say) => {
      if (run.status !== 'paused') throw alreadyResumed()
      say(resumeEvent(now(), perStep))
      return 'all'
    })
  const unit = findSuspended(run, target)
  const { attempt } = unit
  await checkResume(resumeSchemaOf(unit), resumeData)
  await submit((say) => {
    // While the data was checked another answer may have come: one suspension is answered once.
    const isOver = run.outcome ?? run.unwinding
    if (isOver || !run.suspended.has(unit) || unit.attempt !== attempt) throw alreadyResumed()
    // What was held back by the pause goes on as well.
    const flow = run.status === 'paused' ? 'all' : unit.flow
    for (const event of resumeEvents(run, unit, resumeData, now(), perStep)) say(event)
    return flow
  })
}
