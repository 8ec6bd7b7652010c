import type { Agent } from '../../lib/agents/agent.ts'
import type { AgentDefinition } from '../../lib/agents/agent-options.ts'
import { resolveModels } from '../../lib/agents/fallback.ts'
import type { AgentSource } from '../../lib/formats/mastra/agent.ts'
import { toMastraAgent, toMastraAgents } from '../../lib/formats/mastra/agent.ts'
import type { ModelChoice } from '../../lib/models/model.ts'
import { modelLabel } from '../../lib/models/model.ts'
import { listProviders } from '../../lib/models/registry.ts'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import type { Runtime } from '../../lib/runtime/create.ts'
import type { Call, RequestContext } from '../context.ts'
import { toToolSources } from './tool-sources.ts'

/** All agents, by the id that requests name them by. */
export function listAgents({ runtime }: Pick<RequestContext, 'runtime'>): Response {
  return Response.json(toMastraAgents(runtime.app.agents.map((agent) => toSource(agent, runtime))))
}

export function getAgent({ runtime, params }: Call<{ agentId: string }, unknown, unknown>): Response {
  return Response.json(toMastraAgent(toSource(requireAgent(runtime, params.agentId), runtime)))
}

/** Whose models may be named, and whether they are configured. Which models each has, only they know. */
export function getProviders({ env }: Pick<RequestContext, 'env'>): Response {
  const providers = listProviders(env).map(({ isConnected: connected, ...rest }) => ({ ...rest, connected }))
  return Response.json({ providers })
}

/** @throws EdgewiseError `agent_not_found`. */
export function requireAgent(runtime: Runtime, agentId: string): Agent {
  const agent = runtime.app.findAgent(agentId)
  if (agent) return agent
  const have = runtime.app.agents.map(({ id }) => id).join(', ') || 'none'
  throw new EdgewiseError('agent_not_found', `There is no agent "${agentId}" (have: ${have})`)
}

/** What depends on the request is left out. */
function toSource({ id, name, description, options }: Agent, runtime: Runtime): AgentSource {
  const { instructions, tools, agents = {}, model } = options
  const label = typeof model === 'function' ? undefined : labelOf(() => labelFirst(model, runtime))
  return {
    id,
    name,
    description,
    ...(typeof instructions === 'string' && { instructions }),
    ...(typeof tools !== 'function' && { tools: toToolSources(tools) }),
    ...(label !== undefined && { model: label }),
    supportsMemory: true,
    ...(typeof agents !== 'function' && { agents: toNames(agents) }),
  }
}

function toNames(agents: Record<string, AgentDefinition>): AgentSource['agents'] & object {
  return Object.fromEntries(
    Object.entries(agents).map(([key, { id, options }]) => [key, { id, name: options.name }]),
  )
}

/** Of a list, the first that can be used: it is the one that answers. */
function labelFirst(model: ModelChoice | undefined, { resolveModel }: Runtime): string {
  return modelLabel(resolveModels(model, resolveModel, 0).model)
}

/** A model that lacks its key is shown as none: lists must not fail for it. */
function labelOf(read: () => string): string | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
