import { executionBody } from '../schemas/execution.ts'
import { getAgent, getProviders, listAgents } from '../handlers/agents.ts'
import { chat, rejoinChat } from '../handlers/chat.ts'
import { generate, stream } from '../handlers/turns.ts'
import type { Route } from '../route.ts'
import { route } from '../route.ts'
import * as schemas from '../schemas.ts'

const { agentParams, agentThreadParams } = schemas

/** What agents are, and what is asked of them. */
export const agentsRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/agents',
    id: 'listAgents',
    policy: 'caller',
    dialect: 'mastra',
    handler: listAgents,
  }),
  // Before the agent that could be called so.
  route({
    method: 'GET',
    path: '/api/agents/providers',
    id: 'listModelProviders',
    policy: 'caller',
    dialect: 'mastra',
    handler: getProviders,
  }),
  route({
    method: 'GET',
    path: '/api/agents/:agentId',
    id: 'getAgent',
    policy: 'caller',
    dialect: 'mastra',
    params: agentParams,
    handler: getAgent,
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/generate',
    id: 'generate',
    policy: 'caller',
    dialect: 'mastra',
    params: agentParams,
    body: executionBody,
    handler: generate,
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/stream',
    id: 'stream',
    policy: 'caller',
    dialect: 'mastra',
    params: agentParams,
    body: executionBody,
    handler: stream,
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/chat',
    id: 'chat',
    policy: 'caller',
    params: agentParams,
    body: schemas.chatBody,
    handler: chat,
  }),
  route({
    method: 'GET',
    path: '/api/agents/:agentId/chat/:threadId/stream',
    id: 'rejoinChat',
    policy: 'caller',
    params: agentThreadParams,
    handler: rejoinChat,
  }),
]
