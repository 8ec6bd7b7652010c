import type { StoredOutput } from '../agents/structured-output.ts'
import type { TurnOverrides } from '../agents/turn-overrides.ts'
import type { JsonObject } from '../protocol/json.ts'
import type { Message } from '../protocol/message.ts'
import type { RunTrigger } from '../protocol/run-trigger.ts'
import type { TraceLink } from '../telemetry/span.ts'

/** What a caller asks of a thread, checked by whoever spoke to the caller. */
export interface TurnRequest {
  agentId: string
  threadId: string
  resourceId: string
  /** The resource that the caller is bound to, if any: its tools reach no other's schedules. */
  boundTo?: string
  /** Absent when the last answer is to be given anew. */
  input?: Message
  /** Answers again what an earlier message asked; later turns are taken back. The message of a turn, or its answer. */
  regenerate?: { messageId?: string }
  /** The conversation before the input, where the caller brings it along. Else it is the thread's own. */
  history?: Message[]
  runtimeContext: JsonObject
  maxSteps?: number
  structuredOutput?: StoredOutput
  overrides?: TurnOverrides
  /** It is no conversation but a run that must outlive its request: on no list, erased this long after it was asked for. */
  retentionMs?: number
  /** The span of the request, which the turn's spans belong under. */
  trace?: TraceLink
  /** The HTTP request that asked, for the lines of the log. */
  requestId?: string
  /** `scope` names the caller, the route and the key; `hash` the body that came with it. */
  idempotency?: { scope: string; hash: string }
  /** A schedule asks, for a time of its own. */
  trigger?: RunTrigger
  /** It is refused as busy if another turn runs or waits. */
  isOnlyIfIdle?: boolean
}

/** A turn as the thread keeps it beside its log. */
export interface TurnRecord {
  turn: number
  runId: string
  agentId: string
  /** The id of its answer; empty once that was deleted. */
  messageId: string
  /** The id of the message that it answers; empty once that was deleted. */
  inputId: string
  resourceId: string
  /** Without its secrets. */
  runtimeContext: JsonObject
  /** Keys of the runtime context that were given and are not kept. */
  secretKeys?: string[]
  maxSteps?: number
  structuredOutput?: StoredOutput
  overrides?: TurnOverrides
  history?: Message[]
  trace?: TraceLink
  requestId?: string
  trigger?: RunTrigger
  boundTo?: string
  /** When it was asked for, in milliseconds since 1970. */
  createdAt: number
  /** When it first ran, or was saved. */
  startedAt?: number
  /** When it last went on after a suspension. */
  resumedAt?: number
  /** The message itself, while the turn waits in the queue; then it is in the log. */
  input?: Message
  /** The lives of the turn, oldest first. Its log rows are theirs. */
  generations: number[]
  /** It was taken back by a later turn that answers the same anew. */
  isSuperseded?: true
  /** It is no turn but a message that was put on the thread from outside: its one life holds that alone. */
  isSaved?: true
  /** It ended before it had said anything. */
  isUnanswered?: true
  /** How often it changed in its last life. Counted where messages are told elsewhere. */
  changes?: number
}
