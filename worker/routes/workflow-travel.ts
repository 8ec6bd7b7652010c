import { restartActiveRuns, travelRun } from '../handlers/workflow-travel.ts'
import type { Route } from '../route.ts'
import { route } from '../route.ts'
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
    ...at(path, id),
    params: workflowParams,
    query: runQuery,
    body: travelBody,
    handler: travelRun(format),
  })
}

function restartActive(path: string, id: string): Route {
  return route({
    ...at(path, id),
    params: workflowParams,
    handler: restartActiveRuns,
  })
}

function at(path: string, id: string) {
  return { method: 'POST', path: `/api/workflows/:workflowId/${path}`, id, policy: 'caller' } as const
}
