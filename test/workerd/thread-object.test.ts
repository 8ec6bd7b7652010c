import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { afterEach, expect, it } from 'vitest'
import { arm } from './faults.ts'
import { ask, messagesOf, threadOf } from './kit.ts'

afterEach(reset)

async function say(text: string, threadId = 't', agent = 'words'): Promise<Record<string, unknown>> {
  arm(undefined)
  const response = await ask(`/api/agents/${agent}/generate`, { messages: text, threadId })
  return response.json()
}

it('remembers its conversation after it was evicted', async () => {
  await say('say 2 words')
  await evictDurableObject(threadOf('t'))
  await say('say 3 words')
  await evictDurableObject(threadOf('t'))
  const messages = await messagesOf('t')
  const texts = messages.map(({ parts }) =>
    parts.map((part) => (part.type === 'text' ? part.text : '')).join(''),
  )
  expect(texts).toEqual(['say 2 words', 'word0 word1', 'say 3 words', 'word0 word1 word2'])
})

it('goes on from an offset that was given before it was evicted', async () => {
  await say('say 4 words')
  const first = await (await ask('/api/threads/t/events?after=0&until=idle')).text()
  await evictDurableObject(threadOf('t'))
  await say('say 2 words')
  const ids = [...first.matchAll(/^id: (.*)$/gm)].map(([, id]) => id)
  const rest = await (await ask(`/api/threads/t/events?after=${ids.at(-1)}&until=idle`)).text()
  const types = [...rest.matchAll(/"type":"([a-z-]+)"/g)].map(([, type]) => type)
  // The first is the turn's, the second that of a part of its message.
  expect(types.filter((type) => type !== 'text')).toEqual([
    'turn-start',
    'step-start',
    'text-start',
    'text-delta',
    'text-end',
    'step-end',
    'turn-end',
  ])
})

it('has an alarm while a turn is open, and erases nothing when it rings later', async () => {
  await say('say 2 words')
  const alarm = await runInDurableObject(threadOf('t'), (_thread, state) => state.storage.getAlarm())
  expect(alarm).toBeGreaterThan(Date.now() - 1000)
  await runDurableObjectAlarm(threadOf('t'))
  expect(await messagesOf('t')).toHaveLength(2)
})

it('leaves nothing behind when it is deleted, and can begin anew', async () => {
  await say('say 2 words')
  const url = '/api/memory/threads/t'
  const response = await exports.default.fetch(`http://localhost${url}`, { method: 'DELETE' })
  expect(response.status).toBe(200)
  const left = await runInDurableObject(threadOf('t'), async (_thread, state) => ({
    tables: state.storage.sql
      .exec(`SELECT name FROM sqlite_master WHERE name IN ('state', 'turns', 'log')`)
      .toArray(),
    alarm: await state.storage.getAlarm(),
  }))
  expect(left).toEqual({ tables: [], alarm: null })
  expect((await ask(url)).status).toBe(404)
  expect(await (await ask('/api/memory/threads')).json()).toMatchObject({ threads: [], total: 0 })
  await say('say 1 words')
  expect(await messagesOf('t')).toHaveLength(2)
})

it('runs a request with a key and without a thread once, and puts it on no list', async () => {
  arm(undefined)
  const headers = { 'idempotency-key': 'k1' }
  const first = await ask('/api/agents/words/generate', { messages: 'say 2 words' }, headers)
  const again = await ask('/api/agents/words/generate', { messages: 'say 2 words' }, headers)
  const [one, two] = [await first.json(), await again.json()]
  expect(one).toEqual(two)
  expect(one).toMatchObject({ text: 'word0 word1' })
  expect(one).not.toHaveProperty('threadId')
  expect(await (await ask('/api/memory/threads')).json()).toMatchObject({ total: 0 })
})
