import * as answer from '../answer-schemas.ts'
import type { Words } from './words.ts'

export const runsWords: Words = {
  observe: {
    summary: 'Hear a run again from its first chunk',
    answers: [{ description: 'Chunks', events: answer.streamEvent }],
    errors: ['agent_not_found', 'run_not_found'],
  },
  listSuspendedRuns: {
    summary: 'Runs that wait for a person',
    answers: [{ description: 'A page of runs', json: answer.suspendedRunsAnswer }],
    errors: ['agent_not_found', 'storage_unavailable'],
  },
  sendMessage: {
    summary: 'Begin a turn on a thread without waiting for it',
    answers: [{ description: 'It is on disk', json: answer.acceptedAnswer }],
    errors: ['agent_not_found', ...answer.startErrors],
  },
  sendToolApproval: {
    summary: 'Answer a call that waits on a thread, without waiting for its turn',
    answers: [{ description: 'It is on disk', json: answer.acceptedAnswer }],
    errors: ['agent_not_found', 'thread_not_found', ...answer.startErrors, ...answer.answerErrors],
  },
  abortThread: {
    summary: 'Stop the turn that runs on a thread',
    answers: [{ description: 'Whether a turn was stopped', json: answer.abortedAnswer }],
    errors: ['agent_not_found'],
  },
  subscribeToThread: {
    summary: 'Hear a thread from now on, turn after turn',
    answers: [{ description: 'Chunks', events: answer.streamEvent }],
    errors: ['agent_not_found'],
  },
}
