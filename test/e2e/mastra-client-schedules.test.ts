import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contextOf, newId } from './client.ts'
import { eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'
import { openMastra, refusal } from './mastra-client.ts'

type Mastra = ReturnType<typeof openMastra>

let world: World
let mastra: Mastra
beforeAll(async () => {
  world = await openWorld()
  mastra = openMastra(world)
})
afterAll(() => world.close())

const YEARLY = '0 3 1 1 *'

/** A schedule that does not come while the tests last, unless it is told another time. */
function create(over: Partial<Parameters<Mastra['createSchedule']>[0]> = {}) {
  const requestContext = contextOf(world)
  return mastra.createSchedule({ workflowId: 'pulse', cron: YEARLY, requestContext, ...over })
}

const beatsOf = (scheduleId: string): string[] =>
  world.sink.effects.items.filter(({ key }) => key.startsWith(`sched_${scheduleId}_`)).map(({ key }) => key)

/** The triggers of a schedule, once there are so many whose runs have ended. */
function triggersOf(scheduleId: string, count: number) {
  return eventually(`${count} triggers of ${scheduleId}`, async () => {
    const { triggers } = await mastra.listScheduleTriggers(scheduleId, { limit: 50 })
    const ended = triggers.filter(({ run }) => run?.status === 'success')
    return ended.length >= count ? ended : undefined
  })
}

describe('schedules, as the Mastra client asks for them', () => {
  it('are made, shown, listed, changed and deleted', async () => {
    const id = newId('daily')
    const made = await create({ id, timezone: 'America/New_York', metadata: { team: 'ops' } })
    expect(made).toMatchObject({
      id,
      workflowId: 'pulse',
      cron: YEARLY,
      timezone: 'America/New_York',
      status: 'active',
      metadata: { team: 'ops' },
      requestContext: contextOf(world),
    })
    expect(new Date(made.nextFireAt).toISOString()).toMatch(/-01-01T08:00:00.000Z$/)
    expect(await mastra.getSchedule(id)).toEqual(made)
    const { schedules } = await mastra.listSchedules({ workflowId: 'pulse', status: 'active' })
    expect(schedules.find((schedule) => schedule.id === id)).toEqual(made)
    expect(await mastra.listSchedules({ agentId: 'clerk' })).toEqual({ schedules: [] })
    const changed = await mastra.updateSchedule(id, { cron: '0 4 1 1 *', metadata: { team: 'dev' } })
    expect(changed).toMatchObject({ nextFireAt: made.nextFireAt + 3600_000, metadata: { team: 'dev' } })
    expect(await mastra.deleteSchedule(id)).toEqual({ message: 'Schedule deleted' })
    expect(await refusal(mastra.getSchedule(id))).toMatchObject({ status: 404 })
    const left = await mastra.listSchedules()
    expect(left.schedules.map((schedule) => schedule.id)).not.toContain(id)
  })

  it('start runs at their times, each once, and tell what came of them', async () => {
    const { id } = await create({ cron: '* * * * * *' })
    const triggers = await triggersOf(id, 2)
    await mastra.pauseSchedule(id)
    for (const trigger of triggers) {
      expect(trigger).toMatchObject({ outcome: 'published', triggerKind: 'schedule-fire', scheduleId: id })
      expect(trigger.actualFireAt).toBeGreaterThanOrEqual(trigger.scheduledFireAt)
      const run = await mastra.getWorkflow('pulse').runById(trigger.runId ?? '')
      const of = { scheduleId: id, scheduledFireAt: trigger.scheduledFireAt }
      expect(run).toMatchObject({ status: 'success', runId: trigger.runId, trigger: of })
    }
    const beats = beatsOf(id)
    expect(new Set(beats).size).toBe(beats.length)
    const [{ actualFireAt: to = 0 } = {}] = triggers
    const earlier = await mastra.listScheduleTriggers(id, { toActualFireAt: to - 1, limit: 1 })
    expect(earlier.triggers).toHaveLength(1)
    expect(earlier.triggers[0]?.actualFireAt).toBeLessThan(to)
    expect(await mastra.getSchedule(id)).toMatchObject({ lastRunId: expect.any(String), lastRun: {} })
  })

  it('are paused and go on, over and over', async () => {
    const { id } = await create()
    for (const _ of [1, 2]) expect(await mastra.pauseSchedule(id)).toMatchObject({ status: 'paused' })
    expect((await mastra.listSchedules({ status: 'paused' })).schedules.map((one) => one.id)).toContain(id)
    for (const _ of [1, 2]) expect(await mastra.resumeSchedule(id)).toMatchObject({ status: 'active' })
  })

  it('are run by hand, without a change of their time', async () => {
    const { id, nextFireAt } = await create()
    const { claimId, scheduleId } = await mastra.runSchedule(id)
    expect(scheduleId).toBe(id)
    const [trigger] = await triggersOf(id, 1)
    expect(trigger).toMatchObject({ runId: claimId, triggerKind: 'manual' })
    expect(beatsOf(id)).toHaveLength(1)
    expect(await mastra.getSchedule(id)).toMatchObject({ nextFireAt, lastRunId: claimId })
    // One key, one run.
    const ask = (): Promise<Response> =>
      fetch(`${world.url}/api/schedules/${id}/run`, { method: 'POST', headers: { 'idempotency-key': 'k' } })
    const [first, second] = await Promise.all([ask(), ask()])
    expect(await first.json()).toMatchObject({
      claimId: ((await second.json()) as { claimId: string }).claimId,
    })
    expect((await mastra.listScheduleTriggers(id)).triggers).toHaveLength(2)
  })

  it('are there if the code declares them, and then are changed there', async () => {
    const found = await eventually('the declared schedule', async () => {
      const { schedules } = await mastra.listSchedules({ workflowId: 'pulse' })
      return schedules.find(({ id }) => id === 'wf_pulse')
    })
    expect(found).toMatchObject({ timezone: 'Europe/Berlin', inputData: { by: 'code' }, isDeclared: true })
    expect(await refusal(mastra.updateSchedule('wf_pulse', { cron: '* * * * *' }))).toMatchObject({
      status: 400,
    })
    expect(await refusal(mastra.deleteSchedule('wf_pulse'))).toMatchObject({ status: 400 })
    expect(await refusal(create({ id: 'wf_pulse' }))).toMatchObject({ status: 400 })
    expect(await mastra.pauseSchedule('wf_pulse')).toMatchObject({ status: 'paused' })
    await mastra.resumeSchedule('wf_pulse')
  })

  it.each([
    [{ cron: 'often' }, 400, 'cron'],
    [{ timezone: 'Mars' }, 400, 'timezone'],
    [{ id: 'a b' }, 400, 'id'],
    [{ workflowId: 'none' }, 404, undefined],
    [{ workflowId: 'payment', inputData: { amount: 'all' } }, 400, 'inputData.amount'],
    [{ agentId: 'clerk' }, 400, 'workflowId'],
    [{ threadId: 't' }, 400, 'threadId'],
  ])('are refused with the field that is wrong: %o', async (over, status, field) => {
    const refused = await refusal(create(over))
    expect(refused.status).toBe(status)
    if (field !== undefined) expect(refused.body).toMatchObject({ error: { issues: [{ field }] } })
  })

  it('have their own ids: none is made twice, and none is there that was not made', async () => {
    const id = newId('twice')
    await create({ id })
    expect(await refusal(create({ id }))).toMatchObject({
      status: 409,
      body: { error: { code: 'schedule_exists' } },
    })
    const none = newId('none')
    for (const ask of [
      () => mastra.getSchedule(none),
      () => mastra.updateSchedule(none, { status: 'paused' }),
      () => mastra.deleteSchedule(none),
      () => mastra.runSchedule(none),
      () => mastra.listScheduleTriggers(none),
      () => mastra.pauseSchedule(none),
      () => mastra.resumeSchedule(none),
    ])
      expect(await refusal(ask())).toMatchObject({
        status: 404,
        body: { error: { code: 'schedule_not_found' } },
      })
  })
})

describe('SIGKILL', () => {
  it('loses no time of a schedule and repeats none, and nobody has to ask', async () => {
    // That client's types do not know it.
    const all = { catchUp: 'all' }
    const { id } = await create({ cron: '* * * * * *', ...all })
    for (const kill of [() => world.killWorkerd(), () => world.kill()]) {
      await world.sink.effects.reached('a beat', isOf(id), beatsOf(id).length + 2)
      await kill()
      if (kill.toString().includes('.kill()')) await world.restart()
    }
    const before = beatsOf(id).length
    await world.sink.effects.reached('more beats', isOf(id), before + 3)
    await mastra.pauseSchedule(id)
    const { triggers } = await mastra.listScheduleTriggers(id, { limit: 200 })
    const times = triggers.map(({ scheduledFireAt }) => scheduledFireAt)
    const [last = 0] = times
    expect(times).toEqual(Array.from(times, (_, i) => last - i * 1000))
    expect(new Set(triggers.map(({ runId }) => runId)).size).toBe(triggers.length)
    await triggersOf(id, Math.min(50, triggers.length))
    // A step that was cut off is begun again under its key: of each run there is one.
    expect(new Set(beatsOf(id)).size).toBe(triggers.length)
  })
})

const isOf =
  (scheduleId: string) =>
  ({ key }: { key: string }): boolean =>
    key.startsWith(`sched_${scheduleId}_`)
