import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEADMAN_MS } from '../../lib/runs/wake.ts'
import { contextOf, get, newId, post } from './client.ts'
import { eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'
import type { Effect } from './sink.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

/** A run that was brought to a point, to be killed there. */
interface Victim {
  workflow: string
  runId: string
  /** How many effects it had when it was killed. */
  before: number
}

interface Shown {
  status: string
  result?: unknown
  error?: { code?: string }
  steps: Record<string, { status: string; startedAt: number; endedAt?: number; output?: unknown }>
}

/** What the machine may need beside the time that is promised. */
const GRACE_MS = 10_000

const NAP_MS = 4000

/** Those that do not go on by themselves. */
const NEEDS_SOMEBODY = new Set(['suspended', 'once', 'waiting', 'mailed'])

describe.each([
  ['the whole process group', 'group'],
  ['workerd alone', 'workerd'],
] as const)('SIGKILL for %s', (_what, target) => {
  let victims: Awaited<ReturnType<typeof bringToTheirPoints>>['victims']
  /** How long after the server was back each run had its next effect. */
  let revivals: [name: string, ms: number][]

  beforeAll(async () => {
    const brought = await bringToTheirPoints()
    victims = brought.victims
    await (target === 'group' ? world.kill() : world.killWorkerd())
    brought.release()
    // That it is up is learned by a request that looks at no run: nobody asks one to go on.
    if (target === 'group') await world.restart()
    const backAt = Date.now()
    const goingOn = Object.entries(victims).filter(([name]) => !NEEDS_SOMEBODY.has(name))
    revivals = await Promise.all(
      goingOn.map(async ([name, { runId, before }]): Promise<[string, number]> => {
        await world.sink.effects.reached(`more of ${name}`, isOf(runId), before + 1)
        return [name, Date.now() - backAt]
      }),
    )
  })

  it('leaves every run to be taken up without a request, within ten seconds', () => {
    expect(revivals.filter(([, ms]) => ms > DEADMAN_MS + GRACE_MS)).toEqual([])
    const names = ['step', 'nap', 'pair', 'list', 'nested', 'retried', 'hasty']
    expect(revivals.map(([name]) => name)).toEqual(names)
  })

  it.each(['step', 'nap', 'pair', 'list', 'nested', 'retried'] as const)(
    '%s: the run succeeds',
    async (name) => {
      const { status, steps } = await ended(victims[name])
      expect(status).toBe('success')
      expect(Object.values(steps).map((step) => step.status)).not.toContain('running')
    },
  )

  it('begins a step that was cut off again under its one key, and no other', async () => {
    expect(await countsOf(victims.step)).toEqual({ 'work 0': 2, 'send 1': 1 })
  })

  it("never repeats a step whose effect is 'once': the run says that its outcome is unknown", async () => {
    const { workflow, runId } = victims.once
    const { status, error } = await ended(victims.once)
    expect([status, error?.code]).toEqual(['failed', 'step_outcome_unknown'])
    expect(await countsOf(victims.once)).toEqual({ 'charge 0': 1 })
    // Somebody has looked, and says that it may be done.
    const restarted = await post(world, `/api/workflows/${workflow}/restart-async?runId=${runId}`, {})
    expect(await restarted.json()).toMatchObject({ status: 'success' })
    expect(await countsOf(victims.once)).toEqual({ 'charge 0': 2, 'thank 1': 1 })
  })

  it('wakes a sleep after its time, not before', async () => {
    const { steps } = await ended(victims.nap)
    expect((steps['wake']?.startedAt ?? 0) - (steps['doze']?.endedAt ?? 0)).toBeGreaterThanOrEqual(NAP_MS)
    expect(await countsOf(victims.nap)).toEqual({ 'doze 0': 1, 'wake 2': 1 })
  })

  it('never runs again what was committed beside a step that was cut off, or before it in a workflow within', async () => {
    expect(await countsOf(victims.pair)).toEqual({ 'charge 0.0': 1, 'reserve 0.1': 2, 'thank 1': 1 })
    expect(await countsOf(victims.nested)).toEqual({ 'first 0/0': 1, 'second 0/1': 2, 'thank 1': 1 })
  })

  it('begins only those items of a list again that were cut off', async () => {
    expect(await countsOf(victims.list)).toEqual({
      'item 0.0': 1,
      'item 0.1': 1,
      'item 0.2': 2,
      'item 0.3': 2,
      'item 0.4': 2,
      'item 0.5': 1,
      'thank 1': 1,
    })
  })

  it('counts the failures of before, and keeps the pause', async () => {
    expect(await countsOf(victims.retried)).toEqual({ 'flaky 0': 3, 'thank 1': 1 })
  })

  it('leaves a run that waits for somebody waiting, and it goes on with the answer', async () => {
    const { runId } = victims.suspended
    expect((await shown(victims.suspended)).status).toBe('suspended')
    const path = `/api/workflows/payment/resume-async?runId=${runId}`
    const answered = await post(world, path, { step: 'approve', resumeData: { approved: true } })
    expect(await answered.json()).toMatchObject({ status: 'success', result: { message: 'paid 4' } })
    expect(await countsOf(victims.suspended)).toEqual({ 'finish 2': 1 })
  })

  it('leaves a run that waits for an event waiting, and it goes on with the event', async () => {
    const { runId } = victims.waiting
    expect((await shown(victims.waiting)).status).toBe('waiting')
    expect((await sendParcel(runId, 'e1', 'p1')).status).toBe(202)
    expect(await ended(victims.waiting)).toMatchObject({ status: 'success' })
    expect((await sendParcel(runId, 'e1', 'p1')).status).toBe(200)
    expect(await countsOf(victims.waiting)).toEqual({ 'reserve 0': 1, 'thank 3': 1 })
  })

  it('keeps an event that came before its wait, and knows it when it comes again', async () => {
    expect((await sendParcel(victims.mailed.runId, 'e1', 'other')).status).toBe(200)
    const { steps } = await ended(victims.mailed)
    expect(steps['shipped']).toMatchObject({ status: 'success', output: { parcel: 'p1' } })
    expect(await countsOf(victims.mailed)).toEqual({ 'reserve 0': 2, 'thank 3': 1 })
  })

  it('ends a wait that was not to be for ever after its time, not before', async () => {
    const { steps } = await ended(victims.hasty)
    expect(steps['shipped']).toMatchObject({ output: { parcel: 'lost' } })
    expect((steps['thank']?.startedAt ?? 0) - (steps['reserve']?.endedAt ?? 0)).toBeGreaterThanOrEqual(4000)
    expect(await countsOf(victims.hasty)).toEqual({ 'reserve 0': 1, 'thank 3': 1 })
  })

  it('leaves each on the list of its workflow, as it stands', async () => {
    for (const { workflow, runId } of [victims.step, victims.pair, victims.nested])
      await eventually('the list to know', async () => {
        const answer = await get(world, `/api/workflows/${workflow}/runs?status=success`)
        const { runs } = (await answer.json()) as { runs: { runId: string }[] }
        return runs.some((one) => one.runId === runId) || undefined
      })
  })
})

/** Starts a run for each point at which a run can die, and waits until it is there. */
async function bringToTheirPoints() {
  const releases: (() => void)[] = []
  const begin = async (
    workflow: string,
    before: number,
    inputData: unknown,
    isHeld: (effect: Effect) => boolean = () => false,
  ): Promise<Victim> => {
    const runId = newId(workflow)
    releases.push(world.sink.hold((effect) => isOf(runId)(effect) && isHeld(effect)))
    const path = `/api/workflows/${workflow}/start?runId=${runId}`
    const started = await post(world, path, { inputData, runtimeContext: contextOf(world) })
    expect(started.status).toBe(200)
    if (before > 0) await world.sink.effects.reached(`the point of ${workflow}`, isOf(runId), before)
    return { workflow, runId, before }
  }
  const [step, nap, pair, list, nested, retried, hasty, suspended, once, waiting, mailed] = await Promise.all(
    [
      begin('report', 1, { words: 1 }, ({ tool }) => tool === 'work'),
      begin('naps', 1, { ms: NAP_MS }),
      begin('pair', 2, {}, ({ tool }) => tool === 'reserve'),
      // Three at a time: two are done, three are held, one has not begun.
      begin('list', 5, [1, 2, 3, 4, 5, 6], ({ key }) => !/\.[01]$/.test(key)),
      begin('nested', 2, {}, ({ tool }) => tool === 'second'),
      begin('retried', 1, {}),
      begin('hasty', 1, { ms: 1 }),
      begin('payment', 0, { amount: 2 }),
      begin('once', 1, {}, ({ tool }) => tool === 'charge'),
      begin('order', 1, { amount: 1 }),
      begin('order', 1, { amount: 2 }, ({ tool }) => tool === 'reserve'),
    ],
  )
  await reached(waiting, ({ status }) => status === 'waiting')
  await reached(hasty, ({ status }) => status === 'waiting')
  expect((await sendParcel(mailed.runId, 'e1', 'p1')).status).toBe(202)
  await reached(pair, ({ steps }) => steps['charge']?.status === 'success')
  await reached(nap, ({ status }) => status === 'waiting')
  await reached(retried, ({ status }) => status === 'waiting')
  await reached(suspended, ({ status }) => status === 'suspended')
  const victims = { step, nap, pair, list, nested, retried, hasty, suspended, once, waiting, mailed }
  return { victims, release: () => releases.forEach((release) => release()) }
}

function sendParcel(runId: string, id: string, parcel: string): Promise<Response> {
  return post(world, `/api/runs/${runId}/events?workflowId=order`, { event: 'shipped', id, data: { parcel } })
}

async function reached(victim: Victim, isThere: (run: Shown) => boolean): Promise<Shown> {
  return eventually(`${victim.workflow} to be there`, async () => {
    const run = await shown(victim)
    return isThere(run) ? run : undefined
  })
}

function ended(victim: Victim): Promise<Shown> {
  return reached(victim, ({ status }) => status === 'success' || status === 'failed')
}

async function shown({ workflow, runId }: Victim): Promise<Shown> {
  const answer = await get(world, `/api/workflows/${workflow}/runs/${runId}`)
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`)
  return answer.json() as Promise<Shown>
}

/** How often each step of a run that has ended, by its place, had its effect. */
async function countsOf(victim: Victim): Promise<Record<string, number>> {
  await ended(victim)
  const counts: Record<string, number> = {}
  for (const { tool, key } of world.sink.effects.items.filter(isOf(victim.runId))) {
    const call = `${tool} ${key.slice(victim.runId.length + 1)}`
    counts[call] = (counts[call] ?? 0) + 1
  }
  return counts
}

function isOf(runId: string): (effect: Effect) => boolean {
  return ({ key }) => key.startsWith(`${runId}/`)
}
