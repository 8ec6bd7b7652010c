import { deleteMessages, listMessages, saveMessages } from '../handlers/memory-messages.ts'
import {
  cloneThread,
  createThread,
  deleteThread,
  getThread,
  listThreads,
  updateThread,
} from '../handlers/memory-threads.ts'
import type { Route } from '../route.ts'
import { route } from '../route.ts'
import { threadParams } from '../schemas.ts'
import * as schemas from '../schemas/memory.ts'

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
    method: 'POST',
    path: '/api/memory/threads',
    id: 'createThread',
    policy: 'caller',
    summary: 'Create a thread without a message',
    body: schemas.createThreadBody,
    handler: createThread,
  }),
  route({
    method: 'GET',
    path: '/api/memory/threads/:threadId',
    id: 'getThread',
    policy: 'caller',
    summary: 'One thread',
    params: threadParams,
    query: schemas.scopeQuery,
    handler: getThread,
  }),
  route({
    method: 'PATCH',
    path: '/api/memory/threads/:threadId',
    id: 'updateThread',
    policy: 'caller',
    summary: "Change a thread's title and metadata",
    params: threadParams,
    body: schemas.updateThreadBody,
    handler: updateThread,
  }),
  route({
    method: 'DELETE',
    path: '/api/memory/threads/:threadId',
    id: 'deleteThread',
    policy: 'caller',
    summary: 'Delete a thread with everything in it',
    params: threadParams,
    query: schemas.scopeQuery,
    handler: deleteThread,
  }),
  route({
    method: 'POST',
    path: '/api/memory/threads/:threadId/clone',
    id: 'cloneThread',
    policy: 'caller',
    summary: 'Copy what has been said into a thread of its own',
    params: threadParams,
    body: schemas.cloneThreadBody,
    handler: cloneThread,
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
  route({
    method: 'POST',
    path: '/api/memory/save-messages',
    id: 'saveMessages',
    policy: 'caller',
    summary: 'Put messages on their threads as history',
    body: schemas.saveMessagesBody,
    handler: saveMessages,
  }),
  route({
    method: 'POST',
    path: '/api/memory/messages/delete',
    id: 'deleteMessages',
    policy: 'caller',
    summary: 'Delete messages by their ids',
    query: schemas.scopeQuery,
    body: schemas.deleteMessagesBody,
    handler: deleteMessages,
  }),
]
