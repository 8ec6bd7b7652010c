import type { JsonObject } from '../../protocol/json.ts'
import { splitModel } from './part.ts'

/** A tool as lists show it. Schemas are JSON Schema. */
export interface ToolSource {
  id: string
  description: string
  inputSchema?: JsonObject
  outputSchema?: JsonObject
  /** Whether a call of it may need somebody's approval. */
  requireApproval?: boolean
}

/** An agent as lists show it. What depends on the request is left out. */
export interface AgentSource {
  id: string
  name: string
  description?: string
  instructions?: string
  /** By the names that the model calls them by. */
  tools?: Readonly<Record<string, ToolSource>>
  /** `provider/model`. */
  model?: string
  supportsMemory: boolean
  /** The agents that it may call, by the names that it calls them by. */
  agents?: Readonly<Record<string, { id: string; name: string }>>
}

/** One tool: `GET /api/tools/:id`, and in lists by its name. */
export function toMastraTool(tool: ToolSource): Record<string, unknown> {
  const { id, description, inputSchema, outputSchema, requireApproval = false } = tool
  return {
    id,
    description,
    ...(inputSchema && { inputSchema: toSchemaText(inputSchema) }),
    ...(outputSchema && { outputSchema: toSchemaText(outputSchema) }),
    requireApproval,
  }
}

/** `GET /api/tools`, and an agent's own. */
export function toMastraTools(tools: Readonly<Record<string, ToolSource>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(tools).map(([name, tool]) => [name, toMastraTool(tool)]))
}

/** One agent: `GET /api/agents/:id`, and in the list by its id. What Edgewise has not is said as empty. */
export function toMastraAgent(agent: AgentSource): Record<string, unknown> {
  const { id, name, description = '', instructions, tools = {}, agents = {}, model, supportsMemory } = agent
  const { modelId, provider } = model === undefined ? {} : splitModel(model)
  return {
    id,
    name,
    description,
    ...(instructions !== undefined && { instructions }),
    agents,
    tools: toMastraTools(tools),
    workflows: {},
    skills: [],
    workspaceTools: [],
    browserTools: [],
    hasBrowser: false,
    inputProcessors: [],
    outputProcessors: [],
    ...(provider !== undefined && { provider }),
    ...(modelId !== undefined && { modelId }),
    supportsMemory,
    defaultOptions: {},
    defaultGenerateOptionsLegacy: {},
    defaultStreamOptionsLegacy: {},
    source: 'code',
    hasDraft: false,
  }
}

/** `GET /api/agents`. */
export function toMastraAgents(agents: readonly AgentSource[]): Record<string, unknown> {
  return Object.fromEntries(agents.map((agent) => [agent.id, toMastraAgent(agent)]))
}

/** There a schema is a text, in the envelope of superjson. */
export function toSchemaText(schema: JsonObject): string {
  return JSON.stringify({ json: schema })
}
