import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { ObjectWorld } from '../../test/fixtures/object-world.ts'
import { scheduleAddress } from '../protocol/address.ts'
import type { RunInfo, RunRecord } from '../workflows/result.ts'
import type { ScheduleOptions } from '../workflows/schedule-options.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'
import { listRuns } from '../runs/run-list.ts'
import type { ScheduleInfo, ScheduleSpec, Trigger } from './schedule-info.ts'
import { findOverdue, listSchedules } from './schedule-list.ts'
import { KEPT_TRIGGERS } from './schedule-rows.ts'

const HOUR = 3600_000
const address = scheduleAddress(undefined, 'daily')

/** What it is given it gives. */
const echo = createStep({ id: 'echo', execute: ({ inputData }) => inputData })
const asks = createStep({ id: 'asks', execute: ({ resumeData, suspend }) => resumeData ?? suspend({}) })

function reportOf(schedule: ScheduleOptions[] = []) {
  return createWorkflow({ id: 'report', schedule }).then(echo).commit()
}

/** It says what a team is. */
function strictOf(team: z.ZodType) {
  const stateSchema = z.object({ tries: z.number() })
  return createWorkflow({ id: 'strict', inputSchema: z.object({ team }), stateSchema })
    .then(echo)
    .commit()
}

function open(): ObjectWorld {
  return new ObjectWorld(reportOf(), createWorkflow({ id: 'waits' }).then(asks).commit())
}

function create(world: ObjectWorld, over: Partial<ScheduleSpec> = {}, nonce = 'n1'): Promise<ScheduleInfo> {
  const spec = { workflowId: 'report', cron: '0 * * * *', inputData: { n: 1 }, runtimeContext: {}, ...over }
  return world.ask(address, { type: 'schedule-create', nonce, spec })
}

const change = (world: ObjectWorld, given: object): Promise<ScheduleInfo> =>
  world.ask(address, { type: 'schedule-change', change: given })
const get = (world: ObjectWorld): Promise<ScheduleInfo> => world.ask(address, { type: 'schedule-get' })
const runNow = (world: ObjectWorld, nonce: string): Promise<{ runId: string }> =>
  world.ask(address, { type: 'schedule-run', nonce })
const triggers = (world: ObjectWorld, limit = 1000): Promise<Trigger[]> =>
  world.ask(address, { type: 'schedule-triggers', limit })

/** The runs that there are, the newest first. */
const runs = (world: ObjectWorld, workflowId = 'report'): Promise<RunInfo[]> =>
  listRuns(workflowId, '-', { limit: 1000 }, world.documents)

/** Hours after the world's first moment. */
const hours = (world: ObjectWorld, times: readonly number[]): number[] =>
  times.map((time) => (time - START) / HOUR)
const START = new ObjectWorld().now

