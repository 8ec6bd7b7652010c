import { describe, expect, it } from 'vitest'
import type { ScriptStep } from '../../test/fixtures/scripted-model.ts'
import { calls, says, scriptedModel } from '../../test/fixtures/scripted-model.ts'
import { bossOf, inRounds, member, outcomes } from '../../test/fixtures/team.ts'
import type { AgentSettings, TestTurn } from '../../test/fixtures/turns.ts'
import { endOf, makeTurn, runToEnd, toolOf } from '../../test/fixtures/turns.ts'
import { applyEvent, startTurn } from '../log/fold.ts'
import type { Processor } from '../processors/processor.ts'
import type { TurnEvent } from '../protocol/event.ts'
import type { Message } from '../protocol/message.ts'

/** What a hook does wrong, once the turn has said something. */
type Fault = (options: {
  abort: (reason: string, options?: { retry?: boolean }) => never
  retryCount: number
}) => unknown

const throwing: Fault = () => {
  throw new Error('out of order')
}
const tripping: Fault = ({ abort }) => abort('not this')
const retrying: Fault = ({ abort, retryCount }) =>
  retryCount === 0 ? abort('once more', { retry: true }) : undefined
const hanging: Fault = () => new Promise(() => undefined)

/** A processor whose hook has the fault, after the first word that was heard. */
type Hooked = (fault: Fault) => { settings: AgentSettings; steps?: ScriptStep[] }

const toolStep: ScriptStep = { items: ['one ', ...items(calls(['look', {}]))] }

function items(step: ScriptStep) {
  return 'items' in step ? step.items : []
}

// A hook may be given any of these; the fault looks at what they have in common.
const hooks: [name: string, hooked: Hooked][] = [
  [
    'processInputStep, before the second step',
    (fault) => {
      const processor: Processor = {
        id: 'hook',
        processInputStep: (options) => (options.step === 1 ? (fault(options) as undefined) : undefined),
      }
      return { settings: { inputProcessors: [processor] } }
    },
  ],
  [
    'processOutputStream, at the second word of the second step',
    (fault) => {
      const processor: Processor = {
        id: 'hook',
        processOutputStream: (options) =>
          options.part.type === 'text-delta' && options.part.delta === 'three'
            ? (fault(options) as undefined)
            : undefined,
      }
      return { settings: { outputProcessors: [processor] } }
    },
  ],
  [
    'processOutputStep, after the second step',
    (fault) => {
      const processor: Processor = {
        id: 'hook',
        processOutputStep: (options) => (options.step === 1 ? (fault(options) as undefined) : undefined),
      }
      return { settings: { outputProcessors: [processor] } }
    },
  ],
  [
    'processOutputResult, after the last',
    (fault) => {
      const processor: Processor = {
        id: 'hook',
        processOutputResult: (options) => fault(options) as undefined,
      }
      return { settings: { outputProcessors: [processor] } }
    },
  ],
]

function turnOf(hooked: Hooked, fault: Fault, more: AgentSettings = {}) {
  let runs = 0
  const look = toolOf(() => (runs += 1))
  const model = scriptedModel([toolStep, says('two ', 'three'), says('two ', 'three')])
  const made = makeTurn(model, { tools: { look }, ...hooked(fault).settings, ...more })
  return { made, runs: () => runs }
}

/** What a client shows that heard all of it. */
function fold(events: readonly TurnEvent[]): Message {
  const state = startTurn('m', 0)
  for (const event of events) applyEvent(state, event)
  return state.message
}

function expectHeardAsKept(events: TurnEvent[], { turn }: TestTurn): void {
  expect(fold(events)).toEqual(turn.state.message)
  expect(events.filter(({ type }) => type === 'text-delta').length).toBeGreaterThan(0)
}

