import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { ScriptStep } from '../../test/fixtures/scripted-model.ts'
import { calls, says, scriptedModel, usageOf } from '../../test/fixtures/scripted-model.ts'
import type { Effect } from '../../test/fixtures/team.ts'
import { callsIn, inRounds, member, notingTools } from '../../test/fixtures/team.ts'
import type { AgentSettings, TestTurn } from '../../test/fixtures/turns.ts'
import { endOf, makeTurn, runToEnd, toolOf } from '../../test/fixtures/turns.ts'
import type { Processor } from '../processors/processor.ts'
import type { TurnEvent } from '../protocol/event.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import type { AgentDefinition } from './agent-options.ts'
import { withAgentTools } from './agent-tool.ts'
import { Agent } from './agent.ts'
import { canPause } from './can-pause.ts'
import type { LoopServices } from './loop.ts'
import { resolveAgent } from './resolve.ts'

const task = { prompt: 'do it' }
const never = { type: 'gate' as const, until: new Promise<void>(() => undefined) }
const asIs: Pick<LoopServices, 'resolveModel'> = {
  resolveModel: (model) => {
    if (typeof model !== 'object') throw new Error('the test names its models')
    return model
  },
}

/** A turn of an agent that calls these, once each, then says `Done.` */
function bossOf(agents: Record<string, AgentDefinition>, settings: AgentSettings = {}) {
  const called = Object.keys(agents).map(
    (key, i) => [`agent-${key}`, task, `b${i + 1}`] as [string, object, string],
  )
  return makeTurn(
    inRounds(calls(...called), says('Done.')),
    { tools: withAgentTools({}, agents), ...settings },
    { services: asIs },
  )
}

/** Runs a turn until this was said, then leaves it, as a crash does. */
async function runUntil({ events }: TestTurn, isLast: (event: TurnEvent) => boolean): Promise<void> {
  for await (const event of events) if (isLast(event)) return
}

/** What came of the boss's calls. */
function outcomes(events: readonly TurnEvent[]): unknown[] {
  return events.flatMap((event) => {
    if (event.type === 'tool-result') return [event.output]
    return event.type === 'tool-error' ? [`${event.error.code}: ${event.error.message}`] : []
  })
}

