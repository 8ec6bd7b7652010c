import type { JsonValue } from '../protocol/json.ts'
import type { Change } from './drive.ts'
import { checkResume } from './input.ts'
import { alreadyResumed, findSuspended, resumeEvent, resumeEvents, resumeSchemaOf } from './resume.ts'
import type { RunState } from './run-state.ts'
import { isTaken } from './run-state.ts'
import type { ResumeTarget } from './runner.ts'

/** What somebody answers, or that a run that pauses may go on. */
interface Resumption {
  target: ResumeTarget
  resumeData?: JsonValue
  perStep?: boolean
  /** Of several under one nonce the first counts. */
  nonce?: string
}

/**
 * Answers a step that waits. Without an answer and without a target a run that pauses goes on, with `perStep` to the
 * next pause. One that was taken and is sent again changes nothing.
 *
 * @throws EdgewiseError `run_not_suspended` (also when another answer came first), `invalid_request`.
 */
export async function resumeRun(
  run: RunState,
  { target, resumeData = null, perStep = false, nonce }: Resumption,
  { submit, now }: { submit: (change: Change) => Promise<void>; now: () => number },
): Promise<void> {
  const sent = nonce === undefined ? {} : { nonce }
  // Its taking may still be on its way to the disk.
  if (isTaken(run, nonce)) return submit(() => undefined)
  if (run.status === 'paused' && resumeData === null && Object.keys(target).length === 0)
    return submit((say) => {
      if (isTaken(run, nonce)) return undefined
      if (run.status !== 'paused') throw alreadyResumed()
      say({ ...resumeEvent(now(), perStep), ...sent })
      return 'all'
    })
  const unit = findSuspended(run, target)
  const { attempt } = unit
  await checkResume(resumeSchemaOf(unit), resumeData)
  await submit((say) => {
    if (isTaken(run, nonce)) return undefined
    // While the data was checked another answer may have come: one suspension is answered once.
    const isOver = run.outcome ?? run.unwinding ?? run.failure
    if (isOver || !run.suspended.has(unit) || unit.attempt !== attempt) throw alreadyResumed()
    // What was held back by the pause goes on as well.
    const flow = run.status === 'paused' ? 'all' : unit.flow
    for (const event of resumeEvents(run, unit, resumeData, now(), { perStep, ...sent })) say(event)
    return flow
  })
}
