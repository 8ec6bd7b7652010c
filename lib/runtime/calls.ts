import { readErrorResponse } from '../formats/error-response.ts'
import { erasureAddress } from '../protocol/address.ts'
import type { Letter } from '../runs/letter.ts'
import type { ScheduleCall } from '../schedules/schedule-call.ts'
import { wait } from '../streams/wait.ts'
import type { ThreadCall } from '../threads/answer.ts'
import { MEMORY_URL } from '../threads/memory-call.ts'
import type { ThreadAsker } from './ask-thread.ts'
import { callObject } from './call-object.ts'
import type { ErasureCall } from './erasure-call.ts'

/** Durable Objects of one class, by name: as much of a binding as is needed here. */
export interface ObjectNamespace<Stub> {
  getByName(name: string): Stub
}

/** The object of a thread, or of a run, as the runtime sees it. */
export interface ThreadStub {
  fetch(url: string, init: RequestInit): Promise<Response>
}

export interface CallEnv {
  THREAD: ObjectNamespace<ThreadStub>
  RUN: ObjectNamespace<ThreadStub>
}

/** How objects are asked. */
export interface Calls {
  /** Sends a call to a thread's object. The answer is what goes to the client, errors included. */
  callThread(address: string, call: ThreadCall): Promise<Response>
  /** Sends a question about what it keeps there. */
  callMemory: ThreadAsker['callMemory']
  /** Sends a call to a run's object, a schedule's or an erasure's; likewise. */
  callRun(address: string, call: Letter['call'] | ScheduleCall | ErasureCall): Promise<Response>
  /** When all that a resource owned was erased last, in milliseconds since 1970; undefined: never. */
  erasedAt(resourceId: string): Promise<number | undefined>
}

/** Whom a call is for, where the object cannot know. */
export const NAME_HEADER = 'x-object-name'

/** An object is told its own name up to this length: https://developers.cloudflare.com/durable-objects/api/id/#name */
const TOLD_BYTES = 1024

interface How {
  isOnce?: boolean
  headers?: Record<string, string>
}

export function createCalls(env: CallEnv): Calls {
  type Open = () => ThreadStub
  const send = (open: Open, url: string, call: object, { isOnce = false, headers }: How = {}) => {
    const init = { method: 'POST', body: JSON.stringify(call), ...(headers && { headers }) }
    const ask = (): Promise<Response> => open().fetch(url, init)
    return isOnce ? ask() : callObject(ask, wait)
  }
  const callRun: Calls['callRun'] = (address, call) =>
    // Each says by its words which call it is, and so may come twice.
    send(() => env.RUN.getByName(address), 'https://run/', call, {
      ...(address.length > TOLD_BYTES && { headers: { [NAME_HEADER]: address } }),
    })
  return {
    callThread: (address, call) =>
      send(() => env.THREAD.getByName(address), 'https://thread/', call, { isOnce: !mayRepeat(call) }),
    callMemory: (address, call) => send(() => env.THREAD.getByName(address), MEMORY_URL, call),
    callRun,
    erasedAt: async (resourceId) => {
      const response = await callRun(erasureAddress(resourceId), { type: 'erased-at' })
      if (!response.ok) throw await readErrorResponse(response)
      const at: number | null = await response.json()
      return at ?? undefined
    },
  }
}

/** An answer is taken once. A start names its message, or its key, and so joins what it started before; giving an answer anew names neither. */
function mayRepeat(call: ThreadCall): boolean {
  if (call.type === 'answer' || call.type === 'answer-message') return false
  return call.type !== 'start' || !call.request.regenerate || call.request.idempotency !== undefined
}