describe('a schedule', () => {
  it('starts a run at each time that it is due, and never before', async () => {
    const world = open()
    const { nextAt } = await create(world)
    expect(nextAt).toBe(START + HOUR)
    await world.advance(HOUR - 1)
    expect(await runs(world)).toEqual([])
    await world.advance(2 * HOUR + 1)
    const found = await triggers(world)
    expect(
      hours(
        world,
        found.map(({ due }) => due),
      ),
    ).toEqual([3, 2, 1])
    expect(found[0]).toMatchObject({ kind: 'schedule-fire', outcome: 'started', run: { status: 'success' } })
    const started = await runs(world)
    expect(started.map(({ runId }) => runId).toSorted()).toEqual(found.map(({ runId }) => runId).toSorted())
    expect(await get(world)).toMatchObject({ nextAt: START + 4 * HOUR, lastRunId: found[0]?.runId })
  })

  it('rings again where the alarm comes too early', async () => {
    const world = open()
    await create(world)
    await world.platformOf(address).deliverAlarm(() => world.ask(address, { type: 'schedule-nudge' }))
    expect(await triggers(world)).toEqual([])
    expect(world.platformOf(address).alarmAt).toBe(START + HOUR)
  })

  it('is made once by one wish, and refused to another', async () => {
    const world = open()
    const made = await create(world)
    await world.advance(5)
    expect(await create(world)).toEqual(made)
    await expect(create(world, {}, 'n2')).rejects.toThrow('schedule_exists')
  })

  it.each([
    [{ cron: 'often' }, 'cron'],
    [{ cron: '0 0 31 2 *' }, 'cron'],
    [{ timezone: 'Mars/Olympus' }, 'timezone'],
    [{ runtimeContext: { token: 's3cret' } }, 'requestContext.token'],
    [{ inputData: 'x'.repeat(300_000) }, 'inputData'],
  ])('is refused with the field that is wrong: %o', async (over, field) => {
    const world = open()
    const refused = await create(world, over).catch(String)
    expect(refused).toContain(`"field":"${field}"`)
    expect(refused).toContain('invalid_request')
    expect(refused).not.toContain('s3cret')
    await expect(get(world)).rejects.toThrow('schedule_not_found')
    await create(world)
    await expect(change(world, over)).rejects.toThrow(`"field":"${field}"`)
  })

  it.each([
    [{ inputData: null }, 'inputData'],
    [{ inputData: { team: 7 } }, 'inputData.team'],
    [{ initialState: { tries: 'many' } }, 'initialState.tries'],
  ])('is refused with what does not fit its workflow: %o', async (over, field) => {
    const world = new ObjectWorld(strictOf(z.string()))
    const fitting = { workflowId: 'strict', inputData: { team: 'ops' }, initialState: { tries: 1 } }
    await expect(create(world, { ...fitting, ...over })).rejects.toThrow(`"field":"${field}"`)
    await expect(get(world)).rejects.toThrow('schedule_not_found')
    await create(world, fitting)
    await expect(change(world, over)).rejects.toThrow(`"field":"${field}"`)
    expect(await get(world)).toMatchObject(fitting)
  })

  it('says of a time whose input fits its workflow no more why, and can still be paused, mended or deleted', async () => {
    const world = new ObjectWorld(strictOf(z.string()))
    await create(world, { workflowId: 'strict', inputData: { team: 'ops' } })
    world.workflows = [strictOf(z.number())]
    await world.advance(HOUR)
    const [trigger] = await triggers(world)
    expect(trigger).toMatchObject({
      outcome: 'failed',
      error: expect.stringContaining('team: Invalid input'),
    })
    expect(await runs(world, 'strict')).toEqual([])
    for (const status of ['paused', 'active'])
      expect(await change(world, { status })).toMatchObject({ status })
    await change(world, { inputData: { team: 7 } })
    await world.advance(HOUR)
    expect((await triggers(world))[0]).toMatchObject({ outcome: 'started', run: { status: 'success' } })
  })

  it('is not changed in what only agents have', async () => {
    const world = open()
    await create(world)
    for (const [field, value] of Object.entries({ prompt: 'x', name: 'x', threadId: 'x', ifActive: {} }))
      await expect(change(world, { [field]: value })).rejects.toThrow(`"field":"${field}"`)
  })

  it('tells its runs which time they are for, and they tell whoever asks', async () => {
    const heard: unknown[] = []
    const look = createStep({
      id: 'look',
      execute: ({ trigger }) => void heard.push(trigger),
      compensate: ({ trigger }) => void heard.push(trigger),
    })
    const fails = createStep({ id: 'fails', execute: () => Promise.reject(new Error('no')) })
    const world = new ObjectWorld(createWorkflow({ id: 'report' }).then(look).then(fails).commit())
    await create(world)
    await world.advance(HOUR)
    const trigger = { scheduleId: 'daily', scheduledFireAt: START + HOUR }
    expect(heard).toEqual([trigger, trigger])
    const record = await world.ask<RunRecord>(`-/report/sched_daily_${START + HOUR}`, { type: 'record' })
    expect(record).toMatchObject({ trigger, status: 'failed' })
    // By hand it is the moment of that.
    await world.advance(1000)
    await runNow(world, 'wish')
    await world.advance(0)
    expect(heard.at(-1)).toEqual({ scheduleId: 'daily', scheduledFireAt: START + HOUR + 1000 })
  })

  it('is paused, and when it goes on makes up for nothing', async () => {
    const world = open()
    await create(world)
    await change(world, { status: 'paused' })
    await world.advance(10.5 * HOUR)
    expect(await triggers(world)).toEqual([])
    expect(await change(world, { status: 'active' })).toMatchObject({ nextAt: START + 11 * HOUR })
    await world.advance(HOUR)
    expect(
      hours(
        world,
        (await triggers(world)).map(({ due }) => due),
      ),
    ).toEqual([11])
  })

  it('follows a change of its time, and of its zone', async () => {
    const world = open()
    await create(world)
    const changed = await change(world, { cron: '30 18 * * *', timezone: 'Asia/Kolkata' })
    expect(changed).toMatchObject({ nextAt: START + HOUR, timezone: 'Asia/Kolkata' })
    await change(world, { cron: '30 20 * * *' })
    await world.advance(4 * HOUR)
    expect(
      hours(
        world,
        (await triggers(world)).map(({ due }) => due),
      ),
    ).toEqual([3])
  })

  it('is run by hand, once for one wish, also while it is paused, and its time stays', async () => {
    const world = open()
    await create(world)
    await change(world, { status: 'paused' })
    const { runId } = await runNow(world, 'wish')
    expect(await runNow(world, 'wish')).toMatchObject({ runId })
    await runNow(world, 'other')
    await world.advance(2000)
    expect((await triggers(world)).map(({ kind, outcome }) => [kind, outcome])).toEqual([
      ['manual', 'started'],
      ['manual', 'started'],
    ])
    expect(await get(world)).toMatchObject({ nextAt: START + HOUR, status: 'paused' })
  })

  it('is deleted with all that it was, and its runs stay', async () => {
    const world = open()
    await create(world)
    await world.advance(HOUR)
    await world.ask(address, { type: 'schedule-remove' })
    await expect(get(world)).rejects.toThrow('schedule_not_found')
    expect(await listSchedules(undefined, {}, world.documents)).toEqual([])
    await world.advance(5 * HOUR)
    expect(await runs(world)).toHaveLength(1)
    expect(world.platformOf(address).sql.run('SELECT name FROM sqlite_master')).toEqual([])
    await create(world, {}, 'n2')
    expect(await triggers(world)).toEqual([])
    expect(await listSchedules(undefined, {}, world.documents)).toHaveLength(1)
  })

  it('says of a run that cannot be started why', async () => {
    const world = open()
    await create(world, { workflowId: 'gone' })
    await world.advance(HOUR)
    const [trigger] = await triggers(world)
    expect(trigger).toMatchObject({ outcome: 'failed', error: expect.stringContaining('gone') })
    expect(await get(world)).toMatchObject({ nextAt: START + 2 * HOUR })
  })

  it('remembers so many triggers and no more', async () => {
    const world = open()
    await create(world, { cron: '* * * * * *', workflowId: 'gone' })
    await world.advance((KEPT_TRIGGERS + 5) * 1000)
    const found = await triggers(world)
    expect(found).toHaveLength(KEPT_TRIGGERS)
    expect(found[0]?.due).toBe(world.now)
    expect(await triggers(world, 3)).toEqual(found.slice(0, 3))
  })
})

