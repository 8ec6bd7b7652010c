import { MastraClient } from '@mastra/client-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chat, errorOf, generate, get, hearAll, newId, post, resultOf } from './client.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'
import { say } from '../fixtures/openai/index.ts'
import { readRecorded } from '../fixtures/messages/read.ts'
import { fromMessages } from '../../lib/formats/convert-messages.ts'
import type { Part } from '../../lib/protocol/message.ts'

const agentId = 'clerk'
let world: World
let client: MastraClient
beforeAll(async () => {
  world = await openWorld()
  client = new MastraClient({ baseUrl: world.url, retries: 0 })
})
afterAll(() => world.close())

/** The texts and files of a list of messages, whatever its format. */
function said(input: unknown): Part[] {
  const parts = fromMessages(input).messages.flatMap((message) => message.parts)
  return parts.filter(({ type }) => type === 'text' || type === 'file')
}

describe('threads, as the Mastra client asks for them', () => {
  it('are created, found, listed, changed and deleted, each of it seen at once', async () => {
    const resourceId = newId('user')
    const threadId = newId('t')
    const made = await client.createMemoryThread({
      agentId,
      resourceId,
      threadId,
      title: 'First',
      metadata: { color: 'red' },
    })
    expect(made).toMatchObject({ id: threadId, resourceId, title: 'First', metadata: { color: 'red' } })
    const thread = client.getMemoryThread({ threadId, agentId })
    expect(await thread.get()).toEqual(made)
    expect(await client.listMemoryThreads({ resourceId })).toEqual({
      threads: [made],
      total: 1,
      page: 0,
      perPage: 100,
      hasMore: false,
    })
    const changed = await thread.update({ title: 'Second', metadata: { size: 3 } })
    expect(changed).toMatchObject({ title: 'Second', metadata: { color: 'red', size: 3 } })
    expect((await client.listMemoryThreads({ resourceId })).threads).toEqual([changed])
    expect(await thread.delete()).toEqual({ result: 'Thread deleted' })
    expect((await client.listMemoryThreads({ resourceId })).threads).toEqual([])
    await expect(thread.get()).rejects.toMatchObject({ status: 404 })
  })

  it('get an id when they bring none, and keep their messages when they are created again', async () => {
    const resourceId = newId('user')
    const { id, title } = await client.createMemoryThread({ agentId, resourceId })
    expect([id, title]).toEqual([expect.stringMatching(/^thread_/), ''])
    await client.saveMessageToMemory({ agentId, messages: [message('m', id, resourceId)] })
    await client.createMemoryThread({ agentId, resourceId, threadId: id, title: 'Again' })
    expect(await textsOf(id)).toEqual(['m'])
    await expect(
      client.createMemoryThread({ agentId, resourceId: newId('other'), threadId: id }),
    ).rejects.toMatchObject({ status: 409 })
  })

  it('are listed by page, order and metadata', async () => {
    const resourceId = newId('user')
    for (const [i, color] of ['red', 'blue', 'red'].entries())
      await client.createMemoryThread({
        agentId,
        resourceId,
        threadId: `${resourceId}-${i}`,
        metadata: { color, i },
      })
    const ids = async (params: object): Promise<unknown> => {
      const { threads, total, hasMore } = await client.listMemoryThreads({ resourceId, ...params })
      return [threads.map(({ id }) => id.at(-1)).join(''), total, hasMore]
    }
    expect(await ids({ orderBy: { field: 'createdAt', direction: 'ASC' } })).toEqual(['012', 3, false])
    expect(await ids({ orderBy: { field: 'createdAt', direction: 'DESC' } })).toEqual(['210', 3, false])
    expect(await ids({ orderBy: { direction: 'ASC' }, perPage: 2 })).toEqual(['01', 3, true])
    expect(await ids({ orderBy: { direction: 'ASC' }, perPage: 2, page: 1 })).toEqual(['2', 3, false])
    expect(await ids({ orderBy: { direction: 'ASC' }, metadata: { color: 'red' } })).toEqual(['02', 2, false])
    expect(await ids({ metadata: { color: 'red', i: 5 } })).toEqual(['', 0, false])
  })
})

