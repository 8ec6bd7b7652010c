import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { RunWorld } from '../../test/fixtures/run-world.ts'
import { EdgewiseError } from '../protocol/error.ts'
import { childRun } from '../workflows/child-run.ts'
import { toRecord, toResult } from '../workflows/describe-run.ts'
import type { RunRecord } from '../workflows/result.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'
import { loadRun } from './load.ts'

const count = z.object({ n: z.number() })

/** What happens to a run that waits for everybody at once. */
type Move =
  | { type: 'answer' | 'go-on' | 'step-on' | 'cancel' | 'restart' | 'crash' | 'yield' }
  | { type: 'event'; id: number }
  | { type: 'child'; status: 'running' | 'suspended' | 'waiting' | 'success' | 'failed' | 'canceled' }
  | { type: 'pass'; ms: number }

const move: fc.Arbitrary<Move> = fc.oneof(
  ...(['answer', 'go-on', 'step-on', 'restart', 'crash', 'yield'] as const).map((type) =>
    fc.constant({ type }),
  ),
  { weight: 1, arbitrary: fc.constant({ type: 'cancel' as const }) },
  fc.record({ type: fc.constant('event' as const), id: fc.integer({ min: 1, max: 3 }) }),
  fc.record({
    type: fc.constant('child' as const),
    status: fc.constantFrom('running', 'suspended', 'waiting', 'success', 'failed', 'canceled'),
  }),
  fc.record({ type: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 6000 }) }),
)

describe('a run that is asked, told, paused, canceled and compensated in whatever order', () => {
  it('comes to its end, never rings in vain, and is what its rows say at any time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(move, { maxLength: 16 }),
        fc.boolean(),
        fc.boolean(),
        async (moves, perStep, isUnlucky) => {
          const story = new Story(isUnlucky)
          await story.world.start({ n: 1 }, { perStep })
          for (const one of moves) await story.make(one)
          await story.end()
        },
      ),
      { numRuns: 150 },
    )
  })
})

class Story {
  readonly world: RunWorld
  readonly effects: string[] = []
  readonly #isUnlucky: boolean

  constructor(isUnlucky: boolean) {
    this.#isUnlucky = isUnlucky
    this.world = new RunWorld(this.#workflow() as never)
    this.world.callRun = async () => Response.json(true)
  }

  async make(move: Move): Promise<void> {
    const { run } = this.world
    if (move.type === 'crash') this.world.restart()
    else if (move.type === 'pass') await this.#pass(move.ms)
    else if (move.type === 'cancel') await run.cancel()
    else if (move.type === 'restart') await allow(['run_compensated'], run.restart())
    else if (move.type === 'child') await this.#child(move.status)
    else if (move.type === 'event') {
      const sent = { id: String(move.id), event: 'go', data: { n: move.id } }
      await allow(['run_ended'], run.sendEvent(sent))
    } else if (move.type !== 'yield') await this.#goOn(move.type)
    await this.#look()
  }

  /** Brings the run home. */
  async end(): Promise<void> {
    for (let round = 0; round < 60; round += 1) {
      const { status } = await this.#record()
      if (status === 'success' || status === 'failed' || status === 'canceled') break
      if (status === 'paused') await this.make({ type: 'go-on' })
      await this.make({ type: 'answer' })
      await this.make({ type: 'child', status: 'success' })
      await this.make({ type: 'event', id: 100 + round })
      await this.make({ type: 'pass', ms: 6000 })
    }
    const { status, compensation } = await this.#record()
    expect(['success', 'failed', 'canceled']).toContain(status)
    const done = this.effects.filter((effect) => effect.startsWith('-')).map((effect) => effect.slice(1))
    if (status === 'success') expect(done).toEqual([])
    else expect(compensation?.failed ?? []).toEqual([])
    for (const key of done) expect(this.effects).toContain(`+${key}`)
    expect(this.world.problems).toEqual([])
    // What is on its way out goes out, and then nothing rings any more.
    for (let rung = 0; rung < 3 && this.world.platform.alarmAt !== null; rung += 1) {
      await this.world.ring()
      await calm()
    }
    expect(this.world.platform.alarmAt).toBe(null)
  }

  async #goOn(how: 'answer' | 'go-on' | 'step-on'): Promise<void> {
    const { run } = this.world
    const target = how === 'answer' ? { step: 'asks.ask' } : {}
    const going = run.resume(target, how === 'answer' ? { n: 1 } : null, { perStep: how === 'step-on' })
    await allow(['run_not_suspended', 'invalid_request'], going)
  }

