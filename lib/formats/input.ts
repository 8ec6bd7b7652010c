import type { Issue } from '../protocol/error.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { NewId } from '../protocol/id.ts'
import { isRecord } from '../protocol/json.ts'
import type { Message, Part, Role } from '../protocol/message.ts'
import { fromUiParts } from './ai-sdk-message.ts'

/** A message as people write it: text, or parts (`parts` as in `useChat`, or `content`). */
export type MessageInput = { id?: string; role?: Role; content?: unknown; parts?: unknown }

/** What an agent is asked: a text, or messages of which the last is the user's. */
export type TurnMessages = string | readonly (string | MessageInput)[]

/** What reading input needs besides the input. */
export interface ReadServices {
  newId: NewId
  now: () => number
}

/**
 * Reads messages from whatever a caller sent.
 *
 * @throws EdgewiseError `invalid_request` that names the field.
 */
export function readMessages(input: unknown, services: ReadServices, field = 'messages'): Message[] {
  const items: readonly unknown[] =
    typeof input === 'string' ? [input] : Array.isArray(input) ? input : [input]
  if (items.length === 0) throw invalid([{ field, message: 'must hold at least one message' }])
  return items.map((item, i) => readMessage(item, services, Array.isArray(input) ? `${field}[${i}]` : field))
}

/**
 * The one message that a turn on a thread answers: several of the user's become one. The thread has its own history,
 * so nothing else is taken.
 */
export function readUserMessage(input: unknown, services: ReadServices, field = 'messages'): Message {
  const messages = readMessages(input, services, field)
  const index = messages.findIndex((message) => message.role !== 'user')
  if (index >= 0) {
    const role = messages[index]?.role
    throw invalid([
      {
        field: Array.isArray(input) ? `${field}[${index}].role` : `${field}.role`,
        message: `is "${role}": a thread has its own history, send only the user's messages`,
      },
    ])
  }
  const [first, ...rest] = messages
  if (!first) throw invalid([{ field, message: 'must hold at least one message' }])
  return { ...first, parts: [...first.parts, ...rest.flatMap((message) => message.parts)] }
}

function readMessage(item: unknown, { newId, now }: ReadServices, field: string): Message {
  const createdAt = now()
  if (typeof item === 'string') {
    return { id: newId('msg'), role: 'user', parts: readParts(item, field), createdAt }
  }
  if (!isRecord(item)) throw invalid([{ field, message: 'must be a text or a message' }])
  const role = readRole(item['role'], `${field}.role`)
  const isParts = item['parts'] !== undefined
  const parts = readParts(
    isParts ? item['parts'] : item['content'],
    `${field}.${isParts ? 'parts' : 'content'}`,
  )
  return { id: readId(item['id'], `${field}.id`) ?? newId('msg'), role, parts, createdAt }
}

function readRole(role: unknown, field: string): Role {
  if (role === undefined) return 'user'
  if (role === 'user' || role === 'assistant' || role === 'system') return role
  throw invalid([{ field, message: 'must be "user", "assistant" or "system"' }])
}

const MAX_ID_LENGTH = 256

function readId(id: unknown, field: string): string | undefined {
  if (id === undefined || id === '') return undefined
  if (typeof id === 'string' && id.length <= MAX_ID_LENGTH) return id
  throw invalid([{ field, message: `must be a text of at most ${MAX_ID_LENGTH} characters` }])
}

function readParts(content: unknown, field: string): Part[] {
  const read = fromUiParts(content, field)
  if (!read.ok) throw invalid(read.issues)
  return read.parts
}

function invalid(issues: Issue[]): EdgewiseError {
  const [first] = issues
  return new EdgewiseError('invalid_request', `Invalid request: ${first?.field} ${first?.message}`, {
    issues,
  })
}
