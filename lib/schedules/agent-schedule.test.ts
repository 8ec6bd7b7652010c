import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ObjectWorld, settle } from '../../test/fixtures/object-world.ts'
import { calls, says } from '../../test/fixtures/scripted-model.ts'
import type { Script } from '../../test/fixtures/scripted-model.ts'
import { ThreadWorld } from '../../test/fixtures/thread-world.ts'
import { Agent } from '../agents/agent.ts'
import type { AgentOptions } from '../agents/agent-options.ts'
import { errorResponse } from '../formats/error-response.ts'
import { scheduleAddress } from '../protocol/address.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { RunTrigger } from '../protocol/run-trigger.ts'
import { answerThreadCall } from '../threads/answer.ts'
import type { ThreadCall } from '../threads/answer.ts'
import { createTool } from '../tools/tool.ts'
import type { AgentSpec, ScheduleInfo, Trigger } from './schedule-info.ts'
import { listSchedules } from './schedule-list.ts'

const HOUR = 3600_000
const address = scheduleAddress(undefined, 'daily')
const START = new ObjectWorld().now

/** Schedules that tell an agent something, and the threads that they reach. */
class AgentWorld {
  readonly objects = new ObjectWorld()
  readonly threads = new Map<string, ThreadWorld>()
  /** Asked of each call to a thread: what it says is the answer, before the thread has heard of it or after. */
  before: () => Response | undefined = () => undefined
  after: () => Response | undefined = () => undefined
  readonly #script: Script
  readonly #agent: Partial<AgentOptions>

  constructor(script: Script = () => says('done'), agent: Partial<AgentOptions> = {}) {
    this.#script = script
    this.#agent = agent
    this.objects.agents = [new Agent({ name: 'teller', instructions: '', ...agent })]
    this.objects.callThread = (to, call) => this.#call(to, call)
  }

  thread(to: string): ThreadWorld {
    const known = this.threads.get(to) ?? new ThreadWorld(this.#script, this.#agent, { address: to })
    this.threads.set(to, known)
    known.now = this.objects.now
    return known
  }

  create(over: Partial<AgentSpec> = {}, of = address): Promise<ScheduleInfo> {
    const spec = { agentId: 'teller', prompt: 'Report.', cron: '0 * * * *', runtimeContext: {}, ...over }
    return this.objects.ask(of, { type: 'schedule-create', nonce: 'n1', spec })
  }

  triggers(of = address): Promise<Trigger[]> {
    return this.objects.ask(of, { type: 'schedule-triggers', limit: 1000 })
  }

  /** What was asked of the agent, wherever. */
  get asked(): string[] {
    return [...this.threads.values()].flatMap((world) =>
      world
        .messages()
        .flatMap(({ role, parts }) =>
          role === 'user' ? parts.map((part) => ('text' in part ? part.text : '')) : [],
        ),
    )
  }

  async #call(to: string, call: ThreadCall): Promise<Response> {
    const instead = this.before()
    if (instead) return instead
    try {
      const response = await answerThreadCall(
        this.thread(to).thread,
        JSON.parse(JSON.stringify(call)) as ThreadCall,
      )
      return this.after() ?? response
    } catch (error) {
      return errorResponse(
        error instanceof EdgewiseError ? error : new EdgewiseError('internal', String(error)),
      )
    }
  }
}

const down = (): Response => errorResponse(new EdgewiseError('internal', 'The thread cannot be reached'))

