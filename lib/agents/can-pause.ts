import type { AgentDefinition } from './agent-options.ts'

/**
 * Whether a turn of the agent may have to wait for somebody, and so needs an object to wait in. Tools that depend on
 * the request may; so may a tool that says what it suspends or resumes with.
 */
export function canPause({ options: { tools = {} } }: AgentDefinition): boolean {
  if (typeof tools === 'function') return true
  return Object.values(tools).some(
    ({ execute, requireApproval, suspendSchema, resumeSchema }) =>
      !execute || requireApproval !== false || suspendSchema !== undefined || resumeSchema !== undefined,
  )
}
