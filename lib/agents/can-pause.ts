import type { AgentDefinition } from './agent-options.ts'
import { isAgentTool } from './agent-tool.ts'

/**
 * Whether a turn of the agent may have to wait for somebody, and so needs an object to wait in. Tools that depend on
 * the request may; so may a tool that says what it suspends or resumes with, and an agent that has such tools.
 */
export function canPause({ options: { tools = {}, agents = {} } }: AgentDefinition): boolean {
  if (typeof tools === 'function' || typeof agents === 'function') return true
  if (Object.values(agents).some(canPause)) return true
  return Object.values(tools).some((tool) => {
    const { execute, requireApproval, suspendSchema, resumeSchema } = tool
    if (isAgentTool(tool) && canPause(tool.agent)) return true
    return !execute || requireApproval !== false || suspendSchema !== undefined || resumeSchema !== undefined
  })
}
