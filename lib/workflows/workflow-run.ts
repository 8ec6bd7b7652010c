import { EdgewiseError } from '../protocol/error.ts'
import type { JsonObject } from '../protocol/json.ts'
import { toJson } from '../protocol/json.ts'
import { START, parseOffset } from '../protocol/offset.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import type { RunDescription } from '../protocol/workflow-graph.ts'
import type { FlowDefinition } from './graph.ts'
import type { EventReceipt, RunRecord, WorkflowResult } from './result.ts'
import { RunStream } from './run-stream.ts'
import type { ResumeTarget, RunCommand, RunEntry, RunIds, WorkflowRunner } from './runner.ts'
import type { StepLike } from './step-like.ts'
import type { GivenResult, TravelContext } from './travel-context.ts'
import type { Travel } from './travel-context.ts'

export interface StartOptions<Input = unknown, State = unknown> {
  inputData: Input
  initialState?: State
  /** It is committed with the run: its values must be JSON. */
  runtimeContext?: RuntimeContext
  /** Pauses after each step; `resume({})` lets it go on, `resume({ perStep: true })` by one step. */
  perStep?: boolean
}

export interface ResumeOptions {
  /** Must fit the step's `resumeSchema`. */
  resumeData?: unknown
  /** The step, its id, or of one inside other workflows the ids from the outside in. */
  step?: string | StepLike | readonly (string | StepLike)[]
  label?: string
  forEachIndex?: number
  /**
   * Secrets that the run may have lost; of the rest it keeps what it was started with. Without data and a target
   * everything that waits for secrets goes on, in the run and in those that it has started.
   */
  runtimeContext?: RuntimeContext
  /** Pauses after each step from here on; without it a run that did so does so no more. */
  perStep?: boolean
  /** Of several calls under one id the first counts: what is sent again changes nothing. Default: each is another. */
  id?: string
}

export interface GivenContext {
  /** Secrets that the run may have lost: its steps, or what compensates them, may need them. */
  runtimeContext?: RuntimeContext
}

export interface TimeTravelOptions<State = unknown> {
  /**
   * The step from which the new run goes on: its id, of one inside other workflows the ids from the outside in, or a
   * path as events have it, such as `1.2` for the third item of a list.
   */
  step: NonNullable<ResumeOptions['step']>
  /** What the step is given, in place of what came before it. */
  inputData?: unknown
  /** Begins the step with this answer. */
  resumeData?: unknown
  /** In place of the state that this run had there. */
  initialState?: State
  /** Results of steps before it by their ids, in place of this run's; all but `success` and their outputs is passed over. */
  context?: Record<string, GivenResult>
  /** The same for steps inside other workflows, by the workflows' ids. */
  nestedStepsContext?: Record<string, Record<string, GivenResult>>
  /** What it holds stands before what this run was started with. */
  runtimeContext?: RuntimeContext
  perStep?: boolean
  /** The new run's id. A second call with it joins that run. */
  runId?: string
}

/** One run of a workflow. It is named here and begins with `start`, `startAsync` or `stream`. */
export class WorkflowRun<Input = unknown, Output = unknown, State = unknown> {
  readonly runId: string
  readonly resourceId: string | undefined
  readonly #workflow: FlowDefinition
  readonly #ids: RunIds
  readonly #runner: WorkflowRunner

  constructor(workflow: FlowDefinition, ids: RunIds, runner: WorkflowRunner) {
    this.runId = ids.runId
    this.resourceId = ids.resourceId
    this.#workflow = workflow
    this.#ids = ids
    this.#runner = runner
  }

  /**
   * Runs to the end, or until steps wait for somebody. A run that was started already is joined.
   *
   * @throws EdgewiseError `invalid_request` if the input does not fit.
   */
  async start(options: StartOptions<Input, State>): Promise<WorkflowResult<Output>> {
    return this.#run(toStart(options))
  }

  /** Begins and does not wait: the run goes on by itself. */
  async startAsync(options: StartOptions<Input, State>): Promise<{ runId: string }> {
    await this.#runner.begin(this.#workflow, this.#ids, toStart(options))
    return { runId: this.runId }
  }

