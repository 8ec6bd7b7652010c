import type { Agent } from '../agents/agent.ts'
import type { Cache } from '../cache/cache.ts'
import type { JsonValue } from '../protocol/json.ts'
import type { StepError } from '../protocol/run-event.ts'
import type { RunTrigger } from '../protocol/run-trigger.ts'
import type { RuntimeContext } from '../protocol/runtime-context.ts'
import type { Tool } from '../tools/tool.ts'
import type { ToolRuntime } from '../tools/tool-runtime.ts'
import type { EventReceipt } from './result.ts'
import type { OutputOf, StepLike } from './step-like.ts'

/** What a step reaches by name: the app that its workflow is part of. @throws ReferenceError for a name that is not there. */
export interface StepRuntime extends ToolRuntime {
  getAgent(name: string): Agent
  getTool(name: string): Tool
  /** An agent's definition, run by the app. */
  bind(agent: Agent): Agent
  /** Results of tools that are known: a step that calls a tool asks it. */
  cache?: Cache
  /** Sends an event to a run of one of the app's workflows. Give it an id, such as the step's `idempotencyKey`: a step may be executed twice. */
  sendEvent(
    workflowId: string,
    runId: string,
    event: string,
    data?: unknown,
    options?: { id?: string },
  ): Promise<EventReceipt>
}

/** What has come of the steps before. */
export interface GetStepResult {
  /** The output of a step of the same workflow; undefined if it was not executed, as in a branch not taken. */
  <S extends StepLike>(step: S): OutputOf<S>
  (stepId: string): unknown
}

/** What every function of a workflow is given: conditions, mappings, sleeps and steps. */
export interface FlowContext<Input = unknown, State = unknown, Init = unknown> {
  inputData: Input
  /** The run's state. It is changed with `setState` in a step. */
  state: State
  /** What the workflow was given. */
  getInitData<Data = Init>(): Data
  getStepResult: GetStepResult
  runId: string
  workflowId: string
  resourceId?: string
  /** Which schedule the run is of, and for which time; absent if somebody asked for it. */
  trigger?: RunTrigger
  runtimeContext: RuntimeContext
  /** Aborts when the run is canceled, or the step's time is up. */
  abortSignal: AbortSignal
  runtime: StepRuntime
  /** The same as `runtime`, under the name that Mastra's examples use. */
  mastra: StepRuntime
}

/** What a loop's condition is given: the output of the round as `inputData`. */
export interface LoopContext<Output = unknown, State = unknown, Init = unknown> extends FlowContext<
  Output,
  State,
  Init
> {
  /** How many rounds there were, from 1. */
  iterationCount: number
}

export interface SuspendOptions {
  /** A name by which it can be resumed, whatever step it is. */
  resumeLabel?: string
}

/** What a step's compensation is given. */
export interface CompensateContext<Input = unknown, Output = unknown, State = unknown> extends Pick<
  FlowContext<Input, State>,
  | 'inputData'
  | 'state'
  | 'runId'
  | 'workflowId'
  | 'resourceId'
  | 'trigger'
  | 'runtimeContext'
  | 'abortSignal'
  | 'runtime'
  | 'mastra'
> {
  /** What the step gave; undefined if it did not succeed, which it only meets with `compensateAfter: 'start'`. */
  output: Output | undefined
  /** What the run failed with; absent if it was canceled. */
  error?: StepError
  /** How often it has failed. */
  retryCount: number
  /** The same for every try of this compensation, and another than the step's. */
  idempotencyKey: string
}

/** What a step is given. */
export interface StepContext<
  Input = unknown,
  State = unknown,
  Payload = unknown,
  Resume = unknown,
> extends FlowContext<Input, State> {
  /** Sets keys of the run's state; the others stay. It counts once the step has ended or suspended. */
  setState(change: Partial<State>): void
  /** What somebody answered; it fits `resumeSchema`. Absent unless the step is resumed. */
  resumeData?: Resume
  /** What the step had suspended with. */
  suspendData?: Payload
  /** How often it has failed. */
  retryCount: number
  /** The same for every try of this step at this place of this run: hand it to what you call. */
  idempotencyKey: string
  /** Says how far the work has come. Followers hear it at once; it is not kept. */
  writer: { write(data: JsonValue): void }
  /**
   * Ends the step until somebody answers, however long that takes: then it is executed again, with `resumeData`. It
   * throws, so that nothing after it runs; what a step that catches it returns is not taken.
   */
  suspend(payload?: Payload, options?: SuspendOptions): Promise<never>
  /** Ends the workflow with this as its result. It throws, as `suspend` does. */
  bail(result: unknown): never
}
