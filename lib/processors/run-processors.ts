import type { Message } from '../protocol/message.ts'
import type { ProcessorContext, Warning } from './call-hook.ts'
import { callHook } from './call-hook.ts'
import type { InputOptions, InputStepOptions, OutputStepOptions, Processor } from './processor.ts'

/**
 * Every runner asks the processors in their order, each with what the one before it made; yields the warnings on the
 * way and returns what came of it.
 *
 * **Contract** of all of them: throws TripWire when a processor stops the turn, EdgewiseError `internal` when one
 * fails, the signal's reason when it aborts. Nothing that was handed in is changed.
 */
export async function* runInput(
  processors: readonly Processor[],
  context: ProcessorContext,
  { messages, history }: Pick<InputOptions, 'messages' | 'history'>,
): AsyncGenerator<Warning, readonly Message[]> {
  let current = messages
  for (const processor of processors) {
    if (!processor.processInput) continue
    const changed = yield* callHook(processor, 'processInput', context, (options) =>
      processor.processInput?.({ ...options, messages: current, history }),
    )
    current = changed ?? current
  }
  return current
}

/** What the model is shown in one step. See {@link runInput}. */
export async function* runInputStep(
  processors: readonly Processor[],
  context: ProcessorContext,
  { step, messages, instructions }: Pick<InputStepOptions, 'step' | 'messages' | 'instructions'>,
): AsyncGenerator<Warning, readonly Message[]> {
  let current = messages
  for (const processor of processors) {
    if (!processor.processInputStep) continue
    const changed = yield* callHook(processor, 'processInputStep', context, (options) =>
      processor.processInputStep?.({ ...options, step, messages: current, instructions }),
    )
    current = changed ?? current
  }
  return current
}

export interface Processed {
  message: Message
  /** Its parts are no longer those that were handed in. */
  isChanged: boolean
}

/** What the model said in one step. See {@link runInput}. */
export async function* runOutputStep(
  processors: readonly Processor[],
  context: ProcessorContext,
  { step, message }: Pick<OutputStepOptions, 'step' | 'message'>,
): AsyncGenerator<Warning, Processed> {
  let current = message
  for (const processor of processors) {
    if (!processor.processOutputStep) continue
    const changed = yield* callHook(processor, 'processOutputStep', context, (options) =>
      processor.processOutputStep?.({ ...options, step, message: current }),
    )
    current = changed ?? current
  }
  return { message: current, isChanged: !isSame(current.parts, message.parts) }
}

export interface ResultInput {
  /** The whole answer. */
  message: Message
  /** How many of its parts are settled and can no longer be changed. */
  settled: number
}

/**
 * The whole answer at its end. A change to settled parts is dropped with a warning `processor_change_dropped`; the
 * other parts keep theirs, if the processor left the list as long as it was. See {@link runInput}.
 */
export async function* runOutputResult(
  processors: readonly Processor[],
  context: ProcessorContext,
  { message, settled }: ResultInput,
): AsyncGenerator<Warning, Processed> {
  let current = message
  for (const processor of processors) {
    if (!processor.processOutputResult) continue
    const changed = yield* callHook(processor, 'processOutputResult', context, (options) =>
      processor.processOutputResult?.({ ...options, message: current }),
    )
    if (!changed) continue
    const kept = keepSettled(current, changed, settled)
    if (kept !== changed) yield toDropWarning(processor)
    current = kept
  }
  return { message: current, isChanged: !isSame(current.parts, message.parts) }
}

function keepSettled(before: Message, after: Message, settled: number): Message {
  const head = before.parts.slice(0, settled)
  if (isSame(after.parts.slice(0, settled), head)) return after
  // Without the same number of parts nobody can tell which of them are the last step's.
  if (after.parts.length !== before.parts.length) return before
  return { ...after, parts: [...head, ...after.parts.slice(settled)] }
}

function toDropWarning({ id }: Processor): Warning {
  const message = `Processor "${id}" changed steps that were already kept: change them in processOutputStep`
  return { type: 'warning', code: 'processor_change_dropped', message }
}

/** Parts are JSON. */
function isSame(a: Message['parts'], b: Message['parts']): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}