describe('messages, as the Mastra client asks for them', () => {
  it('of a turn come in its shape, the oldest first, and by page, order and filter', async () => {
    const threadId = newId('t')
    world.stage.play(threadId, say('Hello Ada.'))
    await resultOf(await generate(world, { thread: threadId, text: `I am Ada #${threadId}` }))
    await resultOf(await generate(world, { thread: threadId, text: 'two' }))
    const { messages: found, uiMessages, ...page } = await client.listThreadMessages(threadId, { agentId })
    const messages: Shown[] = found
    expect(page).toEqual({ total: 4, page: 0, perPage: 40, hasMore: false })
    expect(messages[0]).toEqual({
      id: expect.any(String),
      role: 'user',
      threadId,
      resourceId: 'default',
      createdAt: expect.any(String),
      content: {
        format: 2,
        parts: [{ type: 'text', text: `I am Ada #${threadId}` }],
        content: `I am Ada #${threadId}`,
      },
    })
    expect([messages[1]?.role, messages[1]?.content.content, uiMessages]).toEqual([
      'assistant',
      'Hello Ada.',
      null,
    ])
    const list = async (params: object): Promise<string> => {
      const asked: Shown[] = (await client.getMemoryThread({ threadId }).listMessages(params)).messages
      return asked.map(({ id }) => messages.findIndex((one) => one.id === id)).join('')
    }
    expect(await list({ perPage: 3 })).toBe('012')
    expect(await list({ perPage: 3, page: 1 })).toBe('3')
    expect(await list({ perPage: 3, orderBy: { field: 'createdAt', direction: 'DESC' } })).toBe('321')
    expect(await list({ filter: { roles: ['user'] } })).toBe('02')
    expect(await list({ filter: { dateRange: { start: new Date(0), end: new Date(1) } } })).toBe('')
    expect(await list({ filter: { dateRange: { start: messages[2]?.createdAt } } })).toBe('23')
    expect(
      await list({
        perPage: 0,
        include: [{ id: messages[1]?.id, withPreviousMessages: 1, withNextMessages: 1 }],
      }),
    ).toBe('012')
  })

  it('are saved on several threads at once, twice without harm, and a model is shown them', async () => {
    const resourceId = newId('user')
    const [one, two] = [newId('t'), newId('t')]
    const messages = [
      message('a', one, resourceId),
      message('b', two, resourceId),
      { ...message('c', one, resourceId), role: 'assistant' as const },
    ]
    for (const _ of [1, 2]) {
      const saved = await client.saveMessageToMemory({ agentId, messages })
      expect(saved.messages).toMatchObject(
        messages.map(({ id, role, threadId }) => ({ id, role, threadId, resourceId })),
      )
    }
    expect([await textsOf(one), await textsOf(two)]).toEqual([['a', 'c'], ['b']])
    const { threads } = await client.listMemoryThreads({ resourceId })
    expect(threads.map(({ id, title }) => [id, title]).toSorted()).toEqual(
      [
        [one, 'a'],
        [two, 'b'],
      ].toSorted(),
    )
    const cues = world.stage.play(one, say('ok'))
    await resultOf(await generate(world, { thread: one, text: `more #${one}`, resourceId }))
    expect(cues.items[0]?.request.body['messages']).toMatchObject([
      { role: 'developer' },
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'c' },
      { role: 'user' },
    ])
    const heard = await hearAll(world, one)
    expect(heard.filter(({ event }) => event.type === 'message')).toHaveLength(2)
  })

  it.each(['ai-sdk-4-core', 'ai-sdk-4-ui', 'ai-sdk-6-ui', 'ai-sdk-7-model', 'mastra', 'mastra-1'])(
    'of every version are saved, and come back with all that they said: %s',
    async (name) => {
      const [threadId, resourceId] = [newId('t'), newId('user')]
      const createdAt = new Date(0).toISOString()
      const messages = readRecorded(name).map((message, i) => ({
        ...message,
        id: `${threadId}-${i}`,
        createdAt,
        threadId,
        resourceId,
      }))
      const saved = await post(world, '/api/memory/save-messages', { messages })
      expect(saved.status).toBe(200)
      const listed = await get(world, `/api/memory/threads/${threadId}/messages?perPage=50`)
      const found = said(await listed.json())
      expect(found.length).toBeGreaterThan(2)
      expect(found).toEqual(said(messages))
    },
  )

  it('are deleted by their ids alone: minted, chosen in a chat, saved, and as whole messages', async () => {
    const threadId = newId('t')
    const chosen = newId('mine')
    const thread = client.getMemoryThread({ threadId, agentId })
    await resultOf(await generate(world, { thread: threadId, text: 'minted' }))
    await (await chat(world, { thread: threadId, id: chosen, text: 'chosen' })).text()
    const saved = message(newId('saved'), threadId, 'default')
    await client.saveMessageToMemory({ agentId, messages: [saved] })
    const { messages } = await thread.listMessages()
    expect(messages).toHaveLength(5)
    const [question, answer, , reply] = messages
    if (!question || !answer || !reply) throw new Error('There are too few messages')
    expect(await thread.deleteMessages(question.id)).toEqual({
      success: true,
      message: '1 message deleted successfully',
    })
    expect(await thread.deleteMessages([chosen, saved.id])).toMatchObject({
      message: '2 messages deleted successfully',
    })
    expect(await textsOf(threadId)).toEqual(['minted', 'chosen'])
    await thread.deleteMessages([answer, { id: reply.id }])
    expect(await textsOf(threadId)).toEqual([])
    await expect(thread.deleteMessages(answer.id)).rejects.toMatchObject({ status: 404 })
    expect(JSON.stringify(await hearAll(world, threadId))).not.toMatch(/minted|chosen/)
  })
})

