import { describe, expect, it } from 'vitest'
import type { ScriptStep } from '../../test/fixtures/scripted-model.ts'
import { calls, says, scriptedModel, usageOf } from '../../test/fixtures/scripted-model.ts'
import type { Effect } from '../../test/fixtures/team.ts'
import {
  asIs,
  bossOf,
  callsIn,
  inRounds,
  member,
  notingTools,
  outcomes,
  task,
} from '../../test/fixtures/team.ts'
import { endOf, makeTurn, runToEnd, toolOf } from '../../test/fixtures/turns.ts'
import type { Processor } from '../processors/processor.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import { withAgentTools } from './agent-tool.ts'
import { Agent } from './agent.ts'

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
