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
    params: agentParams,
    body: bodies.observeBody,
    handler: observe,
  }),
  route({
    method: 'GET',
    path: '/api/agents/:agentId/suspended-runs',
    id: 'listSuspendedRuns',
    policy: 'caller',
    dialect: 'mastra',
    params: agentParams,
    query: bodies.suspendedRunsQuery,
    handler: listSuspendedRuns,
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/send-message',
    id: 'sendMessage',
    policy: 'caller',
    dialect: 'mastra',
    params: agentParams,
    body: bodies.messageBody,
    handler: sendMessage,
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/send-tool-approval',
    id: 'sendToolApproval',
    policy: 'caller',
    dialect: 'mastra',
    params: agentParams,
    body: bodies.toolApprovalBody,
    handler: sendToolApproval,
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/threads/abort',
    id: 'abortThread',
    policy: 'caller',
    dialect: 'mastra',
    params: agentParams,
    body: bodies.abortBody,
    handler: abort,
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/threads/subscribe',
    id: 'subscribeToThread',
    policy: 'caller',
    dialect: 'mastra',
    params: agentParams,
    body: bodies.subscribeBody,
    handler: subscribe,
  }),
]
