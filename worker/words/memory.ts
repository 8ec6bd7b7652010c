import * as answer from '../answer-schemas.ts'
import * as own from '../schemas/agent-memory-answers.ts'
import type { Words } from './words.ts'

export const memoryWords: Words = {
  listThreads: {
    summary: "A resource's threads",
    answers: [{ description: 'A page of threads', json: answer.threadsAnswer }],
    errors: ['storage_unavailable'],
  },
  createThread: {
    summary: 'Create a thread without a message',
    answers: [{ description: 'The thread, or the one that is there already', json: answer.threadAnswer }],
    errors: ['resource_mismatch'],
  },
  getThread: {
    summary: 'One thread',
    answers: [{ description: 'The thread', json: answer.threadAnswer }],
    errors: ['thread_not_found'],
  },
  updateThread: {
    summary: "Change a thread's title and metadata",
    answers: [{ description: 'The thread as it is now', json: answer.threadAnswer }],
    errors: ['thread_not_found'],
  },
  deleteThread: {
    summary: 'Delete a thread with everything in it',
    answers: [{ description: 'It is gone', json: answer.deletedAnswer }],
    errors: ['thread_not_found'],
  },
  cloneThread: {
    summary: 'Copy what has been said into a thread of its own',
    answers: [{ description: 'The copy', json: answer.clonedAnswer }],
    errors: ['thread_not_found', 'thread_exists', 'resource_mismatch'],
  },
  listMessages: {
    summary: "A thread's messages",
    answers: [{ description: 'A page of messages, as `format` has them', json: answer.messagesAnswer }],
    errors: ['thread_not_found'],
  },
  saveMessages: {
    summary: 'Put messages on their threads as history',
    answers: [{ description: 'What was saved', json: answer.savedAnswer }],
    errors: ['resource_mismatch', 'thread_busy', 'agent_not_found'],
  },
  deleteMessages: {
    summary: 'Delete messages by their ids',
    answers: [{ description: 'They are gone', json: answer.deletedMessagesAnswer }],
    errors: ['message_not_found', 'thread_not_found', 'thread_busy'],
  },
  getMemoryStatus: {
    summary: 'Whether an agent remembers',
    answers: [
      {
        description: 'Whether it does, and how far the embedding of what was said is',
        json: own.statusAnswer,
      },
    ],
    errors: ['agent_not_found', 'storage_unavailable'],
  },
  getMemoryConfig: {
    summary: 'What an agent remembers, and how',
    answers: [{ description: 'Its options, with their defaults', json: own.configAnswer }],
    errors: ['agent_not_found'],
  },
  searchMemory: {
    summary: 'Find what was said by its meaning and its words',
    answers: [{ description: 'What was found, best first', json: own.searchAnswer }],
    errors: ['agent_not_found', 'storage_unavailable', 'model_not_configured'],
  },
  getWorkingMemory: {
    summary: 'The working memory that an agent has on a thread',
    answers: [{ description: 'It, or null, and what it follows', json: own.workingAnswer }],
    errors: ['agent_not_found', 'storage_unavailable'],
  },
  updateWorkingMemory: {
    summary: 'Set the working memory',
    answers: [{ description: 'It is set', json: own.successAnswer }],
    errors: ['agent_not_found', 'thread_not_found', 'storage_unavailable'],
  },
  transferThread: {
    summary: 'Give a thread to another resource',
    answers: [{ description: 'The thread, as it is now', json: answer.threadAnswer }],
    errors: ['thread_not_found', 'thread_busy', 'forbidden'],
  },
  pinMessage: {
    summary: 'Show a message in every turn, or no longer',
    answers: [{ description: 'The ids of all that are pinned', json: own.pinsAnswer }],
    errors: ['thread_not_found', 'message_not_found'],
  },
  exportResource: {
    summary: 'All that a resource owns, a JSON object a line',
    answers: [{ description: 'A JSON object a line', mediaType: 'application/x-ndjson' }],
    errors: ['forbidden', 'storage_unavailable'],
  },
  eraseResource: {
    summary: 'Erase all that a resource owns',
    answers: [{ description: 'What was erased', json: own.erasedAnswer }],
    errors: ['forbidden', 'storage_unavailable'],
  },
}
