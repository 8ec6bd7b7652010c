import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { ObjectWorld } from '../../test/fixtures/object-world.ts'
import { countingIds } from '../../test/fixtures/loop-services.ts'
import { Agent } from '../agents/agent.ts'
import type { CreateSchedule, Schedules } from '../cron/schedules.ts'
import { scheduleShard } from '../protocol/address.ts'
import { EdgewiseError } from '../protocol/error.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'
import { Edgewise } from './edgewise.ts'
import { MAX_SCHEDULES, schedulesOf } from './schedule-service.ts'

const report = createWorkflow({ id: 'report', inputSchema: z.object({ n: z.number() }) })
  .then(createStep({ id: 'echo', execute: ({ inputData }) => inputData }))
  .commit()
const clerk = new Agent({ name: 'clerk', instructions: '' })

function open() {
  const world = new ObjectWorld(report)
  const app = new Edgewise({ workflows: { daily: report }, agents: { clerk } })
  const services = {
    app,
    documents: world.documents,
    newId: countingIds(),
    now: () => world.now,
    callRun: (address: string, call: { type: string }) => world.call(address, call),
  }
  const of = (boundTo?: string): Schedules => schedulesOf(services, boundTo)
  return { world, of }
}

const hourly = { workflowId: 'report', cron: '0 * * * *', inputData: { n: 1 } }

/** The code of what is thrown, and the fields that it names. */
async function refusal(work: Promise<unknown>): Promise<{ code: string; fields: string[] }> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof EdgewiseError)) throw new Error('It was not refused')
  return { code: error.code, fields: (error.issues ?? []).map(({ field }) => field) }
}

