import type { LogRow } from '../log/row.ts'
import { mapRow, packEvents, unpackRow } from '../log/row.ts'
import type { TurnRecord } from './turn-request.ts'

/** A turn with its rows of the log. */
export interface StoredTurn {
  record: TurnRecord
  rows: LogRow[]
}

/**
 * A turn without its question, its answer, or both: their words are in no row any more. What stays keeps its places,
 * so that followers go on, and the turn stays known as one that happened: its Idempotency-Key starts no other.
 */
export function eraseMessages(turn: StoredTurn, ids: ReadonlySet<string>): StoredTurn {
  const { record } = turn
  const isAsked = record.inputId !== '' && !ids.has(record.inputId)
  const isAnswered = record.messageId !== '' && !record.isUnanswered && !ids.has(record.messageId)
  if (record.isSaved ? !isAnswered : !isAsked && !isAnswered) return { record: husk(record), rows: [] }
  const asked = isAsked ? turn : withoutInput(turn)
  return isAnswered ? asked : withoutAnswer(asked)
}

function husk({ turn, runId, agentId, resourceId, createdAt, isSaved }: TurnRecord): TurnRecord {
  const base = { turn, runId, agentId, resourceId, createdAt, messageId: '', inputId: '' }
  return { ...base, runtimeContext: {}, generations: [], ...(isSaved && { isSaved }) }
}

function withoutInput({ record, rows }: StoredTurn): StoredTurn {
  const { history: _, ...rest } = record
  return {
    record: { ...rest, inputId: '' },
    rows: rows.map((row) =>
      mapRow(row, (event) =>
        event.type === 'turn-start'
          ? { ...event, input: { ...event.input, id: '', parts: [], metadata: {} } }
          : event,
      ),
    ),
  }
}

/** Of all that was said only the turn's beginning and its end are left. */
function withoutAnswer({ record, rows }: StoredTurn): StoredTurn {
  return {
    record: { ...record, messageId: '' },
    rows: rows.flatMap((row) => {
      const kept: LogRow[] = []
      for (const { event, offset } of unpackRow(row)) {
        const end = offset.position
        if (event.type === 'turn-start')
          kept.push({ ...row, start: end - 1, end, body: packEvents([{ ...event, messageId: '' }]) })
        if (event.type !== 'turn-end') continue
        const { type, status, finishReason, usage } = event
        kept.push({ ...row, start: end - 1, end, body: packEvents([{ type, status, finishReason, usage }]) })
      }
      return kept
    }),
  }
}
