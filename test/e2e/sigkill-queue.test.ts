import { afterAll, beforeAll, expect, it } from 'vitest'
import { contextOf, get, newId, post } from './client.ts'
import { eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

interface Shown {
  status: string
  before?: number
}

async function shown(runId: string): Promise<Shown> {
  const response = await get(world, `/api/workflows/gate/runs/${runId}`)
  return response.json()
}

/** The steps of these runs that had an effect, each once, in the order in which they had it. */
const effectsOf = (ids: readonly string[]): string[] => [
  ...new Set(
    world.sink.effects.items
      .map(({ tool, key }) => ({ tool, runId: key.slice(0, key.indexOf('/')) }))
      .filter(({ runId }) => ids.includes(runId))
      .map(({ tool, runId }) => `${runId} ${tool}`),
  ),
]

it.each([
  ['the whole process group', 'group'],
  ['workerd alone', 'workerd'],
] as const)(
  'SIGKILL for %s: runs behind a limit come to their turns, one after the other',
  async (_what, target) => {
    const gate = newId('gate')
    const ids = Array.from({ length: 4 }, () => newId('run'))
    const [first = ''] = ids
    const release = world.sink.hold(({ key, tool }) => key.startsWith(`${first}/`) && tool === 'enter')
    for (const runId of ids) {
      const body = { inputData: { gate }, requestContext: contextOf(world) }
      expect((await post(world, `/api/workflows/gate/start?runId=${runId}`, body)).status).toBe(200)
      // Who asks first comes first: it is in the queue before the next asks.
      await eventually(
        'its place',
        async () => (runId === first ? true : (await shown(runId)).before !== undefined) || undefined,
      )
    }
    await world.sink.effects.reached('the first', ({ key }) => key.startsWith(`${first}/`))
    expect((await Promise.all(ids.slice(1).map(shown))).map(({ status }) => status)).toEqual([
      'pending',
      'pending',
      'pending',
    ])
    await (target === 'group' ? world.kill() : world.killWorkerd())
    release()
    if (target === 'group') await world.restart()
    const last = ids.at(-1) ?? ''
    await world.sink.effects.reached(
      'the last',
      ({ key, tool }) => key.startsWith(`${last}/`) && tool === 'leave',
    )
    expect(effectsOf(ids)).toEqual(ids.flatMap((runId) => [`${runId} enter`, `${runId} leave`]))
    await eventually('their ends', async () => {
      const all = await Promise.all(ids.map(shown))
      return all.every(({ status }) => status === 'success') || undefined
    })
  },
)
