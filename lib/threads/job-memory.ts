import type { AgentDefinition } from '../agents/agent-options.ts'
import { resolveMemory } from '../agents/resolve-memory.ts'
import type { Memory } from '../memory/memory.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import { errorField } from '../telemetry/logger.ts'
import type { ThreadParts } from './parts.ts'
import { contextOf } from './secrets.ts'
import type { TurnRecord } from './turn-request.ts'

/** Work of the memory that a turn left. */
export interface TurnJob {
  agentId: string
  turn: number
}

/**
 * What the turn's agent remembers with, by the context that was committed with the turn; where the turn is gone, as far
 * as it is known without.
 *
 * @throws TypeError if the memory is a function and throws: it would again.
 */
export async function memoryOf({ rows, services, secrets }: ThreadParts, job: TurnJob): Promise<Memory> {
  const record = rows.hasTables ? rows.readTurn(job.turn) : undefined
  const context = record ? contextOf(record, secrets) : new RuntimeContext()
  try {
    return await resolveMemory(services.getAgent(job.agentId), context)
  } catch (error) {
    throw new TypeError(`Cannot tell what agent "${job.agentId}" remembers with`, { cause: error })
  }
}

/**
 * Those that are to recall what a turn said, one an index; of what nobody here said (it was saved, or its agent is
 * gone) all that recall anything.
 */
export async function recallingMemories(parts: ThreadParts, record: TurnRecord): Promise<Memory[]> {
  const memories = await memoriesFor(parts, record)
  const recalling = memories.filter(({ settings }) => settings.semanticRecall)
  return recalling.filter((memory, at) => recalling.findIndex((one) => one.sharesIndexWith(memory)) === at)
}

async function memoriesFor(parts: ThreadParts, record: TurnRecord): Promise<Memory[]> {
  const { services } = parts
  if (!services.getAgent(record.agentId)) return memoriesOfNoRequest(services.agents())
  try {
    return [(await memoryOf(parts, record)).with(record.overrides?.memory)]
  } catch (error) {
    // The turns beside it must not wait for it.
    services.logger.error('memory gives up', { job: 'embed', turn: record.turn, ...errorField(error) })
    return []
  }
}

/** What the agents remember with where no request is known. A function that cannot do without one gives none. */
export async function memoriesOfNoRequest(agents: readonly AgentDefinition[]): Promise<Memory[]> {
  const memories = await Promise.allSettled(agents.map((agent) => resolveMemory(agent, new RuntimeContext())))
  return memories.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
}
