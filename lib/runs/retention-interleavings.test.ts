import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { settle } from '../../test/fixtures/object-world.ts'
import { RunWorld } from '../../test/fixtures/run-world.ts'
import { EdgewiseError } from '../protocol/error.ts'
import { errorResponse } from '../formats/error-response.ts'
import { childRun } from '../workflows/child-run.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'

const count = z.object({ n: z.number() })
const KEPT_MS = 5000

/** What comes to a run that is kept for seconds only, some of it at the same moment. */
type Move =
  | {
      type: 'start' | 'answer' | 'again' | 'cancel' | 'restart' | 'crash' | 'remove' | 'ring' | 'flip' | 'cut'
    }
  | { type: 'child'; status: 'suspended' | 'success' | 'failed' | 'canceled' }
  | { type: 'pass'; ms: number }

const single = [
  'start',
  'answer',
  'again',
  'cancel',
  'restart',
  'crash',
  'remove',
  'ring',
  'flip',
  'cut',
] as const
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...single).map((type) => ({ type })) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('child' as const),
      status: fc.constantFrom('suspended', 'success', 'failed', 'canceled'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('pass' as const),
      ms: fc.integer({ min: 1, max: 2 * KEPT_MS }),
    }),
  },
)

describe('a run that is kept for a time, whatever comes to it in whatever order', () => {
  it('is erased in the end with all that others know of it, and never rings in vain', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(move, { minLength: 1, maxLength: 3 }), { maxLength: 12 }),
        async (moves) => {
          const story = new Story()
          await story.make({ type: 'start' })
          for (const together of moves) {
            await Promise.all(together.map((one) => story.make(one)))
            await settle()
          }
          await story.end()
        },
      ),
      { numRuns: 150 },
    )
  }, 120_000)
})

it('tells a call that comes while the run is deleted that it was', async () => {
  const { world } = new Story()
  await world.start({ n: 1 })
  await settle()
  const [removed, canceled] = await Promise.allSettled([world.run.remove(), world.run.cancel()])
  expect([removed, canceled]).toMatchObject([
    { status: 'fulfilled', value: true },
    { status: 'rejected', reason: { code: 'aborted', message: 'The run was deleted' } },
  ])
})

class Story {
  readonly world: RunWorld
  /** Whether the list, and the run that it starts, can be reached. */
  isListDown = false
  isChildDown = false
  /** What each child heard, in order. */
  readonly heard = new Map<string, string[]>()
  readonly known = new Map<string, string>()
  /** How often the run was begun anew. */
  begun = 0
  #nonce = 0

  constructor() {
    const ask = createStep({
      id: 'ask',
      inputSchema: count,
      outputSchema: count,
      resumeSchema: count,
      execute: ({ resumeData, suspend, runtimeContext, inputData }) => {
        if (!resumeData) return suspend({})
        if (resumeData.n === 3) throw new Error(`no ${String(runtimeContext.get('token')).length}`)
        return inputData
      },
    })
    const book = createStep({
      id: 'book',
      inputSchema: count,
      outputSchema: count,
      execute: ({ inputData }) => inputData,
      compensate: ({ runtimeContext }) => void runtimeContext.get('token'),
    })
    const named = createWorkflow({ id: 'named', inputSchema: count, outputSchema: count }).then(ask).commit()
    const workflow = createWorkflow({
      id: 'story',
      inputSchema: count,
      outputSchema: z.any(),
      keepRunsMs: KEPT_MS,
    })
      .then(book)
      .parallel([ask, childRun(named, { retries: 1 })])
      .commit()
    this.world = new RunWorld(workflow as never, {
      documents: () => {
        if (this.isListDown) throw new Error('the list is down')
        return this.world.documents
      },
      callsAnInvocation: 2,
    })
    this.world.callRun = async (address, call) => {
      if (this.isChildDown) return errorResponse(new EdgewiseError('internal', 'down'))
      const heard = this.heard.get(address) ?? []
      this.heard.set(address, [...heard, call.type])
      if (call.type === 'start' && call.request.parent)
        this.known.set(call.request.runId, call.request.parent.path)
      return Response.json(call.type === 'result' ? { status: 'running' } : true)
    }
  }

