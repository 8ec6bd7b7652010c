import { env } from 'cloudflare:workers'
import { createScheduledController, reset, runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import { DECLARED_SHARD, scheduleAddress } from '../../lib/protocol/address.ts'
import type { Runtime } from '../../lib/runtime/create.ts'
import { runtimeOf } from '../../lib/runtime/create.ts'
import { syncOnce } from '../../lib/runtime/schedules.ts'
import type { ScheduleCall } from '../../lib/schedules/schedule-call.ts'
import type { ScheduleInfo, Trigger } from '../../lib/schedules/schedule-info.ts'
import { listSchedules } from '../../lib/schedules/schedule-list.ts'
import type { Env } from '../../worker/env.ts'
import app from './app.ts'
import { counted, resetCount } from './counting.ts'
import { arm, plan } from './faults.ts'
import worker from './worker.ts'
import { stepEffects } from './workflows.ts'

afterEach(async () => {
  arm(undefined)
  stepEffects.length = 0
  await reset()
})

// The test Worker's own bindings, as worker/env.ts describes them.
const bindings: unknown = env
const runtime = (): Runtime => runtimeOf(app, bindings as Env)
const address = scheduleAddress(undefined, 's1')
const object = (): DurableObjectStub => (bindings as Env).RUN.getByName(address) as DurableObjectStub
const spec = { workflowId: 'ticks', cron: '* * * * * *', inputData: null, runtimeContext: {} }
const MANY = { type: 'schedule-triggers', limit: 200 } as const

async function ask<Value>(call: ScheduleCall, of = address): Promise<Value> {
  const response = await runtime().callRun(of, call)
  if (!response.ok) throw new Error(await response.text())
  return response.json()
}

const create = (over: object = {}): Promise<ScheduleInfo> =>
  ask({ type: 'schedule-create', nonce: 'n', spec: { ...spec, ...over } })
const triggers = (): Promise<Trigger[]> => ask<Trigger[]>(MANY)
const tend = (): Promise<void> => worker.scheduled(createScheduledController(), bindings as Env)

describe('a schedule in its object', () => {
  it('starts each time once, though its alarm, the timer of the Worker and others come at one tick', async () => {
    await create()
    const isOver = async (): Promise<boolean> => (await triggers()).length >= 3
    while (!(await isOver()))
      await Promise.all([
        runDurableObjectAlarm(object()),
        ask({ type: 'schedule-nudge' }),
        ask({ type: 'schedule-nudge' }),
        tend(),
      ])
    await ask({ type: 'schedule-change', change: { status: 'paused' } })
    const found = await triggers()
    const [last] = found
    expect(found.map(({ due }) => due)).toEqual(found.map((_, i) => (last?.due ?? 0) - i * 1000))
    for (const { due, at } of found) expect(at).toBeGreaterThanOrEqual(due)
    await expect.poll(() => stepEffects.length).toBe(found.length)
    expect(new Set(stepEffects).size).toBe(found.length)
  })

  it('starts one run for one wish, whatever commit its object or the run dies after', async () => {
    const wish = { type: 'schedule-run', nonce: 'wish' } as const
    const bringHome = (): Promise<void> => expect.poll(() => isWishFulfilled(wish)).toBe(true)
    let k = -1
    do {
      k += 1
      await reset()
      stepEffects.length = 0
      arm(k)
      await bringHome()
      expect(await triggers(), `commit ${k}`).toHaveLength(1)
      expect(new Set(stepEffects).size, `commit ${k}`).toBe(1)
    } while (plan.deaths > 0)
    expect(k).toBeGreaterThan(4)
  })

  it('writes so many rows for a time that comes, and no more', async () => {
    await create({ cron: '0 3 1 1 *' })
    await ask({ type: 'schedule-run', nonce: 'first' })
    await expect.poll(async () => (await triggers())[0]?.run?.status).toBe('success')
    resetCount()
    await ask({ type: 'schedule-run', nonce: 'second' })
    await expect.poll(() => stepEffects.length).toBe(2)
    // Of these the run has about ten.
    expect(counted.written + counted.alarms).toBeLessThanOrEqual(20)
  })
})

async function isWishFulfilled(wish: { type: 'schedule-run'; nonce: string }): Promise<boolean> {
  await create({ cron: '0 3 1 1 *' }).catch(() => undefined)
  await ask(wish).catch(() => undefined)
  await runDurableObjectAlarm(object()).catch(() => undefined)
  const found = await triggers().catch(() => [])
  return found[0]?.run?.status === 'success'
}

const declared = (): Promise<ScheduleInfo[]> => listSchedules(undefined, {}, runtime().documents)

describe('the schedules that the code declares', () => {
  it('are made by the first request after a start, or by the timer of the Worker', async () => {
    await Promise.all([syncOnce(runtime()), tend()])
    expect(await declared()).toMatchObject([{ id: 'wf_ticks', isDeclared: true, workflowId: 'ticks' }])
    const [made] = await declared()
    await tend()
    expect(await declared()).toEqual([made])
  })

  it('are removed when the code has them no longer', async () => {
    const { now, documents } = runtime()
    const old = scheduleAddress(undefined, 'wf_ticks__old')
    const was = { ...spec, id: 'wf_ticks__old', cron: '0 3 1 1 *' }
    await ask({ type: 'schedule-declare', spec: was }, old)
    const body = { hash: 'of a version before', ids: ['wf_ticks__old'] }
    await documents(DECLARED_SHARD).put('declared', { id: 'app', version: now() - 1, index: {}, body })
    await tend()
    expect((await declared()).map(({ id }) => id)).toEqual(['wf_ticks'])
  })
})