/** The object hears no alarm for some hours. */
async function sleepThrough(over: Partial<ScheduleSpec>): Promise<[ObjectWorld, Trigger[]]> {
  const world = open()
  await create(world, over)
  world.now += 50.5 * HOUR
  await world.advance(1000)
  return [world, await triggers(world)]
}

describe('times that were missed', () => {
  it('are made up for by a run of the last of them', async () => {
    const [world, found] = await sleepThrough({})
    expect(
      hours(
        world,
        found.map(({ due }) => due),
      ),
    ).toEqual([50])
    expect(found[0]).toMatchObject({ at: START + 50.5 * HOUR, outcome: 'started' })
    expect(await get(world)).toMatchObject({ nextAt: START + 51 * HOUR })
  })

  it('are each made up for, where that is asked for', async () => {
    const [world, found] = await sleepThrough({ catchUp: 'all' })
    const all = Array.from({ length: 50 }, (_, i) => 50 - i)
    expect(
      hours(
        world,
        found.map(({ due }) => due),
      ),
    ).toEqual(all)
    expect(await runs(world)).toHaveLength(50)
  })

  it('are left, where that is asked for', async () => {
    const [world, found] = await sleepThrough({ catchUp: 'none' })
    expect(found).toMatchObject([{ outcome: 'skipped', due: START + 50 * HOUR }])
    expect(found[0]).not.toHaveProperty('runId')
    expect(await runs(world)).toEqual([])
    await world.advance(HOUR)
    expect(await runs(world)).toHaveLength(1)
  })
})

