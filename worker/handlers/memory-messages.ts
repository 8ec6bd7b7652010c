import type * as z from 'zod'
import { toUiMessage } from '../../lib/formats/ai-sdk-message.ts'
import { fromMastraMessages } from '../../lib/formats/mastra/input.ts'
import { toMastraMessage } from '../../lib/formats/mastra/message.ts'
import { toMessageList } from '../../lib/formats/mastra/thread.ts'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import type { Message } from '../../lib/protocol/message.ts'
import { DEFAULT_RESOURCE } from '../../lib/runtime/create.ts'
import { threadAddressOf, threadSpaceOf } from '../../lib/security/principal.ts'
import type { MessageFilter } from '../../lib/threads/message-filter.ts'
import { findMessage } from '../../lib/threads/message-index.ts'
import type { PageRequest } from '../../lib/threads/messages.ts'
import type { Call } from '../context.ts'
import type { threadParams } from '../schemas.ts'
import type {
  deleteMessagesBody,
  messagesQuery,
  saveMessagesBody,
  saveMessagesQuery,
  scopeQuery,
} from '../schemas/memory.ts'
import { requireAgent } from './agents.ts'
import { askAddress, askMemory } from './memory.ts'

type Query = z.infer<typeof messagesQuery>

/**
 * A page of messages. As Mastra has it: page 0 is the oldest, unless `orderBy` turns the whole list around. In the
 * other formats page 0 holds the newest, and each page reads from the oldest of it on.
 */
export async function listMessages(
  call: Call<z.infer<typeof threadParams>, Query, undefined>,
): Promise<Response> {
  const { params, query } = call
  const { page, perPage, format, orderBy } = query
  const order = (orderBy?.direction ?? (format === 'mastra' ? 'ASC' : 'DESC')) === 'ASC' ? 'oldest' : 'newest'
  const target = { ...params, resourceId: query.resourceId }
  const found = await askMemory(call, target, 'page', {
    skip: page * perPage,
    take: perPage,
    order,
    ...toRequest(call),
  })
  const { total, messages, info } = found
  const { threadId, resourceId } = info
  if (format === 'mastra') {
    const shown = messages.map(({ message, runId }) =>
      toMastraMessage(message, { threadId, resourceId, runId }),
    )
    return Response.json(toMessageList(shown, { total, page, perPage }))
  }
  const plain = (orderBy ? messages : messages.toReversed()).map(({ message }) => message)
  const shown = format === 'ai-sdk' ? plain.map(toUiMessage) : plain
  return Response.json({ messages: shown, total, page, perPage, hasMore: (page + 1) * perPage < total })
}

function toRequest({
  params,
  query,
}: {
  params: z.infer<typeof threadParams>
  query: Query
}): Pick<PageRequest, 'filter' | 'include'> {
  // What is on other threads is not looked for here.
  const include = query.include
    ?.filter(({ threadId }) => threadId === undefined || threadId === params.threadId)
    .map(({ id, withPreviousMessages, withNextMessages }) => ({
      id,
      before: withPreviousMessages,
      after: withNextMessages,
    }))
  return { ...(query.filter && { filter: toFilter(query.filter) }), ...(include && { include }) }
}

function toFilter({ dateRange = {}, roles, metadata }: NonNullable<Query['filter']>): MessageFilter {
  const { start, end, startExclusive = false, endExclusive = false } = dateRange
  return {
    ...(start !== undefined && { from: start, isFromExcluded: startExclusive }),
    ...(end !== undefined && { to: end, isToExcluded: endExclusive }),
    ...(roles && { roles }),
    ...(metadata && { metadata }),
  }
}

/** Puts messages on their threads as history; nobody answers them. Thread by thread, each of them whole. */
export async function saveMessages(
  call: Call<undefined, z.infer<typeof saveMessagesQuery>, z.infer<typeof saveMessagesBody>>,
): Promise<Response> {
  const { runtime, principal, body, query } = call
  const agent = query.agentId === undefined ? undefined : requireAgent(runtime, query.agentId)
  const read = fromMastraMessages(body.messages, runtime)
  if (!read.ok) throw invalid(read.issues[0] ?? { field: 'messages', message: 'cannot be read' })
  const groups = new Map<string, { resourceId: string | undefined; messages: Message[] }>()
  for (const [i, { message, threadId = '', resourceId }] of read.items.entries()) {
    const group = groups.get(threadId) ?? { resourceId, messages: [] }
    if (resourceId !== undefined && (group.resourceId ??= resourceId) !== resourceId)
      throw invalid({
        field: `messages[${i}].resourceId`,
        message: `must be that of its thread, "${group.resourceId}"`,
      })
    group.messages.push(message)
    groups.set(threadId, group)
  }
  const saved = new Map<Message['id'], ReturnType<typeof toMastraMessage>>()
  for (const [threadId, { resourceId: named, messages }] of groups) {
    const resourceId = principal.resourceId ?? named
    const { info, messages: stored } = await askMemory(call, { threadId }, 'save', {
      address: threadAddressOf(principal, threadId),
      threadId,
      fallback: DEFAULT_RESOURCE,
      messages,
      ...(agent && { agentId: agent.id }),
      ...(resourceId !== undefined && { resourceId }),
    })
    for (const message of stored) saved.set(`${threadId} ${message.id}`, toMastraMessage(message, info))
  }
  const messages = read.items.flatMap(({ message, threadId }) => saved.get(`${threadId} ${message.id}`) ?? [])
  return Response.json({ messages })
}

/** Messages are named by their ids alone: each thread is found first, then loses all of its own at once. */
export async function deleteMessages(
  call: Call<undefined, z.infer<typeof scopeQuery>, z.infer<typeof deleteMessagesBody>>,
): Promise<Response> {
  const { principal, runtime, body, query } = call
  const space = threadSpaceOf(principal)
  const places = await Promise.all(
    body.messageIds.map(async (named): Promise<[address: string, id: string]> => {
      const { id } = named
      const threadId = ('threadId' in named ? named.threadId : undefined) ?? body.threadId
      if (threadId !== undefined) return [threadAddressOf(principal, threadId), id]
      const address = await findMessage(space, id, runtime.documents)
      if (address === undefined) throw unknown(id)
      return [address, id]
    }),
  )
  let deleted = 0
  for (const [address, found] of Map.groupBy(places, ([place]) => place)) {
    const messageIds = found.map(([, id]) => id)
    const answer = await askAddress(call, address, 'delete', { messageIds }, query.resourceId)
    if (!answer) throw unknown(messageIds[0] ?? '')
    deleted += answer.deleted
  }
  const message = `${deleted} ${deleted === 1 ? 'message' : 'messages'} deleted successfully`
  return Response.json({ success: true, message })
}

function unknown(id: string): EdgewiseError {
  return new EdgewiseError('message_not_found', `There is no message "${id}"`)
}

function invalid(issue: { field: string; message: string }): EdgewiseError {
  return new EdgewiseError('invalid_request', `Invalid body: ${issue.field}: ${issue.message}`, {
    issues: [issue],
  })
}
