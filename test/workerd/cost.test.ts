import { reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import { runtimeOf } from '../../lib/runtime/create.ts'
import { listSchedules } from '../../lib/schedules/schedule-list.ts'
import type { Env } from '../../worker/env.ts'
import app from './app.ts'
import { arm } from './faults.ts'
import { counted, resetCount } from './counting.ts'
import { ask, outboxOf, threadOf } from './kit.ts'

// The schedules that the app declares are made with the first request: those rows are no turn's.
beforeAll(async () => {
  await ask('/health')
  // The test Worker's own bindings, as worker/env.ts describes them.
  const bindings: unknown = env
  const { documents } = runtimeOf(app, bindings as Env)
  const made = () => listSchedules(undefined, {}, documents)
  await vi.waitUntil(async () => (await made()).length === 1, { timeout: 60_000 })
  await reset()
})
afterEach(reset)

/** A turn to its end, and what comes behind its answer: telling others writes rows, too. */
async function turn(agent: string, text: string, threadId = 't'): Promise<void> {
  arm(undefined)
  const response = await ask(`/api/agents/${agent}/generate`, { messages: text, threadId })
  expect(response.status).toBe(200)
  await expect.poll(() => outboxOf(threadId), { interval: 5 }).toEqual([])
}

it('writes at most ten rows for a turn with one tool call, alarm and outbox among them', async () => {
  await turn('words', 'warm up')
  resetCount()
  await turn('single', 'pay')
  expect(counted.written + counted.alarms).toBeLessThanOrEqual(10)
  expect(counted.deleted).toBeLessThanOrEqual(1)
})

it('writes the same rows however many words the answer has', async () => {
  await turn('words', 'warm up')
  resetCount()
  await turn('words', 'say 3 words')
  const { read: _, ...short } = counted
  resetCount()
  await turn('words', 'say 3000 words')
  expect(counted).toMatchObject(short)
})

it('keeps a thread of four turns with a tool each within 50 KB', async () => {
  for (const text of ['one', 'two', 'three', 'four']) await turn('single', text)
  const size = await runInDurableObject(threadOf('t'), (_thread, state) => state.storage.sql.databaseSize)
  expect(size).toBeLessThanOrEqual(50_000)
})

const PAGES = ['', '?orderBy={"direction":"DESC"}', '?format=native', '?perPage=5&page=2']

it.each(PAGES)('reads the same rows for a page of messages however long the thread is: %s', async (query) => {
  const readsOf = async (count: number): Promise<number> => {
    const threadId = `t${count}`
    const messages = Array.from({ length: count }, (_, i) => ({ threadId, role: 'user', content: `m${i}` }))
    expect((await ask('/api/memory/save-messages', { messages })).status).toBe(200)
    await turn('words', 'one', threadId)
    await turn('words', 'two', threadId)
    // What was saved is embedded meanwhile: the alarm waits for that.
    await runDurableObjectAlarm(threadOf(threadId))
    resetCount()
    const response = await ask(`/api/memory/threads/${threadId}/messages${encodeURI(query)}`)
    expect(await response.json()).toMatchObject({ total: count + 4 })
    return counted.read
  }
  expect(await readsOf(1000)).toBe(await readsOf(100))
})

/** Saves so many messages on a thread; gives how many rows that read. */
async function saveMany(from: number, count: number): Promise<number> {
  const messages = Array.from({ length: count }, (_, i) => ({
    id: `m${from + i}`,
    threadId: 't',
    role: 'user',
    content: 'x',
  }))
  resetCount()
  expect((await ask('/api/memory/save-messages', { messages })).status).toBe(200)
  const { read } = counted
  await runDurableObjectAlarm(threadOf('t'))
  return read
}

it('looks for the messages that are saved all at once, however many they are', async () => {
  await saveMany(0, 150)
  // One look at 150 turns, and some rows for each message: not a look for each.
  const one = await saveMany(150, 1)
  expect(await saveMany(120, 60)).toBeLessThan(one + 60 * 20)
})

it('makes no storage when somebody asks for a thread that is not there', async () => {
  const response = await ask('/api/memory/threads/nobody')
  expect(response.status).toBe(404)
  const tables = await runInDurableObject(threadOf('nobody'), (_thread, state) =>
    state.storage.sql.exec(`SELECT name FROM sqlite_master WHERE name = 'state'`).toArray(),
  )
  expect(tables).toEqual([])
})
