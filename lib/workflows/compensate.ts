import type { JsonObject } from '../protocol/json.ts'
import type { RunEvent, RunOutcome, StepError } from '../protocol/run-event.ts'
import { orAborted } from '../streams/wait.ts'
import type { CompensateContext } from './context.ts'
import type { RunServices } from './execute.ts'
import { StepTimeout, checkStep, outcomeUnknown, toStepError } from './execute.ts'
import { NonRetryableError, retryDelay } from './retry.ts'
import { lackOf } from './lacking.ts'
import type { RunState } from './run-state.ts'
import type { Unwinding } from './unwinding.ts'

type Current = NonNullable<Unwinding['current']>

/** How a try of a compensation ended. */
export interface Compensated {
  error?: StepError
  isFinal?: boolean
  /** It has read secrets that are not known any more. */
  lack?: string[]
}

/** What is said of a try's end; undefined if it is no longer of interest. */
export function compensated(
  { unwinding }: RunState,
  { path, attempt }: { path: string; attempt: number },
  { error, isFinal = false, lack }: Compensated,
  { at, random }: { at: number; random: () => number },
): RunEvent | undefined {
  const current = unwinding?.current
  if (current?.path !== path || current.attempt !== attempt || current.due !== undefined) return undefined
  const { stepId, retries, step } = current
  if (lack) return { type: 'compensate-suspend', at, path, stepId, contextKeys: lack }
  if (!error) return { type: 'compensate-result', at, path, stepId }
  const retry = step.compensation?.retry
  if (isFinal || !retry || retries >= retry.attempts)
    return { type: 'compensate-fail', at, path, stepId, error }
  const due = at + retryDelay(retry, retries + 1, random)
  return { type: 'compensate-retry', at, path, stepId, error, due }
}

/** It is tried again. */
export function compensateAgain(
  { path, stepId, attempt }: Current,
  at: number,
): RunEvent & { type: 'compensate-start' } {
  return { type: 'compensate-start', at, path, stepId, attempt: attempt + 1 }
}

/** What follows for a compensation that a crash cut off. What may happen once is never executed again silently. */
export function recoverCompensation({ unwinding }: RunState, at: number): RunEvent | undefined {
  const current = unwinding?.current
  if (!current || current.due !== undefined) return undefined
  if (current.step.effect === 'retry') return compensateAgain(current, at)
  const { path, stepId } = current
  const message = 'The compensation was cut off: it may or may not have happened, and was not executed again'
  return { type: 'compensate-fail', at, path, stepId, error: outcomeUnknown(message).error }
}

/** Executes a compensation once. Never throws. */
export async function executeCompensation(
  run: RunState,
  current: Current,
  services: RunServices,
): Promise<Compensated> {
  const { step } = current
  const timeout = step.timeoutMs === undefined ? undefined : new AbortController()
  const timer = timeout && setTimeout(() => timeout.abort(), step.timeoutMs)
  const signal = timeout ? AbortSignal.any([services.signal, timeout.signal]) : services.signal
  try {
    const input = await checkStep(step.inputSchema, current.input, 'Step input')
    const work = step.compensation?.compensate(
      compensateContext(run, current, { ...services, signal }, input),
    )
    await (timeout ? orAborted(Promise.resolve(work), signal) : work)
    return {}
  } catch (error) {
    const lack = lackOf(error, services.runtimeContext)
    if (lack) return { lack }
    const what = timeout?.signal.aborted ? new StepTimeout(step) : error
    return { error: toStepError(what), isFinal: what instanceof NonRetryableError }
  } finally {
    clearTimeout(timer)
  }
}

/** The builder has checked that functions are given what they take: hence `never`, which fits all of them. */
function compensateContext(
  run: RunState,
  { path, workflowId, output, retries }: Current,
  { runtimeContext, runtime, signal }: RunServices,
  inputData: unknown,
): CompensateContext<never, never, never> {
  const outcome: RunOutcome | undefined = run.unwinding?.outcome
  const context: CompensateContext<unknown, unknown, JsonObject> = {
    inputData,
    output,
    state: { ...run.state },
    ...(outcome?.status === 'failed' && { error: outcome.error }),
    runId: run.runId,
    workflowId,
    ...(run.resourceId !== undefined && { resourceId: run.resourceId }),
    ...(run.trigger && { trigger: run.trigger }),
    runtimeContext,
    abortSignal: signal,
    runtime,
    mastra: runtime,
    retryCount: retries,
    idempotencyKey: `${run.runId}/${path}/compensate`,
  }
  return context as CompensateContext<never, never, never>
}