describe('a schedule of an agent', () => {
  it('starts a run of its own at each time, and knows how each ended', async () => {
    const world = new AgentWorld()
    await world.create({ resourceId: 'ann' })
    await world.objects.advance(2 * HOUR)
    const [second, first] = await world.triggers()
    expect([first?.due, second?.due]).toEqual([START + HOUR, START + 2 * HOUR])
    expect(second).toMatchObject({
      outcome: 'started',
      runId: expect.stringMatching(/^run/),
      run: { status: 'success', startedAt: expect.any(Number) },
    })
    expect(world.asked).toEqual(['Report.', 'Report.'])
    expect([...world.threads.keys()].every((name) => name.startsWith('run/'))).toBe(true)
    const shown: ScheduleInfo = await world.objects.ask(address, { type: 'schedule-get' })
    expect(shown).toMatchObject({ lastRunId: second?.runId, lastRun: { status: 'success' } })
    const [run] = [...world.threads.values()]
    expect(run?.thread.meta?.info.resourceId).toBe('ann')
  })

  it('adds a turn to its thread at each time, which sees those before it', async () => {
    const world = new AgentWorld()
    await world.create({ threadId: 't1', resourceId: 'ann' })
    await world.objects.advance(2 * HOUR)
    expect([...world.threads.keys()]).toEqual(['-/t1'])
    expect(world.thread('-/t1').texts()).toEqual(['Report.', 'done', 'Report.', 'done'])
    expect(world.thread('-/t1').model.asked[1]?.prompt).toHaveLength(3)
  })

  it('of a caller who is bound to a resource reaches the threads of that one alone', async () => {
    const world = new AgentWorld()
    const own = scheduleAddress('ann', 'daily')
    await world.create({ threadId: 't1', resourceId: 'ann' }, own)
    await world.create({ threadId: 't1' })
    await world.create({}, own.replace('daily', 'other'))
    await world.objects.advance(HOUR)
    const runs = [...world.threads.keys()].filter((name) => name.startsWith('run/'))
    expect([...world.threads.keys()].toSorted()).toEqual(['-/t1', 'ann/t1', ...runs].toSorted())
    expect(runs).toHaveLength(1)
    const [record] = world.thread('ann/t1').thread.parts.rows.turnsFrom(0, 10)
    expect(record).toMatchObject({ boundTo: 'ann', resourceId: 'ann' })
  })

  it('tells the tools of the turn, and of the agents that it calls, which time it is for', async () => {
    const heard: (RunTrigger | undefined)[] = []
    const look = createTool({
      id: 'look',
      description: 'Looks',
      execute: (_input, { trigger }) => {
        heard.push(trigger)
        return {}
      },
    })
    const script: Script = [
      calls(['look', {}, 'c1']),
      calls(['agent-helper', { prompt: 'help' }, 'c2']),
      calls(['look', {}, 'c3']),
      says('helped'),
      says('done'),
    ]
    const worlds: AgentWorld[] = []
    const helper = new Agent({
      name: 'helper',
      instructions: '',
      tools: { look },
      // Both ask the one model of the thread.
      model: () => [...(worlds[0]?.threads.values() ?? [])][0]?.model ?? 'offline',
    })
    const world = new AgentWorld(script, { tools: { look }, agents: { helper } })
    worlds.push(world)
    await world.create()
    await world.objects.advance(HOUR)
    const trigger = { scheduleId: 'daily', scheduledFireAt: START + HOUR }
    expect(heard).toEqual([trigger, trigger])
  })

  it('says of a time whose agent is gone that it failed, and why', async () => {
    const world = new AgentWorld()
    await world.create()
    world.objects.agents = []
    await world.objects.advance(HOUR)
    expect(await world.triggers()).toMatchObject([{ outcome: 'failed', error: 'There is no agent "teller"' }])
    expect(world.threads.size).toBe(0)
  })

  it('says how a turn failed', async () => {
    const world = new AgentWorld(() => ({ fails: new Error('no more') }))
    await world.create()
    await world.objects.advance(HOUR)
    expect(await world.triggers()).toMatchObject([
      { outcome: 'started', run: { status: 'failed', error: expect.any(String) } },
    ])
  })

  it('learns before it starts the next how the one before ended, since runs are not kept for ever', async () => {
    const world = new AgentWorld()
    await world.create()
    await world.objects.advance(2 * HOUR)
    world.before = down
    const past = { type: 'schedule-triggers', limit: 1, to: START + HOUR }
    expect(await world.objects.ask<Trigger[]>(address, past)).toMatchObject([{ run: { status: 'success' } }])
  })

  it('says of a thread that is another’s, and of a turn that waits for a person, that it is so', async () => {
    const wire = createTool({ id: 'wire', description: 'Wires', requireApproval: true, execute: () => ({}) })
    const world = new AgentWorld(() => calls(['wire', {}]), { tools: { wire } })
    await world.create({ threadId: 't1', resourceId: 'ann', overlap: 'skip' })
    await world.create({ threadId: 't1', resourceId: 'bob' }, scheduleAddress(undefined, 'theirs'))
    await world.objects.advance(HOUR)
    expect(await world.triggers()).toMatchObject([{ outcome: 'started', run: { status: 'suspended' } }])
    expect(await world.triggers(scheduleAddress(undefined, 'theirs'))).toMatchObject([
      { outcome: 'failed', error: 'Thread "t1" belongs to another resource' },
    ])
    await world.objects.advance(HOUR)
    expect((await world.triggers())[0]).toMatchObject({ outcome: 'skipped' })
    await world.thread('-/t1').thread.stop((await world.triggers())[1]?.runId)
    await world.objects.advance(HOUR)
    expect((await world.triggers()).map(({ run }) => run?.status)).toEqual([
      'suspended',
      undefined,
      'canceled',
    ])
  })

  it('leaves a thread alone that is busy, where that is asked for; else the turn waits', async () => {
    const gate = Promise.withResolvers<void>()
    const slow: Script = () => ({ items: [{ type: 'gate', until: gate.promise }, 'done'] })
    for (const [behavior, outcome] of [
      ['discard', 'skipped'],
      ['deliver', 'started'],
    ] as const) {
      const world = new AgentWorld(slow)
      await world.create({ threadId: 't1', ifActive: { behavior } })
      await world.objects.advance(2 * HOUR)
      const [second, first] = await world.triggers()
      expect(first).toMatchObject({ outcome: 'started', run: { status: 'running' } })
      expect(second).toMatchObject({ outcome })
      if (outcome === 'started') expect(second?.run?.status).toBe('pending')
      else expect(second).not.toHaveProperty('runId')
    }
    gate.resolve()
    await settle()
  })

  it('starts nothing while its run before is going, where that is asked for', async () => {
    const gate = Promise.withResolvers<void>()
    const world = new AgentWorld(() => ({ items: [{ type: 'gate', until: gate.promise }, 'done'] }))
    await world.create({ overlap: 'skip' })
    await world.objects.advance(2 * HOUR)
    expect((await world.triggers()).map(({ outcome }) => outcome)).toEqual(['skipped', 'started'])
    gate.resolve()
    await settle()
    await world.objects.advance(HOUR)
    expect((await world.triggers())[0]).toMatchObject({ outcome: 'started', run: { status: 'success' } })
  })

  it('is run by hand, once for one wish; the id is known once the agent was reached', async () => {
    const world = new AgentWorld()
    await world.create()
    const run = (nonce: string): Promise<{ runId: string }> =>
      world.objects.ask(address, { type: 'schedule-run', nonce })
    world.before = down
    expect(await run('wish')).toMatchObject({ runId: 'wish' })
    world.before = () => undefined
    await world.objects.advance(10_000)
    const { runId } = await run('wish')
    expect(runId).toMatch(/^run/)
    expect(await world.triggers()).toMatchObject([{ kind: 'manual', runId, run: { status: 'success' } }])
    expect(world.asked).toHaveLength(1)
  })

  it.each([
    [{ inputData: {} }, 'inputData'],
    [{ initialState: {} }, 'initialState'],
    [{ resourceId: 'bob' }, 'resourceId'],
  ])('is not changed in what it has not, or is by: %o', async (change, field) => {
    const world = new AgentWorld()
    await world.create()
    const refused = world.objects.ask(address, { type: 'schedule-change', change })
    await expect(refused).rejects.toThrow(`"field":"${field}"`)
    expect(
      await world.objects.ask(address, { type: 'schedule-change', change: { prompt: 'Again.' } }),
    ).toMatchObject({
      prompt: 'Again.',
    })
  })

  it('is found by its agent, its thread and its label', async () => {
    const world = new AgentWorld()
    await world.create({ threadId: 't1', name: 'mornings' })
    await world.create({}, scheduleAddress(undefined, 'other'))
    const list = async (query: object): Promise<string[]> =>
      (await listSchedules(undefined, query, world.objects.documents)).map(({ id }) => id)
    expect((await list({ agentId: 'teller' })).toSorted()).toEqual(['daily', 'other'])
    expect(await list({ threadId: 't1' })).toEqual(['daily'])
    expect(await list({ agentId: 'teller', name: 'mornings' })).toEqual(['daily'])
    expect(await list({ workflowId: 'teller' })).toEqual([])
    expect(await list({ agentId: 'other' })).toEqual([])
  })
})

