import { EdgewiseError } from '../../lib/protocol/error.ts'
import { askThread } from '../../lib/runtime/ask-thread.ts'
import { threadAddressOf } from '../../lib/security/principal.ts'
import type { MemoryCalls } from '../../lib/threads/memory-call.ts'
import type { RequestContext } from '../context.ts'

/** The thread that is meant: by its id, of a resource if one is named. */
export interface ThreadTarget {
  threadId: string
  resourceId?: string | undefined
}

/**
 * Asks a thread's object about what it keeps.
 *
 * @throws EdgewiseError as the object does; `thread_not_found` names the thread.
 */
export async function askMemory<Type extends keyof MemoryCalls>(
  context: RequestContext,
  { threadId, resourceId }: ThreadTarget,
  type: Type,
  request: MemoryCalls[Type]['request'],
): Promise<MemoryCalls[Type]['answer']> {
  const address = threadAddressOf(context.principal, threadId)
  const answer = await askAddress(context, address, type, request, resourceId)
  if (answer) return answer
  throw new EdgewiseError('thread_not_found', `There is no thread "${threadId}"`)
}

/** The same by the object's name. Undefined if there is no such thread. */
export function askAddress<Type extends keyof MemoryCalls>(
  { runtime }: Pick<RequestContext, 'runtime'>,
  address: string,
  type: Type,
  request: MemoryCalls[Type]['request'],
  resourceId?: string,
): Promise<MemoryCalls[Type]['answer'] | undefined> {
  return askThread(runtime, address, type, request, resourceId)
}
