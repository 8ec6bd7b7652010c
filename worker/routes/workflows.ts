import { sendRunEvent } from '../handlers/run-events.ts'
import * as runs from '../handlers/workflow-runs.ts'
import { getWorkflow, listWorkflows } from '../handlers/workflows.ts'
import type { Method, Route } from '../route.ts'
import { route } from '../route.ts'
import * as schemas from '../schemas/workflows.ts'

const { workflowParams, workflowRunParams, maybeRunQuery, runQuery, startBody, resumeRunBody } = schemas

/** What every route here has. */
function at<const Id extends string>(method: Method, path: string, id: Id) {
  return { method, path: `/api/workflows${path}`, id, policy: 'caller' } as const
}

/** Workflows and their runs, as Mastra's client asks for them; and a run's own events. */
export const workflowsRoutes: readonly Route[] = [
  route({ ...at('GET', '', 'listWorkflows'), handler: listWorkflows }),
  route({ ...at('GET', '/:workflowId', 'getWorkflow'), params: workflowParams, handler: getWorkflow }),
  route({
    ...at('GET', '/:workflowId/runs', 'listWorkflowRuns'),
    params: workflowParams,
    query: schemas.runsQuery,
    handler: runs.listWorkflowRuns,
  }),
  route({
    ...at('GET', '/:workflowId/runs/:runId', 'getWorkflowRun'),
    params: workflowRunParams,
    query: schemas.recordQuery,
    handler: runs.getRun,
  }),
  route({
    ...at('DELETE', '/:workflowId/runs/:runId', 'deleteWorkflowRun'),
    params: workflowRunParams,
    handler: runs.deleteRun,
  }),
  route({
    ...at('POST', '/:workflowId/runs/:runId/cancel', 'cancelWorkflowRun'),
    params: workflowRunParams,
    body: schemas.cancelBody,
    handler: runs.cancelRun,
  }),
  route({
    ...at('POST', '/:workflowId/create-run', 'createWorkflowRun'),
    params: workflowParams,
    query: maybeRunQuery,
    body: schemas.createRunBody,
    handler: runs.createRun,
  }),
  route({
    ...at('POST', '/:workflowId/start', 'startWorkflow'),
    params: workflowParams,
    query: maybeRunQuery,
    body: startBody,
    handler: runs.startRun('ack'),
  }),
  route({
    ...at('POST', '/:workflowId/start-async', 'startWorkflowAsync'),
    params: workflowParams,
    query: maybeRunQuery,
    body: startBody,
    handler: runs.startRun('json'),
  }),
  route({
    ...at('POST', '/:workflowId/stream', 'streamWorkflow'),
    params: workflowParams,
    query: maybeRunQuery,
    body: startBody,
    handler: runs.startRun('mastra'),
  }),
  route({
    ...at('POST', '/:workflowId/observe', 'observeWorkflow'),
    params: workflowParams,
    query: schemas.observeQuery,
    handler: runs.observeRun,
  }),
  route({
    ...at('POST', '/:workflowId/resume', 'resumeWorkflow'),
    params: workflowParams,
    query: runQuery,
    body: resumeRunBody,
    handler: runs.resumeRun('ack', 'Workflow run resumed'),
  }),
  route({
    ...at('POST', '/:workflowId/resume-no-wait', 'resumeWorkflowNoWait'),
    params: workflowParams,
    query: runQuery,
    body: resumeRunBody,
    handler: runs.resumeRun('ack'),
  }),
  route({
    ...at('POST', '/:workflowId/resume-async', 'resumeWorkflowAsync'),
    params: workflowParams,
    query: runQuery,
    body: resumeRunBody,
    handler: runs.resumeRun('json'),
  }),
  route({
    ...at('POST', '/:workflowId/resume-stream', 'resumeWorkflowStream'),
    params: workflowParams,
    query: runQuery,
    body: resumeRunBody,
    handler: runs.resumeRun('mastra'),
  }),
  route({
    ...at('POST', '/:workflowId/restart', 'restartWorkflow'),
    params: workflowParams,
    query: runQuery,
    body: schemas.restartBody,
    handler: runs.restartRun('ack'),
  }),
  route({
    ...at('POST', '/:workflowId/restart-async', 'restartWorkflowAsync'),
    params: workflowParams,
    query: runQuery,
    body: schemas.restartBody,
    handler: runs.restartRun('json'),
  }),
  route({
    method: 'GET',
    path: '/api/runs/:runId/graph',
    id: 'describeRun',
    policy: 'caller',
    params: schemas.eventParams,
    query: schemas.runGraphQuery,
    handler: runs.describeRun,
  }),
  route({
    method: 'GET',
    path: '/api/runs/:runId/events',
    id: 'followRun',
    policy: 'caller',
    params: schemas.eventParams,
    query: schemas.runEventsQuery,
    handler: runs.followRun,
  }),
  route({
    method: 'POST',
    path: '/api/runs/:runId/events',
    id: 'sendRunEvent',
    policy: 'caller',
    params: schemas.eventParams,
    query: schemas.runGraphQuery,
    body: schemas.sendEventBody,
    handler: sendRunEvent,
  }),
]