describe.each(hooks)('%s', (_name, hooked) => {
  it('that throws fails the turn under its name; what was settled stays and is not done again', async () => {
    const { made, runs } = turnOf(hooked, throwing)
    const events = await runToEnd(made)
    expect(endOf(events)).toMatchObject({
      status: 'failed',
      error: { code: 'internal', message: expect.stringMatching(/"hook".*out of order/) },
    })
    expect(runs()).toBe(1)
    expect(made.turn.state.message.parts.slice(0, 3)).toMatchObject([
      { type: 'step-start' },
      { type: 'text', text: 'one ' },
      { type: 'tool', state: 'done' },
    ])
    expectHeardAsKept(events, made)
  })

  it('that stops the turn leaves of it what was settled, and says why', async () => {
    const { made, runs } = turnOf(hooked, tripping)
    const events = await runToEnd(made)
    expect(events.at(-2)).toEqual({
      type: 'tripwire',
      processorId: 'hook',
      reason: 'not this',
      isRetry: false,
    })
    expect(endOf(events)).toMatchObject({
      status: 'failed',
      error: { code: 'tripwire', message: 'not this' },
    })
    expect(made.turn.state.message.parts).toHaveLength(3)
    expect(runs()).toBe(1)
    expectHeardAsKept(events, made)
  })

  it('that wants the step again has it tried again, with the tools of the steps before run once', async () => {
    const { made, runs } = turnOf(hooked, retrying)
    const events = await runToEnd(made)
    expect(events).toContainEqual({
      type: 'tripwire',
      processorId: 'hook',
      reason: 'once more',
      isRetry: true,
    })
    expect(endOf(events)).toMatchObject({ status: 'completed' })
    expect(runs()).toBe(1)
    expect(made.turn.state.steps).toHaveLength(2)
    expect(JSON.stringify(made.model.asked.at(-1)?.prompt)).toContain('once more')
    expectHeardAsKept(events, made)
  })

  it("that hangs is waited for no longer than the turn's time", async () => {
    const { made, runs } = turnOf(hooked, hanging, { timeouts: { totalMs: 30 } })
    const events = await runToEnd(made)
    expect(endOf(events)).toMatchObject({ status: 'failed', error: { code: 'turn_timeout' } })
    expect(runs()).toBe(1)
    expectHeardAsKept(events, made)
  })

  it('that hangs is left at once when the turn is stopped', async () => {
    const stop = new AbortController()
    const reached: Fault = () => {
      stop.abort()
      return new Promise(() => undefined)
    }
    const model = inRounds(toolStep, says('two ', 'three'))
    const tools = { look: toolOf(() => 1) }
    const made = makeTurn(model, { tools, ...hooked(reached).settings }, { signal: stop.signal })
    const events = await runToEnd(made)
    expect(endOf(events)).toMatchObject({ status: 'aborted' })
    expectHeardAsKept(events, made)
  })
})

describe('processInput, which runs before the first word, of an agent that is called after some', () => {
  const clerkWith = (fault: Fault) =>
    member('clerk', [says('fine')], {
      inputProcessors: [{ id: 'hook', processInput: (options) => fault(options) as undefined }],
    })

  it.each<[string, Fault, RegExp]>([
    ['throws', throwing, /^tool_failed: The agent "clerk" failed: .*"hook".*out of order/],
    ['stops the turn', tripping, /^tool_failed: The agent "clerk" failed: not this/],
  ])('that %s fails that agent, and its caller goes on', async (_what, fault, said) => {
    const made = bossOf({ clerk: clerkWith(fault) })
    const events = await runToEnd(made)
    expect(outcomes(events)).toEqual([expect.stringMatching(said)])
    expect(endOf(events)).toMatchObject({ status: 'completed' })
    expect(fold(events)).toEqual(made.turn.state.message)
  })

  it("that hangs is waited for no longer than its agent's time", async () => {
    const clerk = member('clerk', [], {
      inputProcessors: [{ id: 'hook', processInput: () => new Promise(() => undefined) }],
      timeout: { totalMs: 20 },
    })
    const events = await runToEnd(bossOf({ clerk }))
    expect(outcomes(events)).toEqual([expect.stringContaining('The turn took longer than 20 ms')])
  })
})

describe('a timeout after the first word', () => {
  const never = { type: 'gate' as const, until: new Promise<void>(() => undefined) }

  it.each([
    ['stepMs', { stepMs: 20 }, { code: 'step_timeout', message: 'The model did not finish within 20 ms' }],
    ['chunkMs', { chunkMs: 20 }, { code: 'step_timeout', message: 'The model said nothing for 20 ms' }],
    ['totalMs', { totalMs: 20 }, { code: 'turn_timeout', message: 'The turn took longer than 20 ms' }],
  ] as const)(
    'of %s ends the turn with what was said, and closes the stream',
    async (_name, timeouts, error) => {
      const model = scriptedModel([{ items: ['half', never] }])
      const made = makeTurn(model, { timeouts, maxRetries: 0 })
      const events = await runToEnd(made)
      expect(endOf(events)).toMatchObject({ status: 'failed', error })
      expect(made.turn.state.message.parts.at(-1)).toEqual({ type: 'text', text: 'half' })
      expect(model.left).toBe(1)
      expectHeardAsKept(events, made)
    },
  )

  it('of toolMs is a result that the model reads, and the turn goes on', async () => {
    const hung = toolOf(() => new Promise(() => undefined))
    const model = inRounds({ items: ['half', ...items(calls(['hung', {}]))] }, says('done'))
    const made = makeTurn(model, { tools: { hung }, timeouts: { toolMs: 20 } })
    const events = await runToEnd(made)
    expect(outcomes(events)).toEqual(['tool_timeout: The tool did not answer within 20 ms'])
    expect(endOf(events)).toMatchObject({ status: 'completed' })
    expectHeardAsKept(events, made)
  })

  it('of stepMs or chunkMs begins the step anew where it may be tried again', async () => {
    for (const timeouts of [{ stepMs: 20 }, { chunkMs: 20 }]) {
      const made = makeTurn([{ items: ['half', never] }, says('whole')], { timeouts })
      const events = await runToEnd(made)
      expect(made.turn.state.message.parts.slice(1)).toEqual([{ type: 'text', text: 'whole' }])
      expectHeardAsKept(events, made)
    }
  })
})
