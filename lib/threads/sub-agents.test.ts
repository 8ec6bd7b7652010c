import { describe, expect, it } from 'vitest'
import { answer, approve, house, runIdOf } from '../../test/fixtures/house.ts'
import { Listener } from '../../test/fixtures/listener.ts'
import type { ScriptStep } from '../../test/fixtures/scripted-model.ts'
import { calls, says, scriptedModel } from '../../test/fixtures/scripted-model.ts'
import { callsIn, inRounds, member, never, notingTools, task } from '../../test/fixtures/team.ts'
import { ThreadWorld, ask } from '../../test/fixtures/thread-world.ts'
import { toolOf } from '../../test/fixtures/turns.ts'
import type { AgentOptions } from '../agents/agent-options.ts'
import { createTool } from '../tools/tool.ts'

/** Killed while the clerk speaks: after one step of its, or in its first. */
async function killedInWords(clerk: ScriptStep[]) {
  const { world } = house(clerk)
  const listener = new Listener()
  const spoken = Promise.withResolvers<void>()
  listener.onHeard = () => {
    const event = listener.heard.at(-1)?.event
    if (event?.type === 'agent-event' && event.event.type === 'text-delta') spoken.resolve()
  }
  await world.start({ input: ask('pay') })
  listener.follow(world.thread)
  await spoken.promise
  expect(JSON.stringify(listener.shown)).toContain('Half an')
  world.restart()
  listener.follow(world.thread)
  return { world, listener }
}

const SECRET = 'tok-123'

const instructions: AgentOptions['instructions'] = ({ runtimeContext }) =>
  `Your token has ${String(runtimeContext.get('token')).length} letters`

/** The instructions read a secret, which is gone after the crash. */
function secretive(effects: string[], isInside: boolean) {
  const started = Promise.withResolvers<void>()
  const charge = toolOf(async (_input, { idempotencyKey }) => {
    effects.push(idempotencyKey)
    started.resolve()
    await new Promise(() => undefined)
  })
  const steps = [calls(['charge', {}, 'x1']), says('c')]
  const clerk = member('clerk', steps, { tools: { charge }, ...(isInside && { instructions }) })
  const world = isInside
    ? new ThreadWorld(inRounds(calls(['agent-clerk', task, 'b1']), says('All done.')), {
        agents: { clerk },
      })
    : new ThreadWorld(inRounds(...steps), { tools: { charge }, instructions })
  return { world, started }
}

const rowsOf = async (words: number): Promise<number> => {
  const spoken: ScriptStep = { items: Array.from({ length: words }, (_, i) => `w${i} `) }
  const { world } = house([calls(['look', { n: 1 }]), spoken])
  await world.run({ input: ask('pay') })
  return world.platform.sql.written.get('log') ?? 0
}

describe('words of a sub-agent that were heard and lost', () => {
  const half: ScriptStep = { items: ['Half an', never] }
  const cases = [
    { when: 'its first step', clerk: [half] },
    { when: 'a later step', clerk: [calls(['look', { n: 1 }]), half] },
  ]

  it.each(cases)(
    'in $when are dropped by whoever heard them when the turn is then stopped',
    async ({ clerk }) => {
      const { world, listener } = await killedInWords(clerk)
      await world.thread.stop()
      expect(world.messages()[1]?.outcome?.status).toBe('aborted')
      expect(listener.shown).toEqual([world.messages()[1]])
      expect(JSON.stringify(listener.shown)).not.toContain('Half an')
    },
  )

  it.each(cases)('in $when are dropped when the agent is gone', async ({ clerk }) => {
    const { world, listener } = await killedInWords(clerk)
    world.dropAgent()
    await world.ring()
    expect(world.messages()[1]?.outcome?.error?.code).toBe('agent_not_found')
    expect(listener.shown).toEqual([world.messages()[1]])
  })

  it.each(cases)('in $when are dropped when the turn is given up', async ({ clerk }) => {
    const { world, listener } = await killedInWords(clerk)
    for (let life = 1; life <= 5; life += 1) {
      await world.thread.takeUp()
      world.restart()
      listener.follow(world.thread)
    }
    await world.ring()
    expect(world.messages()[1]?.outcome?.error?.code).toBe('recovery_exhausted')
    expect(listener.shown).toEqual([world.messages()[1]])
  })
})

describe('the recovery budget', () => {
  it('counts what sub-agents came to, also where their calls are named alike', async () => {
    const steps = Array.from({ length: 4 }, (_, n) => calls(['look', { n }]))
    const rounds = Array.from({ length: 3 }, () => calls(['agent-clerk', task]))
    const clerk = member('clerk', [...steps, says('c')], { tools: notingTools([]) })
    const world = new ThreadWorld(inRounds(...rounds, says('All done.')), { agents: { clerk } })
    let commits = 0
    let dead = Promise.withResolvers<void>()
    // The first commit of a life is that it lives: it dies of the second, one step or one result further.
    world.afterCommit = async () => {
      commits += 1
      if (commits % 2 === 1) return
      dead.resolve()
      await new Promise(() => undefined)
    }
    await world.start({ input: ask('pay') })
    const tries: (number | undefined)[] = []
    while (world.thread.meta?.open.length === 1) {
      await dead.promise
      dead = Promise.withResolvers()
      world.restart()
      await world.thread.takeUp()
      tries.push(world.thread.meta.open[0]?.tries)
    }
    expect(tries.length).toBeGreaterThan(25)
    expect(new Set(tries.slice(0, -1))).toEqual(new Set([1]))
    expect(world.messages()[1]?.outcome?.status).toBe('completed')
  })
})

