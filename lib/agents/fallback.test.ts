import { APICallError } from '@ai-sdk/provider'
import { describe, expect, it } from 'vitest'
import { testServices } from '../../test/fixtures/loop-services.ts'
import { recordTelemetry } from '../../test/fixtures/recording-tracer.ts'
import type { ScriptItem, ScriptStep } from '../../test/fixtures/scripted-model.ts'
import { calls, says, scriptedModel } from '../../test/fixtures/scripted-model.ts'
import type { AgentSettings } from '../../test/fixtures/turns.ts'
import { endOf, makeTurn, runToEnd, toolOf } from '../../test/fixtures/turns.ts'
import type { TurnInput } from './turn-input.ts'
import { applyEvent, startTurn } from '../log/fold.ts'
import type { TurnEvent } from '../protocol/event.ts'

function failing(statusCode: number, message = 'said'): ScriptStep {
  return { fails: new APICallError({ message, url: 'https://a.b', requestBodyValues: {}, statusCode }) }
}

const cut: ScriptItem = { type: 'break', error: new Error('Network connection lost.') }
const never: ScriptItem = { type: 'gate', until: new Promise(() => undefined) }

interface Played {
  events: TurnEvent[]
  end: ReturnType<typeof endOf>
  /** How often each model was asked. */
  tries: number[]
  /** Which model began each attempt. */
  starts: string[]
  text: string
}

/** Models `a`, `b` and so on, one a script, in a turn that tries each once more. */
async function play(
  scripts: readonly ScriptStep[][],
  agent: AgentSettings = {},
  over: Partial<TurnInput> = {},
): Promise<Played> {
  const models = scripts.map((script, i) => scriptedModel(script, { modelId: 'abc'.charAt(i) }))
  const [first, ...rest] = models
  const fallbacks = rest.map((model) => ({ model, maxRetries: 1 }))
  const made = makeTurn(first ?? [], { maxRetries: 1, fallbacks, ...agent }, over)
  const events = await runToEnd(made)
  return {
    events,
    end: endOf(events),
    tries: models.map(({ asked }) => asked.length),
    starts: startsOf(events),
    text: made.turn.state.message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('|'),
  }
}

function startsOf(events: readonly TurnEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'step-start' ? [`${event.step} ${event.model}`] : []))
}

describe('a step over several models', () => {
  it('is the first one’s while it answers', async () => {
    const { tries, starts } = await play([[says('ok')], [says('never')]])
    expect([tries, starts]).toEqual([[1, 0], ['0 test/a']])
  })

  it('is the next one’s when the tries of the first are used up, without a trace', async () => {
    const { tries, starts, end } = await play([[failing(500), failing(503)], [says('ok')]])
    expect([tries, starts, end?.status]).toEqual([[2, 1], ['0 test/b'], 'completed'])
  })

  it('is begun anew by the next after words were said: a second step-start takes them back', async () => {
    const half: ScriptStep = { items: ['lost', cut] }
    const { tries, starts, text } = await play([[half, half], [says('ok')]])
    expect(tries).toEqual([2, 1])
    expect(starts).toEqual(['0 test/a', '0 test/a', '0 test/b'])
    expect(text).toBe('|ok')
  })

  it('gives each model its own retries', async () => {
    const busy = Array.from({ length: 3 }, () => failing(503))
    const b = scriptedModel(busy, { modelId: 'b' })
    const c = scriptedModel([says('ok')], { modelId: 'c' })
    const made = makeTurn(scriptedModel(busy, { modelId: 'a' }), {
      maxRetries: 0,
      fallbacks: [
        { model: b, maxRetries: 2 },
        { model: c, maxRetries: 0 },
      ],
    })
    const events = await runToEnd(made)
    expect([made.model, b, c].map(({ asked }) => asked.length)).toEqual([1, 3, 1])
    expect(startsOf(events)).toEqual(['0 test/c'])
    // Another model is asked at once: only the same one gets a pause.
    expect(made.services.waits).toEqual([500, 1000])
  })

  it.each([
    ['a wrong key', failing(401)],
    ['an unknown model', failing(404)],
    ['a conversation too long for it', failing(400, 'This model’s maximum context length is 8 tokens')],
    ['a mistake of its own', { fails: new TypeError('x is not a function') }],
    ['an empty account', failing(429, 'You exceeded your current quota')],
  ] as [string, ScriptStep][])('goes on at once after %s', async (_what, step) => {
    const { tries, end } = await play([[step], [says('ok')]], { maxRetries: 0 })
    expect([tries, end?.status]).toEqual([[1, 1], 'completed'])
  })

  it('goes on after a model that is silent', async () => {
    const { starts, end } = await play([[{ items: ['half', never] }], [says('ok')]], {
      maxRetries: 0,
      timeouts: { chunkMs: 10 },
    })
    expect([starts, end?.status]).toEqual([['0 test/a', '0 test/b'], 'completed'])
  })

  it('does not ask another for what no model would take', async () => {
    const { tries, end } = await play([[failing(400)], [says('never')]])
    expect(tries).toEqual([1, 0])
    expect(end?.error).toEqual({ code: 'model_failed', message: "The model's provider answered 400: said" })
  })

  it('fails with the words of all, and the code of the last', async () => {
    const { end, tries } = await play([[failing(401)], [{ items: [never] }]], {
      timeouts: { stepMs: 10 },
      fallbacks: [{ model: scriptedModel([{ items: [never] }], { modelId: 'b' }), maxRetries: 0 }],
    })
    expect(tries[0]).toBe(1)
    expect(end?.error).toEqual({
      code: 'step_timeout',
      message:
        "No model answered: test/a: The model's provider answered 401: said; " +
        'test/b: The model did not finish within 10 ms',
    })
  })
})

