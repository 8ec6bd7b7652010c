import type { TurnMessages } from '../formats/input.ts'
import { checkTtl } from '../cache/cache.ts'
import type { Memory } from '../memory/memory.ts'
import type { JsonValue } from '../protocol/json.ts'
import type { ToolAnswer } from '../protocol/message.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import type { AgentDefinition, AgentOptions, RunOptions, WaitingCall } from './agent-options.ts'
import type { AgentStream } from './agent-stream.ts'
import type { AgentTool, AgentToolOptions } from './agent-tool.ts'
import { checkNames, createAgentTool } from './agent-tool.ts'
import { checkDelegation } from './delegation.ts'
import { checkModels } from './fallback.ts'
import { plainMemory, resolveMemory } from './resolve-memory.ts'
import type { AgentResult } from './result.ts'
import type { DeclaredAgentSchedule } from './schedule-options.ts'
import { declareAgentSchedules } from './schedule-options.ts'
import { checkTimeouts } from './timeout.ts'
import { answerUnbound, runUnbound } from './unbound.ts'

/** Runs an agent's turns. */
export interface AgentRunner {
  run(agent: AgentDefinition, messages: TurnMessages, options: RunOptions): AgentStream
  /** Answers a call that waits; the stream is that of the turn as it goes on. */
  answer(call: WaitingCall, answer: ToolAnswer | undefined): AgentStream
  /** The memory on what the runtime gives. */
  memory?(memory: Memory): Memory
}

/**
 * An agent's definition: plain data that registers nowhere and holds no container. On its own it runs without
 * threads; from `app.getAgent(id)` it is bound to the runtime.
 */
export class Agent implements AgentDefinition {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly options: Readonly<AgentOptions>
  readonly schedules: readonly DeclaredAgentSchedule[]
  readonly #runner: AgentRunner

  /** @throws TypeError or RangeError if an option cannot be right. */
  constructor(
    options: AgentOptions,
    runner: AgentRunner = { run: runUnbound, answer: answerUnbound },
    schedules?: readonly DeclaredAgentSchedule[],
  ) {
    const { name, id = toId(name), description = '' } = options
    if (!name) throw new TypeError('Cannot create an agent: it has no name')
    if (!/^[\w.-]{1,128}$/.test(id)) {
      throw new TypeError(
        `Cannot create agent "${name}": its id "${id}" must be letters, digits, ".", "_" or "-"`,
      )
    }
    checkCount(options, 'maxSteps', 1)
    checkCount(options, 'maxRetries', 0)
    checkCount(options, 'maxProcessorRetries', 0)
    checkCount(options, 'toolCallConcurrency', 1)
    checkTimeouts(name, options.timeout)
    checkDelegation(name, options.delegation)
    checkAgents(options)
    if (typeof options.cache === 'object') checkTtl(options.cache.ttlMs ?? 1)
    if (options.model && typeof options.model !== 'function') checkModels(options.model)
    this.id = id
    this.name = name
    this.description = description
    this.options = options
    this.schedules = schedules ?? declareAgentSchedules(id, options.schedule)
    this.#runner = runner
  }

  /**
   * What it remembers. Only that of an agent from `app.getAgent()` knows where facts are kept.
   *
   * @throws TypeError if it is a function of the request: then it is for {@link getMemory}.
   */
  get memory(): Memory {
    const memory = plainMemory(this)
    if (memory) return this.#bound(memory)
    throw new TypeError(
      `Cannot tell the memory of agent "${this.id}": it depends on the request, ask getMemory({ runtimeContext })`,
    )
  }

  /** What it remembers for a request. */
  async getMemory({
    runtimeContext = new RuntimeContext(),
  }: Pick<RunOptions, 'runtimeContext'> = {}): Promise<Memory> {
    return this.#bound(await resolveMemory(this, runtimeContext))
  }

  /** The same agent, run by another runner. */
  bind(runner: AgentRunner): Agent {
    return new Agent(this.options, runner, this.schedules)
  }

  /** Starts a turn and gives its events as they come. */
  stream(messages: TurnMessages, options: RunOptions = {}): AgentStream {
    return this.#runner.run(this, messages, options)
  }

  /** Approves a call that waits for it, and goes on. @throws EdgewiseError `already_answered` and the like, in the stream. */
  approveToolCall(call: WaitingCall): AgentStream {
    return this.#runner.answer(call, { type: 'approve' })
  }

  /** Declines a call that waits for approval: the model is told, with the reason. */
  declineToolCall({ reason, ...call }: WaitingCall & { reason?: string }): AgentStream {
    return this.#runner.answer(call, reason === undefined ? { type: 'decline' } : { type: 'decline', reason })
  }

  /**
   * Goes on with a tool that suspended. The data must fit its `resumeSchema`. Without data only the runtime context is
   * given, to a turn that waits for a secret of it.
   */
  resumeStream(data: JsonValue | undefined, call: WaitingCall): AgentStream {
    return this.#runner.answer(call, data === undefined ? undefined : { type: 'resume', data })
  }

  /** The agent as a tool of another: a name and a description of your own, approval, an answer that fits a schema. */
  asTool(options: AgentToolOptions = {}): AgentTool {
    return createAgentTool(this, options)
  }

  /** Runs a turn to its end, or until it waits for somebody (`suspended` then says for what). @throws EdgewiseError if the turn failed. */
  async generate(messages: TurnMessages, options: RunOptions = {}): Promise<AgentResult> {
    return this.stream(messages, options).result()
  }

  #bound(memory: Memory): Memory {
    return this.#runner.memory?.(memory) ?? memory
  }
}

function toId(name = ''): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}

function checkAgents({ name, tools = {}, agents = {} }: AgentOptions): void {
  if (typeof tools === 'function' || typeof agents === 'function') return
  try {
    checkNames(tools, agents)
  } catch (error) {
    throw new TypeError(`Cannot create agent "${name}": ${(error as Error).message}`, { cause: error })
  }
}

function checkCount(
  options: AgentOptions,
  key: 'maxSteps' | 'maxRetries' | 'maxProcessorRetries' | 'toolCallConcurrency',
  least: number,
): void {
  const value = options[key]
  if (value === undefined || (Number.isInteger(value) && value >= least)) return
  throw new RangeError(
    `Cannot create agent "${options.name}": ${key} is ${value}, it must be a whole number from ${least}`,
  )
}
