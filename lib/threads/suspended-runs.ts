import { waitingCalls } from '../log/fold.ts'
import type { JsonValue } from '../protocol/json.ts'
import type { ToolWait } from '../protocol/message.ts'
import { foldTurn } from './history.ts'
import type { ThreadParts } from './parts.ts'

/** A run that waits for a person, as lists show it. */
export type SuspendedRunInfo = {
  runId: string
  agentId: string
  resourceId: string
  /** In milliseconds since 1970. */
  suspendedAt: number
  calls: { toolCallId: string; toolName: string; input: JsonValue; wait: ToolWait }[]
}

/** The runs of a thread that wait for a person, oldest first. What the client's own tools owe is for no person. */
export function suspendedRuns({ rows, events }: ThreadParts): SuspendedRunInfo[] {
  return rows.suspendedTurns().flatMap((turn) => {
    const record = rows.readTurn(turn)
    const waited = rows.readSuspended(turn)
    if (!record || !waited || waited.isStopped) return []
    const calls = waitingCalls(foldTurn(events, record).state)
      .filter(({ toolCallId, wait }) => wait.for !== 'client' && !waited.answers[toolCallId])
      .map(({ toolCallId, toolName, input, wait }) => ({ toolCallId, toolName, input, wait }))
    if (calls.length === 0) return []
    const { runId, agentId, resourceId } = record
    return [{ runId, agentId, resourceId, suspendedAt: waited.since, calls }]
  })
}
