import { describe, expect, it } from 'vitest'
import { Listener } from '../../test/fixtures/listener.ts'
import type { ScriptStep } from '../../test/fixtures/scripted-model.ts'
import { calls, says, scriptedModel } from '../../test/fixtures/scripted-model.ts'
import type { Effect } from '../../test/fixtures/team.ts'
import { callsIn, inRounds, member, notingTools } from '../../test/fixtures/team.ts'
import { ThreadWorld, ask } from '../../test/fixtures/thread-world.ts'
import { toolOf } from '../../test/fixtures/turns.ts'
import type { AgentOptions } from '../agents/agent-options.ts'
import type { ToolAnswer, ToolWait } from '../protocol/message.ts'
import { createTool } from '../tools/tool.ts'
import { matchAnswers } from './take-answers.ts'

const task = { prompt: 'do it' }
const never = { type: 'gate' as const, until: new Promise<void>(() => undefined) }

/** A boss whose clerk makes these steps, and whose clerk's teller makes those. */
function house(clerk: ScriptStep[], teller: ScriptStep[] = [], options: Partial<AgentOptions> = {}) {
  const effects: Effect[] = []
  const tools = notingTools(effects)
  const agents = { teller: member('teller', teller, { tools }) }
  const model = inRounds(calls(['agent-clerk', task, 'b1']), says('All done.'))
  const world = new ThreadWorld(model, {
    agents: { clerk: member('clerk', clerk, { tools, agents }) },
    ...options,
  })
  return { world, effects }
}

function runIdOf(world: ThreadWorld): string {
  return world.thread.parts.rows.readTurn(1)?.runId ?? ''
}

async function answer(world: ThreadWorld, id: string, given: ToolAnswer): Promise<void> {
  await world.thread.answer(runIdOf(world), { [id]: given })
  await world.platform.idle()
}

/** What the turn waits for, at its own calls. */
function waits(world: ThreadWorld): ToolWait[] {
  const parts = world.messages()[1]?.parts ?? []
  return parts.flatMap((part) => (part.type === 'tool' && part.state === 'waiting' ? [part.wait] : []))
}

const approve: ToolAnswer = { type: 'approve' }

