import * as answer from '../answer-schemas.ts'
import { followEvents, stopTurn } from '../handlers/threads.ts'
import type { Route } from '../route.ts'
import { route } from '../route.ts'
import * as schemas from '../schemas.ts'

const { threadParams } = schemas

/** A thread's own events, for EventSource, mobile and curl. */
export const threadsRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/threads/:threadId/events',
    id: 'followEvents',
    policy: 'caller',
    summary: "Follow a thread's events from any place on",
    params: threadParams,
    query: schemas.eventsQuery,
    headers: { 'last-event-id': 'As `after`; browsers send it when they come back' },
    answers: [
      { description: "The thread's events, each with an id to go on from", events: answer.streamEvent },
    ],
    errors: ['thread_not_found'],
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
    answers: [{ description: 'What was stopped', json: answer.stopAnswer }],
    handler: stopTurn,
  }),
]
