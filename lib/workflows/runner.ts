import type { StreamEntry } from '../protocol/event.ts'
import type { JsonObject, JsonValue } from '../protocol/json.ts'
import type { Offset } from '../protocol/offset.ts'
import type { RunEvent } from '../protocol/run-event.ts'
import type { RunDescription } from '../protocol/workflow-graph.ts'
import type { FlowDefinition } from './graph.ts'
import type { EventReceipt, RunInfo, RunRecord, WorkflowResult } from './result.ts'
import type { Travel } from './travel-context.ts'

/** What a follower of a run hears. */
export type RunEntry = StreamEntry<RunEvent>

/** Which run is meant, and who owns it. */
export interface RunIds {
  runId: string
  resourceId?: string
}

/** Which suspended step an answer is for. Without any of these the run's only one is meant. */
export interface ResumeTarget {
  /** A step's id; of one inside other workflows the ids from the outside in. */
  step?: string | string[]
  label?: string
  forEachIndex?: number
}

/** What sets a run going. JSON throughout. */
export type RunCommand =
  | {
      type: 'start'
      inputData: JsonValue
      initialState?: JsonObject
      runtimeContext: JsonObject
      perStep?: boolean
    }
  /** Without an answer and a target a run that pauses goes on. */
  | {
      type: 'resume'
      target: ResumeTarget
      resumeData?: JsonValue
      runtimeContext?: JsonObject
      perStep?: boolean
      /** Of several under one nonce the first counts. */
      nonce?: string
    }
  /** Begins a run that goes on from a step of another. */
  | { type: 'travel'; fromRunId: string; travel: Travel; runtimeContext: JsonObject; perStep?: boolean }
  /** Takes up what was cut off, and of a failed run the steps that failed. */
  | { type: 'restart'; runtimeContext?: JsonObject }

/** An event for a run. What comes again under its id is known. */
export interface SentEvent {
  id: string
  event: string
  data: JsonValue
}

export interface ListRuns {
  resourceId?: string
  status?: RunInfo['status']
  /** Runs that began at this time or before, in milliseconds since 1970. Default: now. */
  before?: number
  /** Default: 20. */
  limit?: number
}

/**
 * Runs workflows: in memory for a bare definition, in a Run object for one from `app.getWorkflow()`.
 *
 * **Contract:** `run` resolves when the run has ended or nothing is left to do, `begin` when the command is taken and
 * durable. A stream ends where `run` would resolve; leaving it does not stop the run. All of them throw EdgewiseError
 * for a command that is refused, `run_not_found` for a run that is not there.
 */
export interface WorkflowRunner {
  newRunId(workflowId: string): string
  run(workflow: FlowDefinition, ids: RunIds, command: RunCommand): Promise<WorkflowResult>
  begin(workflow: FlowDefinition, ids: RunIds, command: RunCommand): Promise<void>
  stream(workflow: FlowDefinition, ids: RunIds, command: RunCommand): AsyncIterable<RunEntry>
  /** From a place on, until nothing is left to do. */
  observe(workflow: FlowDefinition, ids: RunIds, after: Offset): AsyncIterable<RunEntry>
  result(workflow: FlowDefinition, ids: RunIds): Promise<WorkflowResult>
  get(workflow: FlowDefinition, ids: RunIds): Promise<RunRecord | undefined>
  /** The graph, with how the run stands at each place of it. */
  describe(workflow: FlowDefinition, ids: RunIds): Promise<RunDescription>
  /** Puts an event into the run's mailbox; durable when it resolves. Under a known id it had come before. */
  sendEvent(
    workflow: FlowDefinition,
    ids: RunIds,
    event: Omit<SentEvent, 'id'> & { id?: string },
  ): Promise<EventReceipt>
  /** False if it had ended. A run that has something to make good ends when that is done. */
  cancel(workflow: FlowDefinition, ids: RunIds, runtimeContext?: JsonObject): Promise<boolean>
  /** False if there was none. */
  remove(workflow: FlowDefinition, ids: RunIds): Promise<boolean>
  list(workflow: FlowDefinition, query: ListRuns): Promise<RunInfo[]>
}
