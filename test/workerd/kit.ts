import { runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import type { Message } from '../../lib/protocol/message.ts'
import type { ThreadCall } from '../../lib/threads/answer.ts'
import type { Env, ThreadObject } from '../../worker/env.ts'

/** A request to the Worker, as a local caller makes it. */
export function ask(
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  method = body === undefined ? 'GET' : 'POST',
): Promise<Response> {
  const url = `http://localhost${path}`
  if (body === undefined) return exports.default.fetch(url, { method, headers })
  return exports.default.fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

/** The object of a thread, to be talked to past the Worker. */
export function threadOf(threadId: string): DurableObjectStub & ThreadObject {
  // The test Worker's own binding; its class is the one that worker/env.ts describes.
  const { THREAD } = env as unknown as Env
  return THREAD.getByName(`-/${threadId}`) as DurableObjectStub & ThreadObject
}

export function startCall(
  agentId: string,
  threadId: string,
  text: string,
  format: 'json' | 'native' = 'json',
): ThreadCall {
  const input: Message = { id: `m-${text}`, role: 'user', parts: [{ type: 'text', text }], createdAt: 1 }
  const request = { agentId, threadId, resourceId: 'default', input, runtimeContext: {} }
  return { type: 'start', request, address: `-/${threadId}`, format }
}

export function send(threadId: string, call: ThreadCall): Promise<Response> {
  return threadOf(threadId).fetch('https://thread/', { method: 'POST', body: JSON.stringify(call) })
}

export async function messagesOf(threadId: string): Promise<Message[]> {
  const response = await ask(`/api/memory/threads/${threadId}/messages?format=native`)
  // The route's own shape.
  const { messages = [] } = (await response.json()) as { messages?: Message[] }
  return messages
}

/** What the thread has yet to tell others. */
export async function outboxOf(threadId: string): Promise<unknown[]> {
  return runInDurableObject(threadOf(threadId), (_thread, state) =>
    state.storage.sql.exec(`SELECT key FROM state WHERE key LIKE 'outbox/%'`).toArray(),
  )
}

/** The object of a shard, to be looked into. */
export function storeOf(shard: string): DurableObjectStub {
  // The test Worker's own binding.
  const { STORE } = env as unknown as { STORE: DurableObjectNamespace }
  return STORE.getByName(shard)
}