describe('an agent that calls an agent', () => {
  it('says all of its turn under the path of the call, and gives its text as the result', async () => {
    const clerk = member('clerk', [says('Here ', 'it is.')])
    const made = bossOf({ clerk })
    const events = await runToEnd(made)
    const inside = events.flatMap((event) => (event.type === 'agent-event' ? [event] : []))
    expect(inside.every(({ path }) => path.join() === 'b1')).toBe(true)
    expect(inside.map(({ event }) => event.type)).toEqual([
      'turn-start',
      'step-start',
      'text-start',
      'text-delta',
      'text-delta',
      'text-end',
      'step-end',
      'turn-end',
    ])
    expect(inside[0]?.event).toMatchObject({
      type: 'turn-start',
      runId: 'run',
      agentId: 'clerk',
      input: { role: 'user', parts: [{ type: 'text', text: 'do it' }] },
    })
    expect(outcomes(events)).toEqual([{ text: 'Here it is.' }])
    const [call] = callsIn(made.turn.state.message)
    expect(call?.part.agentMessage).toMatchObject({
      role: 'assistant',
      parts: [{ type: 'step-start' }, { type: 'text', text: 'Here it is.' }],
      outcome: { status: 'completed' },
    })
  })

  it('counts what it uses for itself and for all above it', async () => {
    const spending: ScriptStep = { items: ['t'], usage: usageOf(100, 20) }
    const teller = member('teller', [spending])
    const clerk = member('clerk', [calls(['agent-teller', task]), says('c')], { agents: { teller } })
    const made = bossOf({ clerk })
    const events = await runToEnd(made)
    const total = { inputTokens: 140, outputTokens: 40, totalTokens: 180 }
    expect(endOf(events)?.usage).toEqual(total)
    const [boss, inClerk] = callsIn(made.turn.state.message)
    expect(boss?.part.agentMessage?.outcome?.usage).toEqual({
      inputTokens: 120,
      outputTokens: 30,
      totalTokens: 150,
    })
    expect(inClerk?.part.agentMessage?.outcome?.usage).toEqual({
      inputTokens: 100,
      outputTokens: 20,
      totalTokens: 120,
    })
    // The fold of what was said is the same.
    expect(made.turn.state.usage).toEqual(total)
  })

  it('lets agents speak at once, each in its own words', async () => {
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const a = member('a', [{ items: ['a1', { type: 'gate', until: second.promise }, 'a2'] }])
    const b = member('b', [{ items: [{ type: 'gate', until: first.promise }, 'b1', 'b2'] }])
    const made = bossOf({ a, b })
    const words: string[] = []
    for await (const event of made.events) {
      if (event.type !== 'agent-event' || event.event.type !== 'text-delta') continue
      words.push(event.event.delta)
      if (event.event.delta === 'a1') first.resolve()
      if (event.event.delta === 'b2') second.resolve()
    }
    expect(words).toEqual(['a1', 'b1', 'b2', 'a2'])
    const texts = callsIn(made.turn.state.message).map(({ part }) =>
      part.state === 'done' ? part.output : part,
    )
    expect(texts).toEqual([{ text: 'a1a2' }, { text: 'b1b2' }])
  })

  it('waits with each word of it until the one before is done with', async () => {
    const clerk = member('clerk', [calls(['look', { n: 1 }]), says('c')], { tools: notingTools([]) })
    const made = bossOf({ clerk })
    const asked = (): number => (clerk.options.model as ReturnType<typeof scriptedModel>).asked.length
    for (;;) {
      const { value: event } = await made.events.next()
      if (event?.type !== 'agent-event' || event.event.type !== 'step-end') continue
      await new Promise((resolve) => setImmediate(resolve))
      // Nobody asked for the next event: the step's end may not be on disk yet.
      expect(asked()).toBe(1)
      break
    }
    await runToEnd(made)
    expect(asked()).toBe(2)
  })

  it('knows its calls apart where all models name them alike, step by step and level by level', async () => {
    const effects: Effect[] = []
    const tools = notingTools(effects)
    const steps = [calls(['look', { n: 1 }]), calls(['look', { n: 2 }]), says('t')]
    const clerk = member('clerk', steps, { tools })
    const model = inRounds(
      calls(['agent-clerk', task]),
      calls(['look', { n: 3 }]),
      calls(['agent-clerk', task]),
      says('x'),
    )
    const made = makeTurn(model, { tools: withAgentTools(tools, { clerk }) }, { services: asIs })
    expect(endOf(await runToEnd(made))?.status).toBe('completed')
    expect(effects.map(({ key }) => key)).toEqual([
      '/0/call-1/0/call-1',
      '/0/call-1/1/call-1',
      '/1/call-1',
      '/2/call-1/0/call-1',
      '/2/call-1/1/call-1',
    ])
    expect(callsIn(made.turn.state.message).map(({ part }) => part.state)).toEqual(
      Array.from({ length: 7 }, () => 'done'),
    )
  })

  it('gives calls keys of their own even where ids look like paths', async () => {
    const effects: Effect[] = []
    const tools = notingTools(effects)
    const clerk = member('clerk', [calls(['look', { n: 1 }, 'x']), says('t')], { tools })
    const model = inRounds(calls(['agent-clerk', task, 'b'], ['look', { n: 2 }, 'b/0/x']), says('x'))
    await runToEnd(makeTurn(model, { tools: withAgentTools(tools, { clerk }) }, { services: asIs }))
    expect(new Set(effects.map(({ key }) => key))).toEqual(new Set(['/0/b/0/x', '/0/b%2F0%2Fx']))
  })

  it('hands its runtime context and its ids down', async () => {
    const seen: unknown[] = []
    const look = toolOf((_input, { runtimeContext, runId, threadId, resourceId }) =>
      seen.push([runtimeContext.get('plan'), runId, threadId, resourceId]),
    )
    const clerk = member('clerk', [calls(['look', {}]), says('t')], { tools: { look } })
    const made = makeTurn(
      inRounds(calls(['agent-clerk', task]), says('x')),
      { tools: withAgentTools({}, { clerk }) },
      {
        services: asIs,
        runtimeContext: new RuntimeContext({ plan: 'pro' }),
        threadId: 't',
        resourceId: 'ann',
      },
    )
    await runToEnd(made)
    expect(seen).toEqual([['pro', 'run', 't', 'ann']])
  })

  it('hears how far the tools of the agent are', async () => {
    const report = toolOf((_input, { writer }) => {
      writer.write({ percent: 10 })
      return 'r'
    })
    const clerk = member('clerk', [calls(['report', {}, 'r1']), says('t')], { tools: { report } })
    const events = await runToEnd(bossOf({ clerk }))
    expect(events).toContainEqual({
      type: 'agent-event',
      path: ['b1'],
      event: { type: 'tool-progress', toolCallId: 'r1', data: { percent: 10 } },
    })
  })

  it('says what is wrong with a task that does not fit', async () => {
    const clerk = member('clerk', [])
    const model = inRounds(
      calls(['agent-clerk', { task: 'x' }], ['agent-clerk', { prompt: '' }, 'b2']),
      says('x'),
    )
    const events = await runToEnd(
      makeTurn(model, { tools: withAgentTools({}, { clerk }) }, { services: asIs }),
    )
    expect(outcomes(events)).toEqual([
      expect.stringMatching(/^tool_input_invalid: .*prompt/),
      expect.stringMatching(/^tool_input_invalid: .*prompt/),
    ])
  })
})

