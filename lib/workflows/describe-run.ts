import type { JsonObject, JsonValue } from '../protocol/json.ts'
import { isRecord } from '../protocol/json.ts'
import { lackPayload } from './lacking.ts'
import { idsOf, indexOf } from './resume.ts'
import { openChildren } from './kin.ts'
import type { ChildRunInfo, RunInfo, RunRecord, RunStatus, StepRecord, WorkflowResult } from './result.ts'
import type { Flow, OpenNode, RunState, Unit } from './run-state.ts'
import { hasRunningChild } from './run-state.ts'

/** Where a run stands, in the shape that Mastra's clients know. */
export function toResult(run: RunState): WorkflowResult {
  const { runId, root, outcome, state } = run
  const base = {
    runId,
    steps: { input: root.input, ...Object.fromEntries(shownSteps(run, root)) },
    input: root.input,
    ...(Object.keys(state).length > 0 && { state }),
    stepExecutionPath: [...root.executionPath],
  }
  if (outcome) return { ...base, ...outcome }
  const status = statusOf(run)
  if (status === 'waiting' || status === 'paused' || status === 'pending') return { ...base, status }
  if (status !== 'suspended') return { ...base, status: 'running' }
  return { ...base, status, ...suspensionsOf(run, [...run.suspended].toSorted(byPlace)) }
}

export function toInfo(run: RunState): RunInfo {
  const { runId, workflowId, resourceId, createdAt, updatedAt } = run
  return {
    runId,
    workflowId,
    ...(resourceId !== undefined && { resourceId }),
    status: statusOf(run),
    createdAt,
    updatedAt,
  }
}

export function toRecord(run: RunState): RunRecord {
  const { root, outcome, state } = run
  const units = outcome || run.unwinding ? [] : [...run.suspended].toSorted(byPlace)
  return {
    ...toInfo(run),
    payload: root.input,
    state,
    steps: Object.fromEntries(stepRecords(run, root)),
    stepExecutionPath: [...root.executionPath],
    ...(outcome?.status === 'success' && { result: outcome.result }),
    ...(outcome?.status === 'failed' && { error: outcome.error }),
    ...(outcome && 'compensation' in outcome && { compensation: outcome.compensation }),
    suspended: suspensionsOf(run, units).suspended,
    resumeLabels: labelsOf(units),
    childRuns: [...childrenOf(run)],
    ...(run.parent && { parent: { runId: run.parent.runId, path: run.parent.path } }),
    ...(run.trigger && { trigger: run.trigger }),
  }
}

function* childrenOf(run: RunState): Generator<ChildRunInfo> {
  for (const unit of openChildren(run).values())
    if (unit.child) yield { step: idsOf(unit), path: unit.path, ...unit.child }
}

/** `waiting` if only a moment is waited for, or an event: while a child works the run does as well. */
export function statusOf(run: RunState): RunStatus {
  const { status, running, deciding, timers, suspended } = run
  if (run.unwinding || hasRunningChild(run)) return status
  if (status !== 'running' || running.size > 0 || deciding > 0 || timers.size === 0) return status
  return suspended.size === 0 ? 'waiting' : 'running'
}

/** Without the payload of steps that follow one another: it is what the step before gave. */
function* shownSteps(run: RunState, flow: Flow): Generator<[string, StepRecord]> {
  const inLine = new Set(flow.executionPath)
  for (const [id, record] of stepRecords(run, flow)) {
    if (record.status !== 'suspended') {
      delete record.suspendPayload
      delete record.suspendedAt
    }
    if (inLine.has(id) && id !== flow.replaced) delete record.payload
    yield [id, record]
  }
}

/** Copies. Of a step that holds a workflow or a list, what waits in it shows at the step. */
function* stepRecords(run: RunState, flow: Flow): Generator<[string, StepRecord]> {
  const waiting = flow.node && !run.outcome ? suspendedAround(run, flow.node) : new Map<string, Unit[]>()
  for (const [id, stored] of flow.steps) {
    const record: StepRecord = { ...stored }
    const units = waiting.get(id)
    if (units && flow.node) suspendRecord(run, record, units, flow.node)
    yield [id, record]
  }
}

