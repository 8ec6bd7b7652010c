import { readErrorResponse } from '../formats/error-response.ts'
import type { NewId } from '../protocol/id.ts'
import type { MemoryCalls } from '../threads/memory-call.ts'
import { MEMORY_URL } from '../threads/memory-call.ts'
import { callObject } from './call-object.ts'
import type { ObjectNamespace, ThreadStub } from './create.ts'

/** What a call to a thread's object needs. */
export interface Asker {
  threads: ObjectNamespace<ThreadStub>
  newId: NewId
  wait: (ms: number) => Promise<void>
}

/**
 * Asks a thread's object, by its name, about what it keeps; with a `resourceId` only a thread of that resource.
 * Undefined if there is no such thread.
 *
 * @throws EdgewiseError as the object does.
 */
export async function askThread<Type extends keyof MemoryCalls>(
  { threads, newId, wait }: Asker,
  address: string,
  type: Type,
  request: MemoryCalls[Type]['request'],
  resourceId?: string,
): Promise<MemoryCalls[Type]['answer'] | undefined> {
  const body = JSON.stringify({ type, request, resourceId, changeId: newId('change') })
  const response = await callObject(
    () => threads.getByName(address).fetch(MEMORY_URL, { method: 'POST', body }),
    wait,
  )
  // The answer of this very type.
  if (response.ok) return (await response.json()) as MemoryCalls[Type]['answer']
  const error = await readErrorResponse(response)
  if (error.code === 'thread_not_found') return undefined
  throw error
}
