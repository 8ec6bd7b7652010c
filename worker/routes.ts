import { getAgent, listAgents } from './handlers/agents.ts'
import { health, welcome } from './handlers/health.ts'
import {
  deleteThread,
  followEvents,
  getThread,
  listMessages,
  listThreads,
  stopTurn,
} from './handlers/threads.ts'
import { chat, generate, rejoinChat } from './handlers/turns.ts'
import type { Route } from './route.ts'
import { route } from './route.ts'
import * as schemas from './schemas.ts'

const { agentParams, agentThreadParams, threadParams } = schemas

/** Everything that can be asked of the Worker. */
export const routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/',
    id: 'welcome',
    policy: 'public',
    summary: 'Where to go from here',
    handler: welcome,
  }),
  route({
    method: 'GET',
    path: '/health',
    id: 'health',
    policy: 'public',
    summary: 'Whether the Worker is up, and what answers',
    handler: health,
  }),
  route({
    method: 'GET',
    path: '/api/agents',
    id: 'listAgents',
    policy: 'caller',
    summary: 'All agents',
    handler: listAgents,
  }),
  route({
    method: 'GET',
    path: '/api/agents/:agentId',
    id: 'getAgent',
    policy: 'caller',
    summary: 'One agent: its instructions, tools and model',
    params: agentParams,
    handler: getAgent,
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/generate',
    id: 'generate',
    policy: 'caller',
    summary: 'Ask an agent and get the whole answer',
    params: agentParams,
    body: schemas.generateBody,
    handler: generate,
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/chat',
    id: 'chat',
    policy: 'caller',
    summary: "Ask an agent on a thread and stream the answer, for the AI SDK's useChat",
    params: agentParams,
    body: schemas.chatBody,
    handler: chat,
  }),
  route({
    method: 'GET',
    path: '/api/agents/:agentId/chat/:threadId/stream',
    id: 'rejoinChat',
    policy: 'caller',
    summary: 'Rejoin the running turn from its first chunk',
    params: agentThreadParams,
    handler: rejoinChat,
  }),
  route({
    method: 'GET',
    path: '/api/threads/:threadId/events',
    id: 'followEvents',
    policy: 'caller',
    summary: "Follow a thread's events from any place on",
    params: threadParams,
    query: schemas.eventsQuery,
    handler: followEvents,
  }),
  route({
    method: 'POST',
    path: '/api/threads/:threadId/stop',
    id: 'stopTurn',
    policy: 'caller',
    summary: 'Stop the running turn',
    params: threadParams,
    body: schemas.stopBody,
    handler: stopTurn,
  }),
  route({
    method: 'GET',
    path: '/api/memory/threads',
    id: 'listThreads',
    policy: 'caller',
    summary: "A resource's threads",
    query: schemas.threadsQuery,
    handler: listThreads,
  }),
  route({
    method: 'GET',
    path: '/api/memory/threads/:threadId',
    id: 'getThread',
    policy: 'caller',
    summary: 'One thread',
    params: threadParams,
    handler: getThread,
  }),
  route({
    method: 'DELETE',
    path: '/api/memory/threads/:threadId',
    id: 'deleteThread',
    policy: 'caller',
    summary: 'Delete a thread with everything in it',
    params: threadParams,
    handler: deleteThread,
  }),
  route({
    method: 'GET',
    path: '/api/memory/threads/:threadId/messages',
    id: 'listMessages',
    policy: 'caller',
    summary: "A thread's messages",
    params: threadParams,
    query: schemas.messagesQuery,
    handler: listMessages,
  }),
]
