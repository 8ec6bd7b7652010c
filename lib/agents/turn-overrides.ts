import type { CacheWish } from '../cache/through.ts'
import type { MemoryOverrides } from '../memory/memory-options.ts'
import type { JsonObject } from '../protocol/json.ts'
import { fromJsonSchema } from '../schema/json-schema.ts'
import type { Tool, ToolSet } from '../tools/tool.ts'
import { createTool } from '../tools/tool.ts'
import type { AgentDefinition } from './agent-options.ts'
import { canPause } from './can-pause.ts'
import type { ModelSettings } from './step.ts'

/**
 * What one request changes of its agent, as JSON: it is committed with the turn, so that every life of the turn is
 * run alike.
 */
export interface TurnOverrides {
  /** In place of the agent's own. */
  instructions?: string
  /** After the instructions. */
  system?: string
  /** Tools that run at the client, for this turn. One that is called as a tool of the agent stands in for it. */
  clientTools?: Record<string, ClientTool>
  /** Only these are told to the model. Default: all. */
  activeTools?: string[]
  /** Every call needs somebody's approval. */
  requireToolApproval?: boolean
  /** Over the agent's own, one by one. */
  settings?: StoredSettings
  /** Over the options of the agent's memory. */
  memory?: MemoryOverrides
  /** What it asks of the caches of models and tools. */
  cache?: CacheWish
}

/** A tool without `execute`, as JSON. */
export interface ClientTool {
  description: string
  inputSchema?: JsonObject
  outputSchema?: JsonObject
}

/** Model settings that are JSON. No headers: they may hold secrets, and a turn is kept. */
export type StoredSettings = Omit<ModelSettings, 'headers'>

/** The agent's tools as this turn has them. The very same set if nothing is changed: what is told of it is made once. */
export function overrideTools(tools: ToolSet, overrides: TurnOverrides | undefined): ToolSet {
  const { clientTools, activeTools, requireToolApproval = false } = overrides ?? {}
  if (!clientTools && !activeTools && !requireToolApproval) return tools
  const all = Object.entries({ ...tools, ...toTools(clientTools) })
  const active = activeTools ? all.filter(([name]) => activeTools.includes(name)) : all
  return Object.fromEntries(
    active.map(([name, tool]): [string, Tool] => [
      name,
      requireToolApproval ? { ...tool, requireApproval: true } : tool,
    ]),
  )
}

function toTools(clientTools: Record<string, ClientTool> = {}): ToolSet {
  return Object.fromEntries(
    Object.entries(clientTools).map(([id, { description, inputSchema, outputSchema }]) => [
      id,
      createTool({
        id,
        description: description || id,
        ...(inputSchema && { inputSchema: fromJsonSchema(inputSchema) }),
        ...(outputSchema && { outputSchema: fromJsonSchema(outputSchema) }),
      }),
    ]),
  )
}

/** The system prompt of this turn. */
export function overrideInstructions(instructions: string, overrides: TurnOverrides | undefined): string {
  return [overrides?.instructions ?? instructions, overrides?.system ?? '']
    .filter((text) => text !== '')
    .join('\n\n')
}

/** Whether a turn of the agent may have to wait for somebody, as {@link canPause}, with what the request adds. */
export function mayWait(agent: AgentDefinition, overrides: TurnOverrides | undefined): boolean {
  const { clientTools = {}, requireToolApproval = false } = overrides ?? {}
  return canPause(agent) || requireToolApproval || Object.keys(clientTools).length > 0
}
