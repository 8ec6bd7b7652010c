import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Message } from '../../lib/protocol/message.ts'
import { say } from '../fixtures/openai/index.ts'
import { errorOf, generate, get, messagesOf, newId, resultOf } from './client.ts'
import { eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

describe('the list of threads', () => {
  it('has those of one resource, the one last spoken on first, page by page', async () => {
    const resourceId = newId('user')
    for (const thread of ['one', 'two', 'three', 'two']) await speak(`${resourceId}-${thread}`, resourceId)
    await speak(newId('t'), newId('somebody-else'))
    const [two, three, one] = ['two', 'three', 'one'].map((name) => `${resourceId}-${name}`)
    await listed(resourceId, 'the newest', ({ threads }) => threads[0]?.id === two && threads.length === 3)

    expect(idsOf(await list({ resourceId }))).toEqual([two, three, one])
    expect(idsOf(await list({ resourceId, orderBy: 'createdAt', sortDirection: 'ASC' }))).toEqual([
      one,
      two,
      three,
    ])
    const first = await list({ resourceId, perPage: '2' })
    expect([idsOf(first), first.total, first.hasMore]).toEqual([[two, three], 3, true])
    const second = await list({ resourceId, perPage: '2', page: '1' })
    expect([idsOf(second), second.total, second.hasMore]).toEqual([[one], 3, false])
    expect(idsOf(await list({ resourceId, page: '7' }))).toEqual([])
  })

  it('tells what a thread is', async () => {
    const resourceId = newId('user')
    const thread = newId('t')
    await speak(thread, resourceId, 'What is  the\nmeaning of it all?')
    const { threads } = await listed(resourceId, 'the thread', ({ total }) => total === 1)
    const info = await (await get(world, `/api/memory/threads/${thread}`)).json()
    const date = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/)
    const title = 'What is the meaning of it all?'
    expect(info).toEqual({ id: thread, resourceId, title, metadata: {}, createdAt: date, updatedAt: date })
    expect(threads).toEqual([info])
  })
})

describe('a thread', () => {
  it('belongs to one resource: another is 409', async () => {
    const thread = newId('t')
    await speak(thread, 'somebody')
    const response = await generate(world, { thread, text: 'mine?', resourceId: 'somebody-else' })
    expect(await errorOf(response)).toEqual({
      status: 409,
      error: { code: 'resource_mismatch', message: `Thread "${thread}" belongs to another resource` },
    })
    expect(await messagesOf(world, thread)).toHaveLength(2)
  })

  it('has its messages page by page, the newest page first, each from its oldest on', async () => {
    const thread = newId('t')
    for (const text of ['a', 'b', 'c']) await speak(thread, 'default', text)
    const pages = await Promise.all([0, 1, 2].map((page) => messages(thread, page)))
    expect(pages.map(({ messages, ...rest }) => ({ texts: messages.map(textOf), ...rest }))).toEqual([
      { texts: ['c', 'c'], total: 6, page: 0, perPage: 2, hasMore: true },
      { texts: ['b', 'b'], total: 6, page: 1, perPage: 2, hasMore: true },
      { texts: ['a', 'a'], total: 6, page: 2, perPage: 2, hasMore: false },
    ])
  })

  it('remembers: the model is given what was said before', async () => {
    const thread = newId('t')
    const cues = world.stage.play(thread, say('Hello Ada.'))
    await resultOf(await generate(world, { thread, text: `I am Ada #${thread}` }))
    await resultOf(await generate(world, { thread, text: `Who am I? #${thread}` }))
    expect(cues.items[1]?.request.body['messages']).toMatchObject([
      { content: 'Be exact.' },
      { role: 'user', content: `I am Ada #${thread}` },
      { role: 'assistant', content: 'Hello Ada.' },
      { role: 'user', content: `Who am I? #${thread}` },
    ])
  })
})

interface Listed {
  threads: { id: string }[]
  total: number
  hasMore: boolean
}

async function speak(thread: string, resourceId: string, text = 'hello'): Promise<void> {
  await resultOf(await generate(world, { thread, resourceId, text }))
}

async function list(query: Record<string, string>): Promise<Listed> {
  return (await get(world, `/api/memory/threads?${new URLSearchParams(query)}`)).json() as Promise<Listed>
}

/** The list hears of a thread through an outbox, right after the turn's start and not before it. */
function listed(resourceId: string, what: string, fits: (listed: Listed) => boolean): Promise<Listed> {
  return eventually(what, async () => {
    const found = await list({ resourceId })
    return fits(found) ? found : undefined
  })
}

function idsOf({ threads }: Listed): string[] {
  return threads.map(({ id }) => id)
}

async function messages(thread: string, page: number): Promise<{ messages: Message[] }> {
  const path = `/api/memory/threads/${thread}/messages?format=native&perPage=2&page=${page}`
  return (await get(world, path)).json() as Promise<{ messages: Message[] }>
}

function textOf({ parts }: Message): string | undefined {
  const last = parts.at(-1)
  return last?.type === 'text' ? last.text : undefined
}
