import type { JsonValue } from '../protocol/json.ts'
import type { CompensationReport, RunOutcome, StepPath } from '../protocol/run-event.ts'
import type { Step } from './step-definition.ts'

/** A step that is compensated if the run fails or is canceled. */
export interface Compensable {
  path: StepPath
  stepId: string
  /** The ids of the steps that it is in, and its own, joined by dots. */
  name: string
  workflowId: string
  step: Step
  input: JsonValue
  /** Absent if it did not succeed. */
  output?: JsonValue
}

/** A run that is about to end, and makes good what it has done. */
export interface Unwinding extends CompensationReport {
  /** How it ends then. */
  outcome: Exclude<RunOutcome, { status: 'success' }>
  /** What was being executed is waited for, but not beyond this time. */
  until: number
  /** What is being compensated; `due` while it waits to be tried again, `lacksContext` while it waits for those secrets. */
  current?: Compensable & { attempt: number; retries: number; due?: number; lacksContext?: string[] }
}
