import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { RunWorld } from '../../test/fixtures/run-world.ts'
import { EdgewiseError } from '../protocol/error.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'

const count = z.object({ n: z.number() })

const SLEEP_MS = 500

/** What happens to a run, in any order: answers (some at once), a cancel, time, the alarm, a crash. */
type Move =
  | { type: 'resume'; step: 'left' | 'right'; times: number }
  | { type: 'cancel' }
  | { type: 'pass'; ms: number }
  | { type: 'ring' }
  | { type: 'crash' }
  | { type: 'yield' }

const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({
    type: fc.constant('resume' as const),
    step: fc.constantFrom('left' as const, 'right' as const),
    times: fc.integer({ min: 1, max: 3 }),
  }),
  { weight: 1, arbitrary: fc.constant({ type: 'cancel' as const }) },
  fc.record({ type: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 400 }) }),
  fc.constant({ type: 'ring' as const }),
  fc.constant({ type: 'crash' as const }),
  fc.constant({ type: 'yield' as const }),
)

describe('whatever happens to a run, in whatever order', () => {
  it('each question is answered once, sleeps are not cut short, and a cancel is for good', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 14 }), async (moves) => {
        const story = new Story()
        await story.begin()
        for (const one of moves) await story.make(one)
        await story.end()
      }),
      { numRuns: 200 },
    )
  })
})

class Story {
  readonly world: RunWorld
  /** The effects of answered questions, by step. */
  readonly effects: string[] = []
  readonly taken = { left: 0, right: 0 }
  sleptAt: number | undefined
  wokenAt: number | undefined
  isCanceled = false

  constructor() {
    const ask = <const Id extends string>(id: Id) =>
      createStep({
        id,
        inputSchema: count,
        outputSchema: count,
        resumeSchema: count,
        execute: ({ resumeData, suspend, idempotencyKey }) => {
          if (!resumeData) return suspend({ question: id })
          this.effects.push(idempotencyKey)
          return resumeData
        },
      })
    const workflow = createWorkflow({ id: 'story', inputSchema: count })
      .parallel([ask('left'), ask('right')])
      .map(({ inputData }) => {
        this.sleptAt ??= this.world.now
        return inputData
      })
      .sleep(SLEEP_MS)
      .map(({ inputData }) => {
        this.wokenAt ??= this.world.now
        return inputData
      })
      .commit()
    this.world = new RunWorld(workflow)
  }

  async begin(): Promise<void> {
    await this.world.start({ n: 1 })
  }

  async make(move: Move): Promise<void> {
    const { world } = this
    if (move.type === 'resume') await this.#resume(move.step, move.times)
    else if (move.type === 'cancel') this.isCanceled = (await world.run.cancel()) || this.isCanceled
    else if (move.type === 'pass') await world.advance(move.ms)
    else if (move.type === 'ring' && world.platform.alarmAt !== null) await world.ring()
    else if (move.type === 'crash') world.restart()
    else await new Promise((resolve) => setImmediate(resolve))
  }

  async #resume(step: 'left' | 'right', times: number): Promise<void> {
    const answers = Array.from({ length: times }, (_, n) => this.world.run.resume({ step }, { n }))
    for (const answer of await Promise.allSettled(answers)) {
      if (answer.status === 'fulfilled') this.taken[step] += 1
      else {
        expect(answer.reason).toBeInstanceOf(EdgewiseError)
        expect(answer.reason).toMatchObject({ code: 'run_not_suspended' })
      }
    }
    expect(this.taken[step]).toBeLessThanOrEqual(1)
  }

  /** Brings the run home, and looks at the whole. */
  async end(): Promise<void> {
    const { world } = this
    for (let round = 0; round < 50; round += 1) {
      const status = (await world.run.record())?.status
      if (status === 'success' || status === 'canceled') break
      await new Promise((resolve) => setImmediate(resolve))
      if (status === 'suspended' || status === 'running') {
        for (const step of ['left', 'right'] as const) if (this.taken[step] === 0) await this.#resume(step, 2)
      }
      await world.advance(SLEEP_MS)
    }
    const result = await world.settle()
    expect(result.status).toBe(this.isCanceled ? 'canceled' : 'success')
    // What a crash cut off was executed again, under its one key.
    expect(new Set(this.effects).size).toBe(this.isCanceled ? new Set(this.effects).size : 2)
    if (this.wokenAt !== undefined && this.sleptAt !== undefined)
      expect(this.wokenAt - this.sleptAt).toBeGreaterThanOrEqual(SLEEP_MS)
    expect(world.problems).toEqual([])
    world.restart()
    expect(await world.run.result()).toEqual(result)
  }
}