/** Stops a turn that says `bad`. */
const guard: Processor = {
  id: 'guard',
  processOutputStream: ({ part, abort }) => {
    if (part.type === 'text-delta' && part.delta.includes('bad')) abort('not here')
  },
}

describe('an agent that fails', () => {
  it.each([
    [
      'a model that fails',
      { model: scriptedModel([{ fails: new Error('no power') }]), maxRetries: 0 },
      /no power/,
    ],
    [
      'a model that fails after its first word',
      {
        model: scriptedModel([{ items: ['half ', { type: 'break', error: new Error('cut') }] }]),
        maxRetries: 0,
      },
      /cut/,
    ],
    [
      'a processor that stops it',
      { model: scriptedModel([says('a bad word')]), outputProcessors: [guard] },
      /not here/,
    ],
    [
      'instructions that throw',
      {
        instructions: () => {
          throw new Error('no words')
        },
      },
      /could not be asked: no words/,
    ],
    ['a model that cannot be used', { model: 'nobody/x' }, /could not be asked/],
  ])('is a result that its caller reads: %s', async (_what, options, said) => {
    const clerk = new Agent({ name: 'clerk', instructions: '', ...(options as object) })
    const made = bossOf({ clerk })
    const events = await runToEnd(made)
    expect(outcomes(events)).toEqual([expect.stringMatching(said)])
    expect(String(outcomes(events)[0])).toMatch(/^tool_failed: The agent "clerk" /)
    expect(endOf(events)).toMatchObject({ status: 'completed' })
    const last = made.model.asked[1]?.prompt.at(-1)
    expect(JSON.stringify(last)).toMatch(/tool_failed: The agent/)
  })

  it('does not take what is beside it along', async () => {
    const bad = member('bad', [{ fails: new Error('no') }])
    const good = member('good', [says('fine')])
    const events = await runToEnd(bossOf({ bad, good }))
    expect(outcomes(events)).toEqual(
      expect.arrayContaining([{ text: 'fine' }, expect.stringMatching(/^tool_failed/)]),
    )
  })

  it('says why it ended where it did not end by itself', async () => {
    const clerk = member('clerk', [calls(['look', { n: 1 }])], { tools: notingTools([]), maxSteps: 1 })
    expect(outcomes(await runToEnd(bossOf({ clerk })))).toEqual([{ text: '', finishReason: 'tool-calls' }])
  })
})

