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
    params: threadParams,
    query: schemas.eventsQuery,
    handler: followEvents,
  }),
  route({
    method: 'POST',
    path: '/api/threads/:threadId/stop',
    id: 'stopTurn',
    policy: 'caller',
    params: threadParams,
    body: schemas.stopBody,
    handler: stopTurn,
  }),
]