describe('what a sub-agent waits for', () => {
  const wiring = [calls(['wire', { n: 5 }, 'w1']), says('Wired.')]

  it.each(['b1', 'w1', '*', '0/w1', 'b1/0/w1'])(
    'is asked at the call of the agent, and answered by run and %s',
    async (id) => {
      const { world, effects } = house(wiring)
      await world.run({ input: ask('pay') })
      expect(waits(world)).toEqual([
        {
          for: 'approval',
          nested: { id: '0/w1', agentId: 'clerk', path: ['w1'], step: 0, toolName: 'wire', input: { n: 5 } },
        },
      ])
      expect(effects).toEqual([])
      await answer(world, id, approve)
      expect(effects).toEqual([{ tool: 'wire', key: '/0/b1/0/w1' }])
      expect(world.texts()[1]).toBe('All done.')
      expect(callsIn(world.messages()[1]).map(({ path, part }) => [path, part.state])).toEqual([
        [['b1'], 'done'],
        [['b1', 'w1'], 'done'],
      ])
    },
  )

  it('is handed down through any depth', async () => {
    const { world, effects } = house([calls(['agent-teller', task, 'c1']), says('c')], wiring)
    await world.run({ input: ask('pay') })
    expect(waits(world)).toMatchObject([
      { nested: { id: '0/c1/0/w1', agentId: 'teller', path: ['c1', 'w1'], step: 0, toolName: 'wire' } },
    ])
    await answer(world, 'w1', { type: 'decline', reason: 'no' })
    expect(effects).toEqual([])
    expect(callsIn(world.messages()[1]).map(({ part }) => part.state)).toEqual(['done', 'done', 'failed'])
    expect(world.texts()[1]).toBe('All done.')
  })

  it('is checked against the schema of the tool that waits', async () => {
    const { world, effects } = house(
      [calls(['agent-teller', task, 'c1']), says('c')],
      [calls(['book', { n: 1 }, 'k1']), says('t')],
    )
    await world.run({ input: ask('pay') })
    expect(waits(world)).toMatchObject([
      { for: 'resume', payload: { question: 'Which room?' }, resumeSchema: { type: 'object' } },
    ])
    for (const id of ['b1', 'k1', '*']) {
      await expect(
        world.thread.answer(runIdOf(world), { [id]: { type: 'resume', data: { room: '' } } }),
      ).rejects.toMatchObject({ code: 'invalid_request', issues: [{ field: 'resumeData.room' }] })
    }
    await expect(world.thread.answer(runIdOf(world), { k1: approve })).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ field: 'toolCallId' }],
    })
    await answer(world, 'k1', { type: 'resume', data: { room: '7' } })
    expect(effects).toEqual([{ tool: 'book', key: '/0/b1/0/c1/0/k1' }])
    expect(world.messages()[1]?.outcome?.status).toBe('completed')
  })

  it("may be a tool of the client's own, whose output is checked where it is used", async () => {
    const { world } = house([calls(['locate', {}, 'l1']), says('c')])
    await world.run({ input: ask('where') })
    expect(waits(world)).toMatchObject([{ for: 'client', nested: { toolName: 'locate' } }])
    await answer(world, 'b1', { type: 'output', output: { city: 'Bern' } })
    expect(callsIn(world.messages()[1])[1]?.part).toMatchObject({ state: 'done', output: { city: 'Bern' } })
  })

  it('is answered once: whoever comes second gets 409, by whatever id', async () => {
    const { world, effects } = house(wiring)
    await world.run({ input: ask('pay') })
    const ids = ['b1', 'w1', '0/w1', '*', 'b1/0/w1']
    const answers = await Promise.allSettled(
      ids.map((id) => world.thread.answer(runIdOf(world), { [id]: approve })),
    )
    await world.platform.idle()
    expect(answers.map(({ status }) => status).toSorted()).toEqual([
      'fulfilled',
      ...Array.from({ length: 4 }, () => 'rejected'),
    ])
    for (const id of ['b1', 'w1', 'b1/0/w1'])
      await expect(world.thread.answer(runIdOf(world), { [id]: approve })).rejects.toMatchObject({
        code: 'already_answered',
        status: 409,
      })
    expect(effects).toHaveLength(1)
  })

  it('is asked one after the other where a sub-agent waits for several', async () => {
    const { world, effects } = house([calls(['wire', { n: 1 }, 'w1'], ['wire', { n: 2 }, 'w2']), says('c')])
    await world.run({ input: ask('pay') })
    expect(waits(world)).toMatchObject([{ nested: { path: ['w1'] } }])
    await expect(world.thread.answer(runIdOf(world), { w2: approve })).rejects.toMatchObject({ status: 409 })
    await answer(world, 'w1', approve)
    expect(waits(world)).toMatchObject([{ nested: { path: ['w2'] } }])
    await answer(world, 'b1', approve)
    expect(effects.map(({ key }) => key)).toEqual(['/0/b1/0/w1', '/0/b1/0/w2'])
    expect(world.texts()[1]).toBe('All done.')
  })

  it('names each question: an approval that comes late is not taken for the next', async () => {
    const { world, effects } = house([
      calls(['wire', { n: 1 }, 'w1']),
      calls(['wire', { n: 1_000_000 }, 'w1']),
      says('c'),
    ])
    await world.run({ input: ask('pay') })
    const messageId = world.messages()[1]?.id ?? ''
    const late = { 'b1/0/w1': approve }
    const { answers } = matchAnswers(world.thread.parts, messageId, late)
    await world.thread.answer(runIdOf(world), answers)
    await world.platform.idle()
    expect(waits(world)).toMatchObject([{ nested: { id: '1/w1', input: { n: 1_000_000 } } }])
    expect(() => matchAnswers(world.thread.parts, messageId, late)).toThrow('answers no call that waits')
    await expect(world.thread.answer(runIdOf(world), late)).rejects.toMatchObject({
      code: 'already_answered',
    })
    expect(effects).toHaveLength(1)
    await answer(world, '1/w1', approve)
    expect(effects.map(({ key }) => key)).toEqual(['/0/b1/0/w1', '/0/b1/1/w1'])
  })

  it('must be named by more than its own id where two agents call theirs alike', async () => {
    const effects: Effect[] = []
    const tools = notingTools(effects)
    const model = inRounds(calls(['agent-a', task, 'b1'], ['agent-b', task, 'b2']), says('All done.'))
    const agents = { a: member('a', wiring, { tools }), b: member('b', wiring, { tools }) }
    const world = new ThreadWorld(model, { agents })
    await world.run({ input: ask('pay') })
    await expect(world.thread.answer(runIdOf(world), { w1: approve })).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ field: 'toolCallId', message: 'must name one of the calls that wait: b1, b2' }],
    })
    await answer(world, 'b2', approve)
    expect(effects).toEqual([{ tool: 'wire', key: '/0/b2/0/w1' }])
    await answer(world, 'w1', approve)
    expect(effects.map(({ key }) => key)).toEqual(['/0/b2/0/w1', '/0/b1/0/w1'])
    expect(world.texts()[1]).toBe('All done.')
  })

  it('comes after the approval of the call itself, where that needs one', async () => {
    const effects: Effect[] = []
    const clerk = member('clerk', wiring, { tools: notingTools(effects) })
    const model = inRounds(calls(['hire', task, 'b1']), says('All done.'))
    const world = new ThreadWorld(model, { tools: { hire: clerk.asTool({ requireApproval: true }) } })
    await world.run({ input: ask('pay') })
    expect(waits(world)).toEqual([{ for: 'approval' }])
    expect(callsIn(world.messages()[1])).toHaveLength(1)
    await answer(world, 'b1', approve)
    expect(waits(world)).toMatchObject([{ for: 'approval', nested: { toolName: 'wire' } }])
    await answer(world, 'b1', approve)
    expect(effects).toHaveLength(1)
    expect(world.texts()[1]).toBe('All done.')
  })

  it('is asked no more once the turn is stopped: all calls are closed, the ones inside as well', async () => {
    const { world, effects } = house([calls(['agent-teller', task, 'c1']), says('c')], wiring)
    await world.run({ input: ask('pay') })
    await world.thread.stop(runIdOf(world))
    const [, message] = world.messages()
    expect(message?.outcome?.status).toBe('aborted')
    expect(callsIn(message)).toMatchObject(
      ['b1', 'c1', 'w1'].map(() => ({ part: { state: 'failed', error: { code: 'tool_aborted' } } })),
    )
    expect(callsIn(message).map(({ part }) => part.agentMessage?.outcome?.status)).toEqual([
      'aborted',
      'aborted',
      undefined,
    ])
    await expect(world.thread.answer(runIdOf(world), { w1: approve })).rejects.toMatchObject({ status: 409 })
    expect(effects).toEqual([])
  })

  it('can be answered while the rest of the turn still runs', async () => {
    const effects: Effect[] = []
    const gate = Promise.withResolvers<void>()
    const slow = member('slow', [{ items: ['slow ', { type: 'gate', until: gate.promise }, 'done'] }])
    const clerk = member('clerk', wiring, { tools: notingTools(effects) })
    const model = inRounds(calls(['agent-clerk', task, 'b1'], ['agent-slow', task, 'b2']), says('All done.'))
    const world = new ThreadWorld(model, { agents: { clerk, slow } })
    const listener = new Listener()
    const asked = Promise.withResolvers<void>()
    listener.onHeard = () => {
      if (listener.heard.at(-1)?.event.type === 'tool-suspend') asked.resolve()
    }
    await world.start({ input: ask('pay') })
    listener.follow(world.thread)
    await asked.promise
    await world.thread.answer(runIdOf(world), { w1: approve })
    expect(effects).toEqual([])
    gate.resolve()
    await world.platform.idle()
    expect(effects).toHaveLength(1)
    expect(world.texts()[1]).toBe('All done.')
    expect(listener.shown).toEqual([world.messages()[1]])
  })
})

describe('words of a sub-agent that were heard and lost', () => {
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
  const SECRET = 'tok-123'

  /** The instructions read a secret, which is gone after the crash. */
  function secretive(effects: string[], isInside: boolean) {
    const instructions: AgentOptions['instructions'] = ({ runtimeContext }) =>
      `Your token has ${String(runtimeContext.get('token')).length} letters`
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
      instructions: ({ runtimeContext }) =>
        `Your token has ${String(runtimeContext.get('token')).length} letters`,
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
    const rowsOf = async (words: number): Promise<number> => {
      const spoken: ScriptStep = { items: Array.from({ length: words }, (_, i) => `w${i} `) }
      const { world } = house([calls(['look', { n: 1 }]), spoken])
      await world.run({ input: ask('pay') })
      return world.platform.sql.written.get('log') ?? 0
    }
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
