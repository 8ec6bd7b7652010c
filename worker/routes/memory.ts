import { deleteThread, getThread, listMessages, listThreads } from '../handlers/threads.ts'
import type { Route } from '../route.ts'
import { route } from '../route.ts'
import * as schemas from '../schemas.ts'

const { threadParams } = schemas

/** What is kept: threads and their messages. */
export const memoryRoutes: readonly Route[] = [
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
