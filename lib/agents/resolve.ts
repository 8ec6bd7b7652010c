import type { ResolveModel } from '../models/model.ts'
import type { RuntimeContext } from '../protocol/runtime-context.ts'
import type { ToolSet } from '../tools/tool.ts'
import type { AgentDefinition, AgentOptions, Dynamic, RunOverrides } from './agent-options.ts'
import { withAgentTools } from './agent-tool.ts'
import { resolveModels } from './fallback.ts'
import type { ResolvedAgent } from './turn-input.ts'
import { toOutputInstructions } from './structured-output.ts'
import { DEFAULT_TIMEOUTS } from './timeout.ts'
import type { TurnOverrides } from './turn-overrides.ts'
import { overrideInstructions, overrideTools } from './turn-overrides.ts'

const DEFAULTS = { maxSteps: 20, maxRetries: 2, toolCallConcurrency: 5, maxProcessorRetries: 1 }

/** Decides all that depends on the request. */
export async function resolveAgent(
  { id, options }: AgentDefinition,
  runtimeContext: RuntimeContext,
  resolveModel: ResolveModel,
  { maxSteps, structuredOutput, overrides }: RunOverrides & { overrides?: TurnOverrides | undefined } = {},
): Promise<ResolvedAgent> {
  const { stopWhen = [], settings = {}, timeout = {}, cache = false } = options
  const [instructions, model, tools, inputProcessors, outputProcessors] = await Promise.all([
    resolve(options.instructions, runtimeContext),
    resolve(options.model, runtimeContext),
    resolveTools(options, runtimeContext),
    resolve(options.inputProcessors, runtimeContext),
    resolve(options.outputProcessors, runtimeContext),
  ])
  return {
    id,
    instructions: [
      overrideInstructions(instructions, overrides),
      structuredOutput ? toOutputInstructions(structuredOutput) : '',
    ]
      .filter((text) => text !== '')
      .join('\n\n'),
    ...resolveModels(model, resolveModel, options.maxRetries ?? DEFAULTS.maxRetries),
    tools: overrideTools(tools, overrides),
    inputProcessors: inputProcessors ?? [],
    outputProcessors: outputProcessors ?? [],
    maxProcessorRetries: options.maxProcessorRetries ?? DEFAULTS.maxProcessorRetries,
    settings: overrides?.settings ? { ...settings, ...overrides.settings } : settings,
    maxSteps: maxSteps ?? options.maxSteps ?? DEFAULTS.maxSteps,
    stopWhen: Array.isArray(stopWhen) ? stopWhen : [stopWhen],
    toolCallConcurrency: options.toolCallConcurrency ?? DEFAULTS.toolCallConcurrency,
    timeouts: {
      ...DEFAULT_TIMEOUTS,
      ...timeout,
    },
    ...(structuredOutput && { structuredOutput }),
    ...(options.delegation && { delegation: options.delegation }),
    ...(cache !== false && { cache: cache === true ? {} : cache }),
    ...(overrides?.cache !== undefined && { cacheWish: overrides.cache }),
  }
}

const NO_TOOLS: ToolSet = {}

/** All that the agent can call: its tools, and a tool for each of its agents. */
export async function resolveTools(
  options: Pick<AgentOptions, 'tools' | 'agents'>,
  runtimeContext: RuntimeContext,
): Promise<ToolSet> {
  const [tools = NO_TOOLS, agents] = await Promise.all([
    resolve(options.tools, runtimeContext),
    resolve(options.agents, runtimeContext),
  ])
  return agents ? withAgentTools(tools, agents) : tools
}

/** A value, or what its function makes of the request. */
export function resolve<Value>(
  value: Dynamic<Value>,
  runtimeContext: RuntimeContext,
): Value | Promise<Value> {
  // No value that can be meant here is itself a function.
  return typeof value === 'function'
    ? (value as (request: { runtimeContext: RuntimeContext }) => Value | Promise<Value>)({ runtimeContext })
    : value
}
