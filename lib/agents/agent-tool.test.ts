import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { calls, says, scriptedModel } from '../../test/fixtures/scripted-model.ts'
import {
  asIs,
  bossOf,
  inRounds,
  member,
  never,
  notingTools,
  outcomes,
  runUntil,
  task,
} from '../../test/fixtures/team.ts'
import { endOf, makeTurn, runToEnd, toolOf } from '../../test/fixtures/turns.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import { Agent } from './agent.ts'
import { canPause } from './can-pause.ts'
import { resolveAgent } from './resolve.ts'

const schema = z.object({ city: z.string() })

function asked(clerk: Agent, options: Parameters<Agent['asTool']>[0]) {
  const model = inRounds(calls(['hire', task, 'b1']), says('Done.'))
  return makeTurn(model, { tools: { hire: clerk.asTool(options) } }, { services: asIs })
}

const slow = (): Agent => member('clerk', [{ items: ['and on', never] }])

const twice = (): Agent =>
  member('clerk', [calls(['look', { n: 1 }]), { items: ['and on', never] }], { tools: notingTools([]) })

const late = (timeout: object): Agent =>
  member('clerk', [{ items: ['and on', never] }], { timeout, maxRetries: 0 })

describe('an agent as a tool', () => {
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
    expect(outcomes(await runToEnd(asked(slow(), { timeoutMs: 20 })))).toEqual([
      'tool_timeout: The agent did not answer within 20 ms',
    ])
    // It began long ago, in a life before this one.
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
