import { deleteMessages, listMessages, saveMessages } from '../handlers/memory-messages.ts'
import {
  cloneThread,
  createThread,
  deleteThread,
  getThread,
  listThreads,
  updateThread,
} from '../handlers/memory-threads.ts'
import {
  getWorkingMemory,
  memoryConfig,
  memoryStatus,
  pinMessage,
  searchMemory,
  transferThread,
  updateWorkingMemory,
} from '../handlers/memory-agent.ts'
import { eraseResource, exportResource } from '../handlers/memory-resource.ts'
import type { Route } from '../route.ts'
import { route } from '../route.ts'
import { threadParams } from '../schemas.ts'
import * as own from '../schemas/agent-memory.ts'
import * as schemas from '../schemas/memory.ts'
import { memoryRoute } from './memory-route.ts'

/** What is kept: threads and their messages. */
export const memoryRoutes: readonly Route[] = [
  memoryRoute(['GET', 'threads'], 'listThreads', { query: schemas.threadsQuery, handler: listThreads }),
  memoryRoute(['POST', 'threads'], 'createThread', { body: schemas.createThreadBody, handler: createThread }),
  memoryRoute(['GET', 'threads/:threadId'], 'getThread', {
    params: threadParams,
    query: schemas.scopeQuery,
    handler: getThread,
  }),
  memoryRoute(['PATCH', 'threads/:threadId'], 'updateThread', {
    params: threadParams,
    body: schemas.updateThreadBody,
    handler: updateThread,
  }),
  memoryRoute(['DELETE', 'threads/:threadId'], 'deleteThread', {
    params: threadParams,
    query: schemas.scopeQuery,
    handler: deleteThread,
  }),
  memoryRoute(['POST', 'threads/:threadId/clone'], 'cloneThread', {
    params: threadParams,
    body: schemas.cloneThreadBody,
    handler: cloneThread,
  }),
  memoryRoute(['GET', 'threads/:threadId/messages'], 'listMessages', {
    params: threadParams,
    query: schemas.messagesQuery,
    handler: listMessages,
  }),
  memoryRoute(['POST', 'save-messages'], 'saveMessages', {
    query: schemas.saveMessagesQuery,
    body: schemas.saveMessagesBody,
    handler: saveMessages,
  }),
  memoryRoute(['POST', 'messages/delete'], 'deleteMessages', {
    query: schemas.scopeQuery,
    body: schemas.deleteMessagesBody,
    handler: deleteMessages,
  }),
  memoryRoute(['GET', 'status'], 'getMemoryStatus', { query: own.memoryQuery, handler: memoryStatus }),
  memoryRoute(['GET', 'config'], 'getMemoryConfig', { query: own.agentQuery, handler: memoryConfig }),
  memoryRoute(['GET', 'search'], 'searchMemory', { query: own.searchQuery, handler: searchMemory }),
  memoryRoute(['GET', 'threads/:threadId/working-memory'], 'getWorkingMemory', {
    params: threadParams,
    query: own.memoryQuery,
    handler: getWorkingMemory,
  }),
  memoryRoute(['POST', 'threads/:threadId/working-memory'], 'updateWorkingMemory', {
    params: threadParams,
    query: own.agentQuery,
    body: own.workingMemoryBody,
    handler: updateWorkingMemory,
  }),
  memoryRoute(['POST', 'threads/:threadId/transfer'], 'transferThread', {
    params: threadParams,
    body: own.transferBody,
    handler: transferThread,
  }),
  memoryRoute(['POST', 'threads/:threadId/pins'], 'pinMessage', {
    params: threadParams,
    body: own.pinBody,
    handler: pinMessage,
  }),
  route({
    method: 'GET',
    path: '/api/memory/resources/:resourceId/export',
    id: 'exportResource',
    policy: 'caller',
    params: own.resourceParams,
    handler: exportResource,
  }),
  memoryRoute(['DELETE', 'resources/:resourceId'], 'eraseResource', {
    params: own.resourceParams,
    handler: eraseResource,
  }),
]
