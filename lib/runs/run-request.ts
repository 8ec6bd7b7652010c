import type { JsonObject, JsonValue } from '../protocol/json.ts'
import type { TraceLink } from '../telemetry/span.ts'

/** What a caller asks for, checked by whoever spoke to the caller. */
export interface RunRequest {
  runId: string
  workflowId: string
  inputData: JsonValue
  initialState?: JsonObject
  runtimeContext: JsonObject
  resourceId?: string
  /** The span of the request, which the run's spans belong under. */
  trace?: TraceLink
}
