import type { CompensationReport, StepError } from '../protocol/run-event.ts'
import type { JsonObject, JsonValue } from '../protocol/json.ts'
import type { RunTrigger } from '../protocol/run-trigger.ts'

/**
 * `waiting`: for an event, or for a moment, in a sleep or before a step is tried again. `paused`: after a step, until
 * somebody lets the run go on.
 */
export type RunStatus =
  | 'pending'
  | 'running'
  | 'waiting'
  | 'suspended'
  | 'paused'
  | 'success'
  | 'failed'
  | 'canceled'

/** What has come of a step, as results show it. Times are in milliseconds since 1970. */
export type StepRecord = {
  status: 'running' | 'waiting' | 'suspended' | 'success' | 'failed' | 'canceled'
  /** What the step was given. */
  payload?: JsonValue
  output?: JsonValue
  error?: StepError
  startedAt: number
  endedAt?: number
  suspendPayload?: JsonValue
  suspendedAt?: number
  resumePayload?: JsonValue
  resumedAt?: number
  /**
   * Of a loop how many rounds there were; of a step that waits for an event, or did, its name; of one that has started
   * a run its id, and until its end how it stands.
   */
  metadata?: {
    iterationCount?: number
    event?: string
    childRunId?: string
    childStatus?: 'running' | 'suspended' | 'waiting'
  }
}

/** What `start()` and `resume()` give: where the run stands once it has ended or nothing is left to do. */
export type WorkflowResult<Output = unknown> = {
  runId: string
  /** By the step's id, in the order in which they began; under `input` what the run was given. */
  steps: Record<string, StepRecord | JsonValue>
  input: JsonValue
  /** The run's state, if the workflow has one. */
  state?: JsonObject
  /** The steps that were executed one after the other, without those of parallel nodes, branches and loops. */
  stepExecutionPath: string[]
} & (
  | { status: 'success'; result: Output }
  | { status: 'failed'; error: StepError; compensation?: CompensationReport }
  | {
      status: 'suspended'
      /** The paths of ids of the steps that wait for somebody. */
      suspended: string[][]
      /** What they asked, by the id of the outermost step. */
      suspendPayload: Record<string, JsonValue>
    }
  | { status: 'canceled'; compensation?: CompensationReport }
  /** It was left running, sleeps, waits for an event, or was to stop after a step. */
  | { status: 'running' | 'waiting' | 'pending' | 'paused' }
)

/** What whoever sends an event is told: it was taken into the run's mailbox now, or had come before. */
export type EventReceipt = { eventId: string; accepted: boolean; duplicate: boolean }

/** A run as lists show it. Times are in milliseconds since 1970. */
export type RunInfo = {
  runId: string
  workflowId: string
  resourceId?: string
  status: RunStatus
  createdAt: number
  updatedAt: number
}

/** A run with all that is known of it. */
export type RunRecord = RunInfo & {
  /** Of a run that is `pending`: how many are to go before it. */
  before?: number
  payload: JsonValue
  state: JsonObject
  /** Each with its payload, as the run left it. */
  steps: Record<string, StepRecord>
  stepExecutionPath: string[]
  result?: JsonValue
  error?: StepError
  /** What was made good when it failed or was canceled. */
  compensation?: CompensationReport
  /** The steps that wait for somebody, by the path of their ids, and the labels they can be resumed by. */
  suspended: string[][]
  resumeLabels: Record<string, { stepId: string; forEachIndex?: number }>
  /** The runs that it has started and waits for: who is asked by one answers there. */
  childRuns: ChildRunInfo[]
  /** The run that has started it, and at which path. */
  parent?: { runId: string; path: string }
  /** The schedule that has started it, and for which time. */
  trigger?: RunTrigger
}

/** A run that a step has started: `step` is the path of ids of that, `path` its place. */
export type ChildRunInfo = {
  step: string[]
  path: string
  runId: string
  workflowId: string
  status: 'running' | 'suspended' | 'waiting'
}