describe('a turn over several models', () => {
  const tools = { t: toolOf(() => 1) }

  it('stays with the one that it has found', async () => {
    const { starts, tries } = await play(
      [
        [failing(401), says('never')],
        [calls(['t', {}]), says('ok')],
      ],
      { tools },
    )
    expect([starts, tries]).toEqual([
      ['0 test/b', '1 test/b'],
      [1, 2],
    ])
  })

  it('comes back to the first when that one fails later', async () => {
    const scripts = [[failing(401), says('ok')], [calls(['t', {}]), failing(401)], [says('never')]]
    const { starts, tries } = await play(scripts, { tools })
    expect([starts, tries]).toEqual([
      ['0 test/b', '1 test/a'],
      [2, 2, 0],
    ])
  })

  it('stays with it when it is taken up from its log', async () => {
    const state = startTurn('m', 0)
    const told: TurnEvent[] = [
      { type: 'step-start', step: 0, model: 'test/b' },
      { type: 'tool-call', toolCallId: 'c', toolName: 't', input: {} },
      { type: 'step-end', step: 0, finishReason: 'tool-calls', usage: {}, isContinued: true },
      { type: 'tool-result', toolCallId: 'c', toolName: 't', output: 1 },
    ]
    for (const event of told) applyEvent(state, event)
    const { starts } = await play([[says('never')], [says('ok')]], { tools }, { state, isRecovered: true })
    expect(starts).toEqual(['1 test/b'])
  })

  it('begins with the first when it knows nobody of that name', async () => {
    const state = startTurn('m', 0)
    applyEvent(state, { type: 'step-start', step: 0, model: 'test/gone' })
    applyEvent(state, { type: 'tool-call', toolCallId: 'c', toolName: 't', input: {} })
    applyEvent(state, { type: 'step-end', step: 0, finishReason: 'stop', usage: {}, isContinued: true })
    const { starts } = await play([[says('ok')], [says('never')]], { tools }, { state })
    expect(starts).toEqual(['1 test/a'])
  })

  it('that is stopped asks nobody else', async () => {
    const controller = new AbortController()
    const services = testServices({
      wait: async (_ms, signal) => {
        controller.abort()
        signal?.throwIfAborted()
      },
    })
    const b = scriptedModel([says('never')])
    const agent = { fallbacks: [{ model: b, maxRetries: 0 }] }
    const made = makeTurn([failing(500)], agent, { services, signal: controller.signal })
    expect(endOf(await runToEnd(made))?.status).toBe('aborted')
    expect(b.asked).toEqual([])
  })

  it('whose time is up asks nobody else', async () => {
    const { end, tries } = await play([[{ items: ['half', never] }], [says('never')]], {
      timeouts: { totalMs: 10 },
    })
    expect([end?.error?.code, tries]).toEqual(['turn_timeout', [1, 0]])
  })

  it('shows each model that was asked as a span of the same step', async () => {
    const { telemetry, spans } = recordTelemetry()
    const b = scriptedModel([says('ok')], { modelId: 'b' })
    const a = scriptedModel([failing(500)], { modelId: 'a' })
    const agent = { maxRetries: 0, fallbacks: [{ model: b, maxRetries: 0 }] }
    await runToEnd(makeTurn(a, agent, { services: { telemetry } }))
    expect(spans.map(({ name, parent, error, ended }) => [name, parent, error, ended])).toEqual([
      ['invoke_agent agent', undefined, undefined, 1],
      ['step 0', 'invoke_agent agent', undefined, 1],
      ['chat a', 'step 0', 'said', 1],
      ['chat b', 'step 0', undefined, 1],
    ])
  })

  it('ends every span and stream when whoever hears it leaves', async () => {
    const { telemetry, spans } = recordTelemetry()
    const b = scriptedModel([says('a', 'b')], { modelId: 'b' })
    const agent = { maxRetries: 0, fallbacks: [{ model: b, maxRetries: 0 }] }
    const { events } = makeTurn([failing(500)], agent, { services: { telemetry } })
    for await (const event of events) if (event.type === 'text-delta') break
    expect(spans.every(({ ended }) => ended === 1)).toBe(true)
    expect(b.left).toBe(1)
  })

  it('warns of what its list lacks in the first step alone, in each of its attempts, behind its start', async () => {
    const warnings = [{ type: 'warning', code: 'model_skipped', message: 'no key' }] as const
    const half: ScriptStep = { items: ['lost', cut] }
    const { events } = await play([[half, calls(['t', {}]), says('ok')]], { warnings, tools })
    const told = events.flatMap(({ type }) => (type === 'step-start' || type === 'warning' ? [type] : []))
    expect(told).toEqual(['step-start', 'warning', 'step-start', 'warning', 'step-start'])
  })
})
