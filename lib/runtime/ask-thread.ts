import { readErrorResponse } from '../formats/error-response.ts'
import type { NewId } from '../protocol/id.ts'
import type { MemoryCall, MemoryCalls } from '../threads/memory-call.ts'

export interface ThreadAsker {
  newId: NewId
  /** Sends a question about what it keeps to a thread's object. */
  callMemory(address: string, call: Omit<MemoryCall, 'type'> & { type: string }): Promise<Response>
}

/**
 * Asks a thread's object, by its name, about what it keeps. Undefined if there is no such thread.
 *
 * @throws EdgewiseError as the object does.
 */
export async function askThread<Type extends keyof MemoryCalls>(
  { newId, callMemory }: ThreadAsker,
  address: string,
  type: Type,
  request: MemoryCalls[Type]['request'],
  resourceId?: string,
): Promise<MemoryCalls[Type]['answer'] | undefined> {
  const owner = resourceId === undefined ? {} : { resourceId }
  const response = await callMemory(address, { type, request, changeId: newId('change'), ...owner })
  // The answer of this very type.
  if (response.ok) return (await response.json()) as MemoryCalls[Type]['answer']
  const error = await readErrorResponse(response)
  if (error.code === 'thread_not_found') return undefined
  throw error
}
