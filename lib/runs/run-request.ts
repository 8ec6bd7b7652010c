import type { JsonObject, JsonValue } from '../protocol/json.ts'
import type { ParentRun } from '../protocol/run-event.ts'
import type { RunTrigger } from '../protocol/run-trigger.ts'
import type { TraceLink } from '../telemetry/span.ts'
import type { Travel } from '../workflows/travel-context.ts'

/** What a caller asks for, checked by whoever spoke to the caller. */
export interface RunRequest {
  runId: string
  workflowId: string
  inputData: JsonValue
  initialState?: JsonObject
  runtimeContext: JsonObject
  /** Secret keys that whoever asks was given, and may have lost. */
  secretKeys?: string[]
  resourceId?: string
  /** It is to pause after each step. */
  perStep?: boolean
  /** The schedule that starts it. */
  trigger?: RunTrigger
  /** The run that starts it. */
  parent?: ParentRun
  /** The span of the request, which the run's spans belong under. */
  trace?: TraceLink
}

/** A run that goes on from a step of another, whose input and owner it has. */
export interface TravelRequest extends Pick<
  RunRequest,
  'runId' | 'workflowId' | 'runtimeContext' | 'perStep' | 'trace'
> {
  /** The other run, and where it is. */
  from: { runId: string; address: string }
  travel: Travel
}
