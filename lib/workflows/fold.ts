import type { JsonValue } from '../protocol/json.ts'
import type {
  CompensationEvent,
  RunEvent,
  RunStart,
  StepFail,
  StepResult,
  StepRetry,
  StepStart,
  StepSuspend,
} from '../protocol/run-event.ts'
import { beginWaiting, noteChild } from './awaiting.ts'
import { applyCompensation, closeSteps, keepCompensable } from './compensation.ts'
import type { FlowDefinition } from './graph.ts'
import { executableAt } from './graph.ts'
import { openDecision } from './lacking.ts'
import { openNode } from './open-node.ts'
import type { StepRecord } from './result.ts'
import type { Flow, OpenNode, RunState, Unit } from './run-state.ts'
import { putMail, withMail } from './mailbox.ts'
import { DECISION, newFlow, placeOf, stepIdAt, unitAt, unitOf } from './run-state.ts'
import { arrive, takeGiven } from './arrive.ts'
import { abandon, drop, forget, mergeState, move, recordOf } from './unit-moves.ts'

export function startRun(definition: FlowDefinition, event: RunStart): RunState {
  const { runId, workflowId, resourceId, parent, trigger, input, state = {}, at, perStep, isQueued } = event
  return {
    runId,
    workflowId,
    ...(resourceId !== undefined && { resourceId }),
    ...(parent && { parent }),
    ...(trigger && { trigger }),
    ...(isQueued && { isQueued }),
    status: isQueued ? 'pending' : 'running',
    root: newFlow(definition, '', input),
    state,
    createdAt: at,
    updatedAt: at,
    running: new Set(),
    timers: new Set(),
    suspended: new Set(),
    awaiting: new Set(),
    deciding: 0,
    progress: 0,
    failed: [],
    ...(perStep && { stepping: 'ready' }),
  }
}

/**
 * Adds an event to the state, in place. Whatever the length of the run, it looks only at the node that the event is
 * of, and at the steps around it.
 */
export function applyRunEvent(run: RunState, event: RunEvent): void {
  if ('at' in event) run.updatedAt = event.at
  if ('nonce' in event && event.nonce !== undefined) (run.nonces ??= new Set()).add(event.nonce)
  switch (event.type) {
    case 'step-start':
      return startUnit(run, event)
    case 'step-result':
      return settle(run, event)
    case 'step-fail':
      return fail(run, event)
    case 'step-retry':
      return retryLater(run, event)
    case 'step-suspend':
      return suspend(run, event)
    case 'sleep-start':
    case 'event-wait':
    case 'child-start':
      startUnit(run, { attempt: 1, ...event, type: 'step-start' })
      return beginWaiting(run, event)
    case 'child-status':
      return noteChild(run, event)
    case 'event-received':
      return putMail(run, event)
    case 'flow-enter':
      return enterFlow(run, event)
    case 'branch-decision':
      return chooseBranches(run, event)
    case 'loop-decision':
      return goRound(run, event)
    case 'run-start':
    case 'step-progress':
      return
    default:
      return applyToRun(run, event)
  }
}

/** What is said of the run, and not of a step. */
function applyToRun(run: RunState, event: OfRun): void {
  switch (event.type) {
    case 'run-suspend':
      run.status = 'suspended'
      return
    case 'run-wait':
      run.status = 'waiting'
      return
    case 'run-pause':
      run.status = 'paused'
      return
    case 'run-resume':
      if (!event.perStep) delete run.stepping
      // What goes on by itself is of the step that was begun.
      else if (run.status === 'paused' || !run.stepping) run.stepping = 'ready'
      run.status = 'running'
      return
    case 'run-admit':
    case 'run-recover':
      run.status = 'running'
      if (!run.unwinding) return
      closeSteps(run)
      // The runs that it had started ended, or were canceled, when it failed.
      if (event.type === 'run-admit') run.awaiting.clear()
      return
    case 'run-travel':
      return arrive(run, event)
    case 'run-restart':
      return restart(run)
    case 'run-compensate':
    case 'run-cancel':
    case 'compensate-start':
    case 'compensate-result':
    case 'compensate-retry':
    case 'compensate-suspend':
    case 'compensate-fail':
      return applyCompensation(run, event)
    case 'run-end':
      return end(run, event)
    default:
      event satisfies never
  }
}

type OfRun = Exclude<Extract<RunEvent, { type: `run-${string}` }>, RunStart> | CompensationEvent