describe('a run that is still going', () => {
  it('holds up nothing', async () => {
    const world = open()
    await create(world, { workflowId: 'waits' })
    await world.advance(2 * HOUR)
    expect((await triggers(world)).map(({ run }) => run?.status)).toEqual(['suspended', 'suspended'])
  })

  it('holds up the next, where that is asked for', async () => {
    const world = open()
    await create(world, { workflowId: 'waits', overlap: 'skip' })
    await world.advance(2 * HOUR)
    const [second, first] = await triggers(world)
    expect([first?.outcome, second?.outcome]).toEqual(['started', 'skipped'])
    await world.ask(`-/waits/sched_daily_${START + HOUR}`, { type: 'cancel' })
    await world.advance(HOUR)
    expect((await triggers(world))[0]).toMatchObject({ outcome: 'started', run: { status: 'suspended' } })
  })
})

describe('a schedule that the code declares', () => {
  const declared = scheduleAddress(undefined, 'wf_report__hourly')
  const hourly = { id: 'hourly', cron: '0 * * * *', inputData: { n: 1 } }

  async function declare(world: ObjectWorld, options: ScheduleOptions[]): Promise<void> {
    const report = reportOf(options)
    world.workflows = [report]
    const [spec] = report.schedules
    await world.ask(declared, { type: 'schedule-declare', ...(spec && { spec }) })
  }

  const show = (world: ObjectWorld): Promise<ScheduleInfo> => world.ask(declared, { type: 'schedule-get' })

  it('is made, changed and removed as the code says', async () => {
    const world = open()
    await declare(world, [hourly])
    const first = await show(world)
    expect(first).toMatchObject({ isDeclared: true, nextAt: START + HOUR })
    await world.advance(HOUR)
    await declare(world, [{ ...hourly, cron: '30 * * * *', timezone: 'UTC' }])
    expect(await show(world)).toMatchObject({
      nextAt: START + 1.5 * HOUR,
      lastAt: START + HOUR,
      timezone: 'UTC',
    })
    await declare(world, [hourly])
    expect(await show(world)).not.toHaveProperty('timezone')
    await declare(world, [])
    await expect(show(world)).rejects.toThrow('schedule_not_found')
  })

  it('stays paused through a deploy', async () => {
    const world = open()
    await declare(world, [hourly])
    await world.ask(declared, { type: 'schedule-change', change: { status: 'paused' } })
    await declare(world, [{ ...hourly, inputData: { n: 2 } }])
    expect(await show(world)).toMatchObject({ status: 'paused', inputData: { n: 2 } })
  })

  it('cannot be changed or deleted from outside', async () => {
    const world = open()
    await declare(world, [hourly])
    const refused = world.ask(declared, { type: 'schedule-change', change: { cron: '1 * * * *' } })
    await expect(refused).rejects.toThrow('"field":"cron"')
    await expect(world.ask(declared, { type: 'schedule-remove' })).rejects.toThrow('declared in the code')
    expect(await show(world)).toMatchObject({ cron: '0 * * * *' })
  })

  it('never starts what the code no longer declares, though nobody told it', async () => {
    const world = open()
    await declare(world, [hourly])
    world.workflows = [reportOf()]
    await world.advance(2 * HOUR)
    await expect(show(world)).rejects.toThrow('schedule_not_found')
    expect(await runs(world)).toEqual([])
  })

  it('is refused where it is written down, if it cannot be', () => {
    expect(() => reportOf([{ cron: '0 * * * *' }])).toThrow('needs an id')
    expect(() => reportOf([hourly, hourly])).toThrow('one id')
    expect(() => reportOf([{ id: 'a b', cron: '0 * * * *' }])).toThrow('"a b" has an id')
    expect(() => reportOf([{ id: 'a', cron: '61 * * * *' }])).toThrow('cron: "61" is no minute')
    expect(() => reportOf([{ id: 'a', cron: '0 * * * *', inputData: { at: new Date() } }])).toThrow(
      'inputData.at',
    )
    expect(declaring(z.object({ team: z.string() }))).toThrow(
      'Cannot create workflow "w": its schedule "wf_w" does not fit: inputData.team: Invalid input',
    )
    expect(declaring(z.any(), { initialState: { tries: 'many' } })).toThrow(
      'does not fit: initialState.tries',
    )
    // What must be waited for is looked at later.
    expect(declaring(z.any().refine(async () => false))).not.toThrow()
    expect(declaring(z.any().refine(fails))).not.toThrow()
  })
})

function declaring(inputSchema: z.ZodType, over: object = {}) {
  const schedule = { cron: '0 * * * *', inputData: { team: 7 }, ...over }
  return () =>
    createWorkflow({ id: 'w', inputSchema, stateSchema: z.object({ tries: z.number() }), schedule })
}

