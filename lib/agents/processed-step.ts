import { toPrompt } from '../formats/prompt.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { TurnEvent } from '../protocol/event.ts'
import type { Message } from '../protocol/message.ts'
import type { ProcessorContext, ProcessorStates, Warning } from '../processors/call-hook.ts'
import { toFeedback } from '../processors/feedback.ts'
import { createOutputStream } from '../processors/output-stream.ts'
import { runInput, runInputStep, runOutputResult, runOutputStep } from '../processors/run-processors.ts'
import { toStepEvents } from '../processors/say-again.ts'
import { TripWire, toTripwireEvent } from '../processors/tripwire.ts'
import { runStepOnModels } from './fallback.ts'
import type { TurnInput } from './turn-input.ts'
import type { StepInput, StepOutput } from './step.ts'

/** A turn whose agent has processors. */
export interface Processing {
  turn: TurnInput
  /** The user's messages as the processors made them. */
  input: readonly Message[]
  /** What processors said before a step began: it is told behind the next `step-start`. */
  warnings: Warning[]
  states: ProcessorStates
}

/**
 * Takes what the user said through the processors; undefined if the agent has none.
 *
 * @throws EdgewiseError `tripwire` after the event of that name, if one of them stops the turn.
 */
export async function* startProcessing(turn: TurnInput): AsyncGenerator<TurnEvent, Processing | undefined> {
  const { inputProcessors, outputProcessors } = turn.agent
  if (inputProcessors.length === 0 && outputProcessors.length === 0) return undefined
  const processing: Processing = { turn, input: turn.input, warnings: [], states: new WeakMap() }
  try {
    const said = runInput(inputProcessors, contextOf(processing, 0), {
      messages: turn.input,
      history: turn.history,
    })
    return { ...processing, input: await collect(said, processing.warnings) }
  } catch (error) {
    yield* stopBy(error)
    throw error
  }
}

/**
 * A step through the processors: what the model is shown, each part that it says, the step, and the whole answer if
 * it is the last. One that a processor wants again is tried again, the model being told why.
 */
export async function* runProcessedStep(
  processing: Processing,
  plain: StepInput,
): AsyncGenerator<TurnEvent, void> {
  const { turn, input, warnings } = processing
  const { agent, state, history } = turn
  let feedback: Message[] = []
  for (let retryCount = 0; ; retryCount += 1) {
    const context = contextOf(processing, retryCount)
    try {
      const answer = state.message.parts.length > 0 ? [state.message] : []
      const shown = {
        step: plain.step,
        messages: [...history, ...input, ...answer, ...feedback],
        instructions: agent.instructions,
      }
      const messages = await collect(runInputStep(agent.inputProcessors, context, shown), warnings)
      const step = {
        ...plain,
        prompt: toPrompt(agent.instructions, messages),
        output: outputOf(processing, context, plain.step),
      }
      for await (const event of runStepOnModels(step, agent, state.steps.at(-1)?.model)) {
        yield event
        if (event.type === 'step-start') yield* warnings
      }
      warnings.length = 0
      return
    } catch (error) {
      const canRetry = error instanceof TripWire && error.isRetry && retryCount < agent.maxProcessorRetries
      if (!canRetry) {
        yield* stopBy(error)
        throw error
      }
      feedback = toFeedback(error, {
        parts: state.message.parts.slice(state.settled),
        newId: () => `feedback-${retryCount}`,
        now: () => turn.startedAt,
      })
      yield toTripwireEvent(error, true)
    }
  }
}

/**
 * The whole answer of a turn that its conditions ended: it can be stopped, no longer changed.
 *
 * @throws EdgewiseError `tripwire`.
 */
export async function* checkAnswer(processing: Processing): AsyncGenerator<TurnEvent, void> {
  const { agent, state } = processing.turn
  const { message } = state
  try {
    yield* runOutputResult(agent.outputProcessors, contextOf(processing, 0), {
      message,
      settled: message.parts.length,
    })
  } catch (error) {
    yield* stopBy(error)
    throw error
  }
}

function outputOf({ turn }: Processing, context: ProcessorContext, step: number): StepOutput | undefined {
  const { agent, state } = turn
  if (agent.outputProcessors.length === 0) return undefined
  return {
    open: (signal) => {
      const answer = { ...state.message, parts: state.message.parts.slice(0, state.settled) }
      return createOutputStream(agent.outputProcessors, { ...context, signal }, { step, answer })
    },
    close: (hasCalls) => closeStep(turn, context, step, hasCalls),
  }
}

/** What the processors make of a step that was said; a change is said again, as a new try of the step. */
async function* closeStep(
  { agent, state }: TurnInput,
  context: ProcessorContext,
  step: number,
  hasCalls: boolean,
): AsyncGenerator<TurnEvent, void> {
  const { settled } = state
  const [first, ...said] = state.message.parts.slice(settled)
  const message = { ...state.message, parts: said }
  const warnings: Warning[] = []
  let done = await collect(runOutputStep(agent.outputProcessors, context, { step, message }), warnings)
  if (!hasCalls) {
    const head = state.message.parts.slice(0, settled)
    const whole = { ...state.message, parts: [...head, ...done.message.parts] }
    const result = runOutputResult(agent.outputProcessors, context, { message: whole, settled })
    const { message: last, isChanged } = await collect(result, warnings)
    done = { message: { ...last, parts: last.parts.slice(settled) }, isChanged: done.isChanged || isChanged }
  }
  if (done.isChanged && first?.type === 'step-start') {
    yield { type: 'step-start', step, model: first.model ?? '' }
    yield* toStepEvents(done.message)
  }
  yield* warnings
}

function contextOf({ turn, states }: Processing, retryCount: number): ProcessorContext {
  return { runtimeContext: turn.runtimeContext, signal: turn.signal, retryCount, states }
}

/** Says why the turn is stopped, if a processor stopped it. @throws EdgewiseError `tripwire` then. */
async function* stopBy(error: unknown): AsyncGenerator<TurnEvent, void> {
  if (!(error instanceof TripWire)) return
  yield toTripwireEvent(error, false)
  throw new EdgewiseError('tripwire', error.reason, { cause: error })
}

/** Reads a runner to its end: its warnings aside, what it returns. */
async function collect<Result>(
  runner: AsyncGenerator<Warning, Result>,
  warnings: Warning[],
): Promise<Result> {
  for (;;) {
    const next = await runner.next()
    if (next.done) return next.value
    warnings.push(next.value)
  }
}
