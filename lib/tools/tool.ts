import type { JsonValue } from '../protocol/json.ts'
import type { RunTrigger } from '../protocol/run-trigger.ts'
import type { RuntimeContext } from '../protocol/runtime-context.ts'
import type { InferInput, InferOutput, Schema } from '../schema/schema.ts'
import { MAX_TIMER_MS, isTimerMs } from '../streams/wait.ts'
import type { ToolRuntime } from './tool-runtime.ts'
import type { ToolCacheOptions } from './tool-cache.ts'
import { checkToolCache } from './tool-cache.ts'

/**
 * What a tool may count on after a crash that cut its call off.
 * - `retry`: it is called again, with the same `idempotencyKey`.
 * - `reconcile`: its `reconcile` is asked what happened.
 * - `once` (the default): it is never called again silently; the model reads that its outcome is unknown.
 */
export type ToolEffect = 'retry' | 'reconcile' | 'once'

export interface ToolContext<Payload = unknown, Resume = unknown> {
  /** Aborts when the turn is stopped or the tool's time is up. A tool that goes on regardless is no longer waited for. */
  abortSignal: AbortSignal
  runtimeContext: RuntimeContext
  runId: string
  toolCallId: string
  /** The same for every try of this call, in this life of the run and after a crash: hand it to what you call. */
  idempotencyKey: string
  threadId?: string
  resourceId?: string
  /** Which schedule the run is of, and for which time; absent if somebody asked for it. */
  trigger?: RunTrigger
  /** What the app has. */
  runtime: ToolRuntime
  /** Says how far the work has come. Followers hear it at once; it is not kept in the message. */
  writer: { write(data: JsonValue): void }
  /**
   * Ends the call until somebody answers, however long that takes: then it is made again, with `resumeData`. It
   * throws, so that nothing after it runs; what a tool that catches it returns is not taken.
   */
  suspend(payload: Payload): Promise<never>
  /** What somebody answered to `suspend`; it fits `resumeSchema`. Absent in the first call. */
  resumeData?: Resume
  /** What the call had suspended with, beside `resumeData`. */
  suspendData?: Payload
}

/** What a call is made with: without a runtime, of a bare definition, it reaches nothing of an app. */
export type CallContext = Omit<ToolContext, 'suspend' | 'runtime'> & { runtime?: ToolRuntime | undefined }

/** What became of a call that a crash cut off. `not-done`: it did not happen, and is made now. */
export type Reconciled<Output> =
  | { status: 'done'; output: Output }
  | { status: 'not-done' }
  | { status: 'unknown' }

export interface ToolOptions<
  Input extends Schema,
  Output extends Schema,
  Payload extends Schema,
  Resume extends Schema,
> {
  /** The name that logs and lists show. The model calls the tool by its key in the agent's `tools`. */
  id: string
  /** What it does and when to use it: models choose by it. */
  description: string
  /** Default: an object without properties. */
  inputSchema?: Input
  /** If given, an answer that does not fit becomes an error that the model reads. */
  outputSchema?: Output
  /** What `suspend` is given. */
  suspendSchema?: Payload
  /** What resumes it; an answer that does not fit is refused. */
  resumeSchema?: Resume
  /**
   * **Contract:** called once a call, with input that fits `inputSchema`. What it returns must be JSON (dates become
   * text). What it throws becomes a result that the model can read; the message reaches the model and the client.
   * Without it the tool runs at the client: the turn waits for its answer.
   */
  execute?: (
    input: InferOutput<Input>,
    context: ToolContext<InferInput<Payload>, InferOutput<Resume>>,
  ) => Promise<InferInput<Output>> | InferInput<Output>
  /** Whether a person must approve the call before it is made. */
  requireApproval?:
    | boolean
    | ((input: InferOutput<Input>, context: ApprovalContext) => boolean | Promise<boolean>)
  effect?: ToolEffect
  /** **Contract:** for `effect: 'reconcile'`. May run twice. What it throws leaves the outcome unknown. */
  reconcile?: (
    input: InferOutput<Input>,
    context: ToolContext<InferInput<Payload>, InferOutput<Resume>>,
  ) => Promise<Reconciled<InferInput<Output>>> | Reconciled<InferInput<Output>>
  /** It only reads, so it may be called again: `effect: 'retry'`. */
  readOnly?: boolean
  /** Milliseconds one call may take. Default: the agent's `timeout.toolMs`. */
  timeoutMs?: number
  /**
   * Within a turn a call with the same input is answered with the result that is known. For tools that only read.
   * Default: each call is made. What fails or suspends is never kept; approval comes first.
   */
  cache?: ToolCacheOptions<InferOutput<Input>>
}

