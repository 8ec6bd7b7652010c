import type { Part } from '../../protocol/message.ts'
import { isRecord } from '../../protocol/json.ts'
import type { Conversation } from './conversation.ts'
import { defined } from './defined.ts'
import { Fields } from './fields.ts'
import type { Place } from './loss.ts'
import { invalidAt } from './loss.ts'
import { readOutcome } from './outcome.ts'
import { readRole } from './role.ts'
import { readTime } from './time.ts'

/** A message of ours. Its parts are taken as they are, each a part that there is. */
export function readOwn(value: unknown, place: Place, into: Conversation): void {
  const fields = new Fields(value, place, 'a message')
  const id = fields.maybeText('id')
  if (id) place.about.messageId = id
  const role = readRole(fields)
  const parts = fields.maybeList('parts').map(([part, at]) => {
    if (!isPart(part)) throw invalidAt(at, 'must be a part of a message')
    return structuredClone(part)
  })
  const [createdAt, metadata] = [readTime(fields), fields.maybeObject('metadata')]
  const ended = fields.json('outcome')
  const outcome = readOutcome(ended)
  if (ended !== undefined && !outcome) throw invalidAt(fields.at('outcome'), 'must be how a turn ended')
  fields.close()
  into.add(role, parts, defined({ id, createdAt, metadata, outcome }), place)
}

/** What tells the parts apart, and what every one of its kind has. */
function isPart(value: unknown): value is Part {
  if (!isRecord(value)) return false
  const has = (...keys: string[]) => keys.every((key) => typeof value[key] === 'string')
  switch (value['type']) {
    case 'text':
    case 'reasoning':
      return has('text')
    case 'file':
      return has('mediaType') && (has('data') || has('url'))
    case 'source':
      return has('id')
    case 'tool':
      return has('toolCallId', 'toolName', 'state')
    case 'step-start':
      return true
    default:
      return false
  }
}