describe('schedules that code makes', () => {
  it('are made, shown, listed, changed, paused, resumed, run and deleted', async () => {
    const { world, of } = open()
    const schedules = of()
    const made = await schedules.create({
      ...hourly,
      id: 's1',
      requestContext: { plan: 'pro' },
      resourceId: 'ann',
    })
    expect(made).toMatchObject({
      id: 's1',
      workflowId: 'report',
      nextFireAt: world.now + 3600_000,
      requestContext: { plan: 'pro' },
      resourceId: 'ann',
      status: 'active',
      isDeclared: false,
    })
    expect(await schedules.get('s1')).toEqual(made)
    expect(await schedules.list({ workflowId: 'report', resourceId: 'ann' })).toEqual([made])
    expect(await schedules.update('s1', { inputData: { n: 2 }, resourceId: 'bob' })).toMatchObject({
      inputData: { n: 2 },
      resourceId: 'bob',
    })
    expect(await schedules.pause('s1')).toMatchObject({ status: 'paused' })
    expect(await schedules.resume('s1')).toMatchObject({ status: 'active' })
    const { claimId } = await schedules.run('s1', { idempotencyKey: 'k' })
    expect(await schedules.run('s1', { idempotencyKey: 'k' })).toMatchObject({ claimId })
    await world.advance(0)
    expect(await schedules.triggers('s1')).toMatchObject([
      { scheduleId: 's1', runId: claimId, outcome: 'published', triggerKind: 'manual' },
    ])
    expect(await schedules.delete('s1')).toBe(true)
    expect(await schedules.delete('s1')).toBe(false)
    expect(await schedules.get('s1')).toBeUndefined()
    expect(await schedules.list()).toEqual([])
  })

  it('show while they are paused when they would be due next, never a time that has gone by', async () => {
    const { world, of } = open()
    const schedules = of()
    const { nextFireAt } = await schedules.create({ ...hourly, id: 's1' })
    expect(await schedules.pause('s1')).toMatchObject({ nextFireAt })
    for (const hours of [1, 3]) {
      await world.advance(hours * 3600_000)
      const next = expect.objectContaining({
        nextFireAt: world.now + 3600_000 - (world.now % 3600_000),
      }) as unknown
      expect(await schedules.get('s1')).toEqual(next)
      expect(await schedules.list()).toEqual([next])
      expect(await schedules.pause('s1')).toEqual(next)
    }
    const shown = await schedules.get('s1')
    expect(await schedules.resume('s1')).toMatchObject({ nextFireAt: shown?.nextFireAt })
    expect(await schedules.triggers('s1')).toEqual([])
  })

  it('are of the resource that the caller is bound to, whatever it says, and no other sees them', async () => {
    const { of } = open()
    const ann = of('ann')
    expect(await ann.create({ ...hourly, id: 's1', resourceId: 'bob' })).toMatchObject({ resourceId: 'ann' })
    expect(await ann.update('s1', { resourceId: 'bob' })).toMatchObject({ resourceId: 'ann' })
    expect(await ann.list({ resourceId: 'bob' })).toHaveLength(1)
    for (const other of [of(), of('bob')]) {
      expect(await other.get('s1')).toBeUndefined()
      expect(await other.list()).toEqual([])
      expect(await other.delete('s1')).toBe(false)
      for (const ask of [() => other.pause('s1'), () => other.run('s1'), () => other.triggers('s1')])
        expect(await refusal(ask())).toMatchObject({ code: 'schedule_not_found' })
    }
    expect(await ann.get('s1')).toBeDefined()
  })

  it('name workflows and agents as the app does', async () => {
    const { of } = open()
    expect(await of().create({ ...hourly, workflowId: 'daily' })).toMatchObject({ workflowId: 'report' })
    const made = await of().create({
      agentId: 'clerk',
      prompt: 'Go.',
      cron: '@daily',
      threadId: 't',
      name: 'x',
    })
    expect(made).toMatchObject({ agentId: 'clerk', prompt: 'Go.', threadId: 't', name: 'x' })
    expect(made).not.toHaveProperty('workflowId')
    expect(made).not.toHaveProperty('inputData')
    expect(await of().list({ agentId: 'clerk' })).toEqual([made])
  })

  it('are one for one key, also without an id', async () => {
    const { of } = open()
    const make = (idempotencyKey: string) => of().create(hourly, { idempotencyKey })
    const made = await make('run1/0')
    expect(await make('run1/0')).toEqual(made)
    expect((await make('run1/1')).id).not.toBe(made.id)
    expect(await of().list()).toHaveLength(2)
    expect(await refusal(of().create({ ...hourly, id: made.id }))).toMatchObject({ code: 'schedule_exists' })
  })

  it.each<[object, string, string[]]>([
    [{ workflowId: 'none' }, 'workflow_not_found', []],
    [{ workflowId: undefined, inputData: undefined, agentId: 'none', prompt: 'x' }, 'agent_not_found', []],
    [
      { workflowId: undefined, inputData: undefined, agentId: 'clerk', prompt: '' },
      'invalid_request',
      ['prompt'],
    ],
    [{ workflowId: undefined, agentId: 'clerk', prompt: 'x' }, 'invalid_request', ['inputData']],
    [{ prompt: 'x' }, 'invalid_request', ['prompt']],
    [{ inputData: { n: 'one' } }, 'invalid_request', ['inputData.n']],
    [{ inputData: { n: 1, at: new Date() } }, 'invalid_request', ['inputData.at']],
    [{ cron: 'often' }, 'invalid_request', ['cron']],
    [{ id: 'a b' }, 'invalid_request', ['id']],
    [{ id: 'wf_report' }, 'invalid_request', ['id']],
    [{ id: 'ag_clerk' }, 'invalid_request', ['id']],
    [{ requestContext: { token: 's3cret' } }, 'invalid_request', ['requestContext.token']],
  ])('are refused with the field that is wrong: %o', async (over, code, fields) => {
    const { of } = open()
    const wanted: unknown = Object.fromEntries(
      Object.entries({ ...hourly, ...over }).filter(([, value]) => value !== undefined),
    )
    // It is wrong on purpose.
    expect(await refusal(of().create(wanted as CreateSchedule))).toEqual({ code, fields })
    expect(await of().list()).toEqual([])
  })

  it('are not endless', async () => {
    const { world, of } = open()
    const ann = of('ann')
    await ann.create({ ...hourly, id: 's1' })
    const list = world.documents(scheduleShard('ann', ''))
    const [known] = (await list.query('schedules', { by: 'space:ann', limit: 1 })).documents
    if (!known) throw new Error('It is on no list')
    for (let i = 2; i <= MAX_SCHEDULES; i += 1)
      await list.put('schedules', { ...known, id: `schedule:ann/s${i}` })
    expect(await refusal(ann.create({ ...hourly, id: 'more' }))).toEqual({
      code: 'invalid_request',
      fields: ['id'],
    })
    expect(await refusal(ann.create({ ...hourly, id: 's1' }))).toMatchObject({ code: 'schedule_exists' })
    await of('bob').create({ ...hourly, id: 'more' })
    await ann.delete('s1')
    await ann.create({ ...hourly, id: 'more' })
  })
})