describe('an agent as a tool', () => {
  const schema = z.object({ city: z.string() })

  function asked(clerk: Agent, options: Parameters<Agent['asTool']>[0]) {
    const model = inRounds(calls(['hire', task, 'b1']), says('Done.'))
    return makeTurn(model, { tools: { hire: clerk.asTool(options) } }, { services: asIs })
  }

  it('is described in its own words, or by the agent', () => {
    const clerk = new Agent({ name: 'Desk Clerk', description: 'Files things', instructions: '' })
    expect(clerk.asTool()).toMatchObject({ id: 'agent-desk-clerk', description: 'Files things' })
    expect(clerk.asTool({ description: 'Does all' }).description).toBe('Does all')
    expect(new Agent({ name: 'Desk Clerk', instructions: '' }).asTool().description).toContain('"Desk Clerk"')
  })

  it('gives the object that was asked for', async () => {
    const clerk = member('clerk', [says('{"city":', '"Bern"}')])
    expect(outcomes(await runToEnd(asked(clerk, { structuredOutput: { schema } })))).toEqual([
      { city: 'Bern' },
    ])
  })

  it('fails with what does not fit, or goes on with the text where that will do', async () => {
    const strict = asked(member('clerk', [says('{"town":1}')]), { structuredOutput: { schema } })
    expect(outcomes(await runToEnd(strict))).toEqual([expect.stringMatching(/^tool_failed: .*city/)])
    const lax = asked(member('clerk', [says('Bern')]), {
      structuredOutput: { schema, errorStrategy: 'warn' },
    })
    expect(outcomes(await runToEnd(lax))).toEqual([{ text: 'Bern' }])
  })

  it('takes no more steps than it may', async () => {
    const steps = Array.from({ length: 5 }, (_, n) => calls(['look', { n }]))
    const clerk = member('clerk', steps, { tools: notingTools([]) })
    await runToEnd(asked(clerk, { maxSteps: 2 }))
    expect((clerk.options.model as ReturnType<typeof scriptedModel>).asked).toHaveLength(2)
  })

  it.each([0, 1.5, -1])('refuses %d steps', (maxSteps) => {
    expect(() => member('clerk', []).asTool({ maxSteps })).toThrow(
      `Cannot make a tool of agent "clerk": maxSteps is ${maxSteps}`,
    )
  })

  it('has its time, counted from its start through crashes', async () => {
    const slow = (): Agent => member('clerk', [{ items: ['and on', never] }])
    expect(outcomes(await runToEnd(asked(slow(), { timeoutMs: 20 })))).toEqual([
      'tool_timeout: The agent did not answer within 20 ms',
    ])
    // It began long ago, in a life before this one.
    const twice = (): Agent =>
      member('clerk', [calls(['look', { n: 1 }]), { items: ['and on', never] }], { tools: notingTools([]) })
    const first = asked(twice(), { timeoutMs: 60_000 })
    await runUntil(first, (event) => event.type === 'agent-event' && event.event.type === 'tool-result')
    const again = makeTurn(
      inRounds(calls(['hire', task, 'b1']), says('Done.')),
      { tools: { hire: twice().asTool({ timeoutMs: 60_000 }) } },
      {
        services: { ...asIs, now: () => 61_000 },
        state: first.turn.state,
        startedAt: 1000,
        isRecovered: true,
      },
    )
    expect(outcomes(await runToEnd(again))).toEqual([
      'tool_timeout: The agent did not answer within 60000 ms',
    ])
  })

  it("is stopped by its agent's own time, and by its own silence", async () => {
    const late = (timeout: object): Agent =>
      member('clerk', [{ items: ['and on', never] }], { timeout, maxRetries: 0 })
    expect(outcomes(await runToEnd(bossOf({ clerk: late({ totalMs: 20 }) })))).toEqual([
      'tool_failed: The agent "clerk" failed: The turn took longer than 20 ms',
    ])
    expect(outcomes(await runToEnd(bossOf({ clerk: late({ chunkMs: 20 }) })))).toEqual([
      'tool_failed: The agent "clerk" failed: The model said nothing for 20 ms',
    ])
    expect(outcomes(await runToEnd(bossOf({ clerk: late({ stepMs: 20 }) })))).toEqual([
      'tool_failed: The agent "clerk" failed: The model did not finish within 20 ms',
    ])
  })

  it("ends with its caller's time", async () => {
    const clerk = member('clerk', [{ items: ['and on', never] }])
    const events = await runToEnd(bossOf({ clerk }, { timeouts: { totalMs: 30 } }))
    expect(outcomes(events)).toEqual(['tool_aborted: The turn was stopped before the agent answered'])
    expect(endOf(events)).toMatchObject({ status: 'failed', error: { code: 'turn_timeout' } })
  })

  it("is not held to its caller's time for a tool", async () => {
    const gate = Promise.withResolvers<void>()
    setTimeout(() => gate.resolve(), 40)
    const clerk = member('clerk', [{ items: [{ type: 'gate', until: gate.promise }, 'late'] }])
    const events = await runToEnd(bossOf({ clerk }, { timeouts: { toolMs: 10 } }))
    expect(outcomes(events)).toEqual([{ text: 'late' }])
  })

  it('does nothing outside of a turn', () => {
    expect(() =>
      member('clerk', [])
        .asTool()
        .execute?.(task as never, {} as never),
    ).toThrow('ask agent "clerk" itself')
  })
})

