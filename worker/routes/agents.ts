import { getAgent, listAgents } from '../handlers/agents.ts'
import { approve, decline, resume } from '../handlers/answers.ts'
import { chat, generate, rejoinChat } from '../handlers/turns.ts'
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
    method: 'POST',
    path: '/api/agents/:agentId/approve-tool-call',
    id: 'approveToolCall',
    policy: 'caller',
    summary: 'Approve a call that waits, and stream how its turn goes on',
    params: agentParams,
    body: schemas.approvalBody,
    handler: approve('mastra'),
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/approve-tool-call-generate',
    id: 'approveToolCallGenerate',
    policy: 'caller',
    summary: 'Approve a call that waits, and get the whole answer',
    params: agentParams,
    body: schemas.approvalBody,
    handler: approve('json'),
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/decline-tool-call',
    id: 'declineToolCall',
    policy: 'caller',
    summary: 'Decline a call that waits, and stream how its turn goes on',
    params: agentParams,
    body: schemas.approvalBody,
    handler: decline('mastra'),
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/decline-tool-call-generate',
    id: 'declineToolCallGenerate',
    policy: 'caller',
    summary: 'Decline a call that waits, and get the whole answer',
    params: agentParams,
    body: schemas.approvalBody,
    handler: decline('json'),
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/resume-stream',
    id: 'resumeStream',
    policy: 'caller',
    summary: 'Resume a tool that suspended, and stream how its turn goes on',
    params: agentParams,
    body: schemas.resumeBody,
    handler: resume('mastra'),
  }),
]
