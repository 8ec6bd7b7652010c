import * as answer from '../answer-schemas.ts'
import type { Words } from './words.ts'

export const agentsWords: Words = {
  listAgents: { summary: 'All agents', answers: [{ description: 'By id', json: answer.agentsAnswer }] },
  listModelProviders: { summary: 'The providers of models, and which of them are configured' },
  getAgent: {
    summary: 'One agent: its instructions, tools and model',
    answers: [{ description: 'The agent', json: answer.agentAnswer }],
  },
  generate: {
    summary: 'Ask an agent and get the whole answer',
    headers: answer.idempotencyHeader,
    answers: [{ description: 'The whole answer', json: answer.mastraTurnAnswer }],
    errors: answer.turnErrors,
  },
  stream: {
    summary: "Ask an agent and stream the answer, in Mastra's chunks",
    headers: answer.idempotencyHeader,
    answers: [{ description: "Mastra's chunks", events: answer.streamEvent }],
    errors: [...answer.turnErrors, ...answer.answerErrors],
  },
  chat: {
    summary: "Ask an agent on a thread and stream the answer, for the AI SDK's useChat",
    headers: answer.idempotencyHeader,
    answers: [{ description: "The AI SDK's UI message stream", events: answer.streamEvent }],
    errors: [...answer.startErrors, ...answer.answerErrors, 'thread_not_found', 'message_not_found'],
  },
  rejoinChat: {
    summary: 'Rejoin the running turn from its first chunk',
    answers: [
      { description: "The AI SDK's UI message stream", events: answer.streamEvent },
      { status: 204, description: 'Nothing runs' },
    ],
  },
}
