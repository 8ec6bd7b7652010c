import type { Agent } from '../../lib/agents/agent.ts'
import { resolveModels } from '../../lib/agents/fallback.ts'
import type { ModelChoice } from '../../lib/models/model.ts'
import { modelLabel } from '../../lib/models/model.ts'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import type { JsonObject } from '../../lib/protocol/json.ts'
import type { Runtime } from '../../lib/runtime/create.ts'
import { toJsonSchema } from '../../lib/schema/schema.ts'
import type { ToolSet } from '../../lib/tools/tool.ts'
import type { Call } from '../context.ts'

/** All agents, by the id that requests name them by. */
export function listAgents({ runtime }: Pick<Call<unknown, unknown, unknown>, 'runtime'>): Response {
  return Response.json(
    Object.fromEntries(runtime.app.agents.map((agent) => [agent.id, describeAgent(agent, runtime)])),
  )
}

export function getAgent({ runtime, params }: Call<{ agentId: string }, unknown, unknown>): Response {
  return Response.json(describeAgent(requireAgent(runtime, params.agentId), runtime))
}

/** @throws EdgewiseError `agent_not_found`. */
export function requireAgent(runtime: Runtime, agentId: string): Agent {
  const agent = runtime.app.findAgent(agentId)
  if (agent) return agent
  const have = runtime.app.agents.map(({ id }) => id).join(', ') || 'none'
  throw new EdgewiseError('agent_not_found', `There is no agent "${agentId}" (have: ${have})`)
}

function describeAgent({ id, name, description, options }: Agent, runtime: Runtime): JsonObject {
  const { instructions, tools, model } = options
  return {
    id,
    name,
    description,
    instructions: typeof instructions === 'string' ? instructions : null,
    tools: typeof tools === 'function' ? null : describeTools(tools ?? {}),
    model: typeof model === 'function' ? null : labelOf(() => labelFirst(model, runtime)),
  }
}

function describeTools(tools: ToolSet): JsonObject {
  const described: JsonObject = {}
  for (const [name, { id, description, inputSchema, outputSchema, effect, readOnly }] of Object.entries(
    tools,
  )) {
    described[name] = {
      id,
      description,
      effect,
      readOnly,
      ...(inputSchema && { inputSchema: toJsonSchema(inputSchema) }),
      ...(outputSchema && { outputSchema: toJsonSchema(outputSchema, 'output') }),
    }
  }
  return described
}

/** Of a list, the first that can be used: it is the one that answers. */
function labelFirst(model: ModelChoice | undefined, { resolveModel }: Runtime): string {
  return modelLabel(resolveModels(model, resolveModel, 0).model)
}

/** A model that lacks its key is shown as none: lists must not fail for it. */
function labelOf(read: () => string): string | null {
  try {
    return read()
  } catch {
    return null
  }
}
