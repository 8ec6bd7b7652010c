import { Memory } from '../memory/memory.ts'
import type { RuntimeContext } from '../protocol/runtime-context.ts'
import type { AgentDefinition } from './agent-options.ts'
import { resolve } from './resolve.ts'

const DEFAULT_MEMORY = new Memory()

/**
 * What an agent remembers with, decided by the runtime context if it is a function of it.
 *
 * @throws what that function throws; TypeError if it gives something else.
 */
export async function resolveMemory(
  agent: AgentDefinition | undefined,
  runtimeContext: RuntimeContext,
): Promise<Memory> {
  const memory = (await resolve(agent?.options.memory, runtimeContext)) ?? DEFAULT_MEMORY
  if (memory instanceof Memory) return memory
  throw new TypeError(`Cannot remember: the memory of agent "${agent?.id}" is not a Memory`)
}

/** The same where no request has to be known; undefined if it is a function of one. */
export function plainMemory(agent: AgentDefinition | undefined): Memory | undefined {
  const { memory = DEFAULT_MEMORY } = agent?.options ?? {}
  return typeof memory === 'function' ? undefined : memory
}
