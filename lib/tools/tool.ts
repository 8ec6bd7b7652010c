import type { JsonValue } from '../protocol/json.ts'
import type { RuntimeContext } from '../protocol/runtime-context.ts'
import type { InferInput, InferOutput, Schema } from '../schema/schema.ts'
import { MAX_TIMER_MS, isTimerMs } from '../streams/wait.ts'

/**
 * What a tool may count on after a crash that cut its call off.
 * - `retry`: it is called again, with the same `idempotencyKey`.
 * - `once` (the default): it is never called again silently; the model reads that its outcome is unknown.
 */
export type ToolEffect = 'retry' | 'once'

export interface ToolContext {
  /** Aborts when the turn is stopped or the tool's time is up. A tool that goes on regardless is no longer waited for. */
  abortSignal: AbortSignal
  runtimeContext: RuntimeContext
  runId: string
  toolCallId: string
  /** The same for every try of this call, in this life of the run and after a crash: hand it to what you call. */
  idempotencyKey: string
  threadId?: string
  resourceId?: string
  /** Says how far the work has come. Followers hear it at once; it is not kept in the message. */
  writer: { write(data: JsonValue): void }
}

export interface ToolOptions<Input extends Schema, Output extends Schema> {
  /** The name that logs and lists show. The model calls the tool by its key in the agent's `tools`. */
  id: string
  /** What it does and when to use it: models choose by it. */
  description: string
  /** Default: an object without properties. */
  inputSchema?: Input
  /** If given, an answer that does not fit becomes an error that the model reads. */
  outputSchema?: Output
  /**
   * **Contract:** called once a call, with input that fits `inputSchema`. What it returns must be JSON (dates become
   * text). What it throws becomes a result that the model can read; the message reaches the model and the client.
   */
  execute: (
    input: InferOutput<Input>,
    context: ToolContext,
  ) => Promise<InferInput<Output>> | InferInput<Output>
  effect?: ToolEffect
  /** It only reads, so it may be called again: `effect: 'retry'`. */
  readOnly?: boolean
  /** Milliseconds one call may take. Default: the agent's `timeout.toolMs`. */
  timeoutMs?: number
}

export interface Tool<Input extends Schema = Schema, Output extends Schema = Schema> {
  readonly id: string
  readonly description: string
  readonly inputSchema: Input | undefined
  readonly outputSchema: Output | undefined
  readonly effect: ToolEffect
  readonly readOnly: boolean
  readonly timeoutMs: number | undefined
  /** Takes input that was parsed by `inputSchema`. */
  readonly execute: (input: never, context: ToolContext) => unknown
}

/**
 * Defines a tool. The definition is plain data: it registers nowhere.
 *
 * @throws TypeError if it has no id or no description, or if it is `readOnly` and yet `effect: 'once'`; RangeError if
 *   no timer can be set for its `timeoutMs`.
 */
export function createTool<Input extends Schema = Schema, Output extends Schema = Schema>(
  options: ToolOptions<Input, Output>,
): Tool<Input, Output> {
  const { id, description, inputSchema, outputSchema, execute, readOnly = false, timeoutMs } = options
  if (!id) throw new TypeError('Cannot create a tool: it has no id')
  if (!description)
    throw new TypeError(`Cannot create tool "${id}": it has no description, models choose by it`)
  if (readOnly && options.effect === 'once') {
    throw new TypeError(`Cannot create tool "${id}": readOnly means effect 'retry', not 'once'`)
  }
  if (timeoutMs !== undefined && !isTimerMs(timeoutMs)) {
    throw new RangeError(
      `Cannot create tool "${id}": timeoutMs is ${timeoutMs}, it must be from 1 to ${MAX_TIMER_MS}`,
    )
  }
  const effect = readOnly ? 'retry' : (options.effect ?? 'once')
  return { id, description, inputSchema, outputSchema, execute, effect, readOnly, timeoutMs }
}

/** Tools by the name that the model calls them by. */
export type ToolSet = Record<string, Tool>
