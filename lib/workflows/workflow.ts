import type { InferInput, InferOutput, Schema } from '../schema/schema.ts'
import type { FlowContext, LoopContext } from './context.ts'
import type { EventOptions, EventOutput } from './event-step.ts'
import { afterEvent, eventStep } from './event-step.ts'
import type { Executable, FlowDefinition, FlowNode } from './graph.ts'
import { executablesOf } from './graph.ts'
import type { Mapped, Mapping } from './mapping.ts'
import { mappingStep } from './mapping.ts'
import type { RunInfo } from './result.ts'
import type { RetryConfig } from './retry.ts'
import { checkRetry } from './retry.ts'
import type { ListRuns, WorkflowRunner } from './runner.ts'
import { checkCount } from '../storage/check.ts'
import type { Concurrency } from './concurrency.ts'
import { checkConcurrency } from './concurrency.ts'
import type { DeclaredSchedule, ScheduleOptions } from './schedule-options.ts'
import { declareSchedules } from './schedule-options.ts'
import { checkSleep, timeOf } from './sleep.ts'
import type { Fits, IdOf, OutputOf, StepLike, TYPES } from './step-like.ts'
import { unboundRunner } from './unbound.ts'
import { WorkflowRun } from './workflow-run.ts'

export interface WorkflowOptions<
  Id extends string,
  Input extends Schema,
  Output extends Schema,
  State extends Schema,
> {
  /** How requests name it. */
  id: Id
  description?: string
  inputSchema?: Input
  /** What the last step gives, for those who use the workflow's result. It is not checked. */
  outputSchema?: Output
  /** The state that the steps of a run share. A run begins with its `initialState`, checked by this. */
  stateSchema?: State
  /** For steps that say nothing of their own. Default: no step is tried again. */
  retryConfig?: RetryConfig
  /**
   * How many of its runs may be going at once, by a key if need be. The others are `pending`. One that sleeps or waits
   * for somebody counts until it ends.
   */
  concurrency?: Concurrency<InferOutput<Input>>
  /**
   * How long runs are kept once they have ended, in milliseconds: then they are erased, as if somebody deleted them.
   * Default: for ever. It counts for the runs that end under it.
   */
  keepRunsMs?: number
  /** When it is started by itself: one schedule, or several, each with an id. It is carried out where the app runs. */
  schedule?: ScheduleOptions<InferInput<Input>> | readonly ScheduleOptions<InferInput<Input>>[]
}

type Predicate<Context> = (context: Context) => boolean | Promise<boolean>
type Timing<Given, State, Init, Value> =
  | Value
  | ((context: FlowContext<Given, State, Init>) => Value | Promise<Value>)
type Branch<Given, State, Init> = readonly [Predicate<FlowContext<Given, State, Init>>, StepLike]

/** The outputs of steps that run side by side, by their ids. */
type Outputs<Steps extends readonly StepLike[]> = { [S in Steps[number] as IdOf<S>]: OutputOf<S> }

/**
 * A workflow's definition: plain data that registers nowhere. Each call adds a node; `commit` closes it. On its own it
 * runs in memory; from `app.getWorkflow(id)` it runs in Run objects and survives them.
 *
 * `Given` is what the next node will be given.
 */
export class Workflow<
  Id extends string = string,
  Input = never,
  Output = unknown,
  State = never,
  Init = never,
  Given = unknown,
