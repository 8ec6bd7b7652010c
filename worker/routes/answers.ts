import { approve, decline, resume } from '../handlers/answers.ts'
import type { Route } from '../route.ts'
import { route } from '../route.ts'
import * as schemas from '../schemas.ts'

const { agentParams } = schemas

/** What somebody answers to a turn that waits. */
export const answersRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/agents/:agentId/approve-tool-call',
    id: 'approveToolCall',
    policy: 'caller',
    dialect: 'mastra',
    params: agentParams,
    body: schemas.approvalBody,
    handler: approve('mastra'),
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/approve-tool-call-generate',
    id: 'approveToolCallGenerate',
    policy: 'caller',
    dialect: 'mastra',
    params: agentParams,
    body: schemas.approvalBody,
    handler: approve('mastra-json'),
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/decline-tool-call',
    id: 'declineToolCall',
    policy: 'caller',
    dialect: 'mastra',
    params: agentParams,
    body: schemas.approvalBody,
    handler: decline('mastra'),
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/decline-tool-call-generate',
    id: 'declineToolCallGenerate',
    policy: 'caller',
    dialect: 'mastra',
    params: agentParams,
    body: schemas.approvalBody,
    handler: decline('mastra-json'),
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/resume-stream',
    id: 'resumeStream',
    policy: 'caller',
    dialect: 'mastra',
    params: agentParams,
    body: schemas.resumeBody,
    handler: resume('mastra'),
  }),
]
