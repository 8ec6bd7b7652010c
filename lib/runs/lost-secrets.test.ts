import { describe, expect, it } from 'vitest'
import { RunFamily } from '../../test/fixtures/run-family.ts'
import { RunWorld } from '../../test/fixtures/run-world.ts'
import type { RuntimeContext } from '../protocol/runtime-context.ts'
import { createTool } from '../tools/tool.ts'
import { childRun } from '../workflows/child-run.ts'
import { createStep } from '../workflows/step.ts'
import type { AnyWorkflow } from '../workflows/workflow.ts'
import { createWorkflow } from '../workflows/workflow.ts'
import { answerRunCall } from './answer.ts'
import type { RunCall } from './run-call.ts'

const ask = createStep({ id: 'ask', execute: ({ resumeData, suspend }) => resumeData ?? suspend({}) })
const runtimeContext = { token: 's3cret' }
const again = { token: 'again' }

const tokenOf = (context: RuntimeContext): string => String(context.get('token'))

/** A step that gives the token. */
function uses(id: string) {
  return createStep({ id, execute: ({ runtimeContext: context }) => tokenOf(context) })
}

/** What it did was to give the token. */
function reconcile(_input: unknown, { runtimeContext: context }: { runtimeContext: RuntimeContext }) {
  return { status: 'done', output: tokenOf(context) } as const
}

/** A run of a workflow that begins with `ask`, whose object has died since, and that is answered. */
async function bereft(workflow: AnyWorkflow): Promise<RunWorld> {
  const world = new RunWorld(workflow)
  await world.through(null, { runtimeContext })
  world.restart()
  await world.resume('go')
  return world
}

async function tell(world: RunWorld, call: RunCall): Promise<unknown> {
  return (await answerRunCall(world.run, call)).json()
}

const give: RunCall = { type: 'resume', target: {}, runtimeContext: again, format: 'json' }
const asked = { for: 'context', contextKeys: ['token'] }

