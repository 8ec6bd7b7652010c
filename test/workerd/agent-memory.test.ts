import { reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { arm, plan } from './faults.ts'
import { ask, messagesOf, outboxOf, send, startCall, storeOf, threadOf } from './kit.ts'
import { shown } from './rememberer.ts'

afterEach(reset)

const INDEX = 'messages/offline-256'

async function say(threadId: string, text: string, agent = 'rememberer', resourceId?: string): Promise<void> {
  arm(undefined)
  const body = { messages: text, threadId, ...(resourceId && { resourceId }) }
  const response = await ask(`/api/agents/${agent}/generate`, body)
  expect(response.status).toBe(200)
  await settled(threadId)
}

/** All that the thread has to tell others is told. */
async function settled(threadId: string): Promise<void> {
  await runDurableObjectAlarm(threadOf(threadId))
}

const config = (value: unknown): string => `&memoryConfig=${encodeURIComponent(JSON.stringify(value))}`

async function json(path: string): Promise<unknown> {
  const response = await ask(path)
  expect(response.status).toBe(200)
  return response.json()
}

describe('memory in real objects', () => {
  it('recalls what was said on another thread of the resource, and of no other resource', async () => {
    await say('a', 'My dog is called Rex', 'rememberer', 'ann')
    await say('b', 'What is my dog called?', 'rememberer', 'ann')
    expect(shown.get('What is my dog called?')).toContain('My dog is called Rex')
    await say('c', 'How is my dog called?', 'rememberer', 'ben')
    expect(shown.get('How is my dog called?')).not.toContain('Rex')
  })

  it('searches by meaning, with the thread that it was said on', async () => {
    await say('a', 'My dog is called Rex')
    const found = await json('/api/memory/search?agentId=rememberer&searchQuery=dog')
    expect(found).toMatchObject({
      count: 2,
      query: 'dog',
      searchType: 'hybrid',
      searchScope: 'resource',
      results: [
        { role: 'user', content: 'My dog is called Rex', threadId: 'a', threadTitle: 'My dog is called Rex' },
        { role: 'assistant', content: 'heard' },
      ],
    })
  })

  it('searches by words too, though nothing else is alike', async () => {
    for (const n of [1, 2, 3, 4, 5, 6]) await say('a', `Where is order B-10${n}7, and why is it late?`)
    await say('a', 'Reach me at +49 (170) 555-01 23')
    const found = await json('/api/memory/search?agentId=rememberer&limit=1&searchQuery=who is 0170 5550123')
    expect(found).toMatchObject({ results: [{ content: 'Reach me at +49 (170) 555-01 23' }] })
  })

  it('searches by meaning alone or by words alone where the request says so', async () => {
    await say('a', 'My dog is called Rex, see order B-1042')
    await say('a', 'My dogs are hungry')
    const search = '/api/memory/search?agentId=rememberer&searchQuery=1042'
    const found = await json(`${search}&searchType=text`)
    expect(found).toMatchObject({ count: 1, searchType: 'text', results: [{ role: 'user' }] })
    const words = await json(`${search} dog&searchType=text&limit=5`)
    expect(words).toMatchObject({ count: 1 })
    expect(await json(`${search}&searchType=semantic`)).toMatchObject({ count: 4, searchType: 'semantic' })
    expect(await json(`${search}&searchType=text&resourceId=nobody`)).toMatchObject({ count: 0 })
    expect(await json(`${search}${config({ semanticRecall: { hybrid: false } })}`)).toMatchObject({
      searchType: 'semantic',
    })
    // An agent that recalls nothing of itself.
    const other = '/api/memory/search?agentId=words&searchQuery=1042'
    expect((await ask(other)).status).toBe(400)
    expect(await json(`${other}${config({ semanticRecall: true })}`)).toMatchObject({ searchType: 'hybrid' })
    for (const [bad, field] of [
      ['searchType=fuzzy', 'searchType'],
      ['memoryConfig={', 'memoryConfig'],
      [`memoryConfig=${JSON.stringify({ semanticRecall: { topK: 0 } })}`, 'memoryConfig'],
    ]) {
      const refused = await ask(`${search}&${bad}`)
      expect(refused.status).toBe(400)
      expect(JSON.stringify(await refused.json())).toContain(field)
    }
  })

  it('keeps working memory by its tool, for the resource or for the thread alone', async () => {
    await say('a', 'remember tea')
    await say('b', 'remember milk')
    const path = '/api/memory/threads/b/working-memory?agentId='
    expect(await json(`${path}rememberer`)).toMatchObject({
      workingMemory: JSON.stringify({ notes: { tea: true, milk: true } }, null, 2),
      source: 'resource',
      workingMemoryTemplate: { format: 'json' },
      threadExists: true,
    })
    await say('d', 'remember salt', 'threadNoter')
    expect(await json('/api/memory/threads/d/working-memory?agentId=threadNoter')).toMatchObject({
      workingMemory: JSON.stringify({ notes: { salt: true } }, null, 2),
      source: 'thread',
    })
    expect(await json('/api/memory/threads/none/working-memory?agentId=threadNoter')).toMatchObject({
      workingMemory: null,
      threadExists: false,
    })
  })

  it('sets working memory whole, and refuses what the agent could not read', async () => {
    await say('d', 'hello', 'threadNoter')
    for (const agent of ['rememberer', 'threadNoter']) {
      const path = `/api/memory/threads/d/working-memory?agentId=${agent}`
      const workingMemory = '{"notes":{"set":true}}'
      expect(await (await ask(path, { workingMemory })).json()).toEqual({ success: true })
      expect(JSON.stringify(await json(path))).toContain('set')
      const refused = await ask(path, { workingMemory: 'plain words' })
      expect(refused.status).toBe(400)
      expect(await refused.json()).toMatchObject({ error: { issues: [{ field: 'workingMemory' }] } })
    }
    const none = await ask('/api/memory/threads/none/working-memory?agentId=threadNoter', {
      workingMemory: '{}',
    })
    expect(none.status).toBe(404)
    const off = await ask('/api/memory/threads/d/working-memory?agentId=words')
    expect(off.status).toBe(400)
    expect((await ask('/api/memory/status')).status).toBe(400)
    expect((await ask('/api/memory/status?agentId=nobody')).status).toBe(404)
  })

  it('says what it is', async () => {
    expect(await json('/api/memory/status?agentId=words')).toEqual({ result: true, memoryType: 'local' })
    expect(await json('/api/memory/config?agentId=rememberer')).toMatchObject({
      memoryType: 'local',
      config: {
        lastMessages: 2,
        semanticRecall: { topK: 1, messageRange: { before: 0, after: 0 }, scope: 'resource' },
        workingMemory: { enabled: true, scope: 'resource' },
      },
    })
  })
})

describe('a turn that remembers, whose object dies after a commit', () => {
  for (let k = 0; k < 4; k += 1) {
    it(`is remembered once when it dies after commit ${k}`, async () => {
      arm(k)
      const call = startCall('rememberer', 't', 'remember tea')
      await expect(send('t', call)).rejects.toThrow('killed by the test')
      expect(plan.deaths).toBe(1)
      await runDurableObjectAlarm(threadOf('t'))
      await settled('t')
      expect((await messagesOf('t')).map(({ role }) => role)).toEqual(['user', 'assistant'])
      const store = env.STORE.getByName('resource/default')
      const index = await store.describeIndex(INDEX)
      expect(index).toMatchObject({ result: { count: 2 } })
      expect(JSON.stringify(await json('/api/memory/threads/t/working-memory?agentId=rememberer'))).toContain(
        'tea',
      )
      expect(await outboxOf('t')).toEqual([])
    })
  }
})

describe('a thread that changes hands', () => {
  it('leaves list and index of the one and enters those of the other', async () => {
    await say('a', 'My dog is called Rex', 'rememberer', 'ann')
    const moved = await ask('/api/memory/threads/a/transfer', { resourceId: 'ben' })
    expect(await moved.json()).toMatchObject({ id: 'a', resourceId: 'ben' })
    await settled('a')
    expect(await json('/api/memory/threads?resourceId=ann')).toMatchObject({ total: 0 })
    expect(await json('/api/memory/threads?resourceId=ben')).toMatchObject({ total: 1 })
    const search = '/api/memory/search?agentId=rememberer&searchQuery=dog&resourceId='
    expect(await json(`${search}ann`)).toMatchObject({ count: 0 })
    expect(await json(`${search}ben`)).toMatchObject({ count: 2 })
    await say('a', 'And the cat?', 'rememberer', 'ben')
    expect(shown.get('And the cat?')).toContain('Rex')
    expect((await ask('/api/memory/threads/none/transfer', { resourceId: 'ben' })).status).toBe(404)
    expect((await ask('/api/memory/threads/a/transfer', {})).status).toBe(400)
  })
})

describe('all that a resource owns', () => {
  it('is exported line by line, and erased until nothing is left', async () => {
    await say('a', 'My dog is called Rex', 'rememberer', 'ann')
    await say('b', 'remember tea', 'rememberer', 'ann')
    await say('c', 'My cat is called Tom', 'rememberer', 'ben')
    const save = {
      messages: [{ id: 'mine', role: 'user', content: 'saved', threadId: 'a', resourceId: 'ann' }],
    }
    expect((await ask('/api/memory/save-messages', save)).status).toBe(200)
    const exported = await (await ask('/api/memory/resources/ann/export')).text()
    const lines = exported
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(lines).toMatchObject([
      { type: 'resource', resourceId: 'ann' },
      { type: 'working-memory', content: { notes: { tea: true } } },
      { type: 'thread', threadId: 'a' },
      { type: 'message', threadId: 'a', role: 'user' },
      { type: 'message', role: 'assistant' },
      { type: 'message', id: 'mine' },
      { type: 'thread', threadId: 'b' },
      { type: 'message', threadId: 'b', role: 'user' },
      { type: 'message', role: 'assistant' },
    ])
    const erased = await ask('/api/memory/resources/ann', undefined, {}, 'DELETE')
    expect(await erased.json()).toEqual({ resourceId: 'ann', erased: { threads: 2, runs: 0, schedules: 0 } })
    expect(await tablesOf(storeOf('resource/ann'))).toEqual({})
    for (const thread of ['a', 'b']) expect(await tablesOf(threadOf(thread))).toEqual({})
    const [line, ...rest] = (await (await ask('/api/memory/resources/ann/export')).text()).trim().split('\n')
    expect([JSON.parse(line ?? ''), rest]).toMatchObject([{ type: 'resource' }, []])
    // Another's is untouched.
    expect(await json('/api/memory/search?agentId=rememberer&searchQuery=cat&resourceId=ben')).toMatchObject({
      count: 2,
    })
    expect(await messagesOf('c')).toHaveLength(2)
  })
})

/** How many rows each table of an object has, those that have any. */
async function tablesOf(stub: DurableObjectStub): Promise<Record<string, number>> {
  return runInDurableObject(stub, (_object, state) => {
    const { sql } = state.storage
    const tables = sql
      .exec(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '[_s]*_*'`)
      .toArray()
    const counts = tables.map(({ name }): [string, number] => [
      String(name),
      Number(sql.exec(`SELECT count(*) AS n FROM "${String(name)}"`).one()['n']),
    ])
    return Object.fromEntries(counts.filter(([, count]) => count > 0))
  })
}

describe('threads of a resource whose index does not hold what they said', () => {
  it('are embedded by the next that is spoken on, each in its own object, and the status tells of it', async () => {
    await say('a', 'My dog is called Rex')
    await say('b', 'My cat is called Tom')
    const status = '/api/memory/status?agentId=rememberer'
    expect(await json(status)).toMatchObject({ embedding: { status: 'done', refused: 0 } })
    const store = env.STORE.getByName('resource/default')
    // As if the embedder were another now.
    await store.deleteIndex(INDEX)
    await store.clear('embedding')
    expect(await json(status)).toEqual({ result: true, memoryType: 'local' })
    await say('c', 'hello')
    for (let rings = 0; rings < 5 && (await outboxOf('c')).length > 0; rings += 1) await settled('c')
    expect(await outboxOf('c')).toEqual([])
    expect(await store.describeIndex(INDEX)).toMatchObject({ result: { count: 6 } })
    expect(await json(status)).toMatchObject({
      embedding: { status: 'done', threads: 4, messages: 4, refused: 0 },
    })
    await say('c', 'What is my dog called?')
    expect(shown.get('What is my dog called?')).toContain('Rex')
  })

  it.each([2, 3, 4])(
    'are embedded though the object that does it dies after its commit %i, and no client is there',
    async (commit) => {
      await say('a', 'My dog is called Rex')
      const store = env.STORE.getByName('resource/default')
      await store.deleteIndex(INDEX)
      await store.clear('embedding')
      arm(commit)
      expect((await send('c', startCall('rememberer', 'c', 'hello'))).status).toBe(200)
      // It may die under the alarm, too, which then rings again.
      for (let rings = 0; rings < 9; rings += 1) await settled('c').catch(() => undefined)
      expect(plan.deaths).toBe(1)
      expect(await outboxOf('c')).toEqual([])
      expect(await store.describeIndex(INDEX)).toMatchObject({ result: { count: 4 } })
    },
  )
})
