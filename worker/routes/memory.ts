import * as answer from '../answer-schemas.ts'
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
  memoryRoute(['GET', 'threads'], 'listThreads', "A resource's threads", {
    gives: ['A page of threads', answer.threadsAnswer],
    query: schemas.threadsQuery,
    errors: ['storage_unavailable'],
    handler: listThreads,
  }),
  memoryRoute(['POST', 'threads'], 'createThread', 'Create a thread without a message', {
    gives: ['The thread, or the one that is there already', answer.threadAnswer],
    body: schemas.createThreadBody,
    errors: ['resource_mismatch'],
    handler: createThread,
  }),
  memoryRoute(['GET', 'threads/:threadId'], 'getThread', 'One thread', {
    gives: ['The thread', answer.threadAnswer],
    params: threadParams,
    query: schemas.scopeQuery,
    errors: ['thread_not_found'],
    handler: getThread,
  }),
  memoryRoute(['PATCH', 'threads/:threadId'], 'updateThread', "Change a thread's title and metadata", {
    gives: ['The thread as it is now', answer.threadAnswer],
    params: threadParams,
    body: schemas.updateThreadBody,
    errors: ['thread_not_found'],
    handler: updateThread,
  }),
  memoryRoute(['DELETE', 'threads/:threadId'], 'deleteThread', 'Delete a thread with everything in it', {
    gives: ['It is gone', answer.deletedAnswer],
    params: threadParams,
    query: schemas.scopeQuery,
    errors: ['thread_not_found'],
    handler: deleteThread,
  }),
  memoryRoute(
    ['POST', 'threads/:threadId/clone'],
    'cloneThread',
    'Copy what has been said into a thread of its own',
    {
      gives: ['The copy', answer.clonedAnswer],
      params: threadParams,
      body: schemas.cloneThreadBody,
      errors: ['thread_not_found', 'thread_exists', 'resource_mismatch'],
      handler: cloneThread,
    },
  ),
  memoryRoute(['GET', 'threads/:threadId/messages'], 'listMessages', "A thread's messages", {
    gives: ['A page of messages, as `format` has them', answer.messagesAnswer],
    params: threadParams,
    query: schemas.messagesQuery,
    errors: ['thread_not_found'],
    handler: listMessages,
  }),
  memoryRoute(['POST', 'save-messages'], 'saveMessages', 'Put messages on their threads as history', {
    gives: ['What was saved', answer.savedAnswer],
    query: schemas.saveMessagesQuery,
    body: schemas.saveMessagesBody,
    errors: ['resource_mismatch', 'thread_busy', 'agent_not_found'],
    handler: saveMessages,
  }),
  memoryRoute(['POST', 'messages/delete'], 'deleteMessages', 'Delete messages by their ids', {
    gives: ['They are gone', answer.deletedMessagesAnswer],
    query: schemas.scopeQuery,
    body: schemas.deleteMessagesBody,
    errors: ['message_not_found', 'thread_not_found', 'thread_busy'],
    handler: deleteMessages,
  }),
  memoryRoute(['GET', 'status'], 'getMemoryStatus', 'Whether an agent remembers', {
    gives: ['Whether it does, and how far the embedding of what was said is', own.statusAnswer],
    query: own.memoryQuery,
    errors: ['agent_not_found', 'storage_unavailable'],
    handler: memoryStatus,
  }),
  memoryRoute(['GET', 'config'], 'getMemoryConfig', 'What an agent remembers, and how', {
    gives: ['Its options, with their defaults', own.configAnswer],
    query: own.agentQuery,
    errors: ['agent_not_found'],
    handler: memoryConfig,
  }),
  memoryRoute(['GET', 'search'], 'searchMemory', 'Find what was said by its meaning and its words', {
    gives: ['What was found, best first', own.searchAnswer],
    query: own.searchQuery,
    errors: ['agent_not_found', 'storage_unavailable', 'model_not_configured'],
    handler: searchMemory,
  }),
  memoryRoute(
    ['GET', 'threads/:threadId/working-memory'],
    'getWorkingMemory',
    'The working memory that an agent has on a thread',
    {
      gives: ['It, or null, and what it follows', own.workingAnswer],
      params: threadParams,
      query: own.memoryQuery,
      errors: ['agent_not_found', 'storage_unavailable'],
      handler: getWorkingMemory,
    },
  ),
  memoryRoute(['POST', 'threads/:threadId/working-memory'], 'updateWorkingMemory', 'Set the working memory', {
    gives: ['It is set', own.successAnswer],
    params: threadParams,
    query: own.agentQuery,
    body: own.workingMemoryBody,
    errors: ['agent_not_found', 'thread_not_found', 'storage_unavailable'],
    handler: updateWorkingMemory,
  }),
  memoryRoute(['POST', 'threads/:threadId/transfer'], 'transferThread', 'Give a thread to another resource', {
    gives: ['The thread, as it is now', answer.threadAnswer],
    params: threadParams,
    body: own.transferBody,
    errors: ['thread_not_found', 'thread_busy', 'forbidden'],
    handler: transferThread,
  }),
  memoryRoute(
    ['POST', 'threads/:threadId/pins'],
    'pinMessage',
    'Show a message in every turn, or no longer',
    {
      gives: ['The ids of all that are pinned', own.pinsAnswer],
      params: threadParams,
      body: own.pinBody,
      errors: ['thread_not_found', 'message_not_found'],
      handler: pinMessage,
    },
  ),
  route({
    method: 'GET',
    path: '/api/memory/resources/:resourceId/export',
    id: 'exportResource',
    policy: 'caller',
    summary: 'All that a resource owns, a JSON object a line',
    params: own.resourceParams,
    answers: [{ description: 'A JSON object a line', mediaType: 'application/x-ndjson' }],
    errors: ['forbidden', 'storage_unavailable'],
    handler: exportResource,
  }),
  memoryRoute(['DELETE', 'resources/:resourceId'], 'eraseResource', 'Erase all that a resource owns', {
    gives: ['What was erased', own.erasedAnswer],
    params: own.resourceParams,
    errors: ['forbidden', 'storage_unavailable'],
    handler: eraseResource,
  }),
]