describe('what reads a secret that its run has lost', () => {
  it('is suspended if it is a condition of a branch, and asked again with it', async () => {
    const seen: string[] = []
    const taken = createStep({ id: 'taken', execute: () => seen.push('taken') })
    const flow = createWorkflow({ id: 'flow' })
      .then(ask)
      .branch([
        [({ runtimeContext: context }) => tokenOf(context) === 'again', taken],
        [() => false, createStep({ id: 'other', execute: () => 0 })],
      ])
      .commit()
    const world = await bereft(flow)
    expect(await world.run.result()).toMatchObject({
      status: 'suspended',
      suspended: [['taken']],
      suspendPayload: { taken: asked },
    })
    // Without it nothing is gained, also in another life of the object.
    expect(await world.resume(null, { step: 'taken' })).toMatchObject({ status: 'suspended' })
    world.restart()
    expect((await world.settle()).status).toBe('suspended')
    expect(await tell(world, give)).toMatchObject({ status: 'success', result: { taken: 1 } })
    expect(seen).toEqual(['taken'])
    world.restart()
    expect(await world.run.result()).toMatchObject({ status: 'success', result: { taken: 1 } })
    expect(world.problems).toEqual([])
  })

  it('is not begun again with it while the run fails, but after a restart', async () => {
    const { promise: end, resolve: letEnd } = Promise.withResolvers<string>()
    let isBroken = true
    const fails = createStep({
      id: 'fails',
      execute: () => {
        if (isBroken) throw new Error('no')
        return 'yes'
      },
    })
    const slow = createStep({ id: 'slow', execute: () => end })
    const flow = createWorkflow({ id: 'flow' })
      .then(ask)
      .parallel([uses('reads'), fails, slow])
      .commit()
    const world = new RunWorld(flow)
    await world.through(null, { runtimeContext })
    world.restart()
    await world.run.resume({}, 'go')
    while ((await world.run.record())?.steps?.['fails']?.status !== 'failed') await world.advance(0)
    expect(await tell(world, { type: 'context', nonce: 'n', runtimeContext: again })).toBe(false)
    expect((await world.run.record())?.steps?.['reads']).toMatchObject({ status: 'suspended' })
    letEnd('slow')
    expect(await world.settle()).toMatchObject({ status: 'failed' })
    isBroken = false
    await world.run.restart()
    expect(await world.settle()).toMatchObject({ status: 'suspended' })
    expect(await tell(world, give)).toMatchObject({
      status: 'success',
      result: { reads: 'again', fails: 'yes', slow: 'slow' },
    })
  })

  it.each([
    ['length', (flow: Begun) => flow.sleep(({ runtimeContext: c }) => tokenOf(c).length)],
    ['moment', (flow: Begun) => flow.sleepUntil(({ runtimeContext: c }) => new Date(tokenOf(c).length))],
  ])('is suspended if it is the %s of a sleep', async (_what, sleep) => {
    const world = await bereft(sleep(createWorkflow({ id: 'flow' }).then(ask)).commit())
    expect(await world.run.record()).toMatchObject({ status: 'suspended' })
    await tell(world, { ...give, format: 'ack' })
    await world.advance(10_000)
    expect(await world.settle()).toMatchObject({ status: 'success', result: 'go' })
  })

  it('is suspended if it is the condition of a loop, whose rounds are not executed again', async () => {
    let rounds = 0
    const round = createStep({ id: 'round', execute: () => (rounds += 1) })
    const inner = createWorkflow({ id: 'inner' })
      .dowhile(
        round,
        ({ iterationCount, runtimeContext: context }) => iterationCount < tokenOf(context).length,
      )
      .commit()
    const world = await bereft(createWorkflow({ id: 'flow' }).then(ask).then(inner).commit())
    expect(await world.run.record()).toMatchObject({ status: 'suspended', suspended: [['inner', 'round']] })
    expect(await tell(world, { type: 'describe' })).toMatchObject({
      graph: [{}, { step: { graph: [{ step: { live: { status: 'suspended' } } }] } }],
    })
    expect(await tell(world, { ...give, target: { step: ['inner', 'round'] } })).toMatchObject({
      status: 'success',
      result: 5,
    })
    expect(rounds).toBe(5)
    expect(JSON.stringify(await tell(world, { type: 'describe' }))).not.toMatch(/suspended|running/)
  })

  it.each(['step', 'tool'])(
    'is suspended if it is the reconcile of a %s, and asked again, not executed',
    async (kind) => {
      const executed: number[] = []
      const execute = (): Promise<string> => {
        executed.push(executed.length)
        return new Promise<string>(() => undefined)
      }
      const step =
        kind === 'tool'
          ? createStep(
              createTool({ id: 'pay', description: 'Pays', effect: 'reconcile', execute, reconcile }),
            )
          : createStep({
              id: 'pay',
              effect: 'reconcile',
              execute,
              reconcile: (context) => reconcile(undefined, context),
            })
      const world = new RunWorld(createWorkflow({ id: 'flow' }).then(step).commit())
      await world.start(null, { runtimeContext })
      world.restart()
      expect(await world.settle()).toMatchObject({ status: 'suspended', suspendPayload: { pay: asked } })
      world.restart()
      expect(await tell(world, give)).toMatchObject({ status: 'success', result: 'again' })
      expect(executed).toEqual([0])
    },
  )

  it('all goes on with one word, and what waits for an answer waits on', async () => {
    const asks = createStep({ id: 'asks', execute: ({ resumeData, suspend }) => resumeData ?? suspend({}) })
    const flow = createWorkflow({ id: 'flow' })
      .then(ask)
      .parallel([uses('a'), uses('b'), asks])
      .commit()
    const world = await bereft(flow)
    expect(await world.run.record()).toMatchObject({ suspended: [['a'], ['b'], ['asks']] })
    expect(await tell(world, give)).toMatchObject({ status: 'suspended', suspended: [['asks']] })
    expect(await world.resume('yes')).toMatchObject({ result: { a: 'again', b: 'again', asks: 'yes' } })
  })
})

