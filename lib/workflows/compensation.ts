import type { JsonValue } from '../protocol/json.ts'
import type { CompensationEvent, RunEvent } from '../protocol/run-event.ts'
import type { RunState, Unit } from './run-state.ts'
import { hasChild, stepOf } from './run-state.ts'
import { recordOf } from './unit-moves.ts'
import type { Compensable, Unwinding } from './unwinding.ts'

/** What was stopped is waited for as long as this, before anything is compensated. */
export const GRACE_MS = 10_000

/** A step has succeeded: what its compensation will need is kept, if it has one. */
export function keepCompensable(run: RunState, unit: Unit, output: JsonValue): void {
  if (!stepOf(unit)?.compensation) return
  run.compensable ??= []
  run.compensable.push({ ...toCompensable(unit), output })
}

/** Whether the run has done something that it must make good before it ends, or may be doing it. */
export function needsCompensation(run: RunState): boolean {
  if (run.compensable?.length) return true
  // Of a run that waits for its turn nothing is being executed: what failed is on that list to be begun again.
  if (run.status !== 'pending') for (const unit of run.running) if (stepOf(unit)?.compensation) return true
  return openCompensables(run).length > 0
}

/** What did not succeed and is compensated all the same, in the order of beginning. */
export function openCompensables(run: RunState): Compensable[] {
  const open = [...run.failed, ...run.running, ...run.timers, ...run.suspended, ...run.awaiting]
  return open
    .filter((unit) => isBegun(unit) && stepOf(unit)?.compensation?.after === 'start')
    .map(toCompensable)
}

/** What waits for an event, or did in vain, has done nothing. */
function isBegun(unit: Unit): boolean {
  return !stepOf(unit)?.waitsFor || unit.resumeData !== undefined
}

/** The run is to end so: it does at once, or once it has made good what it has done. */
export function endOrCompensate(run: RunState, outcome: Unwinding['outcome'], at: number): RunEvent {
  return needsCompensation(run)
    ? { type: 'run-compensate', at, ...outcome }
    : { type: 'run-end', at, ...outcome }
}

/** What follows in a run that makes good what it has done, the last first; undefined while something is under way. */
export function nextCompensation(run: RunState, at: number): RunEvent | undefined {
  const { unwinding } = run
  if (unwinding?.current?.lacksContext) return { type: 'run-suspend', at }
  if (!unwinding || unwinding.current) return undefined
  if (run.running.size > 0 && at < unwinding.until) return undefined
  // What a run that was started has done is made good there, and first.
  if (hasChild(run)) return undefined
  const next = openCompensables(run).at(-1) ?? run.compensable?.at(-1)
  if (next) return { type: 'compensate-start', at, path: next.path, stepId: next.stepId, attempt: 1 }
  const { outcome, done, failed } = unwinding
  return { type: 'run-end', at, ...outcome, compensation: { done, failed } }
}

/** The fold of what is said of compensations. */
export function applyCompensation(run: RunState, event: CompensationEvent): void {
  if (event.type === 'run-compensate') {
    const { type: _type, at, ...outcome } = event
    run.unwinding = { outcome, until: at + GRACE_MS, done: [], failed: [] }
    // A compensation is work as any other: where there is a limit it waits for its turn.
    if (run.status !== 'pending') run.status = 'running'
    return
  }
  const { unwinding } = run
  if (!unwinding || event.type === 'run-cancel') return
  if (event.type === 'compensate-start') return begin(run, unwinding, event)
  const { current } = unwinding
  if (current?.path !== event.path) return
  if (event.type === 'compensate-retry') {
    current.retries += 1
    current.due = event.due
    return
  }
  if (event.type === 'compensate-suspend') {
    current.lacksContext = event.contextKeys
    return
  }
  const { path, name: step } = current
  delete unwinding.current
  run.progress += 1
  if (event.type === 'compensate-result') unwinding.done.push({ step, path })
  else unwinding.failed.push({ step, path, error: event.error })
}

/** Nothing is waited for any more but the ends of runs that were started. */
export function closeSteps(run: RunState): void {
  const open = openCompensables(run)
  if (open.length > 0) run.compensable = [...(run.compensable ?? []), ...open]
  for (const unit of [...run.running, ...run.awaiting]) {
    const record = recordOf(unit)
    if (record && !unit.child) record.status = 'canceled'
  }
  run.failed = []
  for (const units of [run.running, run.timers, run.suspended]) units.clear()
  for (const unit of run.awaiting) if (!unit.child) run.awaiting.delete(unit)
}

function begin(
  run: RunState,
  unwinding: Unwinding,
  { path, attempt }: CompensationEvent & { type: 'compensate-start' },
): void {
  if (unwinding.current?.path === path) {
    unwinding.current.attempt = attempt
    delete unwinding.current.due
    delete unwinding.current.lacksContext
    return
  }
  closeSteps(run)
  const compensable = run.compensable?.find((one) => one.path === path)
  if (!compensable) return
  run.compensable = run.compensable?.filter((one) => one !== compensable) ?? []
  unwinding.current = { ...compensable, attempt, retries: 0 }
}

function toCompensable(unit: Unit): Compensable {
  const { path, stepId, input, flow } = unit
  const step = stepOf(unit)
  if (!step) throw new Error(`Cannot compensate ${path}: there is no step`)
  return { path, stepId, name: nameOf(unit), workflowId: flow.definition.id, step, input }
}

function nameOf({ flow, stepId }: Unit): string {
  return flow.unit ? `${nameOf(flow.unit)}.${stepId}` : stepId
}
