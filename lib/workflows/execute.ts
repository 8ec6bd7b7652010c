import type { JsonObject, JsonValue } from '../protocol/json.ts'
import { isRecord, toJson } from '../protocol/json.ts'
import type { StepError } from '../protocol/run-event.ts'
import type { RuntimeContext } from '../protocol/runtime-context.ts'
import type { Schema } from '../schema/schema.ts'
import { parse } from '../schema/schema.ts'
import { orAborted } from '../streams/wait.ts'
import { readThrown } from '../telemetry/thrown.ts'
import type { FlowContext, LoopContext, StepContext, StepRuntime, SuspendOptions } from './context.ts'
import type { Decision } from './engine.ts'
import { listIssues } from './input.ts'
import { lackOf, lackPayload } from './lacking.ts'
import { NonRetryableError } from './retry.ts'
import type { Flow, RunState, Unit } from './run-state.ts'
import { checkSleep, sleepStart } from './sleep.ts'
import type { RunEvent, StepProgress } from '../protocol/run-event.ts'
import type { Step } from './step-definition.ts'

/** What the functions of a run are given beside its state. */
export interface RunServices {
  runtimeContext: RuntimeContext
  runtime: StepRuntime
  /** Aborts when the run is canceled or no longer driven here. */
  signal: AbortSignal
  /** The same for one step; also when what it is beside leaves their workflow. */
  signalOf(unit: Unit): AbortSignal
  progress(unit: Unit, data: JsonValue): void
}

/** How a try of a step ended. */
export type Ending = { state?: JsonObject } & (
  | { type: 'result'; output: JsonValue; isBail?: true }
  | { type: 'suspend'; payload: JsonValue; label?: string; contextKeys?: string[]; isReconciling?: true }
  | { type: 'fail'; error: StepError; isFinal: boolean }
)

/** What a call asked for with `suspend` or `bail`. */
type Asked = { suspend: unknown; label?: string } | { bail: unknown }

/** Executes a step once. Never throws: whatever goes wrong is an ending. */
export async function executeStep(
  run: RunState,
  unit: Unit,
  step: Step,
  services: RunServices,
): Promise<Ending> {
  const timeout = step.timeoutMs === undefined ? undefined : new AbortController()
  const timer = timeout && setTimeout(() => timeout.abort(), step.timeoutMs)
  const timed = timeout && AbortSignal.any([services.signalOf(unit), timeout.signal])
  const asked: Asked[] = []
  const changes: JsonObject[] = []
  let ending: Ending
  try {
    const input = await checkStep(step.inputSchema, unit.input, 'Step input')
    const resumeData =
      unit.resumeData === undefined
        ? undefined
        : await checkStep(step.resumeSchema, unit.resumeData, 'Resume data')
    const context = stepContext(run, unit, services, { input, resumeData, timed, asked, changes })
    const work = step.execute(context as StepContext<never, never, never, never>)
    const output: unknown = await (timed ? orAborted(Promise.resolve(work), timed) : work)
    ending = await toEnding(step, asked[0], output)
  } catch (error) {
    const lack = asked.length === 0 && lackOf(error, services.runtimeContext)
    ending = lack
      ? { type: 'suspend', payload: lackPayload(lack), contextKeys: lack }
      : await endingOf(step, asked[0], timeout?.signal.aborted ? new StepTimeout(step) : error)
  } finally {
    clearTimeout(timer)
  }
  if (changes.length === 0) return ending
  return withState(run, ending, Object.assign({}, ...changes) as JsonObject).catch(
    (error: unknown): Ending => ({ type: 'fail', isFinal: true, error: toStepError(error) }),
  )
}

