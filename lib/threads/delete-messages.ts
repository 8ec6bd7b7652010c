import { EdgewiseError } from '../protocol/error.ts'
import { eraseMessages } from './erase-messages.ts'
import { countOf } from './history.ts'
import { noteForgetting } from './memory-outbox.ts'
import { announceThread } from './outbox.ts'
import type { ThreadParts } from './parts.ts'
import { dropStored, readStored, replaceStored } from './stored-turn.ts'
import { touch } from './thread-meta.ts'
import type { ThreadMeta } from './thread-state.ts'
import type { TurnRecord } from './turn-request.ts'

/**
 * In the caller's transaction: takes messages off the thread, and their words out of its log. Either all of them or
 * none. Gives how many it were.
 *
 * @throws EdgewiseError `message_not_found`; `thread_busy` for those of a turn that has not ended.
 */
export function deleteMessages(
  parts: ThreadParts,
  meta: ThreadMeta | undefined,
  messageIds: string[],
): number {
  const { rows, events, alarm, services } = parts
  const ids = new Set(messageIds)
  const records = rows.turnsWith([...ids])
  const known = new Set(records.flatMap(idsOf))
  const missing = [...ids].find((id) => !known.has(id))
  if (!meta || missing !== undefined)
    throw new EdgewiseError('message_not_found', `There is no message "${missing ?? ''}"`)
  const unfinished = new Set([...meta.open.map(({ turn }) => turn), ...rows.suspendedTurns()])
  for (const record of records) {
    const { turn } = record
    if (unfinished.has(turn)) {
      const reason = 'The turn of the message has not ended: stop it before it is deleted'
      throw new EdgewiseError('thread_busy', reason)
    }
    const gone = [record.inputId, record.messageId].flatMap((id, index) =>
      ids.has(id) ? [{ turn, index }] : [],
    )
    noteForgetting(parts, meta, gone)
    const before = readStored(events, record)
    if (record.isSaved) dropStored(parts, before)
    else {
      const after = eraseMessages(before, ids)
      replaceStored(parts, before, after)
      meta.messages += countOf(after.record)
    }
    meta.messages -= countOf(record)
  }
  touch(meta, services.now())
  announceThread(rows, meta)
  rows.writeMeta(meta)
  alarm.set(meta)
  return ids.size
}

function idsOf({ inputId, messageId, isUnanswered }: TurnRecord): string[] {
  return isUnanswered ? [inputId] : [inputId, messageId]
}
