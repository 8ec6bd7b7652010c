import { EdgewiseError } from '../protocol/error.ts'
import { isForGood, putInIndex, reasonOf, TURNS_AT_ONCE } from './embed-turns.ts'
import { hasForgetting, isRecalled, waitingTurns } from './memory-outbox.ts'
import type { EmbeddedTurns, ThreadParts } from './parts.ts'

/**
 * Puts the last turns before one into the indexes that are to recall them, as far as they are not there. May be done
 * again. Nothing else of the memory may be done meanwhile: what is deleted now is taken out of the indexes after it.
 *
 * @throws EdgewiseError `embedding_failed`, `storage_unavailable`: it can be tried again.
 */
export async function embedAnew(parts: ThreadParts, before: number): Promise<EmbeddedTurns> {
  const { rows, platform } = parts
  const meta = rows.readMeta()
  const nothing = { embedded: 0, refused: 0, isTaken: false }
  if (!meta || meta.expiresAt !== undefined) return nothing
  // Whoever forgets later would take out what is put in now.
  if (hasForgetting(rows))
    throw new EdgewiseError('storage_unavailable', 'The index has yet to forget something of the thread')
  const records = rows.turnsBefore(before, TURNS_AT_ONCE)
  const last = records.at(-1)
  const rest = last && records.length === TURNS_AT_ONCE ? { next: last.turn } : {}
  const waiting = new Set(waitingTurns(rows))
  const turns = records
    .filter((record) => !record.isSuperseded && !waiting.has(record.turn) && isRecalled(parts, record))
    .map(({ turn }) => turn)
  if (turns.length === 0) return { ...nothing, ...rest }
  if (!meta.isIndexed) platform.sql.transaction(() => rows.writeMeta({ ...meta, isIndexed: true }))
  return { ...(await embedMissing(parts, turns)), ...rest }
}

/** All at once; where that is refused turn by turn. */
async function embedMissing(parts: ThreadParts, turns: readonly number[]): Promise<EmbeddedTurns> {
  const sum: EmbeddedTurns = { embedded: 0, refused: 0, isTaken: false }
  const embed = async (some: readonly number[]): Promise<void> => {
    const records = await putInIndex(parts, some, { isMissing: true })
    sum.embedded += new Set(records.map(({ metadata }) => metadata?.['messageId'])).size
    sum.isTaken = true
  }
  try {
    await embed(turns)
  } catch (error) {
    if (!isForGood(error)) throw failure(error)
    sum.error = reasonOf(error)
    for (const turn of turns) {
      try {
        await embed([turn])
      } catch (again) {
        if (!isForGood(again)) throw failure(again)
        sum.refused += 1
      }
    }
  }
  return sum
}

function failure(cause: unknown): EdgewiseError {
  if (cause instanceof EdgewiseError) return cause
  return new EdgewiseError('embedding_failed', reasonOf(cause), { cause })
}
