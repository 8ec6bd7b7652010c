import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { RunWorld } from '../../test/fixtures/run-world.ts'
import { createWorkflow } from './workflow.ts'

const given = z.object({ n: z.number() })
const flow = () => createWorkflow({ id: 'sleepy', inputSchema: given })

describe('a sleep', () => {
  it.each([
    ['no number', () => flow().sleep(Number.NaN), 'NaN are no milliseconds'],
    ['no end', () => flow().sleep(Infinity), 'Infinity are no milliseconds'],
    // @ts-expect-error -- no number
    ['a text', () => flow().sleep('5'), '5 are no milliseconds'],
    ['no date', () => flow().sleepUntil(new Date('soon')), 'a moment must be a Date that is one'],
    // @ts-expect-error -- no date
    ['a date as text', () => flow().sleepUntil('2026-01-01'), 'a moment must be a Date that is one'],
  ])('is not built of %s', (_, build, why) => {
    expect(build).toThrow(`Cannot build workflow "sleepy": ${why}`)
  })

  it('that a function makes of no time fails the run: what comes behind it would come at once', async () => {
    const soon = flow().sleepUntil(async ({ inputData }) => new Date(inputData.n === 1 ? 'soon' : 0))
    expect(await new RunWorld(soon.commit()).through({ n: 1 })).toMatchObject({
      status: 'failed',
      error: { message: 'Cannot sleep at "sleep_sleepy_0": a moment must be a Date that is one' },
    })
    const long = flow().sleep(async ({ inputData }) => inputData.n / 0)
    expect(await new RunWorld(long.commit()).through({ n: 1 })).toMatchObject({ status: 'failed' })
  })

  it('that is over already, or lies beyond all dates, is a sleep', async () => {
    const past = flow().sleepUntil(new Date(0)).sleep(-5)
    expect(await new RunWorld(past.commit()).through({ n: 1 })).toMatchObject({ status: 'success' })
    const world = new RunWorld(flow().sleep(1e300).commit())
    await world.start({ n: 1 })
    expect(await world.run.record()).toMatchObject({ status: 'waiting' })
    expect(world.platform.alarmAt).toBeLessThanOrEqual(8.64e15)
  })
})
