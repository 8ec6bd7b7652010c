import { foldTurn } from './history.ts'
import type { ThreadParts } from './parts.ts'
import { findRun } from './take-answers.ts'

/** How a turn stands, in the words that runs of workflows have. Times are in milliseconds since 1970. */
export type TurnStanding = {
  status: 'pending' | 'running' | 'suspended' | 'success' | 'failed' | 'canceled'
  startedAt: number
  /** What it failed with. */
  error?: string
}

const ENDED = { completed: 'success', failed: 'failed', aborted: 'canceled' } as const

/** @throws EdgewiseError as {@link findRun}. */
export function standingOf(parts: ThreadParts, runId: string): TurnStanding {
  const record = findRun(parts, runId)
  const { turn, createdAt, startedAt = createdAt } = record
  const { outcome } = foldTurn(parts.events, record).state.message
  const open = parts.rows.readMeta()?.open.find((one) => one.turn === turn)
  if (!outcome)
    return { status: !open ? 'suspended' : open.state === 'running' ? 'running' : 'pending', startedAt }
  const { status, error } = outcome
  return { status: ENDED[status], startedAt, ...(error && { error: error.message }) }
}
