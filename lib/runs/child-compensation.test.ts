import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { RunFamily } from '../../test/fixtures/run-family.ts'
import { childRun } from '../workflows/child-run.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'

const count = z.object({ n: z.number() })

/** A run that books, starts another that books and asks, and books again. */
function bookings() {
  const effects: string[] = []
  const book = <const Id extends string>(id: Id) =>
    createStep({
      id,
      inputSchema: count,
      outputSchema: count,
      execute: ({ inputData }) => {
        effects.push(`+${id}`)
        return inputData
      },
      compensate: () => void effects.push(`-${id}`),
    })
  const ask = createStep({
    id: 'ask',
    inputSchema: count,
    outputSchema: count,
    execute: ({ resumeData, suspend, inputData }) => (resumeData ? inputData : suspend({})),
  })
  const fails = createStep({
    id: 'fails',
    inputSchema: count,
    execute: () => {
      throw new Error('no')
    },
  })
  const child = createWorkflow({ id: 'child', inputSchema: count, outputSchema: count })
    .then(book('inner'))
    .then(ask)
    .commit()
  const parent = createWorkflow({ id: 'parent', inputSchema: count })
    .then(book('outer'))
    .then(childRun(child, { compensate: () => void effects.push('-child') }))
    .then(fails)
    .commit()
  return { effects, parent, child }
}

describe('a run that has started another', () => {
  it('is canceled with it, and waits until that has made good what it had done', async () => {
    const { effects, parent, child } = bookings()
    const family = new RunFamily(parent, child)
    await family.start('parent', { n: 1 })
    await family.calm()
    expect(effects).toEqual(['+outer', '+inner'])
    expect(await family.run('parent').run.cancel()).toBe(true)
    for (let round = 0; round < 5; round += 1) await family.advance(2500)
    expect(family.infoOf(family.of('child')[0] ?? family.run('parent'))?.status).toBe('canceled')
    expect(await family.run('parent').settle()).toMatchObject({
      status: 'canceled',
      compensation: { done: [{ step: 'outer' }], failed: [] },
    })
    expect(effects).toEqual(['+outer', '+inner', '-inner', '-outer'])
    expect(family.problems).toEqual([])
  })

  it('leaves what that has done where it has ended well, unless the step says how it is made good', async () => {
    const { effects, parent, child } = bookings()
    const family = new RunFamily(parent, child)
    await family.start('parent', { n: 1 })
    await family.calm()
    for (const asked of family.of('child')) await family.resume(asked, { yes: true })
    for (let round = 0; round < 3; round += 1) await family.advance(2500)
    expect(await family.run('parent').settle()).toMatchObject({
      status: 'failed',
      compensation: { done: [{ step: 'child' }, { step: 'outer' }] },
    })
    expect(effects).toEqual(['+outer', '+inner', '-child', '-outer'])
  })

  it('comes to the same end when any of the objects dies after any commit of the cancel', async () => {
    const calm = await cancelDying()
    expect(calm.statuses).toEqual(['canceled', 'canceled'])
    expect(calm.effects).toEqual(['+outer', '+inner', '-inner', '-outer'])
    for (let k = 0; k < calm.family.commits; k += 1) {
      const { statuses, effects, family } = await cancelDying(k)
      expect({ k, statuses, effects }).toEqual({ k, statuses: calm.statuses, effects: calm.effects })
      expect(family.problems).toEqual([])
    }
  })
})

/** Cancels a parent whose family's objects die after these commits, and lets it come to an end. */
async function cancelDying(...dieAfter: number[]) {
  const { effects, parent, child } = bookings()
  const family = new RunFamily(parent, child)
  await family.start('parent', { n: 1 })
  await family.calm()
  family.commits = 0
  family.dieAfter = dieAfter
  void family
    .run('parent')
    .run.cancel()
    .catch(() => undefined)
  for (let round = 0; round < 12; round += 1) {
    await family.calm()
    await family.advance(2500)
  }
  const statuses = [...family.worlds.values()].map((world) => family.infoOf(world)?.status)
  return { statuses, effects: [...new Set(effects)], family }
}
