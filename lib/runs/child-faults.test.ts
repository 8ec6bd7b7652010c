import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { relatives } from '../../test/fixtures/relatives.ts'
import { RunFamily } from '../../test/fixtures/run-family.ts'
import { timeless, timelessAddress, timelessChildren } from '../../test/fixtures/workflows.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'
import { childRun } from '../workflows/child-run.ts'

/** Starts the parent and answers its child until all has ended, whatever dies meanwhile. */
async function bringHome(family: RunFamily): Promise<unknown> {
  for (let round = 0; round < 60; round += 1) {
    await family.start('rel-parent', { n: 1 }).catch(() => undefined)
    await family.calm()
    const asked = family.of('rel-asking')[0]
    if (asked?.run.meta?.info.status === 'suspended')
      await family.resume(asked, { add: 1 }).catch(() => undefined)
    await family.advance(2500)
    const info = family.infoOf(family.run('rel-parent'))
    if (info?.status === 'success' || info?.status === 'failed')
      return timeless(await family.run('rel-parent').settle())
  }
  throw new Error('the run does not come to its end')
}

async function dying(...commits: number[]) {
  const effects: string[] = []
  const family = new RunFamily(...Object.values(relatives(effects)))
  family.dieAfter = commits
  const result = await bringHome(family)
  return {
    family,
    result,
    runs: [...family.worlds.keys()].map(timelessAddress).toSorted(),
    effects: effects.map(timelessChildren),
  }
}

describe('runs that start runs, whose objects die after a commit', () => {
  it('end as the undisturbed ones do, each started once, for every commit', async () => {
    const calm = await dying()
    expect(calm.result).toMatchObject({ status: 'success', result: { n: 15 } })
    const { commits, worlds } = calm.family
    expect([...worlds.keys()].filter((address) => address.includes('rel-fails'))).toHaveLength(2)
    expect(commits).toBeGreaterThan(20)
    for (let k = 0; k < commits; k += 1) {
      const { family, effects, runs, result } = await dying(k)
      expect(result, `commit ${k}`).toEqual(calm.result)
      expect(family.deaths, `commit ${k}`).toBe(1)
      expect([...new Set(effects)].toSorted(), `commit ${k}`).toEqual(calm.effects.toSorted())
      expect(runs, `commit ${k}`).toEqual(calm.runs)
      expect(family.problems, `commit ${k}`).toEqual([])
    }
  })

  it('and for pairs of commits', async () => {
    const calm = await dying()
    const pair = fc.tuple(fc.nat(calm.family.commits - 1), fc.nat(calm.family.commits + 2))
    await fc.assert(
      fc.asyncProperty(pair, async ([first, second]) => {
        const { family, effects, runs, result } = await dying(first, second)
        expect(result).toEqual(calm.result)
        expect([...new Set(effects)].toSorted()).toEqual(calm.effects.toSorted())
        expect(runs).toEqual(calm.runs)
        expect(family.problems).toEqual([])
      }),
      { numRuns: 100 },
    )
  })
})

const asking = createWorkflow({ id: 'asking' })
  .then(createStep({ id: 'ask', execute: ({ resumeData, suspend }) => resumeData ?? suspend({}) }))
  .commit()
const middle = createWorkflow({ id: 'middle' }).then(childRun(asking)).commit()
const parent = createWorkflow({ id: 'parent' })
  .parallel([childRun(middle), childRun(asking)])
  .commit()

type Move =
  | { type: 'answer'; which: number }
  | { type: 'cancel' | 'yield' | 'pass' }
  | { type: 'kill'; which: number }

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('answer' as const), which: fc.nat(1) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('kill' as const), which: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.constant({ type: 'cancel' as const }) },
  { weight: 3, arbitrary: fc.constant({ type: 'yield' as const }) },
  { weight: 2, arbitrary: fc.constant({ type: 'pass' as const }) },
)

describe('whatever happens to a run and to those that it has started, in whatever order', () => {
  it('a cancel reaches all of them, else all of them end, and the parent says what they gave', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 12 }), async (moves) => {
        const family = new RunFamily(parent, middle, asking)
        await family.start('parent', null)
        let isCanceled = false
        for (const one of moves) isCanceled = (await make(family, one)) || isCanceled
        for (let round = 0; round < 20; round += 1) {
          for (const which of [0, 1]) if (!isCanceled) await make(family, { type: 'answer', which })
          await family.advance(15_000)
        }
        const statuses = [...family.worlds.values()].map((world) => family.infoOf(world)?.status)
        const { status } = await family.run('parent').settle()
        expect(status).toBe(isCanceled ? 'canceled' : 'success')
        // One that had ended before the cancel came stays as it is.
        if (isCanceled) expect(['success', 'canceled']).toEqual(expect.arrayContaining(statuses))
        else expect(statuses).toEqual(Array(4).fill('success'))
        expect(family.problems).toEqual([])
      }),
      { numRuns: 150 },
    )
  })
})

/** True if it was the cancel. */
async function make(family: RunFamily, move: Move): Promise<boolean> {
  const worlds = [...family.worlds.values()]
  if (move.type === 'cancel') return family.run('parent').run.cancel()
  if (move.type === 'answer') {
    const asked = family.of('asking')[move.which]
    if (asked?.run.meta?.info.status === 'suspended') await family.resume(asked, { by: 'ann' })
  } else if (move.type === 'kill') {
    const victim = worlds[move.which]
    if (victim) family.kill(victim)
  } else if (move.type === 'yield') await new Promise((resolve) => setImmediate(resolve))
  else await family.advance(2500)
  return false
}
