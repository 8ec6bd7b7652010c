import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as google from '../../test/fixtures/google/index.ts'
import { modelOf } from '../../test/fixtures/google/trace.ts'
import * as openai from '../../test/fixtures/openai/index.ts'
import { recordTelemetry } from '../../test/fixtures/recording-tracer.ts'
import { endOf, makeTurn, runToEnd, toolOf } from '../../test/fixtures/turns.ts'
import type { AgentSettings, TestTurn } from '../../test/fixtures/turns.ts'
import { openaiResponses } from '../models/providers.ts'
import type { TurnEvent } from '../protocol/event.ts'

let gpt: openai.OpenAIServer
let gemini: google.GoogleServer
beforeEach(async () => {
  gpt = await openai.startOpenAIServer()
  gemini = await google.startGoogleServer()
})
afterEach(async () => {
  await gpt.close()
  await gemini.close()
})

/** OpenAI, tried twice, and behind it Gemini. */
function makeBoth(agent: AgentSettings = {}, telemetry = recordTelemetry()): TestTurn {
  const model = openaiResponses('gpt-x', { baseURL: `${gpt.url}/v1`, apiKey: 'test-key-not-secret' })
  const fallbacks = [{ model: modelOf(gemini), maxRetries: 0 }]
  const services = { telemetry: telemetry.telemetry }
  return makeTurn([], { model, maxRetries: 1, fallbacks, ...agent }, { services })
}

function starts(events: readonly TurnEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'step-start' ? [event.model] : []))
}

function textOf({ turn }: TestTurn): string {
  return turn.state.message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
}

const [OPENAI, GEMINI] = ['openai/gpt-x', 'google/gemini-3.8-flash']

describe('OpenAI with Gemini behind it', () => {
  it.each([
    ['answers 500', openai.serverError(), 2],
    ['has an empty account', openai.quotaExceeded(), 1],
    ['refuses the key', openai.unauthorized(), 1],
    ['hangs up', { type: 'hang-up' }, 2],
    ['finds the conversation too long', openai.badRequest('No.', undefined, 'context_length_exceeded'), 1],
  ] as [string, openai.Answer, number][])('goes on there when OpenAI %s', async (_what, answer, tries) => {
    const telemetry = recordTelemetry()
    gpt.script(answer, answer)
    gemini.script(google.say('Hello', ' there'))
    const made = makeBoth({}, telemetry)
    const events = await runToEnd(made)
    expect([endOf(events)?.status, starts(events), textOf(made)]).toEqual([
      'completed',
      [GEMINI],
      'Hello there',
    ])
    expect([gpt.requests.length, gemini.requests.length]).toEqual([tries, 1])
    const chats = telemetry.spans.filter(({ name }) => name.startsWith('chat'))
    expect(chats.map(({ name, error }) => [name, error !== undefined])).toEqual([
      ...Array.from({ length: tries }, () => ['chat gpt-x', true]),
      ['chat gemini-3.8-flash', false],
    ])
  })

  it('takes back what OpenAI had said when its stream was cut', async () => {
    const cut: openai.Reply = { ...openai.say('lost', 'never'), fault: { type: 'cut', after: 1 } }
    gpt.script(cut, cut)
    gemini.script(google.say('kept'))
    const made = makeBoth()
    expect(starts(await runToEnd(made))).toEqual([OPENAI, OPENAI, GEMINI])
    expect(textOf(made)).toBe('kept')
  })

  it('is not asked for a request that is wrong anywhere', async () => {
    gpt.script(openai.badRequest('Missing required parameter.', 'input', 'missing_required_parameter'))
    expect(endOf(await runToEnd(makeBoth()))?.error?.code).toBe('model_failed')
    expect(gemini.requests).toEqual([])
  })

  it('takes up a turn in the middle, with the calls that OpenAI made', async () => {
    gpt.script(
      { type: 'reply', reasoning: ['hm'], text: 'Let me look.', toolCalls: [{ name: 'look', input: {} }] },
      openai.unauthorized(),
    )
    gemini.script(
      { type: 'reply', parts: [google.call('look', { again: true }, { signature: true })] },
      google.say('ok'),
    )
    const made = makeBoth({ tools: { look: toolOf(() => 'found') } })
    expect(starts(await runToEnd(made))).toEqual([OPENAI, GEMINI, GEMINI])
    expect(google.toolOutputs(gemini.requests[1] ?? { body: {} }).map(({ output }) => output)).toEqual([
      'found',
      'found',
    ])
    // OpenAI's call has no signature, so Gemini is told not to look; its own comes back.
    expect(gemini.requests[1]?.signatures.map(({ type }) => type)).toEqual(['skipped', 'kept'])
  })

  it('comes back to OpenAI, which takes what Gemini has signed', async () => {
    gpt.script(openai.unauthorized(), openai.say('done'))
    const parts = [google.thought('hm', true), google.text('a'), google.text('', true)]
    gemini.script(
      {
        type: 'reply',
        parts: [...parts, google.call('look', {}, { signature: true }), google.text('', true)],
      },
      google.invalidKey(),
    )
    const made = makeBoth({ tools: { look: toolOf(() => 'found') } })
    const events = await runToEnd(made)
    expect([endOf(events)?.status, starts(events)]).toEqual(['completed', [GEMINI, OPENAI]])
  })

  it("waits out Gemini's pause when both are busy, as its body says it", async () => {
    gpt.script(openai.unauthorized())
    gemini.script(google.rateLimited({ seconds: 3.5 }), google.say('ok'))
    const made = makeBoth({ fallbacks: [{ model: modelOf(gemini), maxRetries: 1 }] })
    expect(endOf(await runToEnd(made))?.status).toBe('completed')
    expect(made.services.waits).toEqual([3500])
  })
})

describe('Gemini alone', () => {
  it.each([
    ['cut', { type: 'cut', after: 1 }],
    ['early-end', { type: 'early-end', after: 1 }],
    ['malformed', { type: 'malformed', after: 1 }],
    ['error', { type: 'error', after: 1 }],
    ['cut before any word', { type: 'cut', after: 'headers' }],
    ['error before any word', { type: 'error', after: 0 }],
    ['silence', { type: 'silence', after: 1 }],
  ] as [string, google.Reply['fault'] & {}][])('is tried again after a fault: %s', async (_what, fault) => {
    gemini.script({ ...google.say('lost', 'never'), fault }, google.say('kept'))
    const made = makeTurn([], { model: modelOf(gemini), maxRetries: 1, timeouts: { chunkMs: 2000 } })
    expect(endOf(await runToEnd(made))?.status).toBe('completed')
    expect([textOf(made), gemini.requests.length]).toEqual(['kept', 2])
  })

  it("is not tried again when the day's quota is used up", async () => {
    gemini.script(google.quotaExceeded(), google.say('never'))
    const made = makeTurn([], { model: modelOf(gemini), maxRetries: 1 })
    expect(endOf(await runToEnd(made))?.error?.code).toBe('model_failed')
    expect(gemini.requests).toHaveLength(1)
  })
})
