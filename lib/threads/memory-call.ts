import { EdgewiseError } from '../protocol/error.ts'
import type { JsonObject } from '../protocol/json.ts'
import type { Message } from '../protocol/message.ts'
import type { WorkingMemory } from '../memory/working.ts'
import type { Erasing } from '../protocol/erasing.ts'
import type { CloneFilter, PasteRequest, ThreadCopy } from './clone-thread.ts'
import { copyThread, pasteThread } from './clone-thread.ts'
import type { CreateRequest } from './create-thread.ts'
import { createThread } from './create-thread.ts'
import { deleteMessages } from './delete-messages.ts'
import type { MessagePage, PageRequest, PlacedMessage } from './messages.ts'
import { allMessages, pageOfMessages } from './messages.ts'
import type { EmbeddedTurns } from './parts.ts'
import { pinMessage } from './pins.ts'
import type { Recalled, RecallRequest } from './recall-only.ts'
import { recallOnly } from './recall-only.ts'
import type { SaveRequest } from './save-messages.ts'
import { saveMessages } from './save-messages.ts'
import type { ThreadInfo, ThreadMeta } from './thread-state.ts'
import type { Thread } from './thread.ts'
import { transferThread } from './transfer-thread.ts'
import { ownWorking, setOwnWorking } from './working-memory.ts'

/** Where a thread's object takes a {@link MemoryCall}; the body of the answer is the answer as JSON. */
export const MEMORY_URL = 'https://thread/memory'

/** What is asked of a thread's object about what it keeps, with the answer to each. */
export interface MemoryCalls {
  info: { request: object; answer: ThreadInfo }
  create: { request: CreateRequest; answer: ThreadInfo }
  update: { request: { title?: string; metadata?: JsonObject }; answer: ThreadInfo }
  remove: { request: object; answer: { isRemoved: true } }
  /** Because all that its owner has is erased. Also of what is no thread's. */
  erase: { request: Erasing; answer: { isGone: boolean } }
  page: { request: PageRequest; answer: MessagePage & { info: ThreadInfo } }
  save: { request: SaveRequest; answer: { info: ThreadInfo; messages: Message[] } }
  delete: { request: { messageIds: string[] }; answer: { deleted: number } }
  /** Puts its last turns before one into the indexes that do not hold them. */
  embed: { request: { before: number }; answer: EmbeddedTurns }
  /** What a turn would be shown of the thread, which stays as it is. */
  recall: { request: RecallRequest; answer: Recalled }
  pin: { request: { messageId: string; isPinned: boolean }; answer: { pins: string[] } }
  transfer: { request: { resourceId: string }; answer: ThreadInfo }
  /** The thread's own working memory. */
  working: { request: object; answer: { content: WorkingMemory['content'] | null } }
  'set-working': { request: { content: WorkingMemory['content'] }; answer: { isSet: true } }
  copy: { request: CloneFilter; answer: ThreadCopy }
  paste: { request: PasteRequest; answer: { info: ThreadInfo; messages: PlacedMessage[] } }
}

/**
 * `changeId` is the caller's: what was done under it is not done again when the object died with the answer.
 * With a `resourceId` only a thread of that resource is meant.
 */
export type MemoryCall = {
  [Type in keyof MemoryCalls]: {
    type: Type
    request: MemoryCalls[Type]['request']
    changeId: string
    resourceId?: string
  }
}[keyof MemoryCalls]

type Answer = MemoryCalls[keyof MemoryCalls]['answer']

/**
 * Each change is one transaction with the alarm and the outbox, and the list of threads has heard of it when it is
 * answered, unless it could not be reached.
 *
 * @throws EdgewiseError for what is the caller's mistake.
 */
export async function answerMemoryCall(thread: Thread, call: MemoryCall): Promise<Answer> {
  if (call.type === 'erase') return { isGone: await thread.erase(call.request) }
  await thread.takeUp()
  return answerCall(thread, call)
}

async function answerCall(thread: Thread, call: Exclude<MemoryCall, { type: 'erase' }>): Promise<Answer> {
  const { type, request, changeId, resourceId } = call
  const { parts } = thread
  const { rows, events } = parts
  const { meta } = thread
  if (meta && resourceId !== undefined && meta.info.resourceId !== resourceId) throw missing()
  const isDone = meta?.changeId === changeId
  // The object died with the answer: whoever asks again may hear of it elsewhere, too.
  const isUntold = rows.hasOutbox()
  if (isUntold && (isDone || !meta)) await thread.tell()
  const change = changer(thread, changeId)
  switch (type) {
    case 'info':
      return infoOf(thread)
    case 'create':
      return change((before) => createThread(parts, before, request))
    case 'update':
      return (await thread.update(request)) ?? infoOf(thread)
    case 'remove':
      // Without a thread only its removal can have had something to tell.
      if (!(await thread.remove()) && !isUntold) throw missing()
      return { isRemoved: true }
    case 'page':
      return { info: infoOf(thread), ...pageOfMessages(rows, events, request) }
    case 'save': {
      const messages = await change((before) => saveMessages(parts, before, request))
      return { info: infoOf(thread), messages }
    }
    case 'delete':
      if (isDone) return { deleted: new Set(request.messageIds).size }
      return { deleted: await change((before) => deleteMessages(parts, before, request.messageIds)) }
    case 'transfer':
      return change((before) => transferThread(parts, before, request.resourceId))
    case 'working':
      if (!meta) throw missing()
      return { content: ownWorking(rows)?.content ?? null }
    case 'set-working':
      if (!meta) throw missing()
      await change(() => setOwnWorking(rows, { id: changeId, type: 'set', content: request.content }))
      return { isSet: true }
    case 'pin':
      if (!meta) throw missing()
      return change(() => ({ pins: pinMessage(rows, request.messageId, request.isPinned).map(idOf) }))
    case 'embed':
      return thread.embedAnew(request.before)
    case 'recall':
      return recallOnly(parts, meta, request)
    case 'copy':
      if (!meta) throw missing()
      return copyThread(parts, meta, request)
    case 'paste':
      if (!isDone) await change((before) => pasteThread(parts, before, request))
      return { info: infoOf(thread), messages: [...allMessages(rows, events)] }
    default:
      return type satisfies never
  }
}

const idOf = ({ messageId }: { messageId: string }): string => messageId

/** One transaction, which notes that it was done. */
function changer(thread: Thread, changeId: string) {
  return <Result>(work: (meta: ThreadMeta | undefined) => Result): Promise<Result> =>
    thread.change((before) => {
      const { rows } = thread.parts
      const result = work(before)
      const after = rows.readMeta()
      if (after) rows.writeMeta({ ...after, changeId })
      return result
    })
}

function infoOf({ meta }: Thread): ThreadInfo {
  if (!meta) throw missing()
  return meta.info
}

function missing(): EdgewiseError {
  return new EdgewiseError('thread_not_found', 'There is no such thread')
}
