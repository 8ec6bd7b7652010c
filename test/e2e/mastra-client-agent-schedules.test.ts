import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { say } from '../fixtures/openai/index.ts'
import { contextOf, messagesOf, newId } from './client.ts'
import { eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'
import { openMastra, refusal } from './mastra-client.ts'
import type { Line } from './stage.ts'

type Mastra = ReturnType<typeof openMastra>

let world: World
let mastra: Mastra
beforeAll(async () => {
  world = await openWorld()
  mastra = openMastra(world)
})
afterAll(() => world.close())

const YEARLY = '0 3 1 1 *'
const EVERY_SECOND = '* * * * * *'

/** What that client knows of the runtime context of an agent's schedule. */
const ifIdle = () => ({ streamOptions: { requestContext: contextOf(world) } })

function create(tag: string, over: object = {}) {
  return mastra.createSchedule({
    agentId: 'clerk',
    cron: YEARLY,
    prompt: `#${tag}`,
    ifIdle: ifIdle(),
    ...over,
  })
}

/** The triggers of a schedule, once so many of their runs have ended. */
function triggersOf(scheduleId: string, count: number) {
  return eventually(`${count} triggers of ${scheduleId}`, async () => {
    const { triggers } = await mastra.listScheduleTriggers(scheduleId, { limit: 200 })
    return triggers.filter(({ run }) => run?.status === 'success').length >= count ? triggers : undefined
  })
}

const asked = async (thread: string): Promise<number> =>
  (await messagesOf(world, thread)).filter(({ role }) => role === 'user').length

describe('schedules of agents, as the Mastra client asks for them', () => {
  it('are made, shown, listed by agent, thread and name, changed and deleted', async () => {
    const id = newId('daily')
    const words = { threadId: 't1', resourceId: 'ann', name: id, metadata: { team: 'ops' } }
    const made = await create(id, { id, ...words, timezone: 'America/New_York' })
    expect(made).toMatchObject({
      id,
      agentId: 'clerk',
      prompt: `#${id}`,
      cron: YEARLY,
      status: 'active',
      requestContext: contextOf(world),
      ...words,
    })
    expect(made).not.toHaveProperty('workflowId')
    expect(await mastra.getSchedule(id)).toEqual(made)
    for (const filter of [{ agentId: 'clerk' }, { threadId: 't1' }, { name: id }, { resourceId: 'ann' }]) {
      const { schedules } = await mastra.listSchedules(filter)
      expect(schedules.find((schedule) => schedule.id === id)).toEqual(made)
    }
    for (const filter of [{ agentId: 'asker' }, { workflowId: 'clerk' }, { name: 'other' }])
      expect((await mastra.listSchedules(filter)).schedules).toEqual([])
    const changed = await mastra.updateSchedule(id, { prompt: 'Else.', cron: '0 4 1 1 *', name: 'else' })
    expect(changed).toMatchObject({ prompt: 'Else.', name: 'else', nextFireAt: made.nextFireAt + 3600_000 })
    expect(await mastra.deleteSchedule(id)).toEqual({ message: 'Schedule deleted' })
    expect(await refusal(mastra.getSchedule(id))).toMatchObject({ status: 404 })
  })

  it('start a run of their own at each time, and tell what came of it', async () => {
    const tag = newId('alone')
    world.stage.play(tag, say('Done.'))
    const { id } = await create(tag, { cron: EVERY_SECOND })
    await triggersOf(id, 2)
    await mastra.pauseSchedule(id)
    // One more may have come before the pause, and its run is still under way.
    const { length } = (await mastra.listScheduleTriggers(id, { limit: 200 })).triggers
    const triggers = await triggersOf(id, length)
    const runIds = triggers.map(({ runId }) => runId)
    expect(new Set(runIds).size).toBe(triggers.length)
    expect(triggers[0]).toMatchObject({ outcome: 'published', triggerKind: 'schedule-fire', scheduleId: id })
    expect(await mastra.getSchedule(id)).toMatchObject({
      lastRunId: runIds[0],
      lastRun: { status: 'success' },
    })
    // What the run has said can be heard again.
    const response = await mastra.getAgent('clerk').observe({ runId: runIds[0] ?? '' })
    expect(await response.text()).toContain('Done.')
  })

  it('add to a thread, and are run by hand, of one key once', async () => {
    const thread = newId('thread')
    world.stage.play(thread, say('Done.'))
    const { id, nextFireAt } = await create(thread, { threadId: thread, resourceId: 'ann' })
    const { claimId } = await mastra.runSchedule(id)
    expect(await triggersOf(id, 1)).toMatchObject([{ runId: claimId, triggerKind: 'manual' }])
    const run = (): Promise<Response> =>
      fetch(`${world.url}/api/schedules/${id}/run`, { method: 'POST', headers: { 'idempotency-key': 'k' } })
    const [first, second] = await Promise.all([run(), run()])
    expect(await first.json()).toEqual(await second.json())
    await triggersOf(id, 2)
    expect(await asked(thread)).toBe(2)
    expect(await mastra.getSchedule(id)).toMatchObject({ nextFireAt })
  })

  it('are made once for one key', async () => {
    const key = newId('key')
    const made = await make(key, 'a')
    expect(made).toEqual({ status: 200, id: expect.any(String) })
    expect(await make(key, 'a')).toEqual(made)
    expect((await make(key, 'b')).id).not.toBe(made.id)
  })

  it('go with the resource whose they are, and what they have started as well', async () => {
    const [tag, resourceId] = [newId('owned'), newId('resource')]
    world.stage.play(tag, say('Done.'))
    const { id } = await create(tag, { resourceId })
    const { claimId } = await mastra.runSchedule(id)
    await triggersOf(id, 1)
    const observe = (): Promise<Response> => mastra.getAgent('clerk').observe({ runId: claimId })
    expect(await (await observe()).text()).toContain('Done.')
    await eventually('the erasure', async () => {
      const { status } = await fetch(`${world.url}/api/memory/resources/${resourceId}`, { method: 'DELETE' })
      return status === 200 || undefined
    })
    expect(await refusal(mastra.getSchedule(id))).toMatchObject({ status: 404 })
    expect(await refusal(observe())).toMatchObject({ status: 404 })
  })

  it('are there if the code declares them', async () => {
    const found = await eventually('the declared schedule', async () => {
      const { schedules } = await mastra.listSchedules({ agentId: 'early' })
      return schedules.find(({ id }) => id === 'ag_early')
    })
    expect(found).toMatchObject({ prompt: 'Good morning', timezone: 'Europe/Berlin', isDeclared: true })
    expect(await refusal(mastra.updateSchedule('ag_early', { prompt: 'x' }))).toMatchObject({ status: 400 })
    expect(await refusal(mastra.deleteSchedule('ag_early'))).toMatchObject({ status: 400 })
    expect(await mastra.pauseSchedule('ag_early')).toMatchObject({ status: 'paused' })
    expect(await mastra.resumeSchedule('ag_early')).toMatchObject({ status: 'active' })
  })

  it.each<[object, number, string | undefined]>([
    [{ agentId: 'none' }, 404, undefined],
    [{ prompt: undefined }, 400, 'prompt'],
    [{ prompt: '' }, 400, 'prompt'],
    [{ cron: 'often' }, 400, 'cron'],
    [{ id: 'ag_x' }, 400, 'id'],
    [{ workflowId: 'pulse' }, 400, 'workflowId'],
    [{ agentId: undefined }, 400, 'workflowId'],
    [{ agentId: undefined, workflowId: 'pulse' }, 400, 'prompt'],
    [{ inputData: {} }, 400, 'inputData'],
    [{ signalType: 'notification' }, 501, 'signalType'],
    [{ tagName: 'x' }, 501, 'tagName'],
    [{ attributes: { a: 1 } }, 501, 'attributes'],
    [{ providerOptions: {} }, 501, 'providerOptions'],
    [{ ifActive: { behavior: 'persist' } }, 501, 'ifActive.behavior'],
    [{ ifIdle: { behavior: 'discard' } }, 501, 'ifIdle.behavior'],
  ])('are refused with the field that is wrong: %o', async (over, status, field) => {
    const refused = await refusal(create('x', over))
    expect(refused.status).toBe(status)
    if (field !== undefined) expect(refused.body).toMatchObject({ error: { issues: [{ field }] } })
  })
})

async function make(key: string, prompt: string): Promise<{ status: number; id: string | undefined }> {
  const response = await fetch(`${world.url}/api/schedules`, {
    method: 'POST',
    headers: { 'idempotency-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ agentId: 'clerk', cron: YEARLY, prompt }),
  })
  const { id }: { id?: string } = JSON.parse(await response.text())
  return { status: response.status, id }
}

/** A turn with an effect in the middle of it. */
function lines(tag: string): Line[] {
  const call = { id: `${tag}-a`, name: 'reserve', input: { amount: 1 } }
  return [{ type: 'reply', text: 'I go.', toolCalls: [call] }, say('Done.')]
}

describe('SIGKILL', () => {
  it('loses no turn of an agent and repeats none, and nobody has to ask', async () => {
    const [alone, thread] = [newId('alone'), newId('thread')]
    const cues = world.stage.play(alone, ...lines(alone))
    world.stage.play(thread, ...lines(thread))
    const ends = (): number => cues.items.filter(({ step }) => step === 1).length
    const every = await create(alone, { cron: EVERY_SECOND, catchUp: 'all' })
    // Of a thread the turns wait for each other, so that what was missed is one.
    const some = await create(thread, { cron: '*/3 * * * * *', threadId: thread })
    for (const kill of [() => world.killWorkerd(), () => world.kill()]) {
      await cues.reached('two turns more', ({ step }) => step === 1, ends() + 2)
      await kill()
      if (kill.toString().includes('.kill()')) await world.restart()
    }
    await cues.reached('turns after that', ({ step }) => step === 1, ends() + 3)
    await mastra.pauseSchedule(every.id)
    await mastra.pauseSchedule(some.id)

    const { triggers } = await mastra.listScheduleTriggers(every.id, { limit: 200 })
    const [last = 0, ...times] = triggers.map(({ scheduledFireAt }) => scheduledFireAt)
    expect(times).toEqual(Array.from(times, (_, i) => last - (i + 1) * 1000))
    const ended = await triggersOf(every.id, triggers.length)
    const runIds = new Set(ended.map(({ runId }) => runId))
    expect(runIds.size).toBe(triggers.length)
    // Whose effect was cut off makes it again, under its key.
    const keys = world.sink.effects.items.map(({ key }) => key).filter((key) => key.endsWith(`/${alone}-a`))
    expect(new Set(keys)).toEqual(new Set([...runIds].map((runId) => `${runId}/0/${alone}-a`)))

    const told = (await mastra.listScheduleTriggers(some.id, { limit: 200 })).triggers
    await triggersOf(some.id, told.length)
    expect(new Set(told.map(({ runId }) => runId)).size).toBe(told.length)
    expect(await asked(thread)).toBe(told.length)
  })
})
