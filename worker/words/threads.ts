import * as answer from '../answer-schemas.ts'
import type { Words } from './words.ts'

export const threadsWords: Words = {
  followEvents: {
    summary: "Follow a thread's events from any place on",
    headers: { 'last-event-id': 'As `after`; browsers send it when they come back' },
    answers: [
      { description: "The thread's events, each with an id to go on from", events: answer.streamEvent },
    ],
    errors: ['thread_not_found'],
  },
  stopTurn: {
    summary: 'Stop the running turn',
    answers: [{ description: 'What was stopped', json: answer.stopAnswer }],
  },
}
