import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { RunWorld } from '../../test/fixtures/run-world.ts'
import { timeless } from '../../test/fixtures/workflows.ts'
import type { CompensateOptions } from '../workflows/compensate-options.ts'
import { GRACE_MS } from '../workflows/compensation.ts'
import type { WorkflowResult } from '../workflows/result.ts'
import type { StepEffect } from '../workflows/step-definition.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'

const count = z.object({ n: z.number() })
const flow = (id = 'flow') => createWorkflow({ id, inputSchema: count, outputSchema: count })

/** Steps that write down what was done and undone under which key. */
function booking() {
  const effects: string[] = []
  const step = <const Id extends string>(
    id: Id,
    options: CompensateOptions<{ n: number }, { n: number }> & { effect?: StepEffect } = {},
  ) =>
    createStep({
      id,
      inputSchema: count,
      outputSchema: count,
      execute: ({ inputData, idempotencyKey }) => {
        effects.push(`+${idempotencyKey}`)
        return { n: inputData.n + 1 }
      },
      compensate: ({ idempotencyKey }) => void effects.push(`-${idempotencyKey}`),
      ...options,
    })
  const fails = createStep({
    id: 'fails',
    inputSchema: count,
    execute: () => {
      throw new Error('no room')
    },
  })
  return { effects, step, fails }
}

/** Rings the alarm until the run has ended. */
async function bringHome(world: RunWorld): Promise<WorkflowResult> {
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve))
    const record = await world.run.record().catch(() => undefined)
    const status = record?.status
    if (status === 'success' || status === 'failed' || status === 'canceled') return world.settle()
    if (status === 'suspended') await world.run.cancel().catch(() => undefined)
    else if (world.platform.alarmAt !== null) await world.ring().catch(() => undefined)
  }
}

/** Starts the run and brings it home; the start may die as well. */
function through(world: RunWorld): Promise<WorkflowResult> {
  void world.start({ n: 1 }).catch(() => undefined)
  return bringHome(world)
}

/** The object dies after these commits. */
function killAt(world: RunWorld, ...commits: number[]): void {
  world.afterCommit = async (commit) => {
    if (!commits.includes(commit)) return
    world.restart()
    throw new Error('killed by the test')
  }
}

