import { fromMastraMessages } from '../../lib/formats/mastra/input.ts'
import { runOf } from '../../lib/formats/mastra/run-mark.ts'
import type { ReadServices } from '../../lib/formats/input.ts'
import type { Issue } from '../../lib/protocol/error.ts'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import { isRecord } from '../../lib/protocol/json.ts'
import type { Message } from '../../lib/protocol/message.ts'
import type { ToolAnswers } from '../../lib/threads/take-answers.ts'

/** What somebody sent to be answered: a conversation, or what became of calls that wait. */
export interface ReadTurnMessages {
  messages: Message[]
  /** It ends with results of the client's own tools. */
  isAnswer: boolean
  answers: ToolAnswers
  /** The run that waits for the last of them, as far as the calls say. */
  runId?: string
  field: (index: number) => string
}

/** @throws EdgewiseError `invalid_request` that names the field. */
export function readTurnMessages(input: unknown, services: ReadServices): ReadTurnMessages {
  const list = Array.isArray(input) ? input.map(withRole) : withRole(input)
  const read = fromMastraMessages(list, services)
  if (!read.ok) throw invalid(read.issues)
  const messages = read.items.map(({ message }) => message)
  const last = read.answers.at(-1)
  const answers: ToolAnswers = {}
  for (const { toolCallId, answer } of read.answers) answers[toolCallId] = answer
  const runs = messages.flatMap(({ parts }) =>
    parts.flatMap((part) =>
      part.type === 'tool' && part.toolCallId === last?.toolCallId ? (runOf(part) ?? []) : [],
    ),
  )
  const runId = runs.at(-1)
  return {
    messages,
    isAnswer: last !== undefined && endsWithAnswer(list),
    answers,
    ...(runId !== undefined && { runId }),
    field: (index) => (Array.isArray(input) ? `messages[${index}]` : 'messages'),
  }
}

/** Who says nothing of a role is the user. */
function withRole(item: unknown): unknown {
  return isRecord(item) && item['role'] === undefined ? { ...item, role: 'user' } : item
}

function endsWithAnswer(list: unknown): boolean {
  const last: unknown = Array.isArray(list) ? list.at(-1) : list
  return isRecord(last) && (last['role'] === 'tool' || last['role'] === 'assistant')
}

/**
 * The one message that a turn on a thread answers: several of the user's become one. The thread has its own history,
 * so nothing else is taken.
 *
 * @throws EdgewiseError `invalid_request` that names the message of somebody else.
 */
export function asInput({ messages, field }: ReadTurnMessages): Message {
  const index = messages.findIndex(({ role }) => role !== 'user')
  const role = messages[index]?.role
  if (role !== undefined) {
    const message = `is "${role}": a thread has its own history, send only the user's messages`
    throw invalid([{ field: `${field(index)}.role`, message }])
  }
  const [first, ...rest] = messages
  if (!first) throw invalid([{ field: 'messages', message: 'must hold at least one message' }])
  return { ...first, parts: [...first.parts, ...rest.flatMap(({ parts }) => parts)] }
}

/** The whole conversation, where there is no thread that holds it. @throws EdgewiseError if the last is not the user's. */
export function asConversation({ messages, field }: ReadTurnMessages): Message[] {
  if (messages.at(-1)?.role === 'user') return messages
  const at = `${field(messages.length - 1)}.role`
  throw invalid([{ field: at, message: 'must be "user" in the last message' }])
}

function invalid(issues: Issue[]): EdgewiseError {
  const [first] = issues
  return new EdgewiseError('invalid_request', `Invalid request: ${first?.field} ${first?.message}`, {
    issues,
  })
}
