import type { StepRecord } from './result.ts'
import type { RunState, Unit } from './run-state.ts'

/** A step's setting of keys of the run's state. */
export function mergeState(run: RunState, { state }: { state?: RunState['state'] }): void {
  if (state) run.state = { ...run.state, ...state }
}

/** What results show of the unit's step. */
export function recordOf({ flow, stepId }: Unit): StepRecord | undefined {
  return flow.steps.get(stepId)
}

/** Which of the run's lists a unit is on says what it waits for. */
export function move(run: RunState, unit: Unit, status: Unit['status']): void {
  forget(run, unit)
  unit.status = status
  if (status === 'suspended') {
    run.suspended.add(unit)
    if (unit.flow.node) unit.flow.node.suspended += 1
  } else if (status === 'running') run.running.add(unit)
  else if (status === 'awaiting') run.awaiting.add(unit)
  else run.timers.add(unit)
}

/** It is on none of the run's lists any more. */
export function forget(run: RunState, unit: Unit): void {
  // Of a run that was started only its id is of use then.
  if (unit.child) delete recordOf(unit)?.metadata?.childStatus
  run.running.delete(unit)
  run.timers.delete(unit)
  run.awaiting.delete(unit)
  if (run.suspended.delete(unit) && unit.flow.node) unit.flow.node.suspended -= 1
}

/** It has settled. */
export function drop(run: RunState, unit: Unit): void {
  forget(run, unit)
  unit.flow.node?.units.delete(unit.sub)
}

/** A unit, and all within it, is no longer waited for. */
export function abandon(run: RunState, unit: Unit): void {
  forget(run, unit)
  if (unit.inner?.node?.isDeciding || unit.inner?.isEntering) run.deciding -= 1
  for (const within of unit.inner?.node?.units.values() ?? []) abandon(run, within)
}
