import { reset, runDurableObjectAlarm } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../lib/protocol/json.ts'
import { arm, plan } from './faults.ts'
import { ask, send, startCall, threadOf } from './kit.ts'

afterEach(reset)
beforeEach(fill)

async function fill(): Promise<void> {
  arm(undefined)
  for (const text of ['one', 'two']) await send('t', startCall('words', 't', text))
  const messages = [{ id: 's', threadId: 't', role: 'user', content: 'three' }]
  await ask('/api/memory/save-messages', { messages })
}

interface Change {
  method?: 'PATCH' | 'DELETE'
  path: string
  body?: object
}

const CHANGES: [name: string, change: Change][] = [
  ['create', { path: 'threads', body: { threadId: 'new', title: 'New' } }],
  ['create again', { path: 'threads', body: { threadId: 't', title: 'Named' } }],
  ['update', { method: 'PATCH', path: 'threads/t', body: { title: 'Named', metadata: { a: 1 } } }],
  [
    'save',
    {
      path: 'save-messages',
      body: {
        messages: [
          { id: 's', threadId: 't', role: 'user', content: 'changed' },
          { id: 'n', threadId: 't', role: 'assistant', content: 'new' },
        ],
      },
    },
  ],
  [
    'save on two threads',
    {
      path: 'save-messages',
      body: {
        messages: ['t', 'new'].map((threadId) => ({
          id: `n-${threadId}`,
          threadId,
          role: 'user',
          content: 'x',
        })),
      },
    },
  ],
  ['delete messages', { path: 'messages/delete', body: { messageIds: ['m-one', 's'] } }],
  ['clone', { path: 'threads/t/clone', body: { newThreadId: 'new', options: { messageLimit: 3 } } }],
  ['delete', { method: 'DELETE', path: 'threads/t' }],
]

describe('a change of what a thread keeps', () => {
  it.each(CHANGES)(
    'is made once, and answered, when the object dies right after its commit: %s',
    async (_name, change) => {
      arm(0)
      const answer = await make(change)
      expect(plan.deaths).toBe(1)
      const after = await look()
      await reset()
      await fill()
      // The same without a death, on a world of its own.
      expect([await make(change), await look()]).toEqual([answer, after])
    },
  )

  it.each(CHANGES)('is told of by the alarm when nobody asks again: %s', async (_name, change) => {
    const { threadId, call } = toCall(change)
    arm(0)
    const body = JSON.stringify(call)
    await expect(threadOf(threadId).fetch('https://thread/memory', { method: 'POST', body })).rejects.toThrow(
      'killed by the test',
    )
    await runDurableObjectAlarm(threadOf(threadId))
    // The route's own shape.
    const { threads } = (await (await ask('/api/memory/threads')).json()) as { threads: { id: string }[] }
    const thread = await ask(`/api/memory/threads/${threadId}`)
    expect(threads.filter(({ id }) => id === threadId)).toEqual(
      thread.status === 200 ? [await thread.json()] : [],
    )
    expect(thread.status).toBe(change.method === 'DELETE' ? 404 : 200)
  })
})

async function make({ method, path, body }: Change): Promise<unknown> {
  const response = method
    ? await exports.default.fetch(`http://localhost/api/memory/${path}`, {
        method,
        ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
    : await ask(`/api/memory/${path}`, body)
  return [response.status, withoutChance(await response.json())]
}

/** Both threads and the list, as anybody sees them. */
async function look(): Promise<unknown> {
  const paths = ['threads', 'threads/t', 'threads/t/messages', 'threads/new', 'threads/new/messages']
  return Promise.all(
    paths.map(async (path) => withoutChance(await (await ask(`/api/memory/${path}`)).json())),
  )
}

/** Times and minted ids differ between two worlds. */
function withoutChance(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then')
    .replaceAll(/(msg|run|thread)_[\w.-]+/g, '$1')
  return JSON.parse(text)
}

const place = { address: '-/t', threadId: 't' }

/** The change as its object is asked for it. */
function toCall({ path, body = {}, method }: Change): { threadId: string; call: JsonObject } {
  const request = JSON.parse(JSON.stringify(body)) as JsonObject
  const threadId = path.includes('clone') || request['threadId'] === 'new' ? 'new' : 't'
  const at = { ...place, threadId, address: `-/${threadId}`, resourceId: 'default' }
  const message = { id: 'x', role: 'user', parts: [{ type: 'text', text: 'x' }], createdAt: 1 }
  const calls: Record<string, [type: string, request: JsonObject]> = {
    threads: ['create', { ...at, ...request }],
    'threads/t': method === 'DELETE' ? ['remove', {}] : ['update', request],
    'save-messages': ['save', { ...at, fallback: 'default', messages: [message] }],
    'messages/delete': ['delete', request],
    'threads/t/clone': ['paste', { ...at, title: '', metadata: {}, turns: [] }],
  }
  const [type = '', what = {}] = calls[path] ?? []
  return { threadId, call: { type, request: what, changeId: 'c' } }
}
