import type { Memory } from '../memory/memory.ts'
import type { CacheWish } from '../cache/through.ts'
import type { ModelChoice } from '../models/model.ts'
import type { ModelCacheOptions } from '../models/model-cache.ts'
import type { Processor } from '../processors/processor.ts'
import type { RuntimeContext } from '../protocol/runtime-context.ts'
import type { LogLevel } from '../telemetry/logger.ts'
import type { ToolSet } from '../tools/tool.ts'
import type { DelegationOptions } from './delegation.ts'
import type { AgentScheduleOptions } from './schedule-options.ts'
import type { ModelSettings } from './step.ts'
import type { StopCondition } from './stop.ts'
import type { StructuredOutputOptions } from './structured-output.ts'
import type { Timeouts } from './timeout.ts'

/** A value, or a function that decides it per request. On a thread the context is the committed one. */
export type Dynamic<Value> = Value | ((request: { runtimeContext: RuntimeContext }) => Value | Promise<Value>)

export interface AgentOptions {
  /** How requests name it. Default: made from the name (`Architecture Advisor`: `architecture-advisor`). */
  id?: string
  name: string
  /** What it is for, in lists. */
  description?: string
  /** The system prompt. */
  instructions: Dynamic<string>
  /**
   * Default: what the environment configures, else the offline model. Of a list the first answers; where its tries
   * are used up the next begins the step anew, and stays for the rest of the turn.
   */
  model?: Dynamic<ModelChoice>
  /** By the names that the model calls them by. */
  tools?: Dynamic<ToolSet>
  /**
   * Agents that it may hand tasks to: each is a tool `agent-<key>`, chosen by the agent's description. Their turns are
   * part of this agent's turn, in its log and at its cost.
   */
  agents?: Dynamic<Record<string, AgentDefinition>>
  /** What the agents that it calls, and those that they call, may use in one turn. */
  delegation?: DelegationOptions
  /** What it remembers of a thread. Default: `new Memory()`. */
  memory?: Dynamic<Memory>
  /** How many model steps a turn may take. Default: 20. */
  maxSteps?: number
  /** Ends a turn earlier: asked after each step whose tools have answered. */
  stopWhen?: StopCondition | StopCondition[]
  /** How often a failed try of a model step is repeated when the failure may pass. Default: 2. */
  maxRetries?: number
  /** How many tool calls of one step run at once. Default: 5. */
  toolCallConcurrency?: number
  timeout?: Timeouts
  /** When it is started by itself: one schedule, or several, each with an id. It is carried out where the app runs. */
  schedule?: AgentScheduleOptions | readonly AgentScheduleOptions[]
  /** They look at what goes in: the user's messages, and all that the model is shown in a step. In this order. */
  inputProcessors?: Dynamic<readonly Processor[]>
  /** They look at what comes out: part by part, step by step, and the whole answer. In this order. */
  outputProcessors?: Dynamic<readonly Processor[]>
  /** How often a processor may have a step tried again. Default: 1. */
  maxProcessorRetries?: number
  /** Has its turns told in the log from this level on, whatever the app's is: steps and tool calls, not their words. */
  logger?: { level: LogLevel }
  /**
   * A model step that was asked before, in every word and setting, is answered with what was said then. Default: the
   * model is asked each time.
   */
  cache?: boolean | ModelCacheOptions
  /** Handed to the model as they are: temperature, maxOutputTokens and so on. */
  settings?: ModelSettings
}

export interface RunOptions {
  /** The conversation to continue. Only an agent from `app.getAgent()` has threads. */
  threadId?: string
  /** Who owns the thread. Default: `default`. */
  resourceId?: string
  runtimeContext?: RuntimeContext
  /** Stops the turn. On a thread it only ends the listening: stop the turn with `threads.stop`. */
  abortSignal?: AbortSignal
  maxSteps?: number
  /** `false`: no answer of a cache, of models and of tools; `refresh`: none, but the new ones are kept. */
  cache?: CacheWish
  /** Asks for an answer that fits a schema; the result then holds it as `object`. */
  structuredOutput?: StructuredOutputOptions
}

/** What one request asks for besides. */
export interface RunOverrides {
  maxSteps?: number | undefined
  structuredOutput?: StructuredOutputOptions | undefined
}

/** A call that waits, by its run; without the call's id the run's only one is meant. */
export interface WaitingCall {
  runId: string
  toolCallId?: string
  /** Secrets of the runtime context that the turn may have lost meanwhile. */
  runtimeContext?: RuntimeContext
}

/** An agent as those see it who run it. */
export interface AgentDefinition {
  readonly id: string
  readonly options: Readonly<AgentOptions>
}
