import type { ErrorCode } from '../../lib/protocol/error.ts'
import * as z from 'zod'
import { restartActiveRuns, travelRun } from '../handlers/workflow-travel.ts'
import type { Answer, Route } from '../route.ts'
import { route } from '../route.ts'
import { runQuery, travelBody, workflowParams } from '../schemas/workflows.ts'

const said = z.looseObject({ message: z.string() })
const started = said.extend({ runId: z.string().describe('The new run') })
const result = z.looseObject({ runId: z.string().describe('The new run'), status: z.string() })

const errors: readonly ErrorCode[] = [
  'workflow_not_found',
  'run_not_found',
  'runtime_context_invalid',
  'workflow_changed',
]

/** New runs from a step of an old one, as Mastra's client asks for them; and what of its restarts needs no doing here. */
export const workflowTravelRoutes: readonly Route[] = [
  travel('time-travel', 'timeTravelWorkflow', 'ack', { description: 'It has begun', json: started }),
  travel('time-travel-async', 'timeTravelWorkflowAsync', 'json', { description: 'Its result', json: result }),
  travel('time-travel-stream', 'timeTravelWorkflowStream', 'mastra', {
    description: "Mastra's chunks, from the step on",
    mediaType: 'text/plain',
  }),
  restartActive('restart-all-active-workflow-runs', 'restartActiveWorkflowRuns'),
  restartActive('restart-all-active-workflow-runs-async', 'restartActiveWorkflowRunsAsync'),
]

function travel(path: string, id: string, format: 'ack' | 'json' | 'mastra', answer: Answer): Route {
  return route({
    method: 'POST',
    path: `/api/workflows/:workflowId/${path}`,
    id,
    policy: 'caller',
    summary: 'Begin a new run from a step of another run, which stays as it is',
    params: workflowParams,
    query: runQuery,
    body: travelBody,
    answers: [answer],
    errors,
    handler: travelRun(format),
  })
}

function restartActive(path: string, id: string): Route {
  return route({
    method: 'POST',
    path: `/api/workflows/:workflowId/${path}`,
    id,
    policy: 'caller',
    summary: 'Changes nothing: every run takes itself up after a crash',
    params: workflowParams,
    answers: [{ description: 'That there is nothing to do', json: said }],
    errors: ['workflow_not_found'],
    handler: restartActiveRuns,
  })
}
