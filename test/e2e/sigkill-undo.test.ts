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

interface Shown {
  status: string
  runId: string
  compensation?: { done: { step: string }[]; failed: { step: string; error: { code?: string } }[] }
}

/** What the machine may need beside the time that is promised. */
const GRACE_MS = 10_000

const isOf =
  (runId: string, tool?: string) =>
  (effect: Effect): boolean =>
    effect.key.startsWith(`${runId}/`) && (tool === undefined || effect.tool === tool)

describe.each([
  ['the whole process group', 'group'],
  ['workerd alone', 'workerd'],
] as const)('SIGKILL for %s', (_what, target) => {
  let runs: Awaited<ReturnType<typeof bringToTheirPoints>>['runs']
  /** How long after the server was back each run had its next effect. */
  let revivals: [name: string, ms: number][]

  beforeAll(async () => {
    const brought = await bringToTheirPoints()
    runs = brought.runs
    await (target === 'group' ? world.kill() : world.killWorkerd())
    brought.release()
    // That it is up is learned by a request that looks at no run: nobody asks one to go on.
    if (target === 'group') await world.restart()
    const backAt = Date.now()
    revivals = await Promise.all(
      (['undoing', 'canceled', 'travelled'] as const).map(async (name): Promise<[string, number]> => {
        const { runId, before } = runs[name]
        await world.sink.effects.reached(`more of ${name}`, isOf(runId), before + 1)
        return [name, Date.now() - backAt]
      }),
    )
  })

  it('leaves what was under way to be taken up without a request, within ten seconds', () => {
    expect(revivals.filter(([, ms]) => ms > DEADMAN_MS + GRACE_MS)).toEqual([])
  })

  it('goes on with the compensation that was cut off, under its one key, and then with the others', async () => {
    const { runId } = runs.undoing
    expect(await ended('trip', runId)).toMatchObject({
      status: 'failed',
      compensation: { done: expect.arrayContaining([{ step: 'car', path: '1' }]), failed: [] },
    })
    const counts = countsOf(runId)
    expect(counts).toEqual({
      'hotel 0.0': 1,
      'seat 0.1/0': 1,
      'car 1': 1,
      'undo-car 1/compensate': 2,
      'undo-hotel 0.0/compensate': 1,
      'undo-seat 0.1/0/compensate': 1,
    })
  })

  it('goes on with one of a canceled run as well', async () => {
    const { runId } = runs.canceled
    expect(await ended('stay', runId)).toMatchObject({ status: 'canceled', compensation: { failed: [] } })
    expect(countsOf(runId)).toEqual({ 'room 0': 1, 'undo-room 0/compensate': 2 })
  })

  it("never repeats one of a step whose effect is 'once': it is named, and the others are made good", async () => {
    const { runId } = runs.once
    const { compensation } = await ended('trip', runId)
    expect(compensation?.failed).toMatchObject([
      { step: 'flight.seat', error: { code: 'step_outcome_unknown' } },
    ])
    expect(compensation?.done.map(({ step }) => step).toSorted()).toEqual(['car', 'hotel'])
    expect(countsOf(runId)['undo-seat 0.1/0/compensate']).toBe(1)
  })

  it('takes up a run that goes on from a step of another, and repeats nothing that it took over', async () => {
    const { runId, fromRunId } = runs.travelled
    expect(await ended('report', runId)).toMatchObject({ status: 'success' })
    expect(countsOf(runId)).toEqual({ 'send 1': 2 })
    expect(countsOf(fromRunId)).toEqual({ 'work 0': 1, 'send 1': 1 })
    expect((await shown('report', fromRunId)).status).toBe('success')
  })

  it('leaves a run that pauses pausing, and it goes on by a step', async () => {
    const { runId } = runs.paused
    expect((await shown('pair', runId)).status).toBe('paused')
    const path = `/api/workflows/pair/resume-async?runId=${runId}`
    expect(await (await post(world, path, { perStep: true })).json()).toMatchObject({ status: 'paused' })
    expect(countsOf(runId)).toEqual({ 'charge 0.0': 1, 'reserve 0.1': 1 })
    expect(await (await post(world, path, {})).json()).toMatchObject({ status: 'success' })
  })
})

/** Brings runs to the points at which they are killed. */
async function bringToTheirPoints() {
  const releases: (() => void)[] = []
  const hold = (runId: string, tool: string): void => {
    releases.push(world.sink.hold(isOf(runId, tool)))
  }
  const begin = async (workflow: string, how: string, more: object = {}, runId = newId(workflow)) => {
    const body = { inputData: {}, requestContext: contextOf(world), ...more }
    const started = await post(world, `/api/workflows/${workflow}/${how}?runId=${runId}`, body)
    expect(started.status).toBe(200)
    return (await started.json()) as Shown
  }
  const ids = { undoing: newId('trip'), once: newId('trip'), canceled: newId('stay') }
  hold(ids.undoing, 'undo-car')
  hold(ids.once, 'undo-seat')
  hold(ids.canceled, 'undo-room')
  await Promise.all([
    begin('trip', 'start', {}, ids.undoing),
    begin('trip', 'start', {}, ids.once),
    begin('stay', 'start-async', {}, ids.canceled),
  ])
  await post(world, `/api/workflows/stay/runs/${ids.canceled}/cancel`, {})
  const report = await begin('report', 'start-async', { inputData: { words: 1 } })
  const paused = await begin('pair', 'start-async', { perStep: true })
  // The new run's id is not known before it begins: every send is held.
  releases.push(world.sink.hold(({ tool, key }) => tool === 'send' && !key.startsWith(`${report.runId}/`)))
  const travel = `/api/workflows/report/time-travel?runId=${report.runId}`
  const travelled = (await (await post(world, travel, { step: 'send' })).json()) as Shown
  const { effects } = world.sink
  await Promise.all([
    effects.reached('the car given back', isOf(ids.undoing, 'undo-car'), 1),
    effects.reached('the seat given back', isOf(ids.once, 'undo-seat'), 1),
    effects.reached('the room given back', isOf(ids.canceled, 'undo-room'), 1),
    effects.reached('the second report', isOf(travelled.runId), 1),
  ])
  const victim = (runId: string) => ({ runId, before: effects.items.filter(isOf(runId)).length })
  const runs = {
    undoing: victim(ids.undoing),
    once: victim(ids.once),
    canceled: victim(ids.canceled),
    paused: victim(paused.runId),
    travelled: { ...victim(travelled.runId), fromRunId: report.runId },
  }
  return { runs, release: () => releases.forEach((release) => release()) }
}

function ended(workflow: string, runId: string): Promise<Shown> {
  return eventually(`${runId} to end`, async () => {
    const run = await shown(workflow, runId)
    return ['success', 'failed', 'canceled'].includes(run.status) ? run : undefined
  })
}

async function shown(workflow: string, runId: string): Promise<Shown> {
  const answer = await get(world, `/api/workflows/${workflow}/runs/${runId}`)
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`)
  return answer.json() as Promise<Shown>
}

/** How often each effect of a run came, by its step's place. */
function countsOf(runId: string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { tool, key } of world.sink.effects.items.filter(isOf(runId))) {
    const call = `${tool} ${key.slice(runId.length + 1)}`
    counts[call] = (counts[call] ?? 0) + 1
  }
  return counts
}
