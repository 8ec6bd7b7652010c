import { describe, expect, it } from 'vitest'
import { everyConstruct } from '../../test/fixtures/every-construct.ts'
import { RunWorld } from '../../test/fixtures/run-world.ts'
import { timeless } from '../../test/fixtures/workflows.ts'
import type { WorkflowResult } from '../workflows/result.ts'

/** Goes on with whatever the run waits for, until it has ended. */
async function bringHome(world: RunWorld): Promise<WorkflowResult> {
  for (let round = 0; round < 200; round += 1) {
    const record = await world.run.record()
    if (!record) throw new Error('the run is gone')
    if (record.status === 'suspended') await world.run.resume({}, { add: 1 })
    else if (record.status === 'running' || record.status === 'waiting') await passTime(world)
    else return world.settle()
  }
  throw new Error('the run does not come to its end')
}

/** Lets what runs come as far as it can, then time pass. */
async function passTime(world: RunWorld): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  if ((await world.run.record())?.status === 'waiting') await world.advance(60_000)
}

describe('a run', () => {
  it('comes to its end through every construct', async () => {
    const effects: string[] = []
    const world = new RunWorld(everyConstruct(effects))
    await world.start({ n: 1 }, { initialState: { log: [] } })
    const result = await bringHome(world)
    expect(result).toMatchObject({ status: 'success', state: { log: ['saw 2'] } })
    expect(new Set(effects).size).toBe(effects.length)
    expect(world.problems).toEqual([])
  })

  it('is finished by the alarm, with the same effects, whatever commit its object dies after', async () => {
    const calm: string[] = []
    const still = new RunWorld(everyConstruct(calm))
    await still.start({ n: 1 }, { initialState: { log: [] } })
    const expected = timeless(await bringHome(still))
    const { commits } = still
    expect(commits).toBeGreaterThan(20)
    for (let k = 0; k < commits; k += 1) {
      const effects: string[] = []
      const world = new RunWorld(everyConstruct(effects))
      let died = false
      const death = new Promise<void>((resolve) => {
        world.afterCommit = (commit) => {
          if (commit !== k) return Promise.resolve()
          died = true
          resolve()
          return new Promise(() => undefined)
        }
      })
      const start = world.start({ n: 1 }, { initialState: { log: [] } })
      const home = start.then(() => bringHome(world)).catch(() => undefined)
      await Promise.race([death, home])
      expect(died, `commit ${k}`).toBe(true)
      world.restart()
      await world.ring()
      expect(timeless(await bringHome(world)), `commit ${k}`).toEqual(expected)
      expect([...new Set(effects)].toSorted(), `commit ${k}`).toEqual(calm.toSorted())
      expect(world.problems).toEqual([])
    }
  })
})