/** What became of a step that a crash cut off; undefined if it must be executed again. Never throws. */
export async function reconcileStep(
  run: RunState,
  unit: Unit,
  step: Step,
  services: RunServices,
): Promise<Ending | undefined> {
  try {
    const input = await checkStep(step.inputSchema, unit.input, 'Step input')
    const context = stepContext(run, unit, services, { input, asked: [], changes: [] })
    const found = await step.reconcile?.(context as StepContext<never, never, never, never>)
    if (isRecord(found) && found['status'] === 'not-done') return undefined
    if (isRecord(found) && found['status'] === 'done') return await toEnding(step, undefined, found['output'])
  } catch (error) {
    const lack = lackOf(error, services.runtimeContext)
    if (lack) return { type: 'suspend', payload: lackPayload(lack), contextKeys: lack, isReconciling: true }
    const { message } = toStepError(error)
    return outcomeUnknown(`What became of the step could not be found out: ${message}`)
  }
  return outcomeUnknown()
}

/** The ending of a step that was cut off and must not be executed again silently. */
export function outcomeUnknown(
  message = 'The step was cut off: it may or may not have happened. It was not executed again; restart the run if it may be',
): Ending & { type: 'fail' } {
  return { type: 'fail', isFinal: true, error: { name: 'Error', code: 'step_outcome_unknown', message } }
}

/** What a question is answered with. */
export type RunAnswer = Exclude<RunEvent, StepProgress>

/** The event that answers a question of the engine. @throws what the user's function threw. */
export async function decide(
  run: RunState,
  decision: Decision,
  services: RunServices,
  now: () => number,
): Promise<RunAnswer> {
  const { flow } = decision
  if (decision.kind === 'enter') {
    const { path } = decision.unit
    const given = flow.input
    const input = toJson(await checkStep(flow.definition.inputSchema, given, 'Workflow input'))
    const isSame = JSON.stringify(input) === JSON.stringify(given)
    return { type: 'flow-enter', at: now(), path, ...(!isSame && { input }) }
  }
  const { definition, outputs, settled } = decision.node
  const path = `${flow.prefix}${flow.index}`
  if (definition.type === 'branch') {
    const context = flowContext(run, flow, services, flow.value)
    const isTaken = await Promise.all(definition.conditions.map((holds) => holds(context)))
    const chosen = isTaken.flatMap((taken, sub) => (taken ? [sub] : []))
    return { type: 'branch-decision', at: now(), path, chosen }
  }
  if (definition.type === 'loop') {
    const base = flowContext(run, flow, services, outputs[settled] ?? null)
    const context: LoopContext<never, never, never> = { ...base, iterationCount: settled }
    const holds = await definition.condition(context)
    return { type: 'loop-decision', at: now(), path, isAgain: definition.kind === 'dowhile' ? holds : !holds }
  }
  if (definition.type !== 'sleep' || typeof definition.due !== 'function')
    throw new Error(`Cannot decide at ${path}: there is nothing to decide`)
  const time = await definition.due(flowContext(run, flow, services, flow.value))
  checkSleep(`Cannot sleep at "${definition.id}"`, definition, time)
  return sleepStart(flow, definition, time, now())
}

function stepContext(
  run: RunState,
  unit: Unit,
  services: RunServices,
  {
    input,
    resumeData,
    timed,
    asked,
    changes,
  }: {
    input: unknown
    resumeData?: unknown
    timed?: AbortSignal | undefined
    asked: Asked[]
    changes: JsonObject[]
  },
): StepContext<unknown, JsonObject> {
  const { runId } = run
  return {
    ...flowContext(run, unit.flow, services, input),
    get abortSignal() {
      return timed ?? services.signalOf(unit)
    },
    // What it sets must be JSON, as all that is kept.
    setState: (change) => void changes.push(toJson(change) as JsonObject),
    ...(resumeData !== undefined && { resumeData }),
    ...(unit.suspendPayload !== undefined && { suspendData: unit.suspendPayload }),
    retryCount: unit.retries,
    idempotencyKey: `${runId}/${unit.path}`,
    // Said as it is now: whoever hears it does so later.
    writer: { write: (data) => services.progress(unit, toJson(data)) },
    suspend: (payload?: unknown, { resumeLabel }: SuspendOptions = {}) => {
      asked.push({ suspend: payload, ...(resumeLabel !== undefined && { label: resumeLabel }) })
      return Promise.reject(new Interruption('The step waits for an answer'))
    },
    bail: (result) => {
      asked.push({ bail: result })
      throw new Interruption('The workflow is left')
    },
  }
}

