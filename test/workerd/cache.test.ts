import { reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StreamEntry } from '../../lib/protocol/event.ts'
import type { Part } from '../../lib/protocol/message.ts'
import { unsettle } from '../../lib/storage/adapters/settled.ts'
import type { StoreStub } from '../../lib/storage/adapters/store.ts'
import { storeKeyValue } from '../../lib/storage/adapters/store.ts'
import { asked, gate } from './cached.ts'
import { arm, plan } from './faults.ts'
import { ask, messagesOf, send, startCall, storeOf, threadOf } from './kit.ts'

beforeEach(() => arm(undefined))
afterEach(async () => {
  asked.length = 0
  gate.isShut = false
  await reset()
})

/** What the isolate keeps outlives a test, as it outlives requests: each asks what no other does. */
async function textOf(agent: string, thread: string, text: string, resourceId = 'default'): Promise<string> {
  const call = startCall(agent, thread, text)
  if (call.type === 'start') call.request.resourceId = resourceId
  const answer = (await (await send(thread, call)).json()) as { text?: string }
  return answer.text ?? ''
}

async function execute(what: string, more: object = {}): Promise<unknown[]> {
  const path = '/api/agents/uncached/tools/find/execute'
  const response = await ask(path, { data: { what }, ...more })
  return [response.status, await response.json(), response.headers.get('x-edgewise-cache')]
}

async function run(what: string): Promise<unknown> {
  const response = await ask('/api/workflows/finding/start-async', { inputData: { what } })
  return response.json()
}

const KNOWN = 'This is what I know of'

describe('what was asked before', () => {
  it('is answered on another thread without the model, as a stream, and the log says so', async () => {
    await textOf('cached', 't1', 'look at one')
    expect(asked).toEqual(['model look at one 0', 'tool look at one', 'model look at one 1'])
    await textOf('cached', 't2', 'look at one')
    expect(asked).toHaveLength(3)
    const response = await ask('/api/threads/t2/events?after=0&until=idle')
    const events = (await response.text())
      .split('\n')
      .flatMap((line) =>
        line.startsWith('data: ') ? [JSON.parse(line.slice(6)) as StreamEntry['event']] : [],
      )
    const level = 'isolate'
    expect(events.filter(({ type }) => type === 'cache')).toMatchObject([
      { of: 'model', hit: true, level, usage: { inputTokens: 10 } },
      { of: 'tool', hit: true, level, toolCallId: expect.stringMatching(/^call_/) },
      { of: 'model', hit: true, level },
    ])
    expect((await messagesOf('t2'))[1]?.outcome).toMatchObject({
      status: 'completed',
      usage: { totalTokens: 0 },
    })
  })

  it('is kept in the object of whose it is, one row an answer; what is for all in one of sixteen', async () => {
    await textOf('cached', 't1', 'two', 'ann')
    await textOf('shared', 't2', 'two', 'ann')
    expect(await keysOf('resource/ann')).toEqual([expect.stringMatching(/^cache\/1\/[0-9a-f]{64}$/)])
    const all = await Promise.all(Array.from({ length: 16 }, (_, shard) => keysOf(`cache/${shard}`)))
    expect(all.flat()).toHaveLength(1)
    expect(await textOf('shared', 't3', 'two', 'bob')).toContain(KNOWN)
    expect(asked).toEqual(['model two 0', 'model two 0'])
    expect(await textOf('cached', 't4', 'two', 'bob')).toContain(KNOWN)
    expect(asked).toHaveLength(3)
  })

  it('is asked anew where the request says so, over HTTP, and where a tool alone has a cache', async () => {
    await generate({})
    await generate({ threadId: 'h1' })
    expect(asked).toHaveLength(1)
    await generate({ cache: false })
    await generate({ cache: 'refresh', threadId: 'h2' })
    expect(asked).toHaveLength(3)
    const chat = { messages: [{ id: 'm', role: 'user', parts: [{ type: 'text', text: 'three' }] }] }
    for (const more of [{ id: 'c1' }, { id: 'c2', cache: false }])
      await (await ask('/api/agents/cached/chat', { ...chat, ...more })).text()
    expect(asked).toHaveLength(4)
    const wrong = await ask('/api/agents/cached/generate', { messages: 'three', cache: 'never' })
    expect(wrong.status).toBe(400)
    expect(JSON.stringify(await wrong.json())).toContain('cache')

    asked.length = 0
    for (const thread of ['u1', 'u2']) await textOf('uncached', thread, 'look at three')
    expect(asked.filter((what) => what.startsWith('tool'))).toHaveLength(1)
    expect(asked).toHaveLength(5)
  })

  it('is known to a request to the tool itself and to a step of a workflow, too', async () => {
    expect(await execute('nine')).toEqual([200, { found: 'nine' }, 'miss'])
    expect(await execute('nine')).toEqual([200, { found: 'nine' }, 'isolate'])
    expect(await run('nine')).toMatchObject({ status: 'success', result: { found: 'nine' } })
    expect(asked).toEqual(['tool nine'])
    expect(await run('look at ten')).toMatchObject({ status: 'success', result: { found: 'look at ten' } })
    // The run's object keeps its own.
    expect(await execute('look at ten')).toEqual([200, { found: 'look at ten' }, 'storage'])
    expect(await textOf('uncached', 'n1', 'look at ten')).toContain(KNOWN)
    expect(asked.filter((what) => what.startsWith('tool'))).toEqual(['tool nine', 'tool look at ten'])
    // Another's is another question, and so is one that is asked for anew.
    expect(await execute('nine', { requestContext: { resourceId: 'ann' } })).toContain('miss')
    expect(await execute('nine', { cache: 'refresh' })).toContain('miss')
    expect(await execute('nine', { cache: false })).toEqual([200, { found: 'nine' }, null])
    expect(asked.filter((what) => what === 'tool nine')).toHaveLength(4)
    expect((await execute('nine', { cache: 'never' }))[0]).toBe(400)
    expect((await execute('', { data: {} }))[0]).toBe(400)
  })

  it('is erased with all else of its resource', async () => {
    await textOf('cached', 't1', 'four', 'ann')
    await textOf('cached', 't2', 'four', 'bob')
    const erased = await ask('/api/memory/resources/ann', undefined, {}, 'DELETE')
    expect(erased.status).toBe(200)
    expect([await keysOf('resource/ann'), (await keysOf('resource/bob')).length]).toEqual([[], 1])
  })

  it('leaves no row and no event with an agent that has no cache', async () => {
    await textOf('words', 't1', 'say 3')
    expect(await keysOf('resource/default')).toEqual([])
  })
})