describe('a call that a crash cut off', () => {
  it.each([false, true])(
    'is not made again by a life that first waited for a secret (inside a sub-agent: %s)',
    async (isInside) => {
      const effects: string[] = []
      const { world, started } = secretive(effects, isInside)
      await world.start({ input: ask('pay'), runtimeContext: { token: SECRET } })
      await started.promise
      world.restart()
      await world.ring()
      expect(world.thread.meta?.open).toEqual([])
      await world.thread.answer(runIdOf(world), {}, { token: SECRET })
      await world.platform.idle()
      expect(effects).toHaveLength(1)
      expect(world.messages()[1]?.outcome?.status).toBe('completed')
      expect(callsIn(world.messages()[1]).at(-1)?.part).toMatchObject({
        state: 'failed',
        error: { code: 'tool_outcome_unknown' },
      })
    },
  )

  it('is not made again where its approval lies a suspension further back', async () => {
    const effects: string[] = []
    const started = Promise.withResolvers<void>()
    const hung = createTool({
      id: 'hung',
      description: 'Never answers',
      requireApproval: true,
      execute: async (_input, { idempotencyKey }) => {
        effects.push(idempotencyKey)
        started.resolve()
        await new Promise(() => undefined)
      },
    })
    const { world } = house([], [], {
      agents: { clerk: member('clerk', [calls(['hung', {}, 'h1']), says('c')], { tools: { hung } }) },
      instructions,
    })
    await world.run({ input: ask('pay'), runtimeContext: { token: SECRET } })
    await world.thread.answer(runIdOf(world), { h1: approve })
    await started.promise
    world.restart()
    await world.ring()
    expect(world.thread.meta?.open).toEqual([])
    await world.thread.answer(runIdOf(world), {}, { token: SECRET })
    await world.platform.idle()
    expect(effects).toHaveLength(1)
    expect(callsIn(world.messages()[1]).at(-1)?.part).toMatchObject({
      error: { code: 'tool_outcome_unknown' },
    })
    expect(world.messages()[1]?.outcome?.status).toBe('completed')
  })

  it('is told from one that its agent has become another tool, which nobody approved', async () => {
    const { world } = house([calls(['wire', { n: 1 }, 'w1']), says('c')])
    await world.run({ input: ask('pay') })
    let made = 0
    const other = toolOf(() => (made += 1))
    world.replaceAgent({ tools: { 'agent-clerk': other } })
    await answer(world, 'b1', approve)
    expect(made).toBe(0)
    expect(callsIn(world.messages()[1])[0]?.part).toMatchObject({
      state: 'failed',
      error: { code: 'tool_unknown', message: 'There is no agent behind "agent-clerk" any more' },
    })
  })
})

it("the end of a sub-agent's turn is heard once the result of its call is on disk", async () => {
  const { world } = house([{ fails: new Error('no') }])
  const listener = new Listener()
  const stored: unknown[] = []
  listener.onHeard = () => {
    const event = listener.heard.at(-1)?.event
    if (event?.type !== 'agent-event' || event.event.type !== 'turn-end') return
    stored.push(callsIn(world.messages()[1])[0]?.part.state)
  }
  await world.start({ input: ask('pay') })
  listener.follow(world.thread)
  await world.platform.idle()
  expect(stored).toEqual(['failed'])
})

describe('the rows of a turn with a sub-agent', () => {
  it('are one for each step, result and question of it, however many words it says', async () => {
    // Start; step; inside step, result, last step; result; last step with the end.
    expect(await rowsOf(1)).toBe(7)
    expect(await rowsOf(2000)).toBe(7)
  })
})

it('a model that minds its signal is left when the turn is stopped, and so is the tool, inside a sub-agent', async () => {
  const signals: AbortSignal[] = []
  const hung = toolOf(async (_input, { abortSignal }) => {
    signals.push(abortSignal)
    started.resolve()
    await new Promise(() => undefined)
  })
  const started = Promise.withResolvers<void>()
  const speaking = scriptedModel([{ items: ['on and', never] }])
  const agents = {
    tooled: member('tooled', [calls(['hung', {}])], { tools: { hung } }),
    speaker: member('speaker', [], { model: speaking }),
  }
  const model = inRounds(calls(['agent-tooled', task, 'b1'], ['agent-speaker', task, 'b2']))
  const world = new ThreadWorld(model, { agents })
  await world.start({ input: ask('pay') })
  await started.promise
  await world.thread.stop()
  expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  expect(speaking.left).toBe(1)
  expect(world.messages()[1]?.outcome?.status).toBe('aborted')
  expect(callsIn(world.messages()[1]).map(({ part }) => part)).toMatchObject(
    [1, 2, 3].map(() => ({ state: 'failed', error: { code: 'tool_aborted' } })),
  )
})