  /** Runs, and gives the events as they come. */
  stream(options: StartOptions<Input, State>): RunStream<Output> {
    return this.#stream(toStart(options))
  }

  /**
   * Answers a step that waits, and goes on to the end or to the next that does. Of several answers to one suspension
   * one is taken.
   *
   * @throws EdgewiseError `run_not_suspended`, or `invalid_request` if the data does not fit or it is not clear which
   *   step is meant.
   */
  async resume(options: ResumeOptions): Promise<WorkflowResult<Output>> {
    return this.#run(toResume(options))
  }

  /** As `resume`, without waiting for what comes of it. */
  async resumeAsync(options: ResumeOptions): Promise<{ runId: string }> {
    await this.#runner.begin(this.#workflow, this.#ids, toResume(options))
    return { runId: this.runId }
  }

  resumeStream(options: ResumeOptions): RunStream<Output> {
    return this.#stream(toResume(options))
  }

  /**
   * Begins a new run that goes on from a step of this one. What had settled before that step, or beside it, is taken
   * over and not executed again; this run stays as it is, also where it is still at work. The result names the new run.
   *
   * @throws EdgewiseError `run_not_found`; `invalid_request` for a step that there is not or that was not reached;
   *   `workflow_changed` if the workflow is another on the way to the step.
   */
  async timeTravel(options: TimeTravelOptions<State>): Promise<WorkflowResult<Output>> {
    return this.#newRun(options.runId).#run(toTravel(this.runId, options))
  }

  /** As `timeTravel`, without waiting for what comes of it. */
  async timeTravelAsync(options: TimeTravelOptions<State>): Promise<{ runId: string }> {
    const ids = this.#newRun(options.runId).#ids
    await this.#runner.begin(this.#workflow, ids, toTravel(this.runId, options))
    return { runId: ids.runId }
  }

  /** As `timeTravel`; gives the new run's events, those that were taken over first. */
  timeTravelStream(options: TimeTravelOptions<State>): RunStream<Output> {
    return this.#newRun(options.runId).#stream(toTravel(this.runId, options))
  }

  /** Takes up a run that was cut off; one that failed goes on from the steps that failed. */
  async restart({ runtimeContext }: GivenContext = {}): Promise<WorkflowResult<Output>> {
    return this.#run({ type: 'restart', ...(runtimeContext && { runtimeContext: runtimeContext.toJSON() }) })
  }

  /** The events from a place on, `0` or nothing for the start: what was said before, then what is. */
  observe({ after = '0' }: { after?: string } = {}): RunStream<Output> {
    const offset = parseOffset(after)
    if (!offset) throw new EdgewiseError('invalid_request', `Invalid offset: "${after}"`)
    return this.#listen(this.#runner.observe(this.#workflow, this.#ids, offset))
  }

  /** Calls `hear` for every event from now on, until the run has nothing left to do. Gives a function that ends it. */
  watch(hear: (entry: RunEntry) => void): () => void {
    let isOver = false
    const listen = async (): Promise<void> => {
      for await (const entry of this.#runner.observe(this.#workflow, this.#ids, START)) {
        if (isOver) return
        hear(entry)
      }
    }
    // Whoever only watches learns of no error: `start` and `get` tell it.
    listen().catch(() => undefined)
    return () => {
      isOver = true
    }
  }

  /**
   * Puts an event into the run's mailbox, where a step that waits for it, now or later, takes it. Of several under one
   * id the first counts.
   *
   * @throws EdgewiseError `run_not_found`, `run_ended`; `invalid_request` if no step of the workflow waits for it, or
   *   one whose schema it does not fit does; `payload_too_large`, `rate_limited`, `budget_exhausted`.
   */
  async sendEvent(event: string, data?: unknown, { id }: { id?: string } = {}): Promise<EventReceipt> {
    const sent = { event, data: toJson(data), ...(id !== undefined && { id }) }
    return this.#runner.sendEvent(this.#workflow, this.#ids, sent)
  }