describe('a schedule that an agent declares', () => {
  const declared = scheduleAddress(undefined, 'ag_teller')
  const schedule = { cron: '0 * * * *', prompt: 'Report.', runtimeContext: { plan: 'pro' } }

  it('is made as the code says, and gone when the code has it no longer', async () => {
    const world = new AgentWorld(undefined, { schedule })
    const [spec] = world.objects.agents[0]?.schedules ?? []
    await world.objects.ask(declared, { type: 'schedule-declare', spec })
    await world.objects.advance(HOUR)
    expect(world.asked).toEqual(['Report.'])
    expect(await world.objects.ask(declared, { type: 'schedule-get' })).toMatchObject({
      agentId: 'teller',
      isDeclared: true,
      runtimeContext: { plan: 'pro' },
    })
    world.objects.agents = [new Agent({ name: 'teller', instructions: '' })]
    await world.objects.advance(HOUR)
    await expect(world.objects.ask(declared, { type: 'schedule-get' })).rejects.toThrow('schedule_not_found')
    expect(world.asked).toHaveLength(1)
  })

  it('is refused where it is written down, if it cannot be', () => {
    const make = (given: object) => () =>
      new Agent({ name: 'a', instructions: '', schedule: { ...schedule, ...given } })
    expect(make({ prompt: '' })).toThrow('Cannot create agent "a": its schedule "ag_a" has no prompt')
    expect(make({ cron: '61 * * * *' })).toThrow('cron: "61" is no minute')
    expect(make({ id: 'a b' })).toThrow('"a b" has an id')
    expect(make({ metadata: { at: new Date() } })).toThrow('metadata.at')
    expect(() => new Agent({ name: 'a', instructions: '', schedule: [schedule] })).toThrow('needs an id')
    const agent = new Agent({ name: 'a', instructions: '', schedule: [{ ...schedule, id: 'x' }] })
    expect(agent.schedules).toMatchObject([{ id: 'ag_a__x', agentId: 'a' }])
  })
})

