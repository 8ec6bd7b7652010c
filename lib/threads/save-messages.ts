import { packEvents } from '../log/row.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { Message, Part } from '../protocol/message.ts'
import { announceMessages } from './message-index.ts'
import { foldTurn, messagesOf } from './history.ts'
import { noteForgetting, noteSaid } from './memory-outbox.ts'
import { announceThread } from './outbox.ts'
import type { ThreadParts } from './parts.ts'
import { dropStored, readStored } from './stored-turn.ts'
import { newMeta, titleOf, touch } from './thread-meta.ts'
import type { ThreadMeta, ThreadState } from './thread-state.ts'
import type { TurnRecord } from './turn-request.ts'

export interface SaveRequest {
  address: string
  threadId: string
  /** Absent: that of the thread, else `fallback`. */
  resourceId?: string
  fallback: string
  /** Whose memory is to recall them. Default: that of every agent that recalls anything. */
  agentId?: string
  messages: Message[]
}

/**
 * In the caller's transaction: puts messages on the thread, which begins with them if there was none. Each becomes a
 * row among the turns and an event of its own, after all that is there. One that was saved before is replaced where
 * it stands; one that a turn asked or said stays as it is, because the log tells what happened. Gives all of them as
 * they are now, in the order they came in.
 *
 * @throws EdgewiseError `resource_mismatch`.
 */
export function saveMessages(
  parts: ThreadParts,
  before: ThreadMeta | undefined,
  request: SaveRequest,
): Message[] {
  const { rows, alarm, services } = parts
  const { threadId, messages, address, fallback, agentId = '' } = request
  const { resourceId = before?.info.resourceId ?? fallback } = request
  if (before && before.info.resourceId !== resourceId)
    throw new EdgewiseError('resource_mismatch', `Thread "${threadId}" belongs to another resource`)
  rows.createTables()
  const now = services.now()
  const first = messages.find(({ role }) => role === 'user')
  const meta = before ?? newMeta({ threadId, resourceId, address, title: first ? titleOf(first) : '' }, now)
  touch(meta, now)
  const saved = new Map<string, Message>()
  const turns = turnsOf(rows, messages)
  for (const message of messages.toSorted((a, b) => a.createdAt - b.createdAt))
    saved.set(message.id, saveMessage(parts, meta, settled(message), agentId, turns))
  const own = new Map(Array.from(turns.values(), (record) => [record.turn, record]))
  noteSaid(
    parts,
    meta,
    [...own.values()].filter(({ isSaved }) => isSaved),
  )
  announceThread(rows, meta)
  announceMessages(rows, meta, [...saved.keys()])
  rows.writeMeta(meta)
  alarm.set(meta)
  return [...new Set(messages.map(({ id }) => id))].flatMap((id) => saved.get(id) ?? [])
}

/** The last turn that holds each of the messages that are there, by their ids: one look at all turns for all of them. */
function turnsOf(rows: ThreadState, messages: readonly Message[]): Map<string, TurnRecord> {
  const ids = new Set(messages.map(({ id }) => id))
  const turns = new Map<string, TurnRecord>()
  for (const record of rows.turnsWith([...ids]))
    for (const id of [record.inputId, record.messageId]) if (ids.has(id)) turns.set(id, record)
  return turns
}

/** `turns` are those that hold the messages; the one that this becomes is put among them. */
function saveMessage(
  parts: ThreadParts,
  meta: ThreadMeta,
  message: Message,
  agentId: string,
  turns: Map<string, TurnRecord>,
): Message {
  const { rows, events } = parts
  const known = turns.get(message.id)
  if (known && !known.isSaved) {
    const said = messagesOf(foldTurn(events, known)).find(({ id }) => id === message.id)
    return said ?? message
  }
  const turn = known?.turn ?? meta.nextTurn
  if (known) {
    noteForgetting(parts, meta, [known])
    dropStored(parts, readStored(events, known))
  } else {
    meta.nextTurn += 1
    meta.messages += 1
  }
  meta.generation += 1
  const { generation } = meta
  const body = packEvents([{ type: 'message', message }])
  events.append([{ turn, generation, attempt: 0, start: 0, end: 1, body }])
  const record: TurnRecord = {
    turn,
    runId: '',
    agentId,
    messageId: message.id,
    inputId: message.role === 'user' ? message.id : '',
    resourceId: meta.info.resourceId,
    runtimeContext: {},
    createdAt: message.createdAt,
    startedAt: parts.services.now(),
    generations: [generation],
    isSaved: true,
  }
  rows.writeTurn(record)
  turns.set(message.id, record)
  return message
}

/** What it waited for elsewhere, nobody can answer here. */
function settled(message: Message): Message {
  const parts = message.parts.map((part): Part => {
    if (part.type !== 'tool' || (part.state !== 'waiting' && part.state !== 'answered')) return part
    const { type, toolCallId, toolName, input } = part
    return { type, toolCallId, toolName, input, state: 'pending' }
  })
  return { ...message, parts }
}
