import { describe, expect, it } from 'vitest'
import type { ScriptStep } from '../../test/fixtures/scripted-model.ts'
import { calls, says, scriptedModel, usageOf } from '../../test/fixtures/scripted-model.ts'
import {
  asIs,
  bossOf,
  callsIn,
  inRounds,
  member,
  notingTools,
  outcomes,
  runUntil,
  task,
} from '../../test/fixtures/team.ts'
import { endOf, makeTurn, runToEnd } from '../../test/fixtures/turns.ts'
import { withAgentTools } from './agent-tool.ts'
import { Agent } from './agent.ts'

const endless = (): Agent =>
  new Agent({
    name: 'clerk',
    instructions: '',
    model: scriptedModel((_options, n) => calls(['look', { n }])),
    tools: notingTools([]),
  })

const twoSteps = (): Agent =>
  member('clerk', [calls(['look', { n: 1 }]), says('c')], { tools: notingTools([]) })

describe('what the agents of a turn may use', () => {
  it('is so many steps, all of them together: the next is an error that its caller reads', async () => {
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
    const model = inRounds(
      calls(['agent-clerk', task]),
      calls(['agent-clerk', task]),
      calls(['agent-clerk', task]),
      says('x'),
    )
    const settings = { tools: withAgentTools({}, { clerk: twoSteps() }), delegation: { maxSteps: 5 } }
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
