import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { placeOfRun } from '../../lib/protocol/run-id.ts'
import { DEADMAN_MS } from '../../lib/runs/wake.ts'
import { contextOf, get, newId, post } from './client.ts'
import { eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'

/** What the machine may need beside the time that is promised. */
const GRACE_MS = 10_000

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

interface Shown {
  status: string
  result?: unknown
  resourceId?: string
  steps: Record<string, { status: string; metadata?: { childRunId?: string; childStatus?: string } }>
}

async function start(workflow: string, runId: string): Promise<void> {
  const body = { inputData: { amount: 2 }, resourceId: 'ann', runtimeContext: contextOf(world) }
  const response = await post(world, `/api/workflows/${workflow}/start?runId=${runId}`, body)
  expect(response.status).toBe(200)
}

async function shown(workflow: string, runId: string): Promise<Shown> {
  const response = await get(world, `/api/workflows/${workflow}/runs/${encodeURIComponent(runId)}`)
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
  return response.json() as Promise<Shown>
}

function reached(workflow: string, runId: string, ...statuses: string[]): Promise<Shown> {
  return eventually(`${workflow} to be ${statuses.join(' or ')}`, async () => {
    const run = await shown(workflow, runId).catch(() => undefined)
    return run && statuses.includes(run.status) ? run : undefined
  })
}

/** The run that a run waits for. */
async function childOf(workflow: string, runId: string, step: string): Promise<string> {
  const { steps } = await reached(workflow, runId, 'waiting')
  return steps[step]?.metadata?.childRunId ?? ''
}

/** Whether the effect is one of a run that this run has started. */
function parentIs(runId: string, key: string): boolean {
  const [childId = ''] = key.split('/')
  return placeOfRun(childId)?.address.includes(`~${runId}~`) === true
}

/** The run that this one has started, of which some effect was seen. */
function seenChildOf(runId: string): string {
  const found = world.sink.effects.items.find(({ key }) => parentIs(runId, key))
  return found?.key.split('/')[0] ?? ''
}

function countOf(key: string): number {
  return world.sink.effects.items.filter((effect) => effect.key === key).length
}

describe('a run that starts another', () => {
  it('is seen and answered through it, over HTTP', async () => {
    const runId = newId('approval')
    await start('approval', runId)
    const { steps } = await reached('approval', runId, 'waiting')
    const childId = steps['payment']?.metadata?.childRunId ?? ''
    expect(steps['payment']).toMatchObject({ status: 'waiting', metadata: { childStatus: 'suspended' } })
    expect(await shown('payment', childId)).toMatchObject({ status: 'suspended', resourceId: 'ann' })
    const graph = await get(world, `/api/runs/${runId}/graph?workflowId=approval`)
    expect(await graph.json()).toMatchObject({
      graph: [
        {
          step: {
            from: 'run',
            starts: { workflowId: 'payment' },
            live: { status: 'waiting', childRunId: childId },
          },
        },
        {},
      ],
    })
    const path = `/api/workflows/payment/resume-async?runId=${encodeURIComponent(childId)}`
    const answered = await post(world, path, { resumeData: { approved: true } })
    expect(await answered.json()).toMatchObject({ status: 'success' })
    await reached('approval', runId, 'success')
    expect(countOf(`${runId}/1`)).toBe(1)
  })

  it('takes it along when it is canceled', async () => {
    const runId = newId('approval')
    await start('approval', runId)
    const childId = await childOf('approval', runId, 'payment')
    await reached('payment', childId, 'suspended')
    expect((await post(world, `/api/workflows/approval/runs/${runId}/cancel`, {})).status).toBe(200)
    await reached('payment', childId, 'canceled')
  })
})

describe.each([
  ['the whole process group', 'group'],
  ['workerd alone', 'workerd'],
] as const)('SIGKILL for %s', (_what, target) => {
  /** By where they are killed: the child at its first step, at its second, while it asks somebody. */
  const ids = { first: newId('delivery'), second: newId('delivery'), asked: newId('approval') }
  const first = (): string => seenChildOf(ids.first)
  const second = (): string => seenChildOf(ids.second)
  let revivedAfter: number

  beforeAll(async () => {
    const atFirst = ({ key }: { key: string }): boolean => parentIs(ids.first, key) && key.endsWith('/0')
    const atSecond = ({ key }: { key: string }): boolean => parentIs(ids.second, key) && key.endsWith('/1')
    const release = world.sink.hold((effect) => atFirst(effect) || atSecond(effect))
    await Promise.all([
      start('delivery', ids.first),
      start('delivery', ids.second),
      start('approval', ids.asked),
    ])
    await world.sink.effects.reached('the first step', atFirst, 1)
    await world.sink.effects.reached('the second step', atSecond, 1)
    await reached('approval', ids.asked, 'waiting')
    await (target === 'group' ? world.kill() : world.killWorkerd())
    release()
    if (target === 'group') await world.restart()
    const backAt = Date.now()
    await world.sink.effects.reached('the end', ({ key }) => key === `${ids.second}/2`, 1)
    revivedAfter = Date.now() - backAt
  })

  it('leaves both to be taken up without a request: the child by its alarm, its parent by the letter', async () => {
    expect(revivedAfter).toBeLessThan(DEADMAN_MS + GRACE_MS)
    expect(await shown('delivery', ids.second)).toMatchObject({ steps: { parcel: { status: 'success' } } })
    await reached('delivery', ids.second, 'success')
    expect([countOf(`${second()}/0`), countOf(`${second()}/1`), countOf(`${ids.second}/2`)]).toEqual([
      1, 2, 1,
    ])
  })

  it('starts no child twice, and tells its parent of a failure that nobody may mend silently', async () => {
    const { status, steps } = await reached('delivery', ids.first, 'failed', 'success')
    expect([status, steps['parcel']]).toMatchObject(['failed', { error: { code: 'step_outcome_unknown' } }])
    expect([countOf(`${first()}/0`), countOf(`${ids.first}/2`)]).toEqual([1, 0])
  })

  it('leaves a child that asks somebody asking, and its parent goes on with the answer', async () => {
    const childId = await childOf('approval', ids.asked, 'payment')
    expect((await shown('approval', ids.asked)).status).toBe('waiting')
    const path = `/api/workflows/payment/resume-async?runId=${encodeURIComponent(childId)}`
    expect((await post(world, path, { resumeData: { approved: true } })).status).toBe(200)
    await reached('approval', ids.asked, 'success')
    expect(countOf(`${ids.asked}/1`)).toBe(1)
  })
})
