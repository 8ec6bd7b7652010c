import * as z from 'zod'
import { createTool } from '../tools/tool.ts'
import type { Tool, ToolOptions, ToolSet } from '../tools/tool.ts'
import type { AgentDefinition, RunOverrides } from './agent-options.ts'
import type { StructuredOutputOptions } from './structured-output.ts'

const TASK = z.object({
  prompt: z
    .string()
    .min(1)
    .describe('The task, with all that is needed to do it: nothing else is known there'),
})

export type AgentTask = z.infer<typeof TASK>

export interface AgentToolOptions {
  /** What models choose by. Default: the agent's own description. */
  description?: string
  /** Whether a person must approve the call before the agent is asked. */
  requireApproval?: NonNullable<ToolOptions<typeof TASK, never, never, never>['requireApproval']>
  /** Milliseconds that the agent may take. Default: the agent's own `timeout.totalMs`. */
  timeoutMs?: number
  /** How many model steps it may take. Default: the agent's own. */
  maxSteps?: number
  /** Asks the agent for an answer that fits a schema: that object is then the call's result. */
  structuredOutput?: StructuredOutputOptions
}

/**
 * A tool that hands a task to an agent and gives `{ text }`, or the object that was asked for. The agent's turn is part
 * of the turn that calls it: it stands in its log, goes on after a crash where it was, and what it waits for is asked
 * of whoever waits for the whole.
 */
export interface AgentTool extends Tool {
  readonly agent: AgentDefinition
  readonly overrides: RunOverrides
}

export function isAgentTool(tool: Tool): tool is AgentTool {
  return 'agent' in tool
}

export function createAgentTool(agent: AgentDefinition, options: AgentToolOptions = {}): AgentTool {
  const { description = agent.options.description, requireApproval, timeoutMs } = options
  const { maxSteps, structuredOutput } = options
  if (maxSteps !== undefined && !(Number.isInteger(maxSteps) && maxSteps >= 1)) {
    throw new RangeError(
      `Cannot make a tool of agent "${agent.id}": maxSteps is ${maxSteps}, it must be a whole number from 1`,
    )
  }
  const tool = createTool({
    id: `agent-${agent.id}`,
    description: description || `Hands a task to the agent "${agent.options.name}" and gives its answer`,
    inputSchema: TASK,
    // What it has done is in the log: a call that was cut off goes on from there.
    effect: 'retry',
    ...(requireApproval !== undefined && { requireApproval }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    execute: () => {
      throw new Error(`The tool runs in the turn of an agent only: ask agent "${agent.id}" itself`)
    },
  })
  return { ...tool, agent, overrides: { maxSteps, structuredOutput } }
}

const merged = new WeakMap<object, { tools: ToolSet; all: ToolSet }>()

/**
 * The tools with one for each agent, `agent-<key>`. The same arguments give the same set.
 *
 * @throws TypeError if a tool has the name of one of the agents.
 */
export function withAgentTools(tools: ToolSet, agents: Record<string, AgentDefinition>): ToolSet {
  const known = merged.get(agents)
  if (known?.tools === tools) return known.all
  checkNames(tools, agents)
  const made = Object.entries(agents).map(
    ([key, agent]) => [agentToolName(key), createAgentTool(agent)] as const,
  )
  const all = { ...tools, ...Object.fromEntries(made) }
  merged.set(agents, { tools, all })
  return all
}

/** @throws TypeError if a tool has the name of one of the agents. */
export function checkNames(tools: ToolSet, agents: Record<string, AgentDefinition>): void {
  const taken = Object.keys(agents).find((key) => Object.hasOwn(tools, agentToolName(key)))
  if (taken !== undefined)
    throw new TypeError(`tool "${agentToolName(taken)}" has the name of its agent "${taken}"`)
}

function agentToolName(key: string): string {
  return `agent-${key}`
}