describe('a run that compensates', () => {
  it.each(['failed', 'canceled'] as const)(
    'and %s ends as the undisturbed one does, for deaths after each commit and each two of them',
    async (status) => {
      const { effects, step, fails } = booking()
      const ask = createStep({ id: 'ask', inputSchema: count, execute: ({ suspend }) => suspend({}) })
      let broken = 0
      const flaky = step('flaky', {
        compensateRetries: { attempts: 3, delay: 500 },
        compensate: ({ idempotencyKey, retryCount }) => {
          effects.push(`-${idempotencyKey}`)
          if (retryCount === 0) broken += 1
          if (retryCount === 0) throw new Error('busy')
        },
      })
      const inner = flow('inner').then(step('deep')).commit()
      const workflow = createWorkflow({ id: 'flow', inputSchema: count })
        .parallel([step('a'), inner])
        .map(({ inputData }) => inputData.a)
        .then(flaky)
        .then(status === 'failed' ? fails : ask)
        .commit()
      const calm = new RunWorld(workflow)
      const expected = timeless(await through(calm))
      expect(expected).toMatchObject({
        status,
        compensation: {
          done: [
            { step: 'flaky', path: '2' },
            { step: 'inner.deep', path: '0.1/0' },
            { step: 'a', path: '0.0' },
          ],
          failed: [],
        },
      })
      expect(calm.problems).toEqual([])
      const undone = effects.splice(0).filter((effect) => effect.startsWith('-'))
      expect(new Set(undone)).toEqual(
        new Set(['-r1/2/compensate', '-r1/0.1/0/compensate', '-r1/0.0/compensate']),
      )
      for (let first = 0; first < calm.commits; first += 1) {
        for (let second = first; second < calm.commits + 2; second += 1) {
          const world = new RunWorld(workflow)
          killAt(world, first, second)
          expect(timeless(await through(world)), `commits ${first} and ${second}`).toEqual(expected)
          const seen = effects.splice(0).filter((effect) => effect.startsWith('-'))
          // Each under its one key, and begun in the same order.
          expect([...new Set(seen)], `commits ${first} and ${second}`).toEqual([...new Set(undone)])
          expect(world.problems).toEqual([])
        }
      }
      expect(broken).toBeGreaterThan(0)
    },
    60_000,
  )

  it('keeps its alarm, and waits for the pause before a compensation is tried again with nothing but that', async () => {
    const at: number[] = []
    const { step, fails } = booking()
    const flaky = step('flaky', {
      compensateRetries: { attempts: 1, delay: 60_000, backoff: 'fixed' },
      compensate: ({ retryCount }) => {
        at.push(world.now)
        if (retryCount === 0) throw new Error('busy')
      },
    })
    const world = new RunWorld(flow().then(flaky).then(fails).commit())
    await world.start({ n: 1 })
    while (at.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    world.restart()
    await world.advance(59_999)
    expect((await world.run.record())?.status).toBe('running')
    expect(at).toHaveLength(1)
    // Chance says 0.5: a quarter more than was asked.
    expect(world.platform.alarmAt).toBe(1_000_000 + 75_000)
    await world.ring()
    expect(await world.settle()).toMatchObject({
      status: 'failed',
      compensation: { done: [{ step: 'flaky' }] },
    })
    expect(at).toEqual([1_000_000, 1_075_000])
    expect(world.problems).toEqual([])
  })

  it('never executes a compensation again silently where the step may happen once', async () => {
    const begun = Promise.withResolvers<void>()
    const { effects, step, fails } = booking()
    const charge = step('charge', {
      effect: 'once',
      compensate: ({ idempotencyKey }) => {
        effects.push(`-${idempotencyKey}`)
        begun.resolve()
        return new Promise(() => undefined)
      },
    })
    const world = new RunWorld(flow().then(step('a')).then(charge).then(fails).commit())
    await world.start({ n: 1 })
    await begun.promise
    world.restart()
    await world.ring()
    expect(await world.settle()).toMatchObject({
      status: 'failed',
      error: { message: 'no room' },
      compensation: {
        done: [{ step: 'a' }],
        failed: [{ step: 'charge', path: '1', error: { code: 'step_outcome_unknown' } }],
      },
    })
    expect(effects).toEqual(['+r1/0', '+r1/1', '-r1/1/compensate', '-r1/0/compensate'])
  })

  it('does not wait for ever for what does not stop', async () => {
    const { effects, step } = booking()
    const begun = Promise.withResolvers<void>()
    const deaf = createStep({
      id: 'deaf',
      inputSchema: count,
      execute: () => {
        begun.resolve()
        return new Promise(() => undefined)
      },
    })
    const world = new RunWorld(flow().then(step('a')).then(deaf).commit())
    await world.start({ n: 1 })
    await begun.promise
    expect(await world.run.cancel()).toBe(true)
    expect(world.run.isCompensating).toBe(true)
    await world.advance(GRACE_MS - 1)
    expect(effects).toEqual(['+r1/0'])
    await world.advance(1)
    expect(await world.settle()).toMatchObject({
      status: 'canceled',
      steps: { deaf: { status: 'canceled' } },
      compensation: { done: [{ step: 'a' }] },
    })
    expect(effects).toEqual(['+r1/0', '-r1/0/compensate'])
  })

  it('gives up a compensation that kills its object again and again, names it, and goes on', async () => {
    const { effects, step, fails } = booking()
    let tries = 0
    let arrived = Promise.withResolvers<void>()
    const deadly = step('deadly', {
      compensate: () => {
        tries += 1
        arrived.resolve()
        return new Promise(() => undefined)
      },
    })
    const world = new RunWorld(flow().then(step('a')).then(deadly).then(fails).commit())
    await world.start({ n: 1 })
    for (let life = 1; life <= 6; life += 1) {
      await arrived.promise
      arrived = Promise.withResolvers<void>()
      world.restart()
      await world.ring()
    }
    expect(await world.settle()).toMatchObject({
      status: 'failed',
      error: { message: 'no room' },
      compensation: {
        done: [{ step: 'a' }],
        failed: [{ step: 'deadly', error: { code: 'recovery_exhausted' } }],
      },
    })
    expect(tries).toBe(6)
    expect(effects.filter((effect) => effect === '-r1/0/compensate')).toHaveLength(1)
  })

  it('compensates as well when it comes no further', async () => {
    const { effects, step } = booking()
    let arrived = Promise.withResolvers<void>()
    const deadly = createStep({
      id: 'deadly',
      inputSchema: count,
      execute: () => {
        arrived.resolve()
        return new Promise(() => undefined)
      },
    })
    const world = new RunWorld(flow().then(step('a')).then(deadly).commit())
    await world.start({ n: 1 })
    for (let life = 1; life <= 6; life += 1) {
      await arrived.promise
      arrived = Promise.withResolvers<void>()
      world.restart()
      await world.ring()
    }
    expect(await world.settle()).toMatchObject({
      status: 'failed',
      error: { code: 'recovery_exhausted' },
      compensation: { done: [{ step: 'a' }] },
    })
    expect(effects).toEqual(['+r1/0', '-r1/0/compensate'])
  })

  it('is deleted in the middle of it', async () => {
    const begun = Promise.withResolvers<AbortSignal>()
    const { step, fails } = booking()
    const slow = step('slow', {
      compensate: ({ abortSignal }) => {
        begun.resolve(abortSignal)
        return new Promise(() => undefined)
      },
    })
    const world = new RunWorld(flow().then(slow).then(fails).commit())
    await world.start({ n: 1 })
    const signal = await begun.promise
    expect(signal.aborted).toBe(false)
    expect(await world.run.remove()).toBe(true)
    expect(signal.aborted).toBe(true)
    expect(world.platform.sql.run('SELECT name FROM sqlite_master')).toEqual([])
  })
})

/** What happens to a run that may fail, be canceled and die, in any order. */
type Move =
  | { type: 'cancel' | 'ring' | 'crash' | 'yield' | 'fail' | 'succeed' }
  | { type: 'pass'; ms: number }

const move: fc.Arbitrary<Move> = fc.oneof(
  fc.constantFrom(
    ...(['cancel', 'ring', 'crash', 'yield', 'yield', 'fail', 'succeed'] as const).map((type) => ({ type })),
  ),
  fc.record({ type: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 4000 }) }),
)