describe('a clone of a thread', () => {
  it('has its messages and is gone on with, and the first stays as it was', async () => {
    const resourceId = newId('user')
    const threadId = newId('t')
    await resultOf(await generate(world, { thread: threadId, text: 'hello', resourceId }))
    const { thread, clonedMessages } = await client
      .getMemoryThread({ threadId, agentId })
      .clone({ metadata: { a: 1 } })
    expect(thread).toMatchObject({
      resourceId,
      title: 'Clone of hello',
      metadata: { a: 1, clone: { sourceThreadId: threadId, lastMessageId: expect.any(String) } },
    })
    expect(shown(clonedMessages)).toEqual(['hello', 'hello'])
    await resultOf(await generate(world, { thread: thread.id, text: 'more', resourceId }))
    expect([await textsOf(thread.id), await textsOf(threadId)]).toEqual([
      ['hello', 'hello', 'more', 'more'],
      ['hello', 'hello'],
    ])
    expect((await client.listMemoryThreads({ resourceId })).total).toBe(2)
  })

  it('is named, owned and cut as asked, and takes the place of no other', async () => {
    const threadId = newId('t')
    const newThreadId = newId('t')
    const resourceId = newId('user')
    for (const text of ['one', 'two']) await resultOf(await generate(world, { thread: threadId, text }))
    const source = client.getMemoryThread({ threadId, agentId })
    const params = { newThreadId, resourceId, title: 'Mine', options: { messageLimit: 3 } }
    expect((await source.clone(params)).thread).toMatchObject({ id: newThreadId, resourceId, title: 'Mine' })
    expect(await textsOf(newThreadId)).toEqual(['one', 'two', 'two'])
    await expect(source.clone(params)).rejects.toMatchObject({ status: 409 })
    const { messages } = await source.listMessages()
    const options = {
      messageFilter: { startDate: new Date(0), endDate: new Date(), messageIds: [messages[2]?.id ?? ''] },
    }
    const { clonedMessages } = await source.clone({ options })
    expect([clonedMessages[0]?.role, shown(clonedMessages)]).toEqual(['user', ['two']])
  })
})