/** What is suspended in a node, by the id of the node's own step. */
function suspendedAround(run: RunState, node: OpenNode): Map<string, Unit[]> {
  const found = new Map<string, Unit[]>()
  for (const unit of node.units.values()) {
    const within = unit.inner ? [...suspendedIn(run, unit.inner)] : run.suspended.has(unit) ? [unit] : []
    if (within.length > 0) found.set(unit.stepId, [...(found.get(unit.stepId) ?? []), ...within])
  }
  return found
}

function* suspendedIn(run: RunState, { node }: Flow): Generator<Unit> {
  for (const unit of node?.units.values() ?? []) {
    if (run.suspended.has(unit)) yield unit
    if (unit.inner) yield* suspendedIn(run, unit.inner)
  }
}

function suspendRecord(run: RunState, record: StepRecord, units: Unit[], node: OpenNode): void {
  const [first] = units.toSorted(byPlace)
  if (!first) return
  record.status = 'suspended'
  const { suspendPayload = null, suspendedAt } = first
  if (suspendedAt !== undefined) record.suspendedAt = suspendedAt
  const meta: JsonObject = {}
  if (first.flow !== run.root) Object.assign(meta, { runId: run.runId, path: idsOf(first).slice(1) })
  if (node.definition.type === 'foreach') Object.assign(meta, listMeta(node, first, units))
  const hasMeta = Object.keys(meta).length > 0
  record.suspendPayload =
    hasMeta && isRecord(suspendPayload) ? { ...suspendPayload, __workflow_meta: meta } : suspendPayload
}

function listMeta(node: OpenNode, first: Unit, units: Unit[]): JsonObject {
  const items = Array.from({ length: Math.max(node.next, node.outputs.length) }, (_, sub) =>
    itemOf(node, sub),
  )
  return { foreachIndex: indexOf(first) ?? 0, foreachOutput: items, resumeLabels: labelsOf(units) }
}

function itemOf({ units, outputs }: OpenNode, sub: number): JsonValue {
  const unit = units.get(sub)
  if (!unit) return { status: 'success', output: outputs[sub] ?? null }
  const { input: payload, suspendPayload } = unit
  return { payload, status: shownStatus(unit), ...(suspendPayload !== undefined && { suspendPayload }) }
}

/** As records say it. */
function shownStatus({ status, child }: Unit): StepRecord['status'] {
  if (status === 'awaiting' && child?.status === 'running') return 'running'
  return status === 'running' || status === 'suspended' ? status : 'waiting'
}

/** What waits for somebody: steps, or in a run that makes good what it has done the compensation that lacks secrets. */
function suspensionsOf({ unwinding }: RunState, units: readonly Unit[]) {
  const { lacksContext, name = '' } = unwinding?.current ?? {}
  if (!lacksContext) return { suspended: pathsOf(units), suspendPayload: payloadsOf(units) }
  const ids = name.split('.')
  return { suspended: [ids], suspendPayload: { [ids[0] ?? '']: lackPayload(lacksContext) } }
}

/** The paths of ids, each once: of a list's items the list's is said. */
function pathsOf(units: readonly Unit[]): string[][] {
  const paths = new Map(units.map((unit) => [idsOf(unit).join('\n'), idsOf(unit)]))
  return [...paths.values()]
}

function payloadsOf(units: readonly Unit[]): Record<string, JsonValue> {
  const payloads: Record<string, JsonValue> = {}
  for (const unit of units) {
    const [outermost = ''] = idsOf(unit)
    if (!Object.hasOwn(payloads, outermost)) payloads[outermost] = unit.suspendPayload ?? null
  }
  return payloads
}

function labelsOf(units: readonly Unit[]): Record<string, { stepId: string; forEachIndex?: number }> {
  const labels: Record<string, { stepId: string; forEachIndex?: number }> = {}
  for (const unit of units) {
    if (unit.label === undefined) continue
    const forEachIndex = indexOf(unit)
    labels[unit.label] = {
      stepId: idsOf(unit).join('.'),
      ...(forEachIndex !== undefined && { forEachIndex }),
    }
  }
  return labels
}

/** In the order of their places, whenever each was suspended. */
function byPlace(a: Unit, b: Unit): number {
  const left = placesOf(a)
  const right = placesOf(b)
  for (const [i, place] of left.entries()) {
    const difference = place - (right[i] ?? -1)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

function placesOf({ path }: Unit): number[] {
  return path.split(/[./]/).map(Number)
}
