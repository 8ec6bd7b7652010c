import { APICallError } from '@ai-sdk/provider'
import { describe, expect, it } from 'vitest'
import { testServices } from '../../test/fixtures/loop-services.ts'
import type { ScriptItem, ScriptStep } from '../../test/fixtures/scripted-model.ts'
import { calls, says, scriptedModel } from '../../test/fixtures/scripted-model.ts'
import { askedPrompt, endOf, makeTurn, runToEnd, toolOf } from '../../test/fixtures/turns.ts'
import type { AgentSettings } from '../../test/fixtures/turns.ts'
import type { TurnEvent } from '../protocol/event.ts'
import type { Part } from '../protocol/message.ts'

function apiError(statusCode: number, responseHeaders: Record<string, string> = {}): APICallError {
  return new APICallError({
    message: 'said',
    url: 'https://a.b',
    requestBodyValues: {},
    statusCode,
    responseHeaders,
  })
}

const never: ScriptItem = { type: 'gate', until: new Promise(() => undefined) }
const stepStart = { type: 'step-start', step: 0, model: 'test/scripted' }
const startPart = { type: 'step-start', model: 'test/scripted' }

interface Outcome {
  events: TurnEvent[]
  end: ReturnType<typeof endOf>
  parts: Part[]
  tries: number
  waits: readonly number[]
}

async function play(script: ScriptStep[], agent: AgentSettings = {}): Promise<Outcome> {
  const made = makeTurn(script, agent)
  const events = await runToEnd(made)
  const { parts } = made.turn.state.message
  return { events, end: endOf(events), parts, tries: made.model.asked.length, waits: made.services.waits }
}

describe('a step that fails', () => {
  it('before its first word is tried again without a trace, after a pause', async () => {
    const { events, waits } = await play([{ fails: apiError(503) }, { fails: apiError(500) }, says('ok')])
    expect(events.map(({ type }) => type)).toEqual([
      'step-start',
      'text-start',
      'text-delta',
      'text-end',
      'step-end',
      'turn-end',
    ])
    // Half of the doubling base: chance always says 0.5.
    expect(waits).toEqual([500, 1000])
  })

  it.each([
    ['breaks', { type: 'break', error: apiError(200) }],
    ['ends', { type: 'cut' }],
    ['says an error', { type: 'error', error: { message: 'said', statusCode: 500, isRetryable: true } }],
  ] as [string, ScriptItem][])(
    'after its first word, when its stream %s, is begun again',
    async (_what, fault) => {
      const { events, end, parts } = await play([{ items: ['lost', fault] }, says('ok')])
      expect(events.filter(({ type }) => type === 'step-start')).toEqual([stepStart, stepStart])
      expect(end).toMatchObject({ status: 'completed' })
      expect(parts).toEqual([startPart, { type: 'text', text: 'ok' }])
    },
  )

  it.each(['interrupted', 'error'] as const)(
    'is tried again when the model finishes with %s',
    async (unified) => {
      const cut: ScriptStep = { items: ['half'], finish: { unified, raw: undefined } }
      const { parts, tries, end } = await play([cut, says('ok')])
      expect([tries, end?.status, parts.at(-1)]).toEqual([2, 'completed', { type: 'text', text: 'ok' }])
    },
  )

  it('asks the same again, though tools were called before it broke off', async () => {
    let ran = 0
    const tools = { t: toolOf(() => (ran += 1)) }
    const half: ScriptStep = {
      items: [
        { type: 'tool-call', toolCallId: 'c', toolName: 't', input: '{}' },
        { type: 'break', error: apiError(200) },
      ],
    }
    const made = makeTurn([half, says('ok')], { tools })
    await runToEnd(made)
    expect(ran).toBe(0)
    expect(made.model.asked.map(({ prompt }) => prompt)).toEqual([askedPrompt, askedPrompt])
  })

  it('is tried maxRetries times more, then the turn has failed with what was wrong last', async () => {
    const { end, tries, waits } = await play([
      { fails: apiError(500) },
      { fails: apiError(500) },
      { fails: apiError(503) },
    ])
    expect(end).toEqual({
      type: 'turn-end',
      status: 'failed',
      finishReason: 'error',
      usage: {},
      error: { code: 'model_failed', message: "The model's provider answered 503: said (after 3 tries)" },
    })
    expect([tries, waits]).toEqual([3, [500, 1000]])
    expect((await play([{ fails: apiError(500) }], { maxRetries: 0 })).end?.error?.message).toBe(
      "The model's provider answered 500: said",
    )
  })

  it('keeps what it had said when its tries are used up', async () => {
    const half: ScriptStep = { items: ['half', { type: 'cut' }] }
    const { parts, end } = await play([half, half, half])
    expect(end).toMatchObject({ status: 'failed', error: { code: 'model_failed' } })
    expect(parts).toEqual([startPart, { type: 'text', text: 'half' }])
  })

  it('is not tried again when that cannot help', async () => {
    const { end, tries, waits } = await play([{ fails: apiError(401) }, says('ok')])
    expect([tries, waits]).toEqual([1, []])
    expect(end).toMatchObject({
      status: 'failed',
      error: { message: "The model's provider answered 401: said" },
    })
  })

  it('waits as long as the provider asked, if that is longer than it would', async () => {
    const { waits } = await play([
      { fails: apiError(429, { 'retry-after': '7' }) },
      { fails: apiError(429, { 'retry-after-ms': '10' }) },
      says('ok'),
    ])
    expect(waits).toEqual([7000, 1000])
    const most = await play([{ fails: apiError(429, { 'retry-after': '60' }) }, says('ok')])
    expect([most.waits, most.end?.status]).toEqual([[60_000], 'completed'])
  })

  it('is not waited for when the provider asks for more than a minute', async () => {
    const { end, tries, waits } = await play([{ fails: apiError(429, { 'retry-after': '61' }) }, says('ok')])
    expect([tries, waits, end?.error?.code]).toEqual([1, [], 'model_failed'])
  })

  it('has as many tries as every other step', async () => {
    const tools = { t: toolOf(() => 1) }
    const fault = { fails: apiError(500) }
    const { end, tries } = await play([fault, fault, calls(['t', {}]), fault, fault, says('ok')], { tools })
    expect([tries, end?.status]).toEqual([6, 'completed'])
  })
})