describe('what is not there, or not meant', () => {
  it('is 404: an unknown thread, and one of another resource', async () => {
    const threadId = newId('t')
    await client.createMemoryThread({ agentId, resourceId: 'ann', threadId })
    const none = client.getMemoryThread({ threadId: newId('none'), agentId })
    const asks = [
      () => none.get(),
      () => none.update({ title: 'x' }),
      () => none.delete(),
      () => none.listMessages(),
      () => none.clone(),
    ]
    for (const asked of asks) await expect(asked()).rejects.toMatchObject({ status: 404 })
    await expect(none.deleteMessages(newId('m'))).rejects.toMatchObject({ status: 404 })
    const thread = client.getMemoryThread({ threadId, agentId })
    await expect(thread.listMessages({ resourceId: 'bob' })).rejects.toMatchObject({ status: 404 })
    await expect(thread.update({ title: 'x', resourceId: 'bob' })).rejects.toMatchObject({ status: 404 })
    const path = `/api/memory/threads/${threadId}?resourceId=`
    expect((await get(world, `${path}bob`)).status).toBe(404)
    expect((await get(world, `${path}ann`)).status).toBe(200)
    await expect(
      client.saveMessageToMemory({ agentId, messages: [message('m', threadId, 'bob')] }),
    ).rejects.toMatchObject({ status: 409 })
  })

  it.each([
    ['threads', { threadId: '' }, 'threadId'],
    ['threads', { title: 5 }, 'title'],
    ['threads', { metadata: 'x' }, 'metadata'],
    ['threads/t/clone', { newThreadId: 'x'.repeat(257) }, 'newThreadId'],
    ['threads/t/clone', { options: { messageLimit: -1 } }, 'options.messageLimit'],
    [
      'threads/t/clone',
      { options: { messageFilter: { startDate: 'soon' } } },
      'options.messageFilter.startDate',
    ],
    ['save-messages', {}, 'messages'],
    ['save-messages', { messages: [] }, 'messages'],
    ['save-messages', { messages: [{ role: 'user', content: 'x' }] }, 'messages[0].threadId'],
    ['save-messages', { messages: [{ threadId: 't', role: 'robot', content: 'x' }] }, 'messages[0].role'],
    ['save-messages', { messages: [{ threadId: 't', role: 'user', content: 5 }] }, 'messages[0].content'],
    [
      'save-messages',
      {
        messages: ['ann', 'bob'].map((resourceId) => ({
          threadId: 't',
          resourceId,
          role: 'user',
          content: 'x',
        })),
      },
      'messages[1].resourceId',
    ],
    ['messages/delete', {}, 'messageIds'],
    ['messages/delete', { messageIds: [] }, 'messageIds'],
    ['messages/delete', { messageIds: [''] }, 'messageIds'],
  ])('is 400 in a body, and names the field: %s %j', async (path, body, field) => {
    const { status, error } = await errorOf(await post(world, `/api/memory/${path}`, body))
    expect([status, error.code, error.issues?.[0]?.field]).toEqual([400, 'invalid_request', field])
  })

  it.each([
    ['threads?metadata=x', 'metadata'],
    ['threads?metadata={"a":[]}', 'metadata.a'],
    ['threads?orderBy[field]=title', 'orderBy[field]'],
    ['threads?orderBy[direction]=UP', 'orderBy[direction]'],
    ['threads/t/messages?orderBy={"direction":"UP"}', 'orderBy.direction'],
    ['threads/t/messages?filter={"dateRange":{"start":"soon"}}', 'filter.dateRange.start'],
    ['threads/t/messages?include=[{"id":"a","withNextMessages":-1}]', 'include[0].withNextMessages'],
  ])('is 400 in a query, and names the field: %s', async (path, field) => {
    const { status, error } = await errorOf(await get(world, `/api/memory/${encodeURI(path)}`))
    expect([status, error.code, error.issues?.[0]?.field]).toEqual([400, 'invalid_request', field])
  })
})

function message(id: string, threadId: string, resourceId: string) {
  const content = { format: 2 as const, parts: [{ type: 'text' as const, text: id }] }
  return { id, role: 'user' as const, content, threadId, resourceId, createdAt: new Date() }
}

/** The texts of a thread's messages, oldest first. */
async function textsOf(threadId: string): Promise<(string | undefined)[]> {
  return shown((await client.listThreadMessages(threadId, { agentId })).messages)
}

/** As much of the client's messages as is looked at here: their own type says unknown beside it. */
interface Shown {
  id: string
  role: string
  createdAt: Date
  content: { content?: string | undefined }
}

function shown(messages: Shown[]): (string | undefined)[] {
  return messages.map(({ content }) => content.content)
}
