import { EdgewiseError } from '../protocol/error.ts'
import type { TurnEvent } from '../protocol/event.ts'
import type { RuntimeContext } from '../protocol/runtime-context.ts'
import { orAborted } from '../streams/wait.ts'
import { errorText } from '../telemetry/thrown.ts'
import type { HookOptions, Processor } from './processor.ts'
import { TripWire } from './tripwire.ts'

/** What the loop hands to all the runners of one turn. */
export interface ProcessorContext {
  runtimeContext: RuntimeContext
  signal: AbortSignal
  /** How often a tripwire has already had the step tried again; 0 outside a step. */
  retryCount: number
  /** Made once for a turn: what its processors keep between hooks. */
  states: ProcessorStates
}

export type ProcessorStates = WeakMap<Processor, Record<string, unknown>>

export type Warning = Extract<TurnEvent, { type: 'warning' }>

type HookName = Exclude<keyof Processor, 'id'>

/**
 * Calls one hook and waits for it, no longer than the signal allows. Yields its warnings, also when it then throws;
 * returns its answer.
 *
 * @throws TripWire as the processor threw it; the signal's reason when it aborts; EdgewiseError `internal` that names
 * the processor for anything else.
 */
export async function* callHook<Result>(
  processor: Processor,
  hook: HookName,
  context: ProcessorContext,
  call: (options: HookOptions) => Result | PromiseLike<Result>,
): AsyncGenerator<Warning, Result> {
  const warnings: Warning[] = []
  const outcome = await settle(processor, context, warnings, call)
  yield* warnings
  if (outcome.ok) return outcome.result
  const { error } = outcome
  if (context.signal.aborted) throw context.signal.reason
  if (error instanceof TripWire) throw error
  throw new EdgewiseError('internal', `Processor "${processor.id}" failed in ${hook}: ${errorText(error)}`, {
    cause: error,
  })
}

/** The record that a map keeps for a processor, made when it is first asked for. */
export function recordOf(records: ProcessorStates, processor: Processor): Record<string, unknown> {
  const known = records.get(processor)
  if (known) return known
  const made = {}
  records.set(processor, made)
  return made
}

async function settle<Result>(
  processor: Processor,
  { runtimeContext, retryCount, signal, states }: ProcessorContext,
  warnings: Warning[],
  call: (options: HookOptions) => Result | PromiseLike<Result>,
): Promise<{ ok: true; result: Result } | { ok: false; error: unknown }> {
  try {
    signal.throwIfAborted()
    const result = call({
      runtimeContext,
      retryCount,
      signal,
      state: recordOf(states, processor),
      abort: (reason, options) => {
        throw new TripWire(processor.id, reason, options)
      },
      warn: (code, message) => void warnings.push({ type: 'warning', code, message }),
    })
    return { ok: true, result: isPromise(result) ? await orAborted(result, signal) : result }
  } catch (error) {
    return { ok: false, error }
  }
}

function isPromise<Result>(value: Result | PromiseLike<Result>): value is PromiseLike<Result> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