/** What a decision about approval may look at. */
export type ApprovalContext = Pick<ToolContext, 'runtimeContext' | 'toolCallId'>

export interface Tool<Input extends Schema = Schema, Output extends Schema = Schema> {
  readonly id: string
  readonly description: string
  readonly inputSchema: Input | undefined
  readonly outputSchema: Output | undefined
  readonly suspendSchema: Schema | undefined
  readonly resumeSchema: Schema | undefined
  readonly effect: ToolEffect
  readonly readOnly: boolean
  readonly timeoutMs: number | undefined
  readonly cache: ToolCacheOptions<never> | undefined
  /** These take input that was parsed by `inputSchema`. */
  readonly execute: ((input: never, context: ToolContext<never, never>) => unknown) | undefined
  readonly reconcile: ((input: never, context: ToolContext<never, never>) => unknown) | undefined
  readonly requireApproval: boolean | ((input: never, context: ApprovalContext) => boolean | Promise<boolean>)
}

/**
 * Defines a tool. The definition is plain data: it registers nowhere.
 *
 * @throws TypeError if it has no id or no description, or if what it says of its effect contradicts itself;
 *   RangeError if no timer can be set for its `timeoutMs`, or nothing can be kept for its `cache.ttlMs`.
 */
export function createTool<
  Input extends Schema = Schema,
  Output extends Schema = Schema,
  Payload extends Schema = Schema,
  Resume extends Schema = Schema,
>(options: ToolOptions<Input, Output, Payload, Resume>): Tool<Input, Output> {
  const { id, description, inputSchema, outputSchema, suspendSchema, resumeSchema } = options
  const { execute, reconcile, readOnly = false, requireApproval = false, timeoutMs } = options
  if (!id) throw new TypeError('Cannot create a tool: it has no id')
  if (!description)
    throw new TypeError(`Cannot create tool "${id}": it has no description, models choose by it`)
  if (timeoutMs !== undefined && !isTimerMs(timeoutMs)) {
    throw new RangeError(
      `Cannot create tool "${id}": timeoutMs is ${timeoutMs}, it must be from 1 to ${MAX_TIMER_MS}`,
    )
  }
  const effect = effectOf(options)
  checkToolCache({ id, effect, execute, cache: options.cache })
  return {
    id,
    description,
    inputSchema,
    outputSchema,
    suspendSchema,
    resumeSchema,
    effect,
    readOnly,
    timeoutMs,
    cache: options.cache,
    execute,
    reconcile,
    requireApproval,
  }
}

interface EffectOptions {
  id: string
  effect?: ToolEffect
  readOnly?: boolean
  reconcile?: unknown
}

function effectOf({ id, effect, readOnly, reconcile }: EffectOptions): ToolEffect {
  if (readOnly && effect !== undefined && effect !== 'retry') {
    throw new TypeError(`Cannot create tool "${id}": readOnly means effect 'retry', not '${effect}'`)
  }
  if ((effect === 'reconcile') !== (reconcile !== undefined)) {
    throw new TypeError(`Cannot create tool "${id}": effect 'reconcile' and a reconcile function go together`)
  }
  return readOnly ? 'retry' : (effect ?? 'once')
}

/** Tools by the name that the model calls them by. */
export type ToolSet = Record<string, Tool>
