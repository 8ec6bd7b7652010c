import * as answer from '../answer-schemas.ts'
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
    summary: 'All agents',
    answers: [{ description: 'By id', json: answer.agentsAnswer }],
    handler: listAgents,
  }),
  // Before the agent that could be called so.
  route({
    method: 'GET',
    path: '/api/agents/providers',
    id: 'listModelProviders',
    policy: 'caller',
    dialect: 'mastra',
    summary: 'The providers of models, and which of them are configured',
    handler: getProviders,
  }),
  route({
    method: 'GET',
    path: '/api/agents/:agentId',
    id: 'getAgent',
    policy: 'caller',
    dialect: 'mastra',
    summary: 'One agent: its instructions, tools and model',
    params: agentParams,
    answers: [{ description: 'The agent', json: answer.agentAnswer }],
    handler: getAgent,
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/generate',
    id: 'generate',
    policy: 'caller',
    dialect: 'mastra',
    summary: 'Ask an agent and get the whole answer',
    params: agentParams,
    body: executionBody,
    headers: answer.idempotencyHeader,
    answers: [{ description: 'The whole answer', json: answer.mastraTurnAnswer }],
    errors: answer.turnErrors,
    handler: generate,
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/stream',
    id: 'stream',
    policy: 'caller',
    dialect: 'mastra',
    summary: "Ask an agent and stream the answer, in Mastra's chunks",
    params: agentParams,
    body: executionBody,
    headers: answer.idempotencyHeader,
    answers: [{ description: "Mastra's chunks", events: answer.streamEvent }],
    errors: [...answer.turnErrors, ...answer.answerErrors],
    handler: stream,
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/chat',
    id: 'chat',
    policy: 'caller',
    summary: "Ask an agent on a thread and stream the answer, for the AI SDK's useChat",
    params: agentParams,
    body: schemas.chatBody,
    headers: answer.idempotencyHeader,
    answers: [{ description: "The AI SDK's UI message stream", events: answer.streamEvent }],
    errors: [...answer.startErrors, ...answer.answerErrors, 'thread_not_found', 'message_not_found'],
    handler: chat,
  }),
  route({
    method: 'GET',
    path: '/api/agents/:agentId/chat/:threadId/stream',
    id: 'rejoinChat',
    policy: 'caller',
    summary: 'Rejoin the running turn from its first chunk',
    params: agentThreadParams,
    answers: [
      { description: "The AI SDK's UI message stream", events: answer.streamEvent },
      { status: 204, description: 'Nothing runs' },
    ],
    handler: rejoinChat,
  }),
]
