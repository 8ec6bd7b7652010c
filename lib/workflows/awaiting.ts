import type { ChildStart, ChildStatus, EventWait, RunEvent } from '../protocol/run-event.ts'
import type { ChildRunState, RunState, Unit } from './run-state.ts'
import { unitOf } from './run-state.ts'
import { move, recordOf } from './unit-moves.ts'

/** A unit that has just begun waits: for a moment, an event, or a run that it has started. */
export function beginWaiting(
  run: RunState,
  event: EventWait | ChildStart | (RunEvent & { type: 'sleep-start' }),
): void {
  const unit = unitOf(run, event.path)
  if (!unit) return
  delete unit.due
  if ('due' in event) unit.due = event.due
  if (event.type === 'child-start') return awaitChild(run, unit, event)
  const record = recordOf(unit)
  if (record) record.status = 'waiting'
  if (event.type === 'sleep-start') return move(run, unit, 'sleeping')
  unit.event = event.event
  if (record) record.metadata = { ...record.metadata, event: event.event }
  move(run, unit, 'awaiting')
}

/** A run that a unit has started stands differently now. */
export function noteChild(run: RunState, { path, status }: ChildStatus): void {
  const unit = unitOf(run, path)
  if (!unit?.child) return
  unit.child.status = status
  showChild(unit, status)
}

function awaitChild(run: RunState, unit: Unit, { runId, workflowId }: ChildStart): void {
  unit.child = { runId, workflowId, status: 'running' }
  move(run, unit, 'awaiting')
  showChild(unit, 'running')
}

/** Results show which run it is, so that somebody who is asked finds it; of a list each item has its own. */
function showChild(unit: Unit, childStatus: ChildRunState['status']): void {
  const record = recordOf(unit)
  if (!record || !unit.child || unit.flow.node?.definition.type === 'foreach') return
  record.status = childStatus === 'running' ? 'running' : 'waiting'
  record.metadata = { ...record.metadata, childRunId: unit.child.runId, childStatus }
}