describe('a compensation that reads a secret which its run has lost', () => {
  const undone: string[] = []
  const does = (id: string) =>
    createStep({
      id,
      execute: () => id,
      compensate: ({ runtimeContext: context }) => void undone.push(`${id} ${tokenOf(context)}`),
    })
  const flow = createWorkflow({ id: 'flow' }).then(does('first')).then(does('second')).then(ask).commit()

  async function canceled(call: Partial<RunCall & { type: 'cancel' }> = {}): Promise<RunWorld> {
    undone.length = 0
    const world = new RunWorld(flow)
    await world.through(null, { runtimeContext })
    world.restart()
    expect(await tell(world, { type: 'cancel', ...call })).toBe('compensating')
    await world.settle()
    return world
  }
  const done = [
    { step: 'second', path: '1' },
    { step: 'first', path: '0' },
  ]

  it('waits for it, and goes on when it is given', async () => {
    const world = await canceled()
    expect(await world.run.record()).toMatchObject({ status: 'suspended', suspended: [['second']] })
    expect(await world.run.result()).toMatchObject({ suspendPayload: { second: asked } })
    // It is about to end: nothing else is answered, and a second cancel changes nothing.
    await expect(world.run.resume({ step: 'ask' }, 'yes')).rejects.toMatchObject({
      code: 'run_not_suspended',
    })
    await tell(world, { type: 'cancel' })
    world.restart()
    expect((await world.settle()).status).toBe('suspended')
    expect(undone).toEqual([])
    expect(await tell(world, give)).toMatchObject({ status: 'canceled', compensation: { done, failed: [] } })
    expect(undone).toEqual(['second again', 'first again'])
    expect(await tell(world, { type: 'describe' })).toMatchObject({
      graph: [{ step: { live: { compensation: { status: 'success' } } } }, {}, {}],
    })
    expect(world.problems).toEqual([])
  })

  it('has it if the cancel brings it along, the first or the second', async () => {
    const world = await canceled({ runtimeContext: again })
    expect(await world.run.result()).toMatchObject({ status: 'canceled', compensation: { done } })
    const late = await canceled()
    await tell(late, { type: 'cancel', runtimeContext: again })
    expect(await late.settle()).toMatchObject({ status: 'canceled', compensation: { done } })
  })

  it('has it in a child of the run that is canceled with it', async () => {
    undone.length = 0
    const family = new RunFamily(createWorkflow({ id: 'parent' }).then(childRun(flow)).commit(), flow)
    await family.start('parent', null, runtimeContext)
    await family.calm()
    for (const world of family.worlds.values()) family.kill(world)
    await tell(family.run('parent'), { type: 'cancel', runtimeContext: again })
    await family.calm()
    expect(undone).toEqual(['second again', 'first again'])
    expect(await family.run('parent').settle()).toMatchObject({ status: 'canceled' })
  })
})

it('does not hinder the cancel that brings it, where the run can no longer be read', async () => {
  const world = new RunWorld(createWorkflow({ id: 'flow' }).then(ask).then(uses('uses')).commit())
  await world.through(null, { runtimeContext })
  world.workflow = createWorkflow({ id: 'flow' }).then(uses('other')).commit()
  world.restart()
  expect(await tell(world, { type: 'cancel', runtimeContext: again })).toBe(true)
  expect(world.run.meta?.info.status).toBe('canceled')
})

it('answers a step that asks, where nothing waits for secrets', async () => {
  const unmoved = createStep({
    id: 'asks',
    execute: ({ suspendData, suspend }) => (suspendData ? 'done' : suspend({})),
  })
  const world = new RunWorld(createWorkflow({ id: 'flow' }).then(unmoved).commit())
  await world.through(null)
  expect(await tell(world, give)).toMatchObject({ status: 'success', result: 'done' })
  await expect(tell(world, give)).rejects.toMatchObject({ code: 'run_not_suspended' })
})

it('is given again to the runs that a run has started, and to theirs, and is in no row', async () => {
  const child = createWorkflow({ id: 'child' }).then(ask).then(uses('uses')).commit()
  const middle = createWorkflow({ id: 'middle' }).then(childRun(child)).commit()
  const parent = createWorkflow({ id: 'parent' })
    .parallel([childRun(middle), childRun(child, { id: 'other' })])
    .commit()
  const family = new RunFamily(parent, middle, child)
  await family.start('parent', null, runtimeContext)
  await family.calm()
  for (const world of family.worlds.values()) family.kill(world)
  const [one, other] = family.of('child')
  if (!one || !other) throw new Error('no child was started')
  await family.resume(one, 'go')
  await family.calm()
  expect(await tell(family.run('parent'), { type: 'record' })).toMatchObject({
    status: 'waiting',
    childRuns: [{ status: 'waiting' }, { status: 'suspended' }],
  })
  await tell(family.run('parent'), { ...give, runtimeContext: { token: 't0ken' }, nonce: 'n1' })
  await family.calm()
  // The one that asks for an answer was not answered.
  expect((await other.run.result()).status).toBe('suspended')
  await family.resume(other, 'go')
  await family.calm()
  expect(await family.run('parent').settle()).toMatchObject({
    result: { middle: 't0ken', other: 't0ken' },
  })
  for (const { platform } of family.worlds.values())
    expect(JSON.stringify(platform.sql.run('SELECT value FROM state'))).not.toContain('t0ken')
})

const begun = createWorkflow({ id: 'flow' }).then(ask)
type Begun = typeof begun