describe('whatever happens to a run with steps to compensate, in whatever order', () => {
  it('all that succeeded is compensated once in reverse unless it ends well, and a crash changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 16 }), async (moves) => {
        const story = new Story()
        await story.world.start({ n: 1 })
        for (const one of moves) await story.make(one)
        await story.end()
      }),
      { numRuns: 300 },
    )
  })
})

class Story {
  readonly world: RunWorld
  readonly undone: string[] = []
  /** How the gate in the middle is answered; asked again after a crash. */
  #verdict = Promise.withResolvers<'fail' | 'succeed'>()

  constructor() {
    const undo = ({ idempotencyKey, retryCount }: { idempotencyKey: string; retryCount: number }): void => {
      if (idempotencyKey.includes('/2/') && retryCount === 0) throw new Error('busy')
      this.undone.push(idempotencyKey)
    }
    const step = <const Id extends string>(id: Id) =>
      createStep({
        id,
        inputSchema: count,
        outputSchema: count,
        execute: async ({ inputData }) => inputData,
        compensate: undo,
      })
    const gate = createStep({
      id: 'gate',
      inputSchema: count,
      outputSchema: count,
      execute: ({ inputData, abortSignal }) =>
        new Promise<{ n: number }>((resolve, reject) => {
          abortSignal.addEventListener('abort', () => reject(abortSignal.reason as Error))
          void this.#verdict.promise.then((verdict) =>
            verdict === 'succeed' ? resolve(inputData) : reject(new Error('no')),
          )
        }),
    })
    this.world = new RunWorld(
      flow().then(step('one')).sleep(500).then(step('three')).then(gate).then(step('five')).commit(),
    )
  }

  async make(move: Move): Promise<void> {
    const { world } = this
    if (move.type === 'cancel') await world.run.cancel()
    else if (move.type === 'pass') await world.advance(move.ms)
    else if (move.type === 'ring' && world.platform.alarmAt !== null) await world.ring()
    else if (move.type === 'crash') world.restart()
    else if (move.type === 'fail' || move.type === 'succeed') this.#verdict.resolve(move.type)
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** Brings the run home, and looks at the whole. */
  async end(): Promise<void> {
    const { world } = this
    this.#verdict.resolve('succeed')
    const result = await bringHome(world)
    const stood = Object.entries(result.steps).flatMap(([id, step]) =>
      id !== 'input' && id !== 'gate' && !id.startsWith('sleep') && isSuccess(step) ? [id] : [],
    )
    const places: Record<string, string> = { one: 'r1/0', three: 'r1/2', five: 'r1/4' }
    const expected =
      result.status === 'success' ? [] : stood.toReversed().map((id) => `${places[id]}/compensate`)
    // What a crash cut off was executed again, under its one key.
    expect([...new Set(this.undone)]).toEqual(expected)
    if ('compensation' in result)
      expect(result.compensation?.done.map(({ step }) => step)).toEqual(stood.toReversed())
    expect(world.problems).toEqual([])
    world.restart()
    expect(await world.run.result()).toEqual(result)
  }
}

function isSuccess(step: unknown): boolean {
  return typeof step === 'object' && step !== null && 'status' in step && step.status === 'success'
}
