import * as answer from '../answer-schemas.ts'
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
    summary: 'Approve a call that waits, and stream how its turn goes on',
    params: agentParams,
    body: schemas.approvalBody,
    answers: [{ description: "Mastra's chunks", events: answer.streamEvent }],
    errors: [...answer.answerErrors, ...answer.turnErrors],
    handler: approve('mastra'),
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/approve-tool-call-generate',
    id: 'approveToolCallGenerate',
    policy: 'caller',
    dialect: 'mastra',
    summary: 'Approve a call that waits, and get the whole answer',
    params: agentParams,
    body: schemas.approvalBody,
    answers: [{ description: 'The whole answer', json: answer.mastraTurnAnswer }],
    errors: [...answer.answerErrors, ...answer.turnErrors],
    handler: approve('mastra-json'),
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/decline-tool-call',
    id: 'declineToolCall',
    policy: 'caller',
    dialect: 'mastra',
    summary: 'Decline a call that waits, and stream how its turn goes on',
    params: agentParams,
    body: schemas.approvalBody,
    answers: [{ description: "Mastra's chunks", events: answer.streamEvent }],
    errors: [...answer.answerErrors, ...answer.turnErrors],
    handler: decline('mastra'),
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/decline-tool-call-generate',
    id: 'declineToolCallGenerate',
    policy: 'caller',
    dialect: 'mastra',
    summary: 'Decline a call that waits, and get the whole answer',
    params: agentParams,
    body: schemas.approvalBody,
    answers: [{ description: 'The whole answer', json: answer.mastraTurnAnswer }],
    errors: [...answer.answerErrors, ...answer.turnErrors],
    handler: decline('mastra-json'),
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/resume-stream',
    id: 'resumeStream',
    policy: 'caller',
    dialect: 'mastra',
    summary: 'Resume a tool that suspended, and stream how its turn goes on',
    params: agentParams,
    body: schemas.resumeBody,
    answers: [{ description: "Mastra's chunks", events: answer.streamEvent }],
    errors: [...answer.answerErrors, ...answer.turnErrors],
    handler: resume('mastra'),
  }),
]
