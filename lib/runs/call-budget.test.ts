import { describe, expect, it } from 'vitest'
import { settle } from '../../test/fixtures/object-world.ts'
import { RunWorld } from '../../test/fixtures/run-world.ts'
import { EdgewiseError } from '../protocol/error.ts'
import { errorResponse } from '../formats/error-response.ts'
import * as z from 'zod'
import { childRun } from '../workflows/child-run.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'
import type { RunCall } from './run-call.ts'
import { CHECK_MS } from './wake.ts'

const CALLS = 7
const CHILDREN = 40

const child = createWorkflow({ id: 'child' })
  .then(createStep({ id: 'step', execute: () => null }))
  .commit()
const parent = createWorkflow({ id: 'parent', inputSchema: z.array(z.number()) })
  .foreach(childRun(child), { concurrency: CHILDREN })
  .commit()
const items = Array.from({ length: CHILDREN }, (_, n) => n)

/** A run whose object calls others so often in one invocation, and what they were called for. */
function worldOf(workflow = parent) {
  const called: { address: string; type: RunCall['type'] }[] = []
  let answers = fine
  const world = new RunWorld(workflow, { callsAnInvocation: CALLS })
  world.callRun = async (address, call) => {
    called.push({ address, type: call.type })
    return answers(address, call)
  }
  return { world, called, answer: (other: RunWorld['callRun']) => (answers = other) }
}

const fine: RunWorld['callRun'] = async () => Response.json({})

/** Rings as often as there is something to do now. Gives how many calls each of the invocations made. */
async function ringThrough(world: RunWorld, called: unknown[]): Promise<number[]> {
  const made: number[] = []
  while ((world.platform.alarmAt ?? Infinity) <= world.now) {
    const before = called.length
    await world.ring()
    await settle()
    made.push(called.length - before)
  }
  return made
}

describe('a run that has much to tell others', () => {
  it('tells it in as many invocations as it takes, each of which calls no more than it may', async () => {
    const { world, called } = worldOf()
    await world.start(items)
    await settle()
    expect(called).toHaveLength(CALLS)
    expect(await ringThrough(world, called)).toEqual([7, 7, 7, 7, 5])
    expect(new Set(called.map(({ address }) => address)).size).toBe(CHILDREN)
    expect(world.problems).toEqual([])
  })

  it('goes on with it after its object died, and tells again only what it does not know to have arrived', async () => {
    const { world, called } = worldOf()
    await world.start(items)
    await settle()
    world.restart()
    await world.run.takeUp()
    await settle()
    await ringThrough(world, called)
    expect(called).toHaveLength(CHILDREN)
  })

  it('reaches the others where some cannot be reached, and those in their order once they can', async () => {
    const { world, called, answer } = worldOf()
    const arrived: string[] = []
    const first = items.slice(0, 10).map((n) => `~0.${n}~`)
    let isDown = true
    answer(async (address, { type }) => {
      if (isDown && first.some((place) => decodeURIComponent(address).includes(place)))
        return errorResponse(new EdgewiseError('internal', 'down'))
      arrived.push(`${type} ${address}`)
      return Response.json({})
    })
    await world.start(items)
    await settle()
    await ringThrough(world, called)
    expect(arrived).toHaveLength(CHILDREN - 10)
    await world.run.cancel()
    await settle()
    await ringThrough(world, called)
    isDown = false
    for (let round = 0; round < 20; round += 1) await world.advance(60_000).then(settle)
    for (const address of new Set(called.map((one) => one.address)))
      expect(arrived.filter((one) => one.endsWith(` ${address}`))).toEqual([
        `start ${address}`,
        `cancel ${address}`,
      ])
  })

  it('asks after all whom it has waited for long, some in each invocation', async () => {
    const { world, called, answer } = worldOf()
    await world.start(items)
    await settle()
    await ringThrough(world, called)
    answer(async () => Response.json({ status: 'running' }))
    called.length = 0
    world.now += CHECK_MS
    await ringThrough(world, called)
    expect(called.map(({ type }) => type)).toEqual(items.map(() => 'result'))
    // And not again before the next hour.
    expect(world.platform.alarmAt).toBeGreaterThanOrEqual(world.now + CHECK_MS)
  })

  it('is erased when it was deleted and all have been told', async () => {
    const { world, called } = worldOf()
    await world.start(items)
    await settle()
    await ringThrough(world, called)
    called.length = 0
    await world.run.remove()
    await settle()
    await ringThrough(world, called)
    expect(called.map(({ type }) => type)).toEqual(items.map(() => 'cancel'))
    expect(world.platform.sql.run(`SELECT name FROM sqlite_master WHERE name = 'state'`)).toEqual([])
  })

  it.each([1, 2, 3, 4, 5])(
    'tells all of it where it was deleted and its object dies twice, the second time in invocation %s',
    async (invocation) => {
      const { world, called, answer } = worldOf()
      await world.start(items)
      await settle()
      await ringThrough(world, called)
      const arrived = new Set<string>()
      let dies = false
      answer(async (address) => {
        if (dies) return new Promise(() => undefined)
        arrived.add(address)
        return Response.json({})
      })
      await world.run.remove()
      for (let rung = 1; rung < invocation; rung += 1) {
        await settle()
        await world.ring()
      }
      await settle()
      dies = true
      for (let death = 0; death < 2; death += 1) {
        await world.ring()
        await settle()
        world.restart()
      }
      dies = false
      for (let round = 0; round < 20 && world.platform.alarmAt !== null; round += 1) {
        await world.ring()
        await settle()
      }
      expect(arrived.size).toBe(CHILDREN)
      expect(world.platform.sql.run(`SELECT name FROM sqlite_master WHERE name = 'state'`)).toEqual([])
    },
  )
})