>
  implements FlowDefinition, StepLike<Id, Input, Output, State>
{
  declare readonly [TYPES]?: {
    input: (value: Input) => void
    state: (value: State) => void
    output: Output
  }
  readonly kind = 'workflow'
  readonly id: Id
  readonly description: string
  readonly inputSchema: Schema | undefined
  readonly outputSchema: Schema | undefined
  readonly stateSchema: Schema | undefined
  readonly retryConfig: RetryConfig | undefined
  readonly schedules: readonly DeclaredSchedule[]
  readonly concurrency: Concurrency<never> | undefined
  readonly keepRunsMs: number | undefined
  readonly nodes: FlowNode[]
  readonly #runner: WorkflowRunner
  #isCommitted: boolean

  /** Use {@link createWorkflow}. */
  constructor(parts: Omit<FlowDefinition, 'kind' | 'nodes'> & { id: Id }, from?: BoundTo) {
    this.id = parts.id
    this.description = parts.description
    this.inputSchema = parts.inputSchema
    this.outputSchema = parts.outputSchema
    this.stateSchema = parts.stateSchema
    this.retryConfig = parts.retryConfig
    this.schedules = parts.schedules
    this.concurrency = parts.concurrency
    this.keepRunsMs = parts.keepRunsMs
    this.nodes = from?.nodes ?? []
    this.#runner = from?.runner ?? unboundRunner
    this.#isCommitted = from !== undefined
  }

  /** Executes a step, or a workflow, with what came before. A workflow must therefore not be awaited. */
  // oxlint-disable-next-line unicorn/no-thenable -- the name that everybody knows it by
  then<S extends StepLike>(
    step: S & Fits<Given, State, S>,
  ): Workflow<Id, Input, Output, State, Init, OutputOf<S>> {
    return this.#add({ type: 'step', step: toExecutable(step) })
  }

  /** Executes steps side by side; gives their outputs by their ids. */
  parallel<const Steps extends readonly StepLike[]>(
    steps: Steps & { [K in keyof Steps]: Fits<Given, State, Steps[K]> },
  ): Workflow<Id, Input, Output, State, Init, Outputs<Steps>> {
    return this.#add({ type: 'parallel', steps: steps.map(toExecutable) })
  }

  /** Executes every step whose condition holds, side by side; gives their outputs by their ids. */
  branch<const Steps extends readonly StepLike[]>(branches: {
    [K in keyof Steps]: readonly [
      Predicate<FlowContext<Given, State, Init>>,
      Steps[K] & Fits<Given, State, Steps[K]>,
    ]
  }): Workflow<Id, Input, Output, State, Init, Partial<Outputs<Steps>>> {
    const pairs: readonly Branch<Given, State, Init>[] = branches
    return this.#add({
      type: 'branch',
      conditions: pairs.map(([condition]) => condition),
      steps: pairs.map(([, step]) => toExecutable(step)),
    })
  }

  /** Executes a step, and again with its own output while the condition holds. */
  dowhile<S extends StepLike>(
    step: S & Fits<Given, State, S> & Fits<OutputOf<S>, State, S>,
    condition: Predicate<LoopContext<OutputOf<S>, State, Init>>,
  ): Workflow<Id, Input, Output, State, Init, OutputOf<S>> {
    return this.#add({ type: 'loop', kind: 'dowhile', step: toExecutable(step), condition })
  }

  /** Executes a step, and again with its own output until the condition holds. */
  dountil<S extends StepLike>(
    step: S & Fits<Given, State, S> & Fits<OutputOf<S>, State, S>,
    condition: Predicate<LoopContext<OutputOf<S>, State, Init>>,
  ): Workflow<Id, Input, Output, State, Init, OutputOf<S>> {
    return this.#add({ type: 'loop', kind: 'dountil', step: toExecutable(step), condition })
  }

  /** Executes a step for each item of the list that came before, `concurrency` (default 1) at a time; gives the list of their outputs. */
  foreach<S extends StepLike>(
    step: S &
      (Given extends readonly (infer Item)[]
        ? Fits<Item, State, S>
        : { 'the step before gives no list': Given }),
    { concurrency = 1 }: { concurrency?: number } = {},
  ): Workflow<Id, Input, Output, State, Init, OutputOf<S>[]> {
    if (!Number.isInteger(concurrency) || concurrency < 1)
      throw new RangeError(
        `Cannot build workflow "${this.id}": concurrency is ${concurrency}, it must be a whole number from 1`,
      )
    return this.#add({ type: 'foreach', step: toExecutable(step), concurrency })
  }

  /** Makes one value of others: with a function, or key by key. */
  map<Result>(
    mapping: (context: FlowContext<Given, State, Init>) => Result,
    options?: { id?: string },
  ): Workflow<Id, Input, Output, State, Init, Awaited<Result>>
  map<const M extends Mapping<Given, State, Init>>(
    mapping: M,
    options?: { id?: string },
  ): Workflow<Id, Input, Output, State, Init, Mapped<M>>
  map(
    mapping: Parameters<typeof mappingStep>[1],
    options: { id?: string } = {},
  ): Workflow<Id, Input, Output, State, Init> {
    const count = this.nodes.filter(
      ({ type, ...node }) => type === 'step' && 'step' in node && isMapping(node.step),
    ).length
    const id = options.id ?? `mapping_${this.id}_${count}`
    return this.#add({ type: 'step', step: mappingStep(id, mapping) })
  }

  /** Waits so many milliseconds, a year if need be, and gives on what came before. */
  sleep(duration: Timing<Given, State, Init, number>): Workflow<Id, Input, Output, State, Init, Given> {
    return this.#sleep(false, duration)
  }

  /** Waits until a moment. */
  sleepUntil(moment: Timing<Given, State, Init, Date>): Workflow<Id, Input, Output, State, Init, Given> {
    if (typeof moment !== 'function') return this.#sleep(true, timeOf(moment))
    return this.#sleep(true, async (context: FlowContext<Given, State, Init>) =>
      timeOf(await moment(context)),
    )
  }

  /**
   * Waits for an event that somebody sends to the run (`run.sendEvent`), and gives its data. It may have come before.
   * With a step, as Mastra spells it, that is executed with the data as `resumeData`.
   *
   * @throws TypeError, RangeError for what cannot be waited for.
   */
  waitForEvent<Data extends Schema = Schema, Otherwise = never>(
    event: string,
    options?: EventOptions<Data, Otherwise>,
  ): Workflow<Id, Input, Output, State, Init, EventOutput<Data, Otherwise>>
  waitForEvent<S extends StepLike & { readonly kind: 'step' }>(
    event: string,
    step: S & Fits<Given, State, S>,
    options?: { timeout?: number },
  ): Workflow<Id, Input, Output, State, Init, OutputOf<S>>
  waitForEvent(
    event: string,
    what: StepLike | EventOptions<Schema, unknown> = {},
    { timeout }: { timeout?: number } = {},
  ): Workflow<Id, Input, Output, State, Init> {
    if (!('kind' in what)) return this.#add({ type: 'step', step: eventStep(event, what) })
    return this.#add({ type: 'step', step: afterEvent(event, toExecutable(what), timeout) })
  }

  /**
   * Closes the definition. Without an `outputSchema` its output is what the last node gives.
   *
   * @throws TypeError if two nodes have one id, or there is none.
   */
  commit(): Workflow<Id, Input, unknown extends Output ? Given : Output, State, Init, Given> {
    const seen = new Set<string>()
    for (const node of this.nodes) {
      for (const id of node.type === 'sleep' ? [node.id] : executablesOf(node).map((step) => step.id)) {
        if (seen.has(id))
          throw new TypeError(
            `Cannot commit workflow "${this.id}": two steps have the id "${id}", use cloneStep for one of them`,
          )
        if (id === 'input')
          throw new TypeError(`Cannot commit workflow "${this.id}": no step may be called "input"`)
        seen.add(id)
      }
    }
    if (seen.size === 0) throw new TypeError(`Cannot commit workflow "${this.id}": it has no steps`)
    this.#isCommitted = true
    return retype<Workflow<Id, Input, unknown extends Output ? Given : Output, State, Init, Given>>(this)
  }

  /** The same workflow, run by another runner. */
  bind(runner: WorkflowRunner): this {
    this.#checkCommitted('bind')
    return retype<this>(new Workflow<Id>(this, { nodes: this.nodes, runner }))
  }

  /** Names a run. With the id of one that exists, that one is meant. */
  createRun({ runId, resourceId }: { runId?: string; resourceId?: string } = {}): WorkflowRun<
    Input,
    Output,
    State
  > {
    this.#checkCommitted('run')
    const ids = {
      runId: runId ?? this.#runner.newRunId(this.id),
      ...(resourceId !== undefined && { resourceId }),
    }
    return new WorkflowRun(this, ids, this.#runner)
  }

  /** As `createRun`, for those who await it. */
  async createRunAsync(options?: {
    runId?: string
    resourceId?: string
  }): Promise<WorkflowRun<Input, Output, State>> {
    return this.createRun(options)
  }

  /** The runs of this workflow, newest first. */
  listRuns(query: ListRuns = {}): Promise<RunInfo[]> {
    return this.#runner.list(this, query)
  }

  #sleep(
    isUntil: boolean,
    due: Timing<Given, State, Init, number>,
  ): Workflow<Id, Input, Output, State, Init, Given> {
    const id = `sleep_${this.id}_${this.nodes.filter(({ type }) => type === 'sleep').length}`
    if (typeof due !== 'function') checkSleep(`Cannot build workflow "${this.id}"`, { isUntil }, due)
    return this.#add({ type: 'sleep', id, isUntil, due })
  }

  #add<Next>(node: FlowNode): Workflow<Id, Input, Output, State, Init, Next> {
    if (this.#isCommitted)
      throw new TypeError(`Cannot add to workflow "${this.id}": it is committed, build before you commit`)
    this.nodes.push(node)
    return retype<Workflow<Id, Input, Output, State, Init, Next>>(this)
  }

  #checkCommitted(verb: string): void {
    if (!this.#isCommitted)
      throw new TypeError(`Cannot ${verb} workflow "${this.id}": it is not committed, end it with commit()`)
  }
}