  /**
   * Ends the run: at once, or where it has steps to compensate once that is done. False if it had ended already.
   */
  cancel({ runtimeContext }: GivenContext = {}): Promise<boolean> {
    return this.#runner.cancel(this.#workflow, this.#ids, runtimeContext?.toJSON())
  }

  /** Undefined if it was never started. */
  get(): Promise<RunRecord | undefined> {
    return this.#runner.get(this.#workflow, this.#ids)
  }

  /**
   * The workflow's graph, with how the run stands at each place of it: what a user interface draws.
   *
   * @throws EdgewiseError `run_not_found`, `workflow_changed`.
   */
  describe(): Promise<RunDescription> {
    return this.#runner.describe(this.#workflow, this.#ids)
  }

  /** Erases the run. False if there was none. */
  delete(): Promise<boolean> {
    return this.#runner.remove(this.#workflow, this.#ids)
  }

  #newRun(runId: string = this.#runner.newRunId(this.#workflow.id)): WorkflowRun<Input, Output, State> {
    return new WorkflowRun(this.#workflow, { runId }, this.#runner)
  }

  async #run(command: RunCommand): Promise<WorkflowResult<Output>> {
    // The definition's own outputs are what its types say.
    return (await this.#runner.run(this.#workflow, this.#ids, command)) as WorkflowResult<Output>
  }

  #stream(command: RunCommand): RunStream<Output> {
    return this.#listen(this.#runner.stream(this.#workflow, this.#ids, command))
  }

  #listen(entries: AsyncIterable<RunEntry>): RunStream<Output> {
    return new RunStream(entries, async (isToSettle) => {
      if (isToSettle) await this.observe().result
      return this.#runner.result(this.#workflow, this.#ids)
    })
  }
}

function toStart({
  inputData,
  initialState,
  runtimeContext = new RuntimeContext(),
  perStep = false,
}: StartOptions): RunCommand {
  return {
    type: 'start',
    inputData: toJson(inputData),
    runtimeContext: runtimeContext.toJSON(),
    ...toState(initialState),
    ...(perStep && { perStep }),
  }
}

function toState(initialState: unknown): { initialState?: JsonObject } {
  const state = toJson(initialState)
  if (state !== null && (typeof state !== 'object' || Array.isArray(state)))
    throw new EdgewiseError('invalid_request', 'Invalid initialState: it must be an object')
  return state ? { initialState: state } : {}
}

type Contexts = NonNullable<Travel['nestedStepsContext']>

function toTravel(fromRunId: string, options: TimeTravelOptions): RunCommand {
  const { step, inputData, resumeData, initialState, context, nestedStepsContext, perStep = false } = options
  const { runtimeContext = new RuntimeContext() } = options
  const travel: Travel = {
    step: toIds(step),
    ...(inputData !== undefined && { inputData: toJson(inputData) }),
    ...(resumeData !== undefined && { resumeData: toJson(resumeData) }),
    ...toState(initialState),
    // Proof of the casts: JSON of an object is one.
    ...(context && { context: toJson(context) as TravelContext }),
    ...(nestedStepsContext && { nestedStepsContext: toJson(nestedStepsContext) as Contexts }),
  }
  return {
    type: 'travel',
    fromRunId,
    travel,
    runtimeContext: runtimeContext.toJSON(),
    ...(perStep && { perStep }),
  }
}

function toResume(options: ResumeOptions): RunCommand {
  const { resumeData, step, label, forEachIndex, runtimeContext, perStep = false, id } = options
  const target: ResumeTarget = {}
  if (step !== undefined) target.step = toIds(step)
  if (label !== undefined) target.label = label
  if (forEachIndex !== undefined) target.forEachIndex = forEachIndex
  return {
    type: 'resume',
    target,
    resumeData: toJson(resumeData),
    ...(runtimeContext && { runtimeContext: runtimeContext.toJSON() }),
    ...(perStep && { perStep }),
    ...(id !== undefined && { nonce: id }),
  }
}

function toIds(step: NonNullable<ResumeOptions['step']>): string[] {
  const steps = typeof step === 'object' && !('id' in step) ? step : [step]
  return steps.map((one) => (typeof one === 'string' ? one : one.id))
}
