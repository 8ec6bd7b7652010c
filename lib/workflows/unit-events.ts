import type { RunEvent } from '../protocol/run-event.ts'
import type { Ending } from './execute.ts'
import { executableAt } from './graph.ts'
import { retryDelay } from './retry.ts'
import type { RunState, Unit } from './run-state.ts'
import type { Step } from './step-definition.ts'

/** What the run says of how a try of a step has ended: a failure that may be tried again is a retry. */
export function endingEvent(unit: Unit, ending: Ending, at: number, random: () => number): RunEvent {
  const { path, stepId } = unit
  const base = { at, path, stepId, ...(ending.state && { state: ending.state }) }
  if (ending.type === 'suspend') {
    const { payload, label } = ending
    return { type: 'step-suspend', ...base, payload, ...(label !== undefined && { label }) }
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

/** The unit's step is begun again. */
export function beginAgain({ path, stepId, attempt }: Unit, at: number): RunEvent {
  return { type: 'step-start', at, path, stepId, attempt: attempt + 1 }
}

/** The step that is executed at a unit; undefined if that is a workflow, or a sleep. */
export function stepOf({ flow, sub }: Unit): Step | undefined {
  const executable = flow.node && executableAt(flow.node.definition, sub)
  return executable?.kind === 'step' ? executable : undefined
}

/** When the next sleep or pause is over. */
export function nextDue({ timers }: RunState): number | undefined {
  let least: number | undefined
  for (const { due } of timers) if (due !== undefined && (least === undefined || due < least)) least = due
  return least
}