/**
 * A workflow as it is got by its name: its types are not known there, so it takes any input. What does not fit its
 * schemas is refused when a run starts.
 */
export type AnyWorkflow = FlowDefinition & {
  createRun(options?: { runId?: string; resourceId?: string }): WorkflowRun
  createRunAsync(options?: { runId?: string; resourceId?: string }): Promise<WorkflowRun>
  listRuns(query?: ListRuns): Promise<RunInfo[]>
  bind(runner: WorkflowRunner): AnyWorkflow
}

interface BoundTo {
  nodes: FlowNode[]
  runner: WorkflowRunner
}

/**
 * Begins a workflow's definition.
 *
 * @throws TypeError if its id or its schedule cannot be one; RangeError for a retryConfig that cannot be.
 */
export function createWorkflow<
  const Id extends string,
  Input extends Schema = Schema,
  Output extends Schema = Schema,
  State extends Schema = Schema,
>({
  id,
  description = '',
  inputSchema,
  outputSchema,
  stateSchema,
  retryConfig,
  schedule,
  concurrency,
  keepRunsMs,
}: WorkflowOptions<Id, Input, Output, State>): Workflow<
  Id,
  InferInput<Input>,
  InferOutput<Output>,
  InferOutput<State>,
  InferOutput<Input>,
  InferOutput<Input>
