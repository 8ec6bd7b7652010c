import * as answer from '../answer-schemas.ts'
import { abort, listSuspendedRuns, observe, subscribe } from '../handlers/runs.ts'
import { sendMessage, sendToolApproval } from '../handlers/send-message.ts'
import type { Route } from '../route.ts'
import { route } from '../route.ts'
import * as bodies from '../schemas/runs.ts'
import { agentParams } from '../schemas.ts'

/** Runs that are under way, as Mastra's client watches and steers them. */
export const runsRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/agents/:agentId/observe',
    id: 'observe',
    policy: 'caller',
    dialect: 'mastra',
    summary: 'Hear a run again from its first chunk',
    params: agentParams,
    body: bodies.observeBody,
    answers: [{ description: 'Chunks', events: answer.streamEvent }],
    errors: ['agent_not_found', 'run_not_found'],
    handler: observe,
  }),
  route({
    method: 'GET',
    path: '/api/agents/:agentId/suspended-runs',
    id: 'listSuspendedRuns',
    policy: 'caller',
    dialect: 'mastra',
    summary: 'Runs that wait for a person',
    params: agentParams,
    query: bodies.suspendedRunsQuery,
    answers: [{ description: 'A page of runs', json: answer.suspendedRunsAnswer }],
    errors: ['agent_not_found', 'storage_unavailable'],
    handler: listSuspendedRuns,
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/send-message',
    id: 'sendMessage',
    policy: 'caller',
    dialect: 'mastra',
    summary: 'Begin a turn on a thread without waiting for it',
    params: agentParams,
    body: bodies.messageBody,
    answers: [{ description: 'It is on disk', json: answer.acceptedAnswer }],
    errors: ['agent_not_found', ...answer.startErrors],
    handler: sendMessage,
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/send-tool-approval',
    id: 'sendToolApproval',
    policy: 'caller',
    dialect: 'mastra',
    summary: 'Answer a call that waits on a thread, without waiting for its turn',
    params: agentParams,
    body: bodies.toolApprovalBody,
    answers: [{ description: 'It is on disk', json: answer.acceptedAnswer }],
    errors: ['agent_not_found', 'thread_not_found', ...answer.startErrors, ...answer.answerErrors],
    handler: sendToolApproval,
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/threads/abort',
    id: 'abortThread',
    policy: 'caller',
    dialect: 'mastra',
    summary: 'Stop the turn that runs on a thread',
    params: agentParams,
    body: bodies.abortBody,
    answers: [{ description: 'Whether a turn was stopped', json: answer.abortedAnswer }],
    errors: ['agent_not_found'],
    handler: abort,
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/threads/subscribe',
    id: 'subscribeToThread',
    policy: 'caller',
    dialect: 'mastra',
    summary: 'Hear a thread from now on, turn after turn',
    params: agentParams,
    body: bodies.subscribeBody,
    answers: [{ description: 'Chunks', events: answer.streamEvent }],
    errors: ['agent_not_found'],
    handler: subscribe,
  }),
]