/** Thrown by `suspend` and `bail`, for the step's own `finally` to see. */
class Interruption extends Error {
  override readonly name = 'Interruption'
}

export class StepTimeout extends Error {
  override readonly name = 'StepTimeout'
  readonly code = 'step_timeout'
  constructor({ id, timeoutMs }: Step) {
    super(`Step "${id}" did not end within ${timeoutMs} ms`)
  }
}

/** The builder has checked that functions are given what they take: hence `never`, which fits all of them. */
function flowContext(
  run: RunState,
  flow: Flow,
  { runtimeContext, runtime, signal }: RunServices,
  inputData: unknown,
): FlowContext<never, never, never> & { state: never } {
  const context: FlowContext<unknown, JsonObject> = {
    inputData,
    state: { ...run.state },
    getInitData: <Data>() => flow.input as Data,
    getStepResult: (step: string | { id: string }) => {
      const record = flow.steps.get(typeof step === 'string' ? step : step.id)
      return record?.status === 'success' ? (record.output as never) : (undefined as never)
    },
    runId: run.runId,
    workflowId: flow.definition.id,
    ...(run.resourceId !== undefined && { resourceId: run.resourceId }),
    ...(run.trigger && { trigger: run.trigger }),
    runtimeContext,
    abortSignal: signal,
    runtime,
    mastra: runtime,
  }
  return context as FlowContext<never, never, never>
}

/** What a step is given, as its schema makes it. */
export async function checkStep(schema: Schema | undefined, value: unknown, what: string): Promise<unknown> {
  if (!schema) return value
  const parsed = await parse(schema, value)
  if (parsed.ok) return parsed.value
  const error = new NonRetryableError(`${what} validation failed: ${listIssues(parsed.issues)}`)
  throw Object.assign(error, { code: 'step_input_invalid' })
}

async function toEnding(step: Step, asked: Asked | undefined, output: unknown): Promise<Ending> {
  if (asked) return toAsked(step, asked)
  if (!step.outputSchema) return { type: 'result', output: toJson(output) }
  const parsed = await parse(step.outputSchema, output)
  if (parsed.ok) return { type: 'result', output: toJson(parsed.value) }
  const message = `Step output validation failed: ${listIssues(parsed.issues)}`
  return { type: 'fail', isFinal: true, error: { name: 'Error', code: 'step_output_invalid', message } }
}

async function toAsked(step: Step, asked: Asked): Promise<Ending> {
  if ('bail' in asked) return { type: 'result', output: toJson(asked.bail), isBail: true }
  const { suspend, label } = asked
  const parsed = step.suspendSchema ? await parse(step.suspendSchema, suspend) : undefined
  if (parsed && !parsed.ok) {
    const message = `Suspend data validation failed: ${listIssues(parsed.issues)}`
    return { type: 'fail', isFinal: true, error: { name: 'Error', code: 'step_output_invalid', message } }
  }
  const payload = toJson(parsed ? parsed.value : suspend)
  return { type: 'suspend', payload, ...(label !== undefined && { label }) }
}

async function endingOf(step: Step, asked: Asked | undefined, error: unknown): Promise<Ending> {
  try {
    if (asked) return await toAsked(step, asked)
  } catch (unfit) {
    return { type: 'fail', isFinal: true, error: toStepError(unfit) }
  }
  return { type: 'fail', isFinal: error instanceof NonRetryableError, error: toStepError(error) }
}

/** A state that does not fit fails the step: the next one could not count on it. */
async function withState(run: RunState, ending: Ending, change: JsonObject): Promise<Ending> {
  const schema = run.root.definition.stateSchema
  const parsed = schema && (await parse(schema, { ...run.state, ...change }))
  if (!parsed || parsed.ok) return { ...ending, state: change }
  const message = `State validation failed: ${listIssues(parsed.issues)}`
  return { type: 'fail', isFinal: true, error: { name: 'Error', code: 'state_invalid', message } }
}

/** An error as it is kept: its name, words and code, never its stack. */
export function toStepError(error: unknown): StepError {
  return readThrown(error)
}
