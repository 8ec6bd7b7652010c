import type { CacheWish } from '../cache/through.ts'
import type { TurnState } from '../log/fold.ts'
import type { ModelCacheOptions } from '../models/model-cache.ts'
import type { Message } from '../protocol/message.ts'
import type { RunTrigger } from '../protocol/run-trigger.ts'
import type { RuntimeContext } from '../protocol/runtime-context.ts'
import type { Processor } from '../processors/processor.ts'
import type { ToolRuntime } from '../tools/tool-runtime.ts'
import type { ToolSet } from '../tools/tool.ts'
import type { DelegationBudget, DelegationOptions } from './delegation.ts'
import type { ResolvedModels } from './fallback.ts'
import type { ModelSettings } from './step.ts'
import type { StopCondition } from './stop.ts'
import type { StructuredOutputOptions } from './structured-output.ts'
import type { Timeouts } from './timeout.ts'

/** An agent with all that depended on the request decided. */
export interface ResolvedAgent extends ResolvedModels {
  id: string
  instructions: string
  tools: ToolSet
  settings: ModelSettings
  inputProcessors: readonly Processor[]
  outputProcessors: readonly Processor[]
  maxProcessorRetries: number
  maxSteps: number
  /** The answer is to fit a schema. */
  structuredOutput?: StructuredOutputOptions
  stopWhen: readonly StopCondition[]
  toolCallConcurrency: number
  delegation?: DelegationOptions
  /** Its answers may be given again. */
  cache?: ModelCacheOptions
  /** What the request asks of caches, those of its sub-agents and tools included. */
  cacheWish?: CacheWish
  timeouts: Required<Timeouts>
}

/** What the turn of a sub-agent has of the turns above it. */
export interface Nesting {
  /** How many turns are above it. */
  depth: number
  budget: DelegationBudget
  /** Begins the idempotency keys of its calls. */
  key: string
}

export interface TurnInput {
  agent: ResolvedAgent
  runId: string
  threadId?: string
  resourceId?: string
  /** What has started it by itself. */
  trigger?: RunTrigger
  /** What its tools reach of the app. Default: nothing. */
  runtime?: ToolRuntime | undefined
  runtimeContext: RuntimeContext
  /** The conversation before this turn, oldest first. */
  history: readonly Message[]
  /** What this turn answers. */
  input: readonly Message[]
  /**
   * The turn so far: {@link startTurn} for a new one, the fold of its log for one that is taken up again. The loop
   * applies its events to it.
   */
  state: TurnState
  /** When the turn started, or went on after a suspension, in milliseconds since 1970: its time runs from here. */
  startedAt: number
  /** A crash cut an earlier life of the turn off. */
  isRecovered: boolean
  /** Aborting it stops the turn: the last event then says `aborted`. */
  signal: AbortSignal
  /** Absent in a turn that no agent called. */
  nesting?: Nesting
}
