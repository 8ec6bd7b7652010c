import type { ThreadState } from './thread-state.ts'

/** What a model made of the oldest part of a thread, whose messages stay. */
export interface Summary {
  text: string
  /** The last turn that it tells of. */
  upTo: number
  /** How many messages it tells of. */
  messages: number
}

/** Proof of the cast: {@link writeSummary} wrote it. */
export function readSummary(rows: ThreadState): Summary | undefined {
  const note = rows.readNote('summary')
  return note === undefined ? undefined : (JSON.parse(note) as Summary)
}

export function writeSummary(rows: ThreadState, summary: Summary): void {
  rows.writeNote('summary', JSON.stringify(summary))
}
