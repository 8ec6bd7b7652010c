import type { RunFormat } from '../formats/run-encoder.ts'
import type { Erasing } from '../protocol/erasing.ts'
import type { JsonObject, JsonValue } from '../protocol/json.ts'
import type { Offset } from '../protocol/offset.ts'
import type { ChildNews } from '../workflows/kin.ts'
import type { ResumeTarget, SentEvent } from '../workflows/runner.ts'
import type { Travel } from '../workflows/travel-context.ts'
import type { RunRequest, TravelRequest } from './run-request.ts'

/** How the caller of a command wants to hear of it: as a stream, as the result, or only that it was taken. */
export type RunAnswer = RunFormat | 'json' | 'ack'

/** How long a stream goes on: until nothing is left to do (the default), or to the run's end, past suspensions. */
export type Until = 'idle' | 'end'

/** `isForced`: what the run has done is not made good first, since that has taken too long. */
export type RunErasing = Erasing & { isForced?: true }

/** What is asked of a run's object, in the body of an internal request. */
export type RunCall =
  /** Notes a run that is to be started later. */
  | { type: 'create'; runId: string; workflowId: string; resourceId?: string }
  | { type: 'start'; request: RunRequest; address: string; format: RunAnswer; until?: Until }
  /** With secrets of the runtime context that the run may have lost; of the rest it keeps what it was started with. */
  | {
      type: 'resume'
      target: ResumeTarget
      /** Without any, and without a target, a run that pauses goes on. */
      resumeData?: JsonValue
      perStep?: boolean
      format: RunAnswer
      runtimeContext?: JsonObject
      /** Of several under one nonce the first counts; the others are answered as that one. */
      nonce?: string
    }
  /** Goes on from a step of another run, which is asked for what stays. */
  | { type: 'travel'; request: TravelRequest; address: string; format: RunAnswer }
  /** What another run that goes on from a step of this one takes over. It is only read. */
  | { type: 'fork'; travel: Travel }
  | { type: 'restart'; format: RunAnswer; runtimeContext?: JsonObject; nonce?: string }
  /** The run from a place on; without one from its start. `skip` leaves out its first chunks, in Mastra's dialect. */
  | { type: 'follow'; after?: Offset; skip?: number; format: RunFormat; until?: Until }
  /** Puts an event into the run's mailbox. */
  | ({ type: 'event' } & SentEvent)
  /** A run that this one has started stands differently now. */
  | { type: 'child'; news: ChildNews }
  | { type: 'result' }
  /** All that is known of it. */
  | { type: 'record' }
  /** Its workflow's graph, with how each place of it stands. */
  | { type: 'describe' }
  /** Its queue lets it be going, if that is the lease that it waits for. Says whether it is. */
  | { type: 'admit'; ticket: number }
  /** Secrets of the runtime context that the run has lost; what waits for them goes on. Says whether anything does. */
  | { type: 'context'; runtimeContext?: JsonObject; nonce?: string }
  /** With secrets that its compensations will need. */
  | { type: 'cancel'; runtimeContext?: JsonObject }
  | { type: 'remove' }
  /** All that its owner has is erased. Says whether nothing of the run is left. */
  | ({ type: 'erase' } & RunErasing)
