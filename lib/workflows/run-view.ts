import type { JsonObject } from '../protocol/json.ts'
import type { RunEvent, StepPath } from '../protocol/run-event.ts'
import { applyRunEvent, startRun } from './fold.ts'
import type { FlowDefinition } from './graph.ts'
import type { Flow, RunState } from './run-state.ts'
import { placeOf, stepIdAt } from './run-state.ts'

/** A run's fold, asked by encoders for what events do not say. It takes every event of the run, from the first. */
export function createRunView(definition: FlowDefinition, runId: string) {
  let run: RunState | undefined
  return {
    runId,
    workflowId: definition.id,
    take: (event: RunEvent): void => {
      if (event.type === 'run-start') {
        run = startRun(definition, event)
      } else if (run) applyRunEvent(run, event)
    },
    execution: (path: StepPath) => run && describe(run, path),
  }
}

function describe(run: RunState, path: StepPath) {
  const place = placeOf(run, path)
  const node = place?.flow.definition.nodes[place.index]
  if (!place || !node) return undefined
  const { flow, sub } = place
  const stepId = stepIdAt(node, sub)
  // A record is JSON by its type; keys that are undefined are not written.
  const record = { ...flow.steps.get(stepId) } as JsonObject
  const ids = [...idsAround(flow), stepId]
  if (node.type !== 'foreach') return { ids, record }
  const total = Array.isArray(record['payload']) ? record['payload'].length : 0
  const done = flow.node?.definition === node ? flow.node.settled : total
  return { ids, record, item: { index: sub, done, total } }
}

function idsAround({ unit }: Flow): string[] {
  return unit ? [...idsAround(unit.flow), unit.stepId] : []
}
