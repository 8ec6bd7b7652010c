import type { TurnMessages } from '../formats/input.ts'
import type { Memory } from '../memory/memory.ts'
import type { ModelSpec, ResolveModel } from '../models/model.ts'
import type { RuntimeContext } from '../protocol/runtime-context.ts'
import type { ToolSet } from '../tools/tool.ts'
import type { AgentStream } from './agent-stream.ts'
import type { AgentResult } from './result.ts'
import type { ResolvedAgent } from './loop.ts'
import type { ModelSettings } from './step.ts'
import type { StopCondition } from './stop.ts'
import type { Timeouts } from './timeout.ts'
import { DEFAULT_TIMEOUTS } from './timeout.ts'
import { runUnbound } from './unbound.ts'

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
  /** Default: what the environment configures, else the offline model. */
  model?: Dynamic<ModelSpec>
  /** By the names that the model calls them by. */
  tools?: Dynamic<ToolSet>
  /** What it remembers of a thread. Default: `new Memory()`. */
  memory?: Memory
  /** How many model steps a turn may take. Default: 20. */
  maxSteps?: number
  /** Ends a turn earlier: asked after each step whose tools have answered. */
  stopWhen?: StopCondition | StopCondition[]
  /** How often a failed try of a model step is repeated when the failure may pass. Default: 2. */
  maxRetries?: number
  /** How many tool calls of one step run at once. Default: 5. */
  toolCallConcurrency?: number
  timeout?: Timeouts
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
}

/** Runs an agent's turns. */
export interface AgentRunner {
  run(agent: Agent, messages: TurnMessages, options: RunOptions): AgentStream
}

const DEFAULTS = { maxSteps: 20, maxRetries: 2, toolCallConcurrency: 5 }

/**
 * An agent's definition: plain data that registers nowhere and holds no container. On its own it runs without
 * threads; from `app.getAgent(id)` it is bound to the runtime.
 */
export class Agent {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly options: Readonly<AgentOptions>
  readonly #runner: AgentRunner

  /** @throws TypeError or RangeError if an option cannot be right. */
  constructor(options: AgentOptions, runner: AgentRunner = { run: runUnbound }) {
    const { name, id = toId(name), description = '' } = options
    if (!name) throw new TypeError('Cannot create an agent: it has no name')
    if (!/^[\w.-]{1,128}$/.test(id)) {
      throw new TypeError(
        `Cannot create agent "${name}": its id "${id}" must be letters, digits, ".", "_" or "-"`,
      )
    }
    checkCount(options, 'maxSteps', 1)
    checkCount(options, 'maxRetries', 0)
    checkCount(options, 'toolCallConcurrency', 1)
    this.id = id
    this.name = name
    this.description = description
    this.options = options
    this.#runner = runner
  }

  /** The same agent, run by another runner. */
  bind(runner: AgentRunner): Agent {
    return new Agent(this.options, runner)
  }

  /** Starts a turn and gives its events as they come. */
  stream(messages: TurnMessages, options: RunOptions = {}): AgentStream {
    return this.#runner.run(this, messages, options)
  }

  /** Runs a turn to its end. @throws EdgewiseError if the turn failed. */
  generate(messages: TurnMessages, options: RunOptions = {}): Promise<AgentResult> {
    return this.stream(messages, options).result()
  }
}

/** Decides all that depends on the request. */
export async function resolveAgent(
  agent: Agent,
  runtimeContext: RuntimeContext,
  resolveModel: ResolveModel,
  overrides: { maxSteps?: number | undefined } = {},
): Promise<ResolvedAgent> {
  const { options, id } = agent
  const { stopWhen = [], settings = {}, timeout = {} } = options
  const [instructions, model, tools] = await Promise.all([
    resolve(options.instructions, runtimeContext),
    resolve(options.model, runtimeContext),
    resolve(options.tools, runtimeContext),
  ])
  return {
    id,
    instructions,
    model: resolveModel(model),
    tools: tools ?? NO_TOOLS,
    settings,
    maxSteps: overrides.maxSteps ?? options.maxSteps ?? DEFAULTS.maxSteps,
    stopWhen: Array.isArray(stopWhen) ? stopWhen : [stopWhen],
    maxRetries: options.maxRetries ?? DEFAULTS.maxRetries,
    toolCallConcurrency: options.toolCallConcurrency ?? DEFAULTS.toolCallConcurrency,
    timeouts: {
      ...DEFAULT_TIMEOUTS,
      ...timeout,
    },
  }
}

const NO_TOOLS: ToolSet = {}

function resolve<Value>(value: Dynamic<Value>, runtimeContext: RuntimeContext): Value | Promise<Value> {
  // No value that can be meant here is itself a function.
  return typeof value === 'function'
    ? (value as (request: { runtimeContext: RuntimeContext }) => Value | Promise<Value>)({ runtimeContext })
    : value
}

function toId(name = ''): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}

function checkCount(
  options: AgentOptions,
  key: 'maxSteps' | 'maxRetries' | 'toolCallConcurrency',
  least: number,
): void {
  const value = options[key]
  if (value === undefined || (Number.isInteger(value) && value >= least)) return
  throw new RangeError(
    `Cannot create agent "${options.name}": ${key} is ${value}, it must be a whole number from ${least}`,
  )
}