/** The start, the step that calls, its result, the last step with the end. */
const COMMITS = 4

describe('an answer that is given again by an object that dies', () => {
  for (let k = 0; k < COMMITS; k += 1) {
    it(`after commit ${k} is the same, and nobody is asked`, async () => {
      const question = `look at death ${k}`
      const first = await textOf('cached', 'first', question)
      const known = await messagesOf('first')
      asked.length = 0
      arm(k)
      await expect(send('t', startCall('cached', 't', question))).rejects.toThrow('killed by the test')
      expect(plan.deaths).toBe(1)
      await runDurableObjectAlarm(threadOf('t'))
      const [, answer] = await messagesOf('t')
      expect(answer?.outcome).toMatchObject({ status: 'completed', usage: { totalTokens: 0 } })
      expect(answer?.parts.map(nameless)).toEqual(known[1]?.parts.map(nameless))
      expect(JSON.stringify(answer?.parts)).toContain(first)
      expect(asked).toEqual([])
    })
  }
})

describe('who asks what another object is asking', () => {
  it('gets its answer, and the model is asked once', async () => {
    gate.isShut = true
    const both = [textOf('cached', 't1', 'slow one'), textOf('cached', 't2', 'slow one')]
    await expect.poll(() => asked.length).toBe(1)
    await send('t3', startCall('words', 't3', 'say 1'))
    gate.isShut = false
    const [first, second] = await Promise.all(both)
    expect(first).toContain('slow one')
    expect(second).toBe(first)
    expect(asked).toHaveLength(1)
  })

  it('asks itself when the other dies', async () => {
    gate.isShut = true
    const first = send('t1', startCall('cached', 't1', 'slow two')).then(
      () => 'answered',
      () => 'died',
    )
    await expect.poll(() => asked.length).toBe(1)
    const second = textOf('cached', 't2', 'slow two')
    await runInDurableObject(threadOf('t1'), (_object, state) => {
      void state.storage.deleteAlarm()
      state.abort('killed by the test')
    }).catch(() => undefined)
    expect(await first).toBe('died')
    gate.isShut = false
    expect(await second).toContain('slow two')
    expect(asked).toHaveLength(2)
  })
})

function nameless(part: Part): Part {
  return part.type === 'tool' ? { ...part, toolCallId: '' } : part
}

async function keysOf(shard: string): Promise<string[]> {
  // The test Worker's own class.
  const store = storeOf(shard) as unknown as StoreStub
  const { keys } = await storeKeyValue(async (question) => unsettle(await question(store))).list({
    limit: 100,
  })
  return keys
}

async function generate(more: object): Promise<void> {
  const response = await ask('/api/agents/cached/generate', { messages: 'three', ...more })
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ text: expect.stringContaining(KNOWN) })
}