function retryLater(run: RunState, event: StepRetry): void {
  const unit = unitOf(run, event.path)
  if (!unit) return
  mergeState(run, event)
  unit.retries += 1
  unit.due = event.due
  move(run, unit, 'retrying')
}

function enterFlow(run: RunState, { path, input }: RunEvent & { type: 'flow-enter' }): void {
  const inner = unitOf(run, path)?.inner
  if (!inner) return
  inner.isEntered = true
  if (input !== undefined) inner.input = inner.value = input
}

function chooseBranches(run: RunState, { path, chosen }: RunEvent & { type: 'branch-decision' }): void {
  const place = placeOf(run, path)
  const node = place && openNode(place.flow)
  if (!node) return
  node.chosen = chosen
  node.total = chosen.length
  if (node.total === 0) closeNode(place.flow, {})
}

function goRound(run: RunState, { path, isAgain }: RunEvent & { type: 'loop-decision' }): void {
  const flow = placeOf(run, path)?.flow
  if (!flow?.node) return
  const { outputs, settled } = flow.node
  if (isAgain) flow.node.next = settled + 1
  else closeNode(flow, outputs[settled] ?? null)
}

function startUnit(run: RunState, event: StepStart): void {
  const place = placeOf(run, event.path)
  const node = place && openNode(place.flow)
  if (!node) return
  const { flow, sub } = place
  const decision = event.isDecision && node.units.get(DECISION)
  if (decision) return drop(run, decision)
  const unit = unitAt(place) ?? createUnit(flow, node, sub, event)
  unit.attempt = event.attempt
  if (unit.lacksContext) giveContext(unit, unit.lacksContext)
  if (event.isResumed) resumeUnit(unit, withMail(run, event))
  if (unit.inner) return
  const executable = executableAt(node.definition, sub)
  if (executable?.kind === 'workflow') unit.inner = newFlow(executable, `${unit.path}/`, unit.input, unit)
  else {
    move(run, unit, 'running')
    if (run.stepping) run.stepping = 'begun'
  }
}

function createUnit(flow: Flow, node: OpenNode, sub: number, { path, at }: StepStart): Unit {
  const { definition } = node
  const stepId = stepIdAt(definition, sub)
  const input = inputAt(flow, node, sub)
  const unit: Unit = {
    path,
    stepId,
    sub,
    flow,
    status: 'running',
    input,
    attempt: 1,
    retries: 0,
    startedAt: at,
  }
  takeGiven(unit, node)
  node.units.set(sub, unit)
  if (definition.type !== 'loop') node.next = Math.max(node.next, sub + 1)
  if (definition.type !== 'foreach')
    flow.steps.set(stepId, { status: 'running', payload: unit.input, startedAt: at })
  else if (!flow.steps.has(stepId))
    flow.steps.set(stepId, { status: 'running', payload: flow.value, startedAt: at })
  if (definition.type === 'step' || definition.type === 'sleep') flow.executionPath.push(stepId)
  return unit
}

function inputAt(flow: Flow, { definition, outputs }: OpenNode, sub: number): JsonValue {
  if (definition.type === 'foreach') return Array.isArray(flow.value) ? (flow.value[sub] ?? null) : null
  if (definition.type === 'loop' && sub > 1) return outputs[sub - 1] ?? null
  return flow.value
}

/** The step is begun again as it was, not answered. */
function giveContext(unit: Unit, { suspendPayload }: NonNullable<Unit['lacksContext']>): void {
  delete unit.lacksContext
  if (suspendPayload === undefined) delete unit.suspendPayload
  else unit.suspendPayload = suspendPayload
  const record = recordOf(unit)
  if (record) record.status = 'running'
}

/** The answer shows at the step, and at every workflow and list that it is in. */
function resumeUnit(unit: Unit, { resumeData = null, at }: StepStart): void {
  unit.resumeData = resumeData
  for (let around: Unit | undefined = unit; around; around = around.flow.unit) {
    const record = recordOf(around)
    if (record) Object.assign(record, { status: 'running', resumePayload: resumeData, resumedAt: at })
  }
}

