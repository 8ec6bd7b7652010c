import type { AgentDefinition } from './agent-options.ts'
import { isAgentTool } from './agent-tool.ts'

/**
 * Whether a turn of the agent may have to wait for somebody, and so needs an object to wait in. Tools that depend on
 * the request may; so may a tool that says what it suspends or resumes with, and an agent that has such tools.
 */
export function canPause(agent: AgentDefinition): boolean {
  return mayWait(agent, new Set())
}

/** `seen`: a team may name each other. */
function mayWait(agent: AgentDefinition, seen: Set<AgentDefinition>): boolean {
  if (seen.has(agent)) return false
  seen.add(agent)
  const { tools = {}, agents = {} } = agent.options
  if (typeof tools === 'function' || typeof agents === 'function') return true
  if (Object.values(agents).some((other) => mayWait(other, seen))) return true
  return Object.values(tools).some((tool) => {
    const { execute, requireApproval, suspendSchema, resumeSchema } = tool
    if (isAgentTool(tool) && mayWait(tool.agent, seen)) return true
    return !execute || requireApproval !== false || suspendSchema !== undefined || resumeSchema !== undefined
  })
}
