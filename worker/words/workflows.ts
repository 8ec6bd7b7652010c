import * as answer from '../schemas/workflow-answers.ts'
import * as schemas from '../schemas/run-event-answers.ts'
import type { Words } from './words.ts'

const ONCE = {
  'idempotency-key': 'Of several calls under one key the first counts, for as long as the run is there',
}

export const workflowsWords: Words = {
  listWorkflows: { summary: 'All workflows', ...answer.whenListed },
  getWorkflow: { summary: 'One workflow: its steps, schemas and graph', ...answer.whenShown },
  listWorkflowRuns: { summary: "A workflow's runs, newest first", ...answer.whenRunsListed },
  getWorkflowRun: { summary: 'One run, with what has come of its steps', ...answer.whenRunShown },
  deleteWorkflowRun: { summary: 'Delete a run with everything in it', ...answer.whenTold },
  cancelWorkflowRun: { summary: 'End a run, and stop its steps', ...answer.whenTold },
  createWorkflowRun: { summary: 'Get an id for a run, to start it next', ...answer.whenCreated },
  startWorkflow: { summary: 'Start a run, and do not wait for it', ...answer.whenStarted.ack },
  startWorkflowAsync: { summary: 'Start a run, and get its result', ...answer.whenStarted.json },
  streamWorkflow: { summary: 'Start a run, and stream it', ...answer.whenStarted.stream },
  observeWorkflow: {
    summary: 'Stream a run from its start, or from a chunk on',
    ...answer.whenRestarted.stream,
  },
  resumeWorkflow: {
    summary: 'Answer a step that waits, and do not wait',
    ...answer.whenAnswered.ack,
    headers: ONCE,
  },
  resumeWorkflowNoWait: {
    summary: 'Answer a step, and get the run id',
    ...answer.whenAnswered.ack,
    headers: ONCE,
  },
  resumeWorkflowAsync: {
    summary: 'Answer a step, and get the result',
    ...answer.whenAnswered.json,
    headers: ONCE,
  },
  resumeWorkflowStream: {
    summary: 'Answer a step, and stream what follows',
    ...answer.whenAnswered.stream,
    headers: ONCE,
  },
  restartWorkflow: {
    summary: 'Take up a run that failed, and do not wait',
    ...answer.whenRestarted.ack,
    headers: ONCE,
  },
  restartWorkflowAsync: {
    summary: 'Take up a run, and get the result',
    ...answer.whenRestarted.json,
    headers: ONCE,
  },
  describeRun: { summary: "A run's graph, with how it stands at each place", ...answer.whenDrawn },
  followRun: { summary: "Follow a workflow run's events from any place on", ...answer.whenFollowed },
  sendRunEvent: {
    summary: 'Send an event to a workflow run, for a step that waits for it now or later',
    description:
      'It is kept in the run until a step takes it: the first that came for the step that has waited longest. A run whose id you chose is named with `workflowId`.',
    headers: {
      'idempotency-key': "The event's id, if the body gives none: of several under one id the first counts",
    },
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
  },
}