function settle(run: RunState, event: StepResult): void {
  const place = placeOf(run, event.path)
  if (!place || place.index !== place.flow.index) return
  const { flow, sub } = place
  const node = openNode(flow)
  if (!node) return
  run.progress += 1
  mergeState(run, event)
  const unit = unitAt(place)
  const known = unit?.inner ? unit.inner.value : flow.value
  const output = event.output === undefined ? known : event.output
  // A list without items has no unit: the node itself is settled.
  if (!unit) {
    if (node.definition.type !== 'foreach' || node.total > 0) return
    flow.steps.set(event.stepId, {
      status: 'success',
      payload: flow.value,
      output,
      startedAt: event.at,
      endedAt: event.at,
    })
    return closeNode(flow, output)
  }
  drop(run, unit)
  keepCompensable(run, unit, output)
  node.outputs[sub] = output
  node.settled += 1
  const record = recordOf(unit)
  if (record && node.definition.type !== 'foreach') succeed(record, output, event.at)
  if (record && node.definition.type === 'loop') record.metadata = { iterationCount: sub }
  if (event.isBail) return bail(run, flow, output)
  if (node.definition.type === 'loop') {
    node.settled = sub
    // Only the last round's output is ever asked for.
    node.outputs = Object.assign([], { [sub]: output })
  } else if (node.settled === node.total) {
    const value = outputOf(node)
    if (record && node.definition.type === 'foreach') succeed(record, value, event.at)
    closeNode(flow, value)
  }
}

function succeed(record: StepRecord, output: JsonValue, at: number): void {
  Object.assign(record, { status: 'success', output, endedAt: at })
  delete record.error
}

/** What a node of several gives: a list its items' outputs, the others theirs by their ids. */
function outputOf({ definition, outputs, chosen }: OpenNode): JsonValue {
  if (definition.type === 'foreach') return outputs
  if (!('steps' in definition)) return outputs[0] ?? null
  const subs = chosen ?? definition.steps.map((_, sub) => sub)
  return Object.fromEntries(subs.map((sub) => [stepIdAt(definition, sub), outputs[sub] ?? null]))
}

function closeNode(flow: Flow, value: JsonValue): void {
  flow.value = value
  flow.index += 1
  delete flow.node
}

/** The workflow ends here; what else ran in its node is no longer waited for. */
function bail(run: RunState, flow: Flow, output: JsonValue): void {
  for (const unit of flow.node?.units.values() ?? []) abandon(run, unit)
  if (flow.node?.isDeciding) run.deciding -= 1
  flow.value = output
  flow.index = flow.definition.nodes.length
  delete flow.node
}

function fail(run: RunState, event: StepFail): void {
  const unit = unitOf(run, event.path)
  if (!unit) return
  mergeState(run, event)
  // One that was stopped ends the run no more.
  if (!run.unwinding) run.failure ??= event.error
  const status = run.unwinding?.outcome.status ?? 'failed'
  run.failed.push(unit)
  forget(run, unit)
  for (let around: Unit | undefined = unit; around; around = around.flow.unit) {
    const record = recordOf(around)
    if (record) Object.assign(record, { status, error: event.error, endedAt: event.at })
  }
}

function suspend(run: RunState, event: StepSuspend): void {
  const unit = event.isDecision ? openDecision(run, event) : unitOf(run, event.path)
  if (!unit) return
  mergeState(run, event)
  if (event.contextKeys) {
    const { suspendPayload } = unit
    unit.lacksContext = suspendPayload === undefined ? {} : { suspendPayload }
    if (event.isReconciling) unit.lacksContext.isReconciling = true
  }
  unit.suspendPayload = event.payload
  unit.suspendedAt = event.at
  if (event.label !== undefined) unit.label = event.label
  else delete unit.label
  const record = recordOf(unit)
  if (record && !event.isDecision && unit.flow.node?.definition.type !== 'foreach')
    Object.assign(record, { status: 'suspended', suspendPayload: event.payload, suspendedAt: event.at })
  move(run, unit, 'suspended')
}

/** What failed is to be begun again; what was going on beside it still is. */
function restart(run: RunState): void {
  const units = run.failed
  run.failed = []
  delete run.failure
  delete run.outcome
  run.status = run.isQueued ? 'pending' : 'running'
  for (const unit of units) {
    for (let around: Unit | undefined = unit; around; around = around.flow.unit) {
      const record = recordOf(around)
      if (record) record.status = 'running'
      if (record) delete record.error
    }
    unit.retries = 0
    if (!unit.inner) move(run, unit, 'running')
  }
}

function end(run: RunState, event: RunEvent & { type: 'run-end' }): void {
  const { type: _type, at: _at, ...outcome } = event
  run.outcome = outcome
  run.status = outcome.status
  if (outcome.status !== 'canceled') return
  for (const unit of [...run.running, ...run.awaiting]) {
    const record = recordOf(unit)
    if (record) record.status = 'canceled'
  }
}