describe('whatever happens', () => {
  it('each time is one turn: calls that are lost or refused, alarms that come twice, deaths of either side', async () => {
    const action = fc.constantFrom(
      'alarm',
      'nudge',
      'both',
      'die',
      'dieSoon',
      'hour',
      'lose',
      'refuse',
      'threadDies',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 12 }), async (actions) => {
        const world = new AgentWorld()
        const { objects } = world
        await world.create({ catchUp: 'all' })
        const left = { lose: 0, refuse: 0 }
        world.after = () => (left.lose-- > 0 ? down() : undefined)
        world.before = () => (left.refuse-- > 0 ? down() : undefined)
        const nudge = (): Promise<unknown> =>
          objects.ask(address, { type: 'schedule-nudge' }).catch(() => undefined)
        for (const next of actions) {
          if (next === 'hour') objects.now += HOUR
          else if (next === 'lose' || next === 'refuse') left[next] = 1
          else if (next === 'die') objects.die(address)
          else if (next === 'dieSoon')
            objects.afterCommit = async () => {
              objects.afterCommit = undefined
              objects.die(address)
              await new Promise(() => undefined)
            }
          else if (next === 'threadDies') for (const thread of world.threads.values()) thread.restart()
          else if (next === 'both') await Promise.all([objects.ringDue(), nudge(), nudge()])
          else await (next === 'alarm' ? objects.ringDue() : nudge())
        }
        objects.afterCommit = undefined
        objects.die(address)
        for (const thread of world.threads.values()) thread.restart()
        await objects.advance(2 * HOUR)
        const due = Math.floor((objects.now - START) / HOUR)
        const found = await world.triggers()
        expect(found.map((trigger) => (trigger.due - START) / HOUR)).toEqual(
          Array.from({ length: due }, (_, i) => due - i),
        )
        expect(found.every(({ outcome }) => outcome === 'started')).toBe(true)
        expect(new Set(found.map(({ runId }) => runId)).size).toBe(due)
        expect(world.asked).toHaveLength(due)
      }),
      { numRuns: 100 },
    )
  })
})