  async make(one: Move): Promise<void> {
    const { world } = this
    const { run } = world
    const runtimeContext = { token: 's3cret' }
    if (one.type === 'start') {
      if (!run.meta) this.begun += 1
      await this.#allow(world.start({ n: 1 }, { runtimeContext }))
    } else if (one.type === 'answer') {
      this.#nonce += 1
      await this.#answer()
    } else if (one.type === 'again') await this.#answer()
    else if (one.type === 'cancel') {
      run.parts.context.take(runtimeContext)
      await this.#allow(run.cancel().then(() => run.giveContext()))
    } else if (one.type === 'restart') await this.#allow(run.restart(`restart ${this.#nonce}`))
    else if (one.type === 'remove') await this.#allow(run.remove())
    else if (one.type === 'crash') world.restart()
    else if (one.type === 'flip') this.isListDown = !this.isListDown
    else if (one.type === 'cut') this.isChildDown = !this.isChildDown
    else if (one.type === 'child') await this.#child(one.status)
    else if (one.type === 'pass') await this.#pass(one.ms)
    else await this.#ring()
  }

  /** Everything can be reached, and time passes. */
  async end(): Promise<void> {
    this.isListDown = false
    this.isChildDown = false
    const { world } = this
    for (let round = 0; round < 40 && world.run.meta; round += 1) {
      this.#nonce += 1
      await this.make({ type: 'cancel' })
      await settle()
      await this.make({ type: 'child', status: 'canceled' })
      await this.#pass(4 * KEPT_MS)
    }
    for (let rung = 0; rung < 40 && world.platform.alarmAt !== null; rung += 1) {
      await world.ring()
      await settle()
    }
    expect(world.platform.alarmAt).toBe(null)
    expect(world.platform.sql.run(`SELECT name FROM sqlite_master WHERE type = 'table'`)).toEqual([])
    const { documents } = await world.documents.query('runs:-', { by: 'createdAt', limit: 10 })
    expect(documents).toEqual([])
    // Under its id another run may have begun since.
    for (const heard of this.begun > 1 ? [] : this.heard.values())
      if (heard.includes('cancel')) expect(heard.slice(heard.indexOf('cancel'))).not.toContain('start')
    expect(world.problems).toEqual([])
    expect(world.logged.join('')).not.toContain('s3cret')
  }

  async #answer(): Promise<void> {
    const { run } = this.world
    const nonce = `answer ${this.#nonce}`
    await this.#allow(run.resume({ step: 'ask' }, { n: 1 + (this.#nonce % 3) }, { nonce }))
  }

  async #child(status: 'suspended' | 'success' | 'failed' | 'canceled'): Promise<void> {
    const [child] = [...this.known].at(-1) ?? []
    if (child === undefined) return
    const at = { path: this.known.get(child) ?? '', runId: child }
    const error = { name: 'Error', message: 'no' }
    const news =
      status === 'success'
        ? { ...at, status, result: { n: 1 } }
        : status === 'failed'
          ? { ...at, status, error }
          : { ...at, status }
    await this.#allow(this.world.run.hearChild(news))
  }

  async #pass(ms: number): Promise<void> {
    const { world } = this
    world.now += ms
    for (let rung = 0; (world.platform.alarmAt ?? Infinity) <= world.now; rung += 1) {
      // Two calls an invocation, and what waits is little.
      expect(rung).toBeLessThan(12)
      await this.#ring()
      await settle()
    }
    expect(JSON.stringify(this.#rows())).not.toContain('s3cret')
  }

  /** An alarm in whose handler the object dies rings again. */
  async #ring(): Promise<void> {
    const { world } = this
    if (world.platform.alarmAt === null) return
    await world.ring().catch((error: unknown) => {
      if (!isDeath(error)) throw error
      world.platform.alarmAt = world.now
    })
  }

  #rows(): unknown {
    const { sql } = this.world.platform
    const tables = sql.run(`SELECT name FROM sqlite_master WHERE type = 'table'`)
    return tables.map(({ name }) => sql.run(`SELECT * FROM ${String(name)}`))
  }

  /** Whatever else is refused is a mistake. */
  async #allow(work: Promise<unknown>): Promise<void> {
    try {
      await work
    } catch (error) {
      if (isDeath(error)) return
      if (!(error instanceof EdgewiseError)) throw error
      expect(['run_not_found', 'run_not_suspended', 'run_compensated', 'aborted', 'run_ended']).toContain(
        error.code,
      )
    }
  }
}

function isDeath(error: unknown): boolean {
  return error instanceof Error && error.message === 'The object is dead'
}
