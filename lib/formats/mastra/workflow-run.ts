import type { JsonObject, JsonValue } from '../../protocol/json.ts'
import { isRecord } from '../../protocol/json.ts'
import type { GraphNode } from '../../protocol/workflow-graph.ts'
import { toMastraGraph } from './workflow.ts'

/** A run as lists know it. Times are in milliseconds since 1970. */
export interface RunSummary {
  runId: string
  workflowId: string
  resourceId?: string
  status: string
  createdAt: number
  updatedAt: number
}

/** A run with all that is known of it. */
export interface RunDetails extends RunSummary {
  /** Of one that waits for its turn: how many are to go before it. */
  before?: number
  payload: JsonValue
  state: JsonObject
  steps: JsonObject
  result?: JsonValue
  error?: JsonObject
  compensation?: JsonObject
  /** Which schedule has started it. */
  trigger?: JsonObject
  suspended: string[][]
  resumeLabels: JsonObject
}

/** `GET /api/workflows/:workflowId/runs/:runId`; with `fields` only these, and those that name the run. */
export function toMastraRun(
  run: RunDetails,
  graph: readonly GraphNode[],
  fields?: readonly string[],
): JsonObject {
  const { before, payload, state, steps, result, error, compensation, trigger, suspended, resumeLabels } = run
  const details: JsonObject = {
    ...(before !== undefined && { before }),
    ...(Object.keys(state).length > 0 && { state }),
    ...(result !== undefined && { result }),
    ...(error && { error }),
    ...(compensation && { compensation }),
    ...(trigger && { trigger }),
    payload,
    steps,
    activeStepsPath: {},
    serializedStepGraph: toMastraGraph(graph),
    suspendedPaths: Object.fromEntries(suspended.map(([id = '']) => [id, placeOf(graph, id)])),
    resumeLabels,
    waitingPaths: Object.fromEntries(waitingSteps(steps).map((id) => [id, placeOf(graph, id)])),
  }
  const shown = Object.entries(details).filter(([name]) => !fields || fields.includes(name))
  return { ...toSummary(run), status: run.status, ...Object.fromEntries(shown) }
}

/** `GET /api/workflows/:workflowId/runs`. */
export function toMastraRuns(runs: readonly RunSummary[], total: number): JsonObject {
  return {
    runs: runs.map((run) => {
      const { runId, status, updatedAt } = run
      return { ...toSummary(run), snapshot: { runId, status, timestamp: updatedAt } }
    }),
    total,
  }
}

function toSummary({ runId, workflowId, resourceId, createdAt, updatedAt }: RunSummary): JsonObject {
  return {
    runId,
    workflowName: workflowId,
    resourceId: resourceId ?? null,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  }
}

/** Those that wait for an event, or a moment. */
function waitingSteps(steps: JsonObject): string[] {
  return Object.entries(steps).flatMap(([id, step]) =>
    isRecord(step) && step['status'] === 'waiting' ? [id] : [],
  )
}

/** The place of a step in its workflow: its node's, and of several its own there. */
function placeOf(graph: readonly GraphNode[], id: string): number[] {
  for (const [i, node] of graph.entries()) {
    if (node.type === 'sleep') {
      if (node.id === id) return [i]
      continue
    }
    if (!('steps' in node)) {
      if (node.step.id === id) return [i]
      continue
    }
    const sub = node.steps.findIndex((step) => step.id === id)
    if (sub >= 0) return [i, sub]
  }
  return []
}