describe('what the agents of a turn may use', () => {
  it('is so many steps, all of them together: the next is an error that its caller reads', async () => {
    const endless = (): Agent =>
      new Agent({
        name: 'clerk',
        instructions: '',
        model: scriptedModel((_options, n) => calls(['look', { n }])),
        tools: notingTools([]),
      })
    const made = bossOf({ a: endless(), b: endless() }, { delegation: { maxSteps: 7 } })
    const events = await runToEnd(made)
    const steps = events.filter((event) => event.type === 'agent-event' && event.event.type === 'step-end')
    expect(steps).toHaveLength(7)
    expect(outcomes(events)).toEqual(
      [1, 2].map(
        () =>
          'tool_failed: The agent "clerk" failed: The agents that this turn may call have used up their 7 steps',
      ),
    )
    expect(endOf(events)?.status).toBe('completed')
  })

  it('counts the steps of earlier lives, also where calls were named alike', async () => {
    const clerk = (): Agent =>
      member('clerk', [calls(['look', { n: 1 }]), says('c')], { tools: notingTools([]) })
    const model = inRounds(
      calls(['agent-clerk', task]),
      calls(['agent-clerk', task]),
      calls(['agent-clerk', task]),
      says('x'),
    )
    const settings = { tools: withAgentTools({}, { clerk: clerk() }), delegation: { maxSteps: 5 } }
    const first = makeTurn(model, settings, { services: asIs })
    let results = 0
    await runUntil(first, ({ type }) => type === 'tool-result' && (results += 1) === 2)
    const again = makeTurn(model, settings, { services: asIs, state: first.turn.state, isRecovered: true })
    const events = await runToEnd(again)
    expect(
      events.filter((event) => event.type === 'agent-event' && event.event.type === 'step-end'),
    ).toHaveLength(1)
    expect(outcomes(events)).toEqual([expect.stringContaining('used up their 5 steps')])
  })

  it('is so many tokens of the turn', async () => {
    const spending: ScriptStep = {
      items: [{ type: 'tool-call', toolCallId: 'x', toolName: 'look', input: '{"n":1}' }],
      usage: usageOf(90, 10),
    }
    const clerk = member('clerk', [spending, spending, says('never')], { tools: notingTools([]) })
    const events = await runToEnd(bossOf({ clerk }, { delegation: { maxTokens: 150 } }))
    // 15 of the boss and 100 of the first step leave room for a second.
    expect(outcomes(events)).toEqual([expect.stringContaining('used up their 150 tokens')])
    expect(endOf(events)?.usage.totalTokens).toBe(15 + 200 + 15)
  })

  it('is so many levels, which nobody is asked to approve beyond', async () => {
    const deep = (level: number): Agent =>
      member(`l${level}`, [calls(['agent-next', task]), says(`l${level}`)], {
        agents: () => ({ next: deep(level + 1) }),
      })
    const made = bossOf({ next: deep(1) })
    const events = await runToEnd(made)
    expect(endOf(events)?.status).toBe('completed')
    const inside = callsIn(made.turn.state.message)
    expect(inside.map(({ path }) => path.length)).toEqual([1, 2, 3, 4])
    expect(inside[3]?.part).toMatchObject({
      state: 'failed',
      error: { code: 'tool_failed', message: 'Agents may call agents only 3 deep' },
    })
    const guarded = member('g', [calls(['hire', task]), says('g')], {
      tools: { hire: deep(1).asTool({ requireApproval: true }) },
    })
    const shallow = await runToEnd(bossOf({ guarded }, { delegation: { maxDepth: 1 } }))
    expect(shallow.some(({ type }) => type === 'turn-suspend')).toBe(false)
    expect(outcomes(shallow)).toEqual([{ text: 'g' }])
  })

  it.each([
    ['maxDepth', 0],
    ['maxSteps', 1.5],
    ['maxTokens', -1],
  ])('must be whole numbers: %s %d', (name, value) => {
    expect(() => new Agent({ name: 'a', instructions: '', delegation: { [name]: value } })).toThrow(
      `Cannot create agent "a": delegation.${name} is ${value}, it must be a whole number from 1`,
    )
  })
})