  async #child(status: (Move & { type: 'child' })['status']): Promise<void> {
    const [child] = (await this.#record()).childRuns
    if (!child) return
    const { path, runId } = child
    const error = { name: 'Error', message: 'no' }
    if (status === 'success') await this.world.run.hearChild({ path, runId, status, result: { n: 1 } })
    else if (status === 'failed') await this.world.run.hearChild({ path, runId, status, error })
    else await this.world.run.hearChild({ path, runId, status })
  }

  async #pass(ms: number): Promise<void> {
    const { world } = this
    await world.advance(ms)
    for (let rung = 0; world.platform.alarmAt !== null && world.platform.alarmAt <= world.now; rung += 1) {
      expect(rung).toBeLessThan(6)
      await calm()
      await world.ring()
    }
  }

  /** What is in memory, and what another life would find. */
  async #look(): Promise<void> {
    await calm()
    const { run } = this.world
    const record = await this.#record()
    const result = await run.result()
    const { meta } = run
    if (!meta) throw new Error('there is no run')
    const stored = loadRun(run.parts, meta)
    expect(toRecord(stored)).toEqual(record)
    expect(toResult(stored)).toEqual(result)
    if (meta.info.status === 'running') expect(this.world.platform.alarmAt).not.toBe(null)
  }

  async #record(): Promise<RunRecord> {
    const record = await this.world.run.record()
    if (!record) throw new Error('there is no run')
    return record
  }

  /** In its parts somebody, something, some moment and another run are waited for; some of it is to be made good. */
  #workflow() {
    const book = <const Id extends string>(id: Id) =>
      createStep({
        id,
        inputSchema: count,
        outputSchema: count,
        execute: ({ inputData, idempotencyKey }) => {
          this.effects.push(`+${idempotencyKey.replace('/compensate', '')}`)
          return inputData
        },
        compensate: ({ idempotencyKey, retryCount }) => {
          if (this.#isUnlucky && retryCount === 0) throw new Error('busy')
          this.effects.push(`-${idempotencyKey.replace('/compensate', '')}`)
        },
        compensateAfter: 'start',
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
      outputSchema: count,
      retries: { attempts: 2, delay: 1500 },
      execute: ({ inputData, retryCount }) => {
        if (retryCount < 2 || this.#isUnlucky) throw new Error('no luck')
        return inputData
      },
    })
    const part = <const Id extends string>(id: Id) =>
      createWorkflow({ id, inputSchema: count, outputSchema: count })
    const named = createWorkflow({ id: 'named', inputSchema: count, outputSchema: count }).then(ask).commit()
    const step = book('shipped')
    return part('story')
      .then(book('first'))
      .parallel([
        part('asks').then(book('a')).then(ask).commit(),
        part('told').waitForEvent('go', step, { timeout: 9000 }).then(book('t')).commit() as never,
        part('sleeps').sleep(4000).then(book('s')).commit(),
        part('starts')
          .then(childRun(named, { retries: 1 }))
          .then(book('c'))
          .commit(),
      ])
      .map(() => [{ n: 1 }, { n: 2 }])
      .foreach(book('item'), { concurrency: 2 })
      .map(({ inputData: [one] }) => one ?? { n: 0 })
      .then(fails)
      .commit()
  }
}

async function calm(): Promise<void> {
  for (let round = 0; round < 4; round += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Whatever else is refused is a mistake. */
async function allow(codes: readonly string[], work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof EdgewiseError)) throw error
    expect(codes).toContain(error.code)
  }
}
