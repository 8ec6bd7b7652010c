import { startChild } from './child-run.ts'
import type { RunEvent } from '../protocol/run-event.ts'
import type { Ending } from './execute.ts'
import { waitFor } from './event-step.ts'
import { retryDelay } from './retry.ts'
import type { RunState, Unit } from './run-state.ts'
import { hasChild, isHeld, stepOf } from './run-state.ts'

/** What the run says of how a try of a step has ended: a failure that may be tried again is a retry. */
export function endingEvent(unit: Unit, ending: Ending, at: number, random: () => number): RunEvent {
  const { path, stepId } = unit
  const base = { at, path, stepId, ...(ending.state && { state: ending.state }) }
  if (ending.type === 'suspend') {
    const { payload, label, contextKeys, isReconciling } = ending
    return {
      type: 'step-suspend',
      ...base,
      payload,
      ...(label !== undefined && { label }),
      ...(contextKeys && { contextKeys }),
      ...(isReconciling && { isReconciling }),
    }
  }
  if (ending.type === 'result') {
    const { output, isBail } = ending
    return { type: 'step-result', ...base, output, ...(isBail && { isBail }) }
  }
  const { error, isFinal } = ending
  const retry = stepOf(unit)?.retry ?? unit.flow.definition.retryConfig
  if (isFinal || !retry || unit.retries >= retry.attempts) return { type: 'step-fail', ...base, error }
  const due = base.at + retryDelay(retry, unit.retries + 1, random)
  return { type: 'step-retry', ...base, error, due }
}

/**
 * The unit's step is begun again; one that was waiting for an event, and got none, waits anew; one that starts a run
 * starts another.
 */
export function beginAgain(run: RunState, unit: Unit, at: number): RunEvent {
  const { path, stepId, attempt, resumeData } = unit
  const { waitsFor, starts } = stepOf(unit) ?? {}
  if (waitsFor && resumeData === undefined) return waitFor(waitsFor, { at, path, stepId, attempt })
  if (starts) return startChild(run, starts, { at, path, stepId, attempt: attempt + 1 })
  return { type: 'step-start', at, path, stepId, attempt: attempt + 1 }
}

/** What comes of a unit whose moment has come: a sleep is over, a pause as well, and an event was waited for in vain. */
export function dueEvent(run: RunState, unit: Unit, at: number): RunEvent {
  const { path, stepId, status } = unit
  if (status === 'sleeping') return { type: 'step-result', at, path, stepId }
  if (status !== 'awaiting') return beginAgain(run, unit, at)
  const { event = '', timeoutMs = 0, timeoutValue } = stepOf(unit)?.waitsFor ?? {}
  if (timeoutValue !== undefined) return { type: 'step-result', at, path, stepId, output: timeoutValue }
  const message = `No event "${event}" came within ${timeoutMs} ms`
  return { type: 'step-fail', at, path, stepId, error: { name: 'Error', code: 'event_timeout', message } }
}

/** When the next sleep or pause is over, or an event is waited for no longer. A run that pauses, or waits for its turn, heeds no time. */
export function nextDue(run: RunState): number | undefined {
  const { awaiting, running, unwinding } = run
  if (isHeld(run)) return undefined
  if (unwinding?.current) return unwinding.current.due
  // Where the end of a run is waited for, nothing comes of the moment.
  if (unwinding) return running.size > 0 && !hasChild(run) ? unwinding.until : undefined
  let least: number | undefined
  for (const { due } of heededTimers(run))
    if (due !== undefined && (least === undefined || due < least)) least = due
  for (const { due } of awaiting) if (due !== undefined && (least === undefined || due < least)) least = due
  return least
}

/** Whether something is being executed, or asked of somebody's code. */
export function isAtWork({ running, deciding, unwinding }: RunState): boolean {
  if (unwinding?.current) return unwinding.current.due === undefined && !unwinding.current.lacksContext
  return running.size > 0 || deciding > 0
}

/** Whether something is left undone if the run's object dies now, which no timer and nobody else brings back. */
export function isCutOff(run: RunState): boolean {
  const { timers, awaiting, unwinding } = run
  if (unwinding?.current || isAtWork(run)) return isAtWork(run)
  return unwinding ? !hasChild(run) : timers.size === 0 && awaiting.size === 0
}

/** The units whose moment has come. It may be asked on while they move. */
export function* dueUnits(run: RunState, at: number): Generator<Unit> {
  for (const unit of heededTimers(run)) if (unit.due !== undefined && unit.due <= at) yield unit
  for (const unit of run.awaiting) if (unit.due !== undefined && unit.due <= at) yield unit
}

/** Where the run has failed and what runs beside is waited for, nothing begins: a step is tried again after a restart. */
function* heededTimers({ timers, failure }: RunState): Generator<Unit> {
  for (const unit of timers) if (!failure || unit.status !== 'retrying') yield unit
}