describe('the agents of an agent', () => {
  it('are tools beside its own, described by what they are for', async () => {
    const clerk = new Agent({ name: 'clerk', description: 'Files things', instructions: '' })
    const boss = new Agent({
      name: 'boss',
      instructions: '',
      model: scriptedModel([]),
      agents: { clerk },
      tools: notingTools([]),
    })
    const { tools } = await resolveAgent(boss, new RuntimeContext(), asIs.resolveModel)
    expect(Object.keys(tools)).toEqual(['charge', 'look', 'wire', 'book', 'locate', 'agent-clerk'])
    expect(tools['agent-clerk']?.description).toBe('Files things')
    const again = await resolveAgent(boss, new RuntimeContext(), asIs.resolveModel)
    expect(again.tools).toBe(tools)
  })

  it('may depend on the request', async () => {
    const boss = new Agent({
      name: 'boss',
      instructions: '',
      model: scriptedModel([]),
      agents: ({ runtimeContext }) => ({ [String(runtimeContext.get('team'))]: member('clerk', []) }),
    })
    const { tools } = await resolveAgent(boss, new RuntimeContext({ team: 'night' }), asIs.resolveModel)
    expect(Object.keys(tools)).toEqual(['agent-night'])
    expect(canPause(boss)).toBe(true)
  })

  it('must not have the name of a tool', async () => {
    const clerk = member('clerk', [])
    const tools = { 'agent-clerk': toolOf(() => 1) }
    expect(() => new Agent({ name: 'a', instructions: '', tools, agents: { clerk } })).toThrow(
      'Cannot create agent "a": tool "agent-clerk" has the name of its agent "clerk"',
    )
    const late = new Agent({
      name: 'a',
      instructions: '',
      model: scriptedModel([]),
      tools,
      agents: () => ({ clerk }),
    })
    await expect(resolveAgent(late, new RuntimeContext(), asIs.resolveModel)).rejects.toThrow(
      'has the name of its agent',
    )
  })

  it('may wait for somebody where any of them, at any depth, may', () => {
    const asking = member('asking', [], { tools: { wire: notingTools([])['wire']! } })
    const over = member('over', [], { agents: { asking } })
    expect(canPause(member('top', [], { agents: { over } }))).toBe(true)
    expect(canPause(member('top', [], { tools: { hire: over.asTool() } }))).toBe(true)
    expect(canPause(member('top', [], { agents: { calm: member('calm', []) } }))).toBe(false)
  })

  it('may name each other', () => {
    const team: Record<string, Agent> = {}
    team['a'] = member('a', [], { agents: team })
    team['b'] = member('b', [], { agents: team })
    expect(canPause(team['a'])).toBe(false)
  })
})
