import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RunWorld } from '../../test/fixtures/run-world.ts'
import { SIGNALS, signals } from '../../test/fixtures/signals.ts'
import { timeless } from '../../test/fixtures/workflows.ts'
import { EdgewiseError } from '../protocol/error.ts'
import { createWorkflow } from '../workflows/workflow.ts'
import type { WorkflowResult } from '../workflows/result.ts'

/** Starts the run, and sends what it waits for until it has ended: each event again, if it is not known to be there. */
async function bringHome(world: RunWorld): Promise<WorkflowResult> {
  const sent = new Set<string>()
  for (let round = 0; round < 200; round += 1) {
    if (!(await world.run.record().catch(() => undefined))) await world.start({ n: 0 })
    for (const event of SIGNALS) {
      if (sent.has(event.id)) continue
      await world.run.sendEvent(event)
      sent.add(event.id)
    }
    const status = (await world.run.record())?.status
    if (status === 'success' || status === 'failed') return world.settle()
    await new Promise((resolve) => setImmediate(resolve))
    await world.advance(status === 'waiting' ? 500 : 0)
  }
  throw new Error('the run does not come to its end')
}

/** Lets the object die after commits with these numbers, and gives where the run stood at last. */
async function dying(effects: string[], ...commits: number[]): Promise<{ world: RunWorld; deaths: number }> {
  const world = new RunWorld(signals(effects))
  let deaths = 0
  let die: (() => void) | undefined
  world.afterCommit = (commit) => {
    if (!commits.includes(commit)) return Promise.resolve()
    deaths += 1
    die?.()
    return new Promise(() => undefined)
  }
  for (;;) {
    const death = new Promise<'dead'>((resolve) => (die = () => resolve('dead')))
    if ((await Promise.race([death, bringHome(world)])) !== 'dead') return { world, deaths }
    world.restart()
    if (world.platform.alarmAt !== null) await Promise.race([death, world.ring()])
  }
}

describe('a run that waits for events, whose object dies after a commit', () => {
  it('ends as the undisturbed one does, with its effects, for every commit and every pair of them', async () => {
    const effects: string[] = []
    const calm = await dying(effects)
    const expected = timeless(await calm.world.settle())
    expect(expected).toMatchObject({ status: 'success', result: { n: 100 } })
    const { commits } = calm.world
    expect(commits).toBeGreaterThan(10)
    for (let first = 0; first < commits; first += 1)
      for (let second = first; second < commits; second += 1) {
        const heard: string[] = []
        const { world, deaths } = await dying(heard, first, second)
        expect(timeless(await world.settle()), `commits ${first}, ${second}`).toEqual(expected)
        expect(deaths).toBeGreaterThan(0)
        expect([...new Set(heard)].toSorted()).toEqual(effects.toSorted())
        expect(world.problems).toEqual([])
      }
  })
})

const TIMEOUT_MS = 500

/** What happens to a run of two waits, in any order. */
type Move =
  | { type: 'send'; event: 'a' | 'b'; id: string; times: number }
  | { type: 'pass'; ms: number }
  | { type: 'crash' | 'yield' | 'ring' | 'cancel' }

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('send' as const),
      event: fc.constantFrom('a' as const, 'b' as const),
      id: fc.constantFrom('1', '2', '3', '4', '5'),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 400 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ type: 'crash' as const }) },
  { weight: 3, arbitrary: fc.constant({ type: 'yield' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'ring' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'cancel' as const }) },
)

const wait = <const Id extends string>(id: Id) =>
  createWorkflow({ id })
    .waitForEvent('a', { id: `wait-${id}` })
    .commit()

/** Two waits for `a`, side by side, then one for `b` that is not for ever. */
function waits() {
  return createWorkflow({ id: 'waits' })
    .parallel([wait('left'), wait('right')])
    .waitForEvent('b', { timeoutMs: TIMEOUT_MS, timeoutValue: 'none' })
    .commit()
}

describe('whatever happens to a run that waits for events, in whatever order', () => {
  it('each event is taken once, in its order, and none that was accepted is lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 16 }), async (moves) => {
        const story = new Story()
        await story.world.start(null)
        for (const one of moves) await story.make(one)
        await story.end()
      }),
      { numRuns: 300 },
    )
  })
})

class Story {
  readonly world = new RunWorld(waits())
  /** The ids of what was accepted, by name, in order. */
  readonly accepted = { a: [] as string[], b: [] as string[] }
  readonly #ids = new Set<string>()
  #isCanceled = false

  async make(move: Move): Promise<void> {
    const { world } = this
    if (move.type === 'send') await this.#send(move.event, move.id, move.times)
    else if (move.type === 'pass') await world.advance(move.ms)
    else if (move.type === 'crash') world.restart()
    else if (move.type === 'cancel') this.#isCanceled = (await world.run.cancel()) || this.#isCanceled
    else if (move.type === 'ring' && world.platform.alarmAt !== null) await world.ring()
    else await new Promise((resolve) => setImmediate(resolve))
  }

  async #send(event: 'a' | 'b', id: string, times: number): Promise<void> {
    const sent = Array.from({ length: times }, () => this.world.run.sendEvent({ id, event, data: id }))
    for (const answer of await Promise.allSettled(sent)) {
      if (answer.status === 'rejected') {
        expect(answer.reason).toBeInstanceOf(EdgewiseError)
        expect(answer.reason).toMatchObject({ code: 'run_ended' })
      } else if (answer.value.accepted) {
        expect(this.#ids).not.toContain(id)
        this.#ids.add(id)
        this.accepted[event].push(id)
      } else expect(this.#ids).toContain(id)
    }
  }

  /** Brings the run home, and looks at the whole. */
  async end(): Promise<void> {
    const { world } = this
    for (let round = 0; round < 50; round += 1) {
      const status = (await world.run.record())?.status
      if (status === 'success' || status === 'canceled') break
      await new Promise((resolve) => setImmediate(resolve))
      if (status === 'waiting' && this.accepted.a.length < 2) await this.#send('a', `more ${round}`, 2)
      else await world.advance(TIMEOUT_MS)
    }
    const result = await world.settle()
    expect(result.status).toBe(this.#isCanceled ? 'canceled' : 'success')
    expect(world.problems).toEqual([])
    if (result.status === 'success') {
      const [left, right] = this.accepted.a
      expect(result.steps).toMatchObject({ left: { output: left }, right: { output: right } })
      expect([this.accepted.b[0] ?? 'none', 'none']).toContain(result.result)
    }
    world.restart()
    expect(await world.run.result()).toEqual(result)
  }
}
