import type { ErrorBody } from './error.ts'
import type { JsonValue } from './json.ts'
import type {
  FilePart,
  FinishReason,
  Message,
  Outcome,
  ProviderMetadata,
  SourcePart,
  ToolAnswer,
  ToolError,
  ToolWait,
} from './message.ts'
import type { Offset } from './offset.ts'
import type { Usage } from './usage.ts'

/** A piece of text of a running block. These alone move an offset by more than one. */
export type DeltaEvent =
  | { type: 'text-delta'; id: string; delta: string }
  | { type: 'reasoning-delta'; id: string; delta: string }
  | { type: 'tool-input-delta'; id: string; delta: string }

/** Opens a turn. `messageId` is the id that the answer will have; `input` the message it answers. */
export type TurnStart = {
  type: 'turn-start'
  runId: string
  agentId: string
  messageId: string
  input: Message
  threadId?: string
  /** In milliseconds since 1970. */
  startedAt: number
}

/**
 * Opens one try of one model step. It is said when the model's answer begins, so a try that fails before its first
 * word leaves no trace. A second `step-start` of the same `step` replaces the first.
 */
export type StepStart = { type: 'step-start'; step: number; model: string }

/** A message that was put on the thread from outside, whole: no turn said it. A later one of the same id replaces it. */
export type SavedMessage = { type: 'message'; message: Message }

/** `isContinued` says that more follows in this turn: tools to run and another step. */
export type StepEnd = {
  type: 'step-end'
  step: number
  finishReason: FinishReason
  usage: Usage
  isContinued: boolean
  responseId?: string
  providerMetadata?: ProviderMetadata
}

export type ToolCall = {
  type: 'tool-call'
  toolCallId: string
  toolName: string
  /** Parsed; the model's own text if it was not JSON. */
  input: JsonValue
  providerExecuted?: true
  providerMetadata?: ProviderMetadata
}

/** A call waits for somebody. */
export type ToolSuspend = { type: 'tool-suspend'; toolCallId: string; toolName: string; wait: ToolWait }

/** Somebody answered a call that waited. `question` names the call of a sub-agent that it was about. */
export type ToolAnswered = {
  type: 'tool-answer'
  toolCallId: string
  toolName: string
  answer: ToolAnswer
  question?: string
}

/** The last event of a turn. */
export type TurnEnd = { type: 'turn-end' } & Outcome

/**
 * The last event of a turn's life when calls wait for somebody: the thread is free for other turns until they are
 * answered, however long that takes. `contextKeys` are secrets of the runtime context without which the turn itself
 * cannot go on.
 */
export type TurnSuspend = {
  type: 'turn-suspend'
  toolCallIds: string[]
  usage: Usage
  contextKeys?: string[]
}

/** A suspended turn goes on: the first event of its next life. The answers follow. */
export type TurnResume = Omit<TurnStart, 'type' | 'input'> & { type: 'turn-resume' }

/** A processor stopped the turn; `turn-end` follows with the error `tripwire`, unless the step is tried again. */
export type Tripwire = {
  type: 'tripwire'
  processorId: string
  reason: string
  isRetry: boolean
  metadata?: JsonValue
}

/** Whether a cache had the answer, of a model's step or of a tool's call; or the vectors of all texts that recall embedded. */
export type CacheEvent = {
  type: 'cache'
  of: 'model' | 'tool' | 'vectors'
  hit: boolean
  /** Where it was: in this isolate, in the storage, or with somebody who was asking the same. */
  level?: 'isolate' | 'storage' | 'flight'
  toolCallId?: string
  /** What the answer had cost when it was given. It is not in the usage of the step. */
  usage?: Usage
  /** Of vectors: of how many texts, and how many of them were known. */
  texts?: number
  hits?: number
}

/** What a turn says itself. */
export type OwnEvent =
  | TurnStart
  | StepStart
  | { type: 'text-start'; id: string; providerMetadata?: ProviderMetadata }
  | { type: 'text-end'; id: string; providerMetadata?: ProviderMetadata }
  | { type: 'reasoning-start'; id: string; providerMetadata?: ProviderMetadata }
  | { type: 'reasoning-end'; id: string; providerMetadata?: ProviderMetadata }
  | { type: 'tool-input-start'; id: string; toolName: string }
  | { type: 'tool-input-end'; id: string }
  | DeltaEvent
  | ToolCall
  | { type: 'tool-progress'; toolCallId: string; data: JsonValue }
  | { type: 'tool-result'; toolCallId: string; toolName: string; output: JsonValue; providerExecuted?: true }
  | { type: 'tool-error'; toolCallId: string; toolName: string; error: ToolError; providerExecuted?: true }
  | FilePart
  | SourcePart
  | { type: 'warning'; code: string; message: string }
  | CacheEvent
  | StepEnd
  | ToolSuspend
  | ToolAnswered
  | Tripwire
  | TurnSuspend
  | TurnResume
  | TurnEnd
  | SavedMessage

/**
 * What the turn of a sub-agent says, in the log of the turn that called it. `path` names the calls that lead to it by
 * their ids, outermost first.
 */
export type AgentEvent = { type: 'agent-event'; path: string[]; event: OwnEvent }

/**
 * Calls that a crash cut off are taken up. What they had said and nobody had written down is void: of a sub-agent's
 * turn its unfinished step, and the whole turn if it had finished none.
 */
export type CallsRestart = { type: 'calls-restart' }

/** What a turn says, in the order it says it: the words of the log, and of every stream made from it. */
export type TurnEvent = OwnEvent | AgentEvent | CallsRestart

/**
 * What only a follower hears, outside the log: the step it was hearing is begun again (drop what it said), its turn
 * waits in the queue (`position` 1 is next), or the stream cannot go on.
 */
export type FollowerEvent =
  | { type: 'step-restart' }
  | { type: 'turn-queued'; runId: string; position: number }
  | { type: 'stream-error'; error: ErrorBody }

/** What a follower hears. Events of the log carry the place after them; a follower's own do not. */
export interface StreamEntry<Event = TurnEvent> {
  event: Event | FollowerEvent
  offset?: Offset
}

export function isDelta(event: TurnEvent | FollowerEvent): event is DeltaEvent {
  return event.type === 'text-delta' || event.type === 'reasoning-delta' || event.type === 'tool-input-delta'
}

/** The piece of text that an event adds to a block, its own or a sub-agent's. */
export function deltaOf(event: TurnEvent): string | undefined {
  const said = event.type === 'agent-event' ? event.event : event
  return isDelta(said) ? said.delta : undefined
}

/** The event without the first `seen` units of its text. */
export function cutDelta(event: TurnEvent, seen: number): TurnEvent {
  if (event.type === 'agent-event' && isDelta(event.event))
    return { ...event, event: { ...event.event, delta: event.event.delta.slice(seen) } }
  return isDelta(event) ? { ...event, delta: event.delta.slice(seen) } : event
}

/** How far an event moves the position of an offset. */
export function eventSize(event: TurnEvent): number {
  return deltaOf(event)?.length ?? 1
}

/** An event of a sub-agent's turn as the turn that called it says it. */
export function underCall(toolCallId: string, event: OwnEvent | AgentEvent): AgentEvent {
  return event.type === 'agent-event'
    ? { ...event, path: [toolCallId, ...event.path] }
    : { type: 'agent-event', path: [toolCallId], event }
}