> {
  if (!/^[\w.-]{1,128}$/.test(id))
    throw new TypeError(`Cannot create workflow "${id}": its id must be letters, digits, ".", "_" or "-"`)
  if (retryConfig) checkRetry(`workflow "${id}"`, retryConfig)
  if (concurrency) checkConcurrency(id, concurrency)
  if (keepRunsMs !== undefined) checkCount(keepRunsMs, `keepRunsMs of workflow "${id}"`, 1, MAX_KEPT_MS)
  const schedules = declareSchedules(id, schedule, { inputSchema, stateSchema })
  const rest = { inputSchema, outputSchema, stateSchema, retryConfig, schedules, concurrency, keepRunsMs }
  return new Workflow({ id, description, ...rest })
}

/** A hundred years. */
const MAX_KEPT_MS = 36_525 * 24 * 3_600_000

function isMapping(step: Executable): boolean {
  return step.kind === 'step' && step.from === 'mapping'
}

/** Only `createStep` and `createWorkflow` make what has a `kind`. */
function toExecutable(step: StepLike): Executable {
  if (typeof step === 'function')
    throw new TypeError('Cannot await a workflow: its then() adds a step; await its runs')
  return step as Executable
}

/** The same workflow with other types: what they speak of is no field of it. */
function retype<Typed>(workflow: object): Typed {
  return workflow as Typed
}
