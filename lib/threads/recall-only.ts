import { resolveMemory } from '../agents/resolve-memory.ts'
import type { MemoryOverrides } from '../memory/memory-options.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { JsonObject } from '../protocol/json.ts'
import type { Message } from '../protocol/message.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import type { ThreadParts } from './parts.ts'
import { remember } from './remember.ts'
import type { ThreadMeta } from './thread-state.ts'

export interface RecallRequest {
  agentId: string
  resourceId: string
  input: Message
  runtimeContext: JsonObject
  memory?: MemoryOverrides
}

/** As a turn has it, without the tool that changes the working memory. */
export interface Recalled {
  history: Message[]
  sections: string[]
}

const NOTHING: Recalled = { history: [], sections: [] }

/**
 * What a turn of the agent would be shown now of the thread and of what else is remembered. Writes nothing; a thread
 * that is not there has nothing to show.
 *
 * @throws EdgewiseError `resource_mismatch`.
 */
export async function recallOnly(
  parts: ThreadParts,
  meta: ThreadMeta | undefined,
  { agentId, resourceId, input, runtimeContext, memory: asked }: RecallRequest,
): Promise<Recalled> {
  if (!meta) return NOTHING
  if (meta.info.resourceId !== resourceId)
    throw new EdgewiseError('resource_mismatch', `Thread "${meta.info.threadId}" belongs to another resource`)
  const agent = parts.services.getAgent(agentId)
  const memory = (await resolveMemory(agent, new RuntimeContext(runtimeContext))).with(asked)
  const turn = { turn: meta.nextTurn, agentId, resourceId }
  const never = new AbortController().signal
  const { history, sections } = await remember(parts, memory, turn, input, never, { isReadOnly: true })
  return { history, sections }
}
