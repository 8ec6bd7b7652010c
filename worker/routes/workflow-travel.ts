import { restartActiveRuns, travelRun } from '../handlers/workflow-travel.ts'
import type { Route } from '../route.ts'
import { route } from '../route.ts'
import { whenNothingToDo, whenTravelled } from '../schemas/workflow-answers.ts'
import { runQuery, travelBody, workflowParams } from '../schemas/workflows.ts'

/** New runs from a step of an old one, as Mastra's client asks for them; and what of its restarts needs no doing here. */
export const workflowTravelRoutes: readonly Route[] = [
  travel('time-travel', 'timeTravelWorkflow', 'ack'),
  travel('time-travel-async', 'timeTravelWorkflowAsync', 'json'),
  travel('time-travel-stream', 'timeTravelWorkflowStream', 'mastra'),
  restartActive('restart-all-active-workflow-runs', 'restartActiveWorkflowRuns'),
  restartActive('restart-all-active-workflow-runs-async', 'restartActiveWorkflowRunsAsync'),
]

function travel(path: string, id: string, format: 'ack' | 'json' | 'mastra'): Route {
  return route({
    ...at(path, id, 'Begin a new run from a step of another run, which stays as it is'),
    params: workflowParams,
    query: runQuery,
    body: travelBody,
    ...whenTravelled[format === 'mastra' ? 'stream' : format],
    handler: travelRun(format),
  })
}

function restartActive(path: string, id: string): Route {
  return route({
    ...at(path, id, 'Changes nothing: every run takes itself up after a crash'),
    params: workflowParams,
    ...whenNothingToDo,
    handler: restartActiveRuns,
  })
}

function at(path: string, id: string, summary: string) {
  return {
    method: 'POST',
    path: `/api/workflows/:workflowId/${path}`,
    id,
    policy: 'caller',
    summary,
  } as const
}