function fails(): never {
  throw new Error('not while the app is loaded')
}

describe('the list of schedules', () => {
  it('has those that a caller may see, by workflow, owner and standing', async () => {
    const world = open()
    const make = async (
      boundTo: string | undefined,
      id: string,
      over: Partial<ScheduleSpec> = {},
    ): Promise<void> => {
      const spec = { workflowId: 'report', cron: '0 * * * *', inputData: null, runtimeContext: {}, ...over }
      await world.ask(scheduleAddress(boundTo, id), { type: 'schedule-create', nonce: id, spec })
      world.now += 1
    }
    await make(undefined, 'one')
    await make(undefined, 'two', { workflowId: 'waits', resourceId: 'ann' })
    await make('ann', 'three', { resourceId: 'ann' })
    await make('bob', 'three', { resourceId: 'bob' })
    const list = async (boundTo: string | undefined, query = {}): Promise<string[]> =>
      (await listSchedules(boundTo, query, world.documents)).map(({ id }) => id)
    expect(await list(undefined)).toEqual(['two', 'one'])
    expect(await list('ann')).toEqual(['three'])
    expect(await list(undefined, { workflowId: 'report' })).toEqual(['one'])
    expect(await list(undefined, { resourceId: 'ann' })).toEqual(['two'])
    await world.ask(scheduleAddress(undefined, 'one'), {
      type: 'schedule-change',
      change: { status: 'paused' },
    })
    expect(await list(undefined, { status: 'paused' })).toEqual(['one'])
  })

  it('knows who is overdue, whoever they belong to', async () => {
    const world = open()
    const ann = scheduleAddress('ann', 'daily')
    const spec = { workflowId: 'report', cron: '0 * * * *', inputData: null, runtimeContext: {} }
    await world.ask(ann, { type: 'schedule-create', nonce: 'n', spec })
    world.platformOf(ann).alarmAt = null
    await world.advance(HOUR + 60_000)
    expect(await findOverdue(world.now, world.documents)).toEqual([ann])
    await world.ask(ann, { type: 'schedule-nudge' })
    expect(await findOverdue(world.now, world.documents)).toEqual([])
    expect(await listRuns('report', 'ann', {}, world.documents)).toHaveLength(1)
  })
})

describe('whatever happens', () => {
  it('each time starts one run: two schedulers on one tick, calls that come twice, deaths after any commit', async () => {
    const action = fc.oneof(
      fc.constant('alarm' as const),
      fc.constant('nudge' as const),
      fc.constant('both' as const),
      fc.constant('die' as const),
      fc.constant('hour' as const),
      fc.constant('lose' as const),
      fc.constant('refuse' as const),
      fc.constant('dieSoon' as const),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 12 }), async (actions) => {
        const world = open()
        await create(world, { catchUp: 'all' })
        const lost = { lose: 0, refuse: 0 }
        world.isLost = (to) => to !== address && lost.lose-- > 0
        world.intercept = (to) =>
          to !== address && lost.refuse-- > 0 ? new Response(null, { status: 503 }) : undefined
        const nudge = (): Promise<unknown> =>
          world.ask(address, { type: 'schedule-nudge' }).catch(() => undefined)
        const alarm = (): Promise<void> => world.ringDue()
        for (const next of actions) {
          if (next === 'hour') world.now += HOUR
          else if (next === 'lose' || next === 'refuse') lost[next] = 1
          else if (next === 'die') world.die(address)
          else if (next === 'dieSoon') dieAfterNextCommit(world)
          else if (next === 'both') await Promise.all([alarm(), nudge(), nudge()])
          else await (next === 'alarm' ? alarm() : nudge())
        }
        world.afterCommit = undefined
        world.die(address)
        await world.advance(2 * HOUR)
        const due = Math.floor((world.now - START) / HOUR)
        const found = await triggers(world)
        expect(
          hours(
            world,
            found.map((trigger) => trigger.due),
          ),
        ).toEqual(Array.from({ length: due }, (_, i) => due - i))
        expect(found.every(({ outcome }) => outcome === 'started')).toBe(true)
        expect(await runs(world)).toHaveLength(due)
      }),
      { numRuns: 100 },
    )
  })
})

function dieAfterNextCommit(world: ObjectWorld): void {
  world.afterCommit = async (_commit, of) => {
    if (of !== address) return
    world.afterCommit = undefined
    world.die(address)
    await new Promise(() => undefined)
  }
}
