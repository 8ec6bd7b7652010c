import type { JsonValue } from '../protocol/json.ts'
import type { Schema } from '../schema/schema.ts'
import type { CompensateContext, StepContext } from './context.ts'
import type { RetryConfig } from './retry.ts'
import type { StepLike } from './step-like.ts'

/**
 * What a step may count on after a crash that cut it off.
 * - `retry` (the default): it is executed again, with the same `idempotencyKey`.
 * - `reconcile`: its `reconcile` is asked what happened.
 * - `once`: it is never executed again silently; it fails with `step_outcome_unknown`, and `restart` is somebody's
 *   word that it may be.
 */
export type StepEffect = 'retry' | 'reconcile' | 'once'

/** A step as those see it who execute it: plain data, made by `createStep`. */
export interface Step<
  Id extends string = string,
  Input = never,
  Output = unknown,
  State = never,
> extends StepLike<Id, Input, Output, State> {
  readonly kind: 'step'
  readonly description: string
  readonly inputSchema: Schema | undefined
  readonly outputSchema: Schema | undefined
  readonly stateSchema: Schema | undefined
  readonly suspendSchema: Schema | undefined
  readonly resumeSchema: Schema | undefined
  readonly retry: RetryConfig | undefined
  readonly timeoutMs: number | undefined
  readonly effect: StepEffect
  /** What it was made from, in descriptions. */
  readonly from: 'function' | 'agent' | 'tool' | 'mapping' | 'event' | 'run'
  /** These take a context whose data was parsed by the schemas. */
  readonly execute: (context: StepContext<never, never, never, never>) => unknown
  readonly reconcile: ((context: StepContext<never, never, never, never>) => unknown) | undefined
  readonly compensation?: Compensation
  /** It is executed once an event has come, with its data as `resumeData`. */
  readonly waitsFor?: EventWaiting
  /** It is not executed: a run of this workflow is, in its stead. */
  readonly starts?: ChildSpec
}

/** Which workflow a step starts a run of. */
export interface ChildSpec {
  readonly workflowId: string
  /** For runs in memory, which know no workflow by its id. */
  readonly definition?: StepLike & { readonly kind: 'workflow' }
}

/** How what a step has done is made good if the run fails, or is canceled. */
export interface Compensation {
  readonly compensate: (context: CompensateContext<never, never, never>) => unknown
  readonly retry: RetryConfig
  readonly after: 'success' | 'start'
}

/** What a step waits for before it is executed. */
export interface EventWaiting {
  readonly event: string
  /** In milliseconds. */
  readonly timeoutMs?: number
  /** What the step gives if no event came in time; without it, it fails. */
  readonly timeoutValue?: JsonValue
}
