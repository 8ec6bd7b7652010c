import * as answer from '../answer-schemas.ts'
import type { Words } from './words.ts'

export const answersWords: Words = {
  approveToolCall: {
    summary: 'Approve a call that waits, and stream how its turn goes on',
    answers: [{ description: "Mastra's chunks", events: answer.streamEvent }],
    errors: [...answer.answerErrors, ...answer.turnErrors],
  },
  approveToolCallGenerate: {
    summary: 'Approve a call that waits, and get the whole answer',
    answers: [{ description: 'The whole answer', json: answer.mastraTurnAnswer }],
    errors: [...answer.answerErrors, ...answer.turnErrors],
  },
  declineToolCall: {
    summary: 'Decline a call that waits, and stream how its turn goes on',
    answers: [{ description: "Mastra's chunks", events: answer.streamEvent }],
    errors: [...answer.answerErrors, ...answer.turnErrors],
  },
  declineToolCallGenerate: {
    summary: 'Decline a call that waits, and get the whole answer',
    answers: [{ description: 'The whole answer', json: answer.mastraTurnAnswer }],
    errors: [...answer.answerErrors, ...answer.turnErrors],
  },
  resumeStream: {
    summary: 'Resume a tool that suspended, and stream how its turn goes on',
    answers: [{ description: "Mastra's chunks", events: answer.streamEvent }],
    errors: [...answer.answerErrors, ...answer.turnErrors],
  },
}
