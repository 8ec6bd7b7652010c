import { listDurableObjectIds, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { erasureAddress, scheduleAddress, workflowRunAddress } from '../../lib/protocol/address.ts'
import { RuntimeContext } from '../../lib/protocol/runtime-context.ts'
import type { Runtime } from '../../lib/runtime/create.ts'
import { runtimeOf } from '../../lib/runtime/create.ts'
import type { ThreadCall } from '../../lib/threads/answer.ts'
import type { Env } from '../../worker/env.ts'
import app from './app.ts'
import { ask, startCall } from './kit.ts'
import { runOf } from './run-kit.ts'

/** Whose all of it is. Neither this name nor what it said is anywhere else. */
export const OWNER = 'annalisa7'
export const WORDS = ['annalisa7', 'xyzzy', 'plugh']

// The test Worker's own bindings, as worker/env.ts describes them.
const bindings: unknown = env
export const runtime = (): Runtime => runtimeOf(app, bindings as Env)

/** The object of the class Run under this name. */
export function runObject(address: string): DurableObjectStub {
  return (bindings as Env).RUN.getByName(address) as DurableObjectStub
}

export async function ok(answer: Promise<Response>): Promise<Response> {
  const response = await answer
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return response
}

/** A resource with some of each. What is ANN's own says nothing of another's, and the other way round. */
export async function settleEstate(owner = OWNER, word = 'xyzzy', note = 'plugh'): Promise<void> {
  const name = (id: string): string => (owner === OWNER ? id : `${id}-${owner}`)
  const say = (agent: string, content: string, over: object = {}, headers = {}): Promise<Response> =>
    ok(
      ask(
        `/api/agents/${agent}/generate`,
        { messages: [{ role: 'user', content }], resourceId: owner, ...over },
        headers,
      ),
    )
  await say('rememberer', `My dog is called ${word}`, { threadId: name('a') })
  await say('rememberer', `remember ${note}`, { threadId: name('b') })
  await say('words', word, {}, { 'idempotency-key': name('key') })
  await say('cached', `look ${word}`)
  await ok(ask('/api/memory/facts', { key: 'pet', value: word, resourceId: owner }))
  const message = { role: 'user', content: word, threadId: name('a'), resourceId: owner }
  await ok(ask('/api/memory/save-messages', { messages: [{ id: name('m'), ...message }] }))
  await ok(runtime().callThread(`${owner}/own`, ownTurn(owner, word)))
  await settleRuns(owner, word, name('r'))
  const schedule = { workflowId: 'ticks', cron: '0 3 1 1 *', inputData: { word }, resourceId: owner }
  await ok(ask('/api/schedules', { ...schedule, id: name('s') }))
  await ok(ask(`/api/schedules/${name('s')}/run`, {}))
  const spec = { ...schedule, runtimeContext: {} }
  await ok(runtime().callRun(scheduleAddress(owner, 'own'), { type: 'schedule-create', nonce: 'n', spec }))
}

/** One of each kind that can be cut off while it is erased. */
export async function settleCottage(): Promise<void> {
  const messages = [{ role: 'user', content: 'remember plugh' }]
  await ok(ask('/api/agents/rememberer/generate', { messages, resourceId: OWNER, threadId: 'a' }))
  for (const workflow of ['waiting', 'rel-middle'])
    await runOf(workflow, 'r', OWNER).startAsync({ inputData: { n: 1 } })
  const schedule = { workflowId: 'ticks', cron: '0 3 1 1 *', inputData: 'xyzzy', resourceId: OWNER }
  await ok(ask('/api/schedules', { ...schedule, id: 's' }))
  await untilListed(OWNER, { thread: 1, run: 3, schedule: 1 })
}

/** On a thread of a caller that is bound to the resource. */
function ownTurn(owner: string, word: string): ThreadCall {
  const call = startCall('words', 'own', word)
  if (call.type !== 'start') return call
  return { ...call, address: `${owner}/own`, request: { ...call.request, resourceId: owner } }
}

/** Some that have ended, sleep, wait, are at work, have started others, and have something to make good. */
async function settleRuns(owner: string, word: string, runId: string): Promise<void> {
  const runtimeContext = new RuntimeContext({ word })
  for (const workflow of ['waiting', 'sleeps', 'asks', 'hangs', 'rel-parent'])
    await runOf(workflow, runId, owner).startAsync({ inputData: { n: 1 }, runtimeContext })
  await expect.poll(async () => (await runOf('asks', runId).get())?.status).toBe('suspended')
  await runOf('asks', runId).resume({ resumeData: { by: word } })
  const address = workflowRunAddress(owner, 'asks', 'own')
  const request = { runId: 'own', workflowId: 'asks', inputData: { n: 1 }, runtimeContext: { word } }
  const start = { type: 'start', request: { ...request, resourceId: owner }, address, format: 'ack' } as const
  await ok(runtime().callRun(address, start))
}

export interface Line {
  type: string
  [key: string]: unknown
}

export async function exported(owner = OWNER): Promise<Line[]> {
  const text = await (await ok(ask(`/api/memory/resources/${owner}/export`))).text()
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

/** How many lines of each kind. */
export async function inventory(owner = OWNER): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { type } of await exported(owner)) counts[type] = (counts[type] ?? 0) + 1
  return counts
}

/** Lists have heard of all of it. */
export async function untilListed(
  owner = OWNER,
  all: Record<string, number> = { thread: 3, run: 10, schedule: 2 },
): Promise<void> {
  await expect.poll(() => inventory(owner)).toMatchObject(all)
}

export function erase(owner = OWNER): Promise<Response> {
  return ask(`/api/memory/resources/${owner}`, undefined, {}, 'DELETE')
}

/** Its alarm rings until it has looked again for the last time. */
export async function lookAgain(owner = OWNER): Promise<void> {
  const ring = (): Promise<boolean> =>
    runDurableObjectAlarm(runObject(erasureAddress(owner))).catch((error: unknown) => {
      if (error instanceof Error && error.message.includes('killed by the test')) return true
      throw error
    })
  while (await ring());
}

/** Everything that is in any object and holds one of these words, by its table. Objects are looked into as strangers: nothing may be asked of them afterwards. */
export async function traces(words: readonly string[] = WORDS): Promise<string[]> {
  const { THREAD, RUN, STORE } = bindings as Record<'THREAD' | 'RUN' | 'STORE', DurableObjectNamespace>
  const found: string[][] = []
  for (const [name, namespace] of Object.entries({ THREAD, RUN, STORE })) {
    const ids = await listDurableObjectIds(namespace)
    found.push(...(await Promise.all(ids.map((id) => tracesIn(name, namespace.get(id), words)))))
  }
  return found.flat()
}

async function tracesIn(name: string, stub: DurableObjectStub, words: readonly string[]): Promise<string[]> {
  return runInDurableObject(stub, (_object, { storage: { sql } }) => {
    const tables = sql
      .exec(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'`)
      .toArray()
    return tables.flatMap(({ name: table }) =>
      sql
        .exec(`SELECT * FROM "${String(table)}"`)
        .toArray()
        .map((row) => JSON.stringify(row))
        .filter((row) => words.some((word) => row.includes(word)))
        .map((row) => `${name} ${String(table)} ${row}`),
    )
  })
}
