import { sendRunEvent } from '../handlers/run-events.ts'
import * as runs from '../handlers/workflow-runs.ts'
import { getWorkflow, listWorkflows } from '../handlers/workflows.ts'
import type { Method, Route } from '../route.ts'
import { route } from '../route.ts'
import * as answer from '../schemas/workflow-answers.ts'
import * as schemas from '../schemas/workflows.ts'

const { workflowParams, workflowRunParams, maybeRunQuery, runQuery, startBody, resumeRunBody } = schemas

const ONCE = {
  'idempotency-key': 'Of several calls under one key the first counts, for as long as the run is there',
}

/** What every route here has. */
function at<const Id extends string>(method: Method, path: string, id: Id, summary: string) {
  return { method, path: `/api/workflows${path}`, id, policy: 'caller', summary } as const
}

/** Workflows and their runs, as Mastra's client asks for them; and a run's own events. */
export const workflowsRoutes: readonly Route[] = [
  route({ ...at('GET', '', 'listWorkflows', 'All workflows'), ...answer.whenListed, handler: listWorkflows }),
  route({
    ...at('GET', '/:workflowId', 'getWorkflow', 'One workflow: its steps, schemas and graph'),
    params: workflowParams,
    ...answer.whenShown,
    handler: getWorkflow,
  }),
  route({
    ...at('GET', '/:workflowId/runs', 'listWorkflowRuns', "A workflow's runs, newest first"),
    params: workflowParams,
    query: schemas.runsQuery,
    ...answer.whenRunsListed,
    handler: runs.listWorkflowRuns,
  }),
  route({
    ...at('GET', '/:workflowId/runs/:runId', 'getWorkflowRun', 'One run, with what has come of its steps'),
    params: workflowRunParams,
    query: schemas.recordQuery,
    ...answer.whenRunShown,
    handler: runs.getRun,
  }),
  route({
    ...at('DELETE', '/:workflowId/runs/:runId', 'deleteWorkflowRun', 'Delete a run with everything in it'),
    params: workflowRunParams,
    ...answer.whenTold,
    handler: runs.deleteRun,
  }),
  route({
    ...at('POST', '/:workflowId/runs/:runId/cancel', 'cancelWorkflowRun', 'End a run, and stop its steps'),
    params: workflowRunParams,
    body: schemas.cancelBody,
    ...answer.whenTold,
    handler: runs.cancelRun,
  }),
  route({
    ...at('POST', '/:workflowId/create-run', 'createWorkflowRun', 'Get an id for a run, to start it next'),
    params: workflowParams,
    query: maybeRunQuery,
    body: schemas.createRunBody,
    ...answer.whenCreated,
    handler: runs.createRun,
  }),
  route({
    ...at('POST', '/:workflowId/start', 'startWorkflow', 'Start a run, and do not wait for it'),
    params: workflowParams,
    query: maybeRunQuery,
    body: startBody,
    ...answer.whenStarted.ack,
    handler: runs.startRun('ack'),
  }),
  route({
    ...at('POST', '/:workflowId/start-async', 'startWorkflowAsync', 'Start a run, and get its result'),
    params: workflowParams,
    query: maybeRunQuery,
    body: startBody,
    ...answer.whenStarted.json,
    handler: runs.startRun('json'),
  }),
  route({
    ...at('POST', '/:workflowId/stream', 'streamWorkflow', 'Start a run, and stream it'),
    params: workflowParams,
    query: maybeRunQuery,
    body: startBody,
    ...answer.whenStarted.stream,
    handler: runs.startRun('mastra'),
  }),
  route({
    ...at(
      'POST',
      '/:workflowId/observe',
      'observeWorkflow',
      'Stream a run from its start, or from a chunk on',
    ),
    params: workflowParams,
    query: schemas.observeQuery,
    ...answer.whenRestarted.stream,
    handler: runs.observeRun,
  }),
  route({
    ...at('POST', '/:workflowId/resume', 'resumeWorkflow', 'Answer a step that waits, and do not wait'),
    params: workflowParams,
    query: runQuery,
    body: resumeRunBody,
    ...answer.whenAnswered.ack,
    headers: ONCE,
    handler: runs.resumeRun('ack', 'Workflow run resumed'),
  }),
  route({
    ...at('POST', '/:workflowId/resume-no-wait', 'resumeWorkflowNoWait', 'Answer a step, and get the run id'),
    params: workflowParams,
    query: runQuery,
    body: resumeRunBody,
    ...answer.whenAnswered.ack,
    headers: ONCE,
    handler: runs.resumeRun('ack'),
  }),
  route({
    ...at('POST', '/:workflowId/resume-async', 'resumeWorkflowAsync', 'Answer a step, and get the result'),
    params: workflowParams,
    query: runQuery,
    body: resumeRunBody,
    ...answer.whenAnswered.json,
    headers: ONCE,
    handler: runs.resumeRun('json'),
  }),
  route({
    ...at(
      'POST',
      '/:workflowId/resume-stream',
      'resumeWorkflowStream',
      'Answer a step, and stream what follows',
    ),
    params: workflowParams,
    query: runQuery,
    body: resumeRunBody,
    ...answer.whenAnswered.stream,
    headers: ONCE,
    handler: runs.resumeRun('mastra'),
  }),
  route({
    ...at('POST', '/:workflowId/restart', 'restartWorkflow', 'Take up a run that failed, and do not wait'),
    params: workflowParams,
    query: runQuery,
    body: schemas.restartBody,
    ...answer.whenRestarted.ack,
    headers: ONCE,
    handler: runs.restartRun('ack'),
  }),
  route({
    ...at('POST', '/:workflowId/restart-async', 'restartWorkflowAsync', 'Take up a run, and get the result'),
    params: workflowParams,
    query: runQuery,
    body: schemas.restartBody,
    ...answer.whenRestarted.json,
    headers: ONCE,
    handler: runs.restartRun('json'),
  }),
  route({
    method: 'GET',
    path: '/api/runs/:runId/graph',
    id: 'describeRun',
    policy: 'caller',
    summary: "A run's graph, with how it stands at each place",
    params: schemas.eventParams,
    query: schemas.runGraphQuery,
    ...answer.whenDrawn,
    handler: runs.describeRun,
  }),
  route({
    method: 'GET',
    path: '/api/runs/:runId/events',
    id: 'followRun',
    policy: 'caller',
    summary: "Follow a workflow run's events from any place on",
    params: schemas.eventParams,
    query: schemas.runEventsQuery,
    ...answer.whenFollowed,
    handler: runs.followRun,
  }),
  route({
    method: 'POST',
    path: '/api/runs/:runId/events',
    id: 'sendRunEvent',
    policy: 'caller',
    summary: 'Send an event to a workflow run, for a step that waits for it now or later',
    description:
      'It is kept in the run until a step takes it: the first that came for the step that has waited longest. A run whose id you chose is named with `workflowId`.',
    headers: {
      'idempotency-key': "The event's id, if the body gives none: of several under one id the first counts",
    },
    params: schemas.eventParams,
    query: schemas.runGraphQuery,
    body: schemas.sendEventBody,
    answers: [
      { status: 202, description: 'It is in the mailbox of the run', json: schemas.eventReceipt },
      { description: 'It had come before', json: schemas.eventReceipt },
    ],
    errors: [
      'run_not_found',
      'workflow_not_found',
      'run_ended',
      'workflow_changed',
      'payload_too_large',
      'rate_limited',
      'budget_exhausted',
    ],
    handler: sendRunEvent,
  }),
]
