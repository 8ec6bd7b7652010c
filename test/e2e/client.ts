import { randomUUID } from 'node:crypto'
import type { UIMessage } from 'ai'
import type { AgentResult } from '../../lib/agents/result.ts'
import type { ErrorBody } from '../../lib/protocol/error.ts'
import type { StreamEntry } from '../../lib/protocol/event.ts'
import type { Message } from '../../lib/protocol/message.ts'
import { parseSse } from '../../lib/protocol/sse.ts'
import type { World as WholeWorld } from './kit.ts'

/** As much of a world as a client needs. */
type World = Pick<WholeWorld, 'url' | 'model' | 'sink'>

/** An id that no other test has: of a thread, of a message, of a play. */
export function newId(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`
}

/** What requests bring along for the test app's tools and models. */
export function contextOf({ sink, model }: World): { sink: string; model: string } {
  return { sink: sink.url, model: `${model.url}/v1` }
}

export function get({ url }: World, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}${path}`, { headers })
}

export function post(
  { url }: World,
  path: string,
  body: unknown,
  options: { headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Response> {
  const { headers, ...rest } = options
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    ...rest,
  })
}

export interface Asked {
  thread?: string
  text: string
  agent?: string
  /** The message's own id. */
  id?: string
  resourceId?: string
  /** More of the runtime context. */
  context?: Record<string, unknown>
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** Asks for a whole answer. */
export function generate(world: World, asked: Asked): Promise<Response> {
  const { headers, signal, agent = 'clerk' } = asked
  const options = { ...(headers && { headers }), ...(signal && { signal }) }
  return post(world, `/api/agents/${agent}/generate`, bodyOf(world, asked), options)
}

/** What {@link generate} posts. */
export function bodyOf(world: World, { thread, text, id, resourceId, context }: Asked): object {
  const messages = [{ role: 'user', content: text, ...(id !== undefined && { id }) }]
  return { messages, threadId: thread, resourceId, runtimeContext: { ...contextOf(world), ...context } }
}

/** Asks as `useChat` does. The stream is the answer's body. */
export function chat(world: World, asked: Asked & { thread: string }): Promise<Response> {
  const { thread, text, agent = 'clerk', id = newId('m'), resourceId, context, ...options } = asked
  const messages = [{ id, role: 'user', parts: [{ type: 'text', text }] }]
  const runtimeContext = { ...contextOf(world), ...context }
  return post(
    world,
    `/api/agents/${agent}/chat`,
    { id: thread, messages, resourceId, runtimeContext },
    options,
  )
}

/** The whole answer of {@link generate}, as far as tests look at it. */
export type WholeAnswer = Pick<
  AgentResult,
  'text' | 'finishReason' | 'usage' | 'runId' | 'threadId' | 'object'
> & {
  toolCalls: { payload: { toolCallId: string; toolName: string; args: unknown } }[]
  toolResults: { payload: { toolCallId: string; toolName: string; result: unknown } }[]
}

export async function resultOf(response: Response): Promise<WholeAnswer> {
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
  return response.json() as Promise<WholeAnswer>
}

/** An error as its route says it: as ours, or in Mastra's dialect as a text with the rest beside it. */
export async function errorOf(response: Response): Promise<{ status: number; error: ErrorBody }> {
  return { status: response.status, error: readError(await response.json()) }
}

export function readError(body: unknown): ErrorBody {
  const { error, ...beside } = body as { error: ErrorBody | string }
  return typeof error === 'string' ? ({ ...beside, message: error } as ErrorBody) : error
}

export async function messagesOf(world: World, thread: string): Promise<Message[]> {
  return (await pageOf<Message>(world, thread, 'native')).messages
}

export async function uiMessagesOf(world: World, thread: string): Promise<UIMessage[]> {
  return (await pageOf<UIMessage>(world, thread, 'ai-sdk')).messages
}

async function pageOf<Shape>(
  world: World,
  thread: string,
  format: 'native' | 'ai-sdk',
): Promise<{ messages: Shape[] }> {
  const path = `/api/memory/threads/${encodeURIComponent(thread)}/messages?format=${format}&perPage=100`
  const response = await get(world, path)
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
  return response.json() as Promise<{ messages: Shape[] }>
}

/** The newest answer on a thread, as it is stored. */
export async function answerOf(world: World, thread: string): Promise<Message> {
  const answer = (await messagesOf(world, thread)).findLast(({ role }) => role === 'assistant')
  if (!answer) throw new Error(`There is no answer on ${thread}`)
  return answer
}

/** What a follower heard, with the id that it would come back with. */
export interface Heard {
  event: StreamEntry['event']
  id?: string
}

/** Follows a thread in our own words. */
export async function* follow(
  world: World,
  thread: string,
  query: { after?: string; until?: 'idle' } = {},
  signal?: AbortSignal,
): AsyncGenerator<Heard> {
  const path = `/api/threads/${encodeURIComponent(thread)}/events?${new URLSearchParams(query)}`
  const response = await fetch(`${world.url}${path}`, signal ? { signal } : {})
  if (!response.ok || !response.body) throw new Error(`${response.status}: ${await response.text()}`)
  yield* readEvents(response.body)
}

export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<Heard> {
  for await (const { data, id } of parseSse(body)) {
    const event = JSON.parse(data) as Heard['event']
    yield id === undefined ? { event } : { event, id }
  }
}

/** All that can be heard from a place on, until nothing runs. */
export async function hearAll(world: World, thread: string, after = '0'): Promise<Heard[]> {
  const heard: Heard[] = []
  for await (const item of follow(world, thread, { after, until: 'idle' })) heard.push(item)
  return heard
}

/** The chunks of a UI message stream, `[DONE]` as it stands. */
export async function* readChunks(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Chunk> {
  if (!body) throw new Error('There is no body')
  for await (const { data } of parseSse(body))
    yield data === '[DONE]' ? { type: '[DONE]' } : (JSON.parse(data) as Chunk)
}

export type Chunk = { type: string; [key: string]: unknown }

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}