describe('a model that is too slow', () => {
  it('is given up after stepMs, and tried again', async () => {
    const { end, tries, parts } = await play([{ items: ['half', never] }, says('ok')], {
      timeouts: { stepMs: 10 },
    })
    expect([tries, end?.status, parts.at(-1)]).toEqual([2, 'completed', { type: 'text', text: 'ok' }])
    const late = await play([{ items: [never] }], { timeouts: { stepMs: 10 }, maxRetries: 0 })
    expect(late.end?.error).toEqual({
      code: 'step_timeout',
      message: 'The model did not finish within 10 ms',
    })
  })

  it('is given up when it has said nothing for chunkMs', async () => {
    const { end } = await play([{ items: ['half', never] }], { timeouts: { chunkMs: 10 }, maxRetries: 0 })
    expect(end?.error).toEqual({ code: 'step_timeout', message: 'The model said nothing for 10 ms' })
  })

  it('is given up in the same words when its stream minds the signal', async () => {
    const model = scriptedModel([{ items: ['half', never] }, says('ok')], { minds: true })
    const made = makeTurn(model, { timeouts: { chunkMs: 10 } })
    expect(endOf(await runToEnd(made))?.status).toBe('completed')
    const last = makeTurn(scriptedModel([{ items: [never] }], { minds: true }), {
      timeouts: { stepMs: 10 },
      maxRetries: 0,
    })
    expect(endOf(await runToEnd(last))?.error?.code).toBe('step_timeout')
  })

  it('is not given up when it is the reader who is slow', async () => {
    const made = makeTurn([says('a', 'b')], { timeouts: { chunkMs: 10 }, maxRetries: 0 })
    const events: TurnEvent[] = []
    for await (const event of made.events) {
      events.push(event)
      // The one real pause of these tests: three times the silence that a model may keep.
      if (event.type === 'text-delta' && event.delta === 'a')
        await new Promise((resolve) => setTimeout(resolve, 30))
    }
    expect(endOf(events)).toMatchObject({ status: 'completed' })
  })

  it('ends the turn after totalMs, counted from its first start', async () => {
    const { end, tries } = await play([{ items: ['half', never] }], { timeouts: { totalMs: 10 } })
    expect(tries).toBe(1)
    expect(end).toMatchObject({
      status: 'failed',
      error: { code: 'turn_timeout', message: 'The turn took longer than 10 ms' },
    })
    const services = testServices()
    const made = makeTurn(
      [{ items: [never] }],
      { timeouts: { totalMs: 5000 } },
      { startedAt: services.now() - 5000 },
    )
    expect(endOf(await runToEnd(made))?.error?.code).toBe('turn_timeout')
  })

  it('has its stream closed, also one that it opens too late', async () => {
    const model = scriptedModel([{ items: ['half', never] }, says('ok')])
    await runToEnd(makeTurn(model, { timeouts: { chunkMs: 10 } }))
    expect(model.left).toBeGreaterThan(0)

    const opening = Promise.withResolvers<void>()
    const late = scriptedModel([says('late')])
    const slow = {
      ...late,
      doStream: (options: Parameters<typeof late.doStream>[0]) =>
        opening.promise.then(() => late.doStream(options)),
    }
    const made = makeTurn([], { model: slow, timeouts: { stepMs: 10 }, maxRetries: 0 })
    expect(endOf(await runToEnd(made))?.error?.code).toBe('step_timeout')
    opening.resolve()
    await new Promise((resolve) => setImmediate(resolve))
    expect(late.left).toBe(1)
  })
})

describe('a turn that is stopped', () => {
  it.each([false, true])(
    'while its model speaks ends as aborted and keeps what was said (minds: %s)',
    async (minds) => {
      const controller = new AbortController()
      const model = scriptedModel([{ items: ['half', never] }], { minds })
      const made = makeTurn(model, {}, { signal: controller.signal })
      const events: TurnEvent[] = []
      for await (const event of made.events) {
        events.push(event)
        if (event.type === 'text-delta') controller.abort(new Error('stopped'))
      }
      expect(endOf(events)).toEqual({
        type: 'turn-end',
        status: 'aborted',
        finishReason: 'aborted',
        usage: {},
      })
      expect(made.turn.state.message).toMatchObject({
        parts: [startPart, { type: 'text', text: 'half' }],
        outcome: { status: 'aborted' },
      })
      expect(model.asked).toHaveLength(1)
    },
  )

  it('while it waits to try again ends as aborted at once', async () => {
    const controller = new AbortController()
    const services = testServices({
      wait: async (_ms, signal) => {
        controller.abort()
        signal?.throwIfAborted()
      },
    })
    const made = makeTurn([{ fails: apiError(500) }, says('ok')], {}, { services, signal: controller.signal })
    expect(endOf(await runToEnd(made))?.status).toBe('aborted')
    expect(made.model.asked).toHaveLength(1)
  })

  it('before it begins asks nobody', async () => {
    const made = makeTurn([says('x')], {}, { signal: AbortSignal.abort() })
    expect(await runToEnd(made)).toEqual([
      { type: 'turn-end', status: 'aborted', finishReason: 'aborted', usage: {} },
    ])
    expect(made.model.asked).toEqual([])
  })
})
