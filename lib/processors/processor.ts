import type { TurnEvent } from '../protocol/event.ts'
import type { Message } from '../protocol/message.ts'
import type { RuntimeContext } from '../protocol/runtime-context.ts'
import type { AbortOptions } from './tripwire.ts'

/**
 * What may look at a turn's words on their way in and out, change them, or stop the turn.
 *
 * **Contract** of every hook: it may throw only through `abort`; anything else that it throws fails the turn, under the
 * processor's name. It may run again for the same words: a step that is tried again, after a fault, a crash or a
 * tripwire, runs its hooks again, and a turn taken up after a crash runs `processInput` again with an empty `state`.
 * When `signal` aborts nobody waits for it any more. What it is given is not its own to change: it returns something
 * new, or nothing to leave all as it is.
 */
export interface Processor {
  /** Names it in tripwires, warnings and errors. */
  readonly id: string

  /**
   * What the turn is asked, before anything else happens.
   *
   * **Contract:** runs once for each life of the turn. Returns the messages to go on with, instead of those given.
   */
  processInput?(options: InputOptions): Changed<Message[]>

  /**
   * All that the model is about to be shown, before each step: the history, the question, the answer so far.
   *
   * **Contract:** runs at the start of each step, once for all its tries that only a fault of the model made necessary;
   * again when a tripwire asked for another. What it returns is shown to the model in this step alone and stored
   * nowhere, so it begins with the full messages again at the next step.
   */
  processInputStep?(options: InputStepOptions): Changed<Message[]>

  /**
   * One part of what the model says, before it is written down and before anybody hears of it.
   *
   * **Contract:** parts come one by one and in order, and no second call begins before the first has ended. Returns
   * the part to go on with, several, or none (`null` or an empty list); nothing (`undefined`) leaves it. The ends of
   * deltas are arbitrary: a word may straddle them. Text may be held back (in `stepState`) and given with a later
   * part of its block. Every block begins with its start and ends with its end, whatever the model does, so what is
   * held back is due at `text-end` or `reasoning-end`. A try that is cut off leaves no end: its `stepState` is gone.
   */
  processOutputStream?(options: OutputStreamOptions): StreamAnswer | Promise<StreamAnswer>

  /**
   * What the model said in one step, before the step is written down and before its tools run.
   *
   * **Contract:** runs once for each try that came to its end. A changed message replaces the step: those who heard
   * the first wording are told to drop it. Change words here only if they cannot be changed while they stream.
   */
  processOutputStep?(options: OutputStepOptions): Changed<Message>

  /**
   * The whole answer, before it is final.
   *
   * **Contract:** runs once at the end of a turn that came to its own end; again if its last step is tried again.
   * Returns the answer to go on with. Only its last step can still be changed: what a step said before tools ran is
   * on disk, and a change to that is dropped with a warning.
   */
  processOutputResult?(options: OutputResultOptions): Changed<Message>
}

export type Changed<Value> = Value | undefined | void | Promise<Value | undefined | void>

/** What every hook is given. */
export interface HookOptions {
  runtimeContext: RuntimeContext
  /** How often a tripwire has already had this step tried again. */
  retryCount: number
  /** The processor's own for the turn, shared by its hooks. Lives in memory: it is empty again after a crash. */
  state: Record<string, unknown>
  signal: AbortSignal
  /** Stops the turn, or with `retry` has the step tried again. It never returns. */
  abort: (reason: string, options?: AbortOptions) => never
  /** Says an event `warning`; the code in snake_case, the message without the words that it is about. */
  warn: (code: string, message: string) => void
}

export interface InputOptions extends HookOptions {
  /** What the turn is asked. */
  messages: readonly Message[]
  /** The conversation before it, oldest first. */
  history: readonly Message[]
}

export interface InputStepOptions extends HookOptions {
  /** The number of the step in its turn, from 0. */
  step: number
  messages: readonly Message[]
  /** The system prompt, which stands before the messages. */
  instructions: string
}

export interface OutputStreamOptions extends HookOptions {
  step: number
  part: StreamPart
  /** The processor's own for this try of the step: what it holds back belongs here. */
  stepState: Record<string, unknown>
  /** The answer as far as it is settled: the steps before this one, with the results of their tools. */
  answer: Message
}

export interface OutputStepOptions extends HookOptions {
  step: number
  /** What this step said, and nothing of those before it. */
  message: Message
}

export interface OutputResultOptions extends HookOptions {
  /** The whole answer. */
  message: Message
}

/** What a model says in a stream. The edges of turns and steps are the loop's own, and no processor sees them. */
export type StreamPart = Extract<
  TurnEvent,
  {
    type:
      | 'text-start'
      | 'text-delta'
      | 'text-end'
      | 'reasoning-start'
      | 'reasoning-delta'
      | 'reasoning-end'
      | 'tool-input-start'
      | 'tool-input-delta'
      | 'tool-input-end'
      | 'tool-call'
      | 'tool-result'
      | 'tool-error'
      | 'file'
      | 'source'
      | 'warning'
  }
>

export type StreamAnswer = StreamPart | readonly StreamPart[] | null | undefined | void
