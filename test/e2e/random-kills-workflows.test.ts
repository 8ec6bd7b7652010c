import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RunEvent } from '../../lib/protocol/run-event.ts'
import { parseSse } from '../../lib/protocol/sse.ts'
import { contextOf, get, newId, post } from './client.ts'
import { eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'
import { randomOf } from './random.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
  // So that a run takes longer than to be killed.
  world.sink.delayMs = 40
})
afterAll(() => world.close())

interface Heard {
  event: RunEvent
  id: string
}

/** Of all that is heard of one whole run; a kill falls after one of its first so many events. */
const EVENTS = 40

it.each([1, 2, 3, 4, 5, 6])(
  'a run that is killed at random ends as it should, for who hears it too: %i',
  async (seed) => {
    const random = randomOf(seed)
    const kills = Array.from({ length: random() < 0.5 ? 1 : 2 }, () => Math.floor(random() * EVENTS))
    const runId = newId('all')
    const body = { inputData: [1, 2, 3, 4, 5], runtimeContext: contextOf(world) }
    expect((await post(world, `/api/workflows/all/start?runId=${runId}`, body)).status).toBe(200)
    const heard: Heard[] = []
    for (const count of kills) {
      await hear(runId, heard, heard.length + count)
      if (isOver(heard)) break
      await (random() < 0.5 ? killAll() : world.killWorkerd())
    }
    await hear(runId, heard, Infinity)

    const counts = countsOf(runId)
    // What happened twice is what was cut off: never a step whose effect is 'once'.
    for (const call of ['charge 1.0', 'first 1.2/0'])
      expect([call, (counts.get(call) ?? 0) <= 1]).toEqual([call, true])
    expect({ kills, heard: heard.map(({ id }) => id) }).toEqual({ kills, heard: await idsOf(runId) })
    expect(new Set(heard.map(({ id }) => id)).size).toBe(heard.length)
    expectHonest(heard, counts)
  },
)

async function killAll(): Promise<void> {
  await world.kill()
  await world.restart()
}

/** Hears until there are so many events, from the last one on. Comes back as often as the connection breaks. */
async function hear(runId: string, heard: Heard[], count: number): Promise<void> {
  await eventually(`${count} events of ${runId}`, async () => {
    try {
      const response = await get(world, pathOf(runId), { 'last-event-id': heard.at(-1)?.id ?? '0' })
      if (response.status !== 200 || !response.body) return isOver(heard) || undefined
      for await (const { data, id = '' } of parseSse(response.body)) {
        heard.push({ event: JSON.parse(data) as RunEvent, id })
        if (heard.length >= count) break
      }
    } catch {
      // workerd is about to be there again.
    }
    return isOver(heard) || heard.length >= count || undefined
  })
}

/** The places of all events that are kept. */
async function idsOf(runId: string): Promise<string[]> {
  const response = await get(world, pathOf(runId))
  const ids: string[] = []
  if (response.body) for await (const { id = '' } of parseSse(response.body)) ids.push(id)
  return ids
}

function pathOf(runId: string): string {
  return `/api/runs/${runId}/events?workflowId=all`
}

function isOver(heard: Heard[]): boolean {
  return heard.at(-1)?.event.type === 'run-end'
}

/** How often each step had its effect in the world, by its place. */
function countsOf(runId: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { tool, key } of world.sink.effects.items) {
    if (!key.startsWith(`${runId}/`)) continue
    const call = `${tool} ${key.slice(runId.length + 1)}`
    counts.set(call, (counts.get(call) ?? 0) + 1)
  }
  return counts
}

/** What was heard tells the truth about the world: what was said to have ended did, once, and what follows as well. */
function expectHonest(heard: readonly Heard[], counts: ReadonlyMap<string, number>): void {
  const results = heard.flatMap(({ event }) => (event.type === 'step-result' ? [event.path] : []))
  expect(new Set(results).size).toBe(results.length)
  const end = heard.at(-1)?.event
  if (end?.type !== 'run-end') throw new Error('it has not ended')
  if (end.status === 'failed') {
    // A step that may happen once was cut off.
    expect(end.error.code).toBe('step_outcome_unknown')
    return
  }
  expect(end).toMatchObject({ status: 'success', result: { receipt: 'thank 5' } })
  const calls = [
    'charge 1.0',
    'reserve 1.1',
    'first 1.2/0',
    'second 1.2/1',
    'round 4.1',
    'round 4.3',
    'thank 5',
  ]
  for (let item = 0; item < 5; item += 1) calls.push(`item 0.${item}`)
  for (const call of calls) expect([call, (counts.get(call) ?? 0) >= 1]).toEqual([call, true])
}
