import { isRecord } from '../../protocol/json.ts'
import type { Conversation } from './conversation.ts'
import { detectFormat } from './detect.ts'
import type { MessageFormat } from './formats.ts'
import { READERS } from './formats.ts'
import { invalidAt, placeOf } from './loss.ts'
import { readAnthropicSystem } from './read-anthropic.ts'
import type { ListLoss } from './strict.ts'

/**
 * Reads a text, a message, a list of them, or a body that holds them (`{ system?, messages }`), all of it or nothing.
 * Each message is of the format that its shape says, unless one is named.
 *
 * @throws EdgewiseError `invalid_request` that names the field of a message that is none of its format.
 */
export function readList(into: Conversation, input: unknown, named?: MessageFormat): ListLoss[] {
  const restore = into.checkpoint()
  try {
    return readAll(into, input, named)
  } catch (error) {
    restore()
    throw error
  }
}

function readAll(into: Conversation, input: unknown, named: MessageFormat | undefined): ListLoss[] {
  const lost: ListLoss[] = []
  const { system, list } = unpack(input)
  const note = (format: MessageFormat, from: number) => {
    for (const loss of into.losses.slice(from)) lost.push({ ...loss, direction: 'read', format })
  }
  if (system !== undefined) {
    const from = into.losses.length
    readAnthropicSystem(system, { ...placeOf(into.losses, 0), path: 'system' }, into)
    note('anthropic', from)
  }
  for (const [index, value] of list.entries()) {
    const place = placeOf(into.losses, index)
    const format = named ?? (system === undefined ? detectFormat(value) : 'anthropic')
    if (!format) throw invalidAt(place, 'must be a text or a message')
    const from = into.losses.length
    // A text is the user's.
    const message = typeof value === 'string' ? { role: 'user', content: value } : value
    READERS[typeof value === 'string' ? 'aiV5.model' : format](message, place, into)
    note(format, from)
  }
  return lost
}

function unpack(input: unknown): { system?: unknown; list: readonly unknown[] } {
  if (Array.isArray(input)) return { list: input }
  if (!isRecord(input) || !Array.isArray(input['messages'])) return { list: [input] }
  return { system: input['system'], list: input['messages'] }
}
