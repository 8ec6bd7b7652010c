import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer, Api, Fault } from '../fixtures/openai/index.ts'
import {
  badRequest,
  deadUrl,
  holdBefore,
  httpError,
  quotaExceeded,
  rateLimited,
  say,
  serverError,
} from '../fixtures/openai/index.ts'
import type { Chunk } from './client.ts'
import { chat, collect, errorOf, generate, messagesOf, newId, readChunks } from './client.ts'
import type { Journal } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'
import type { Cue, Line } from './stage.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const APIS = ['chat', 'responses'] as const satisfies readonly Api[]
type TestedApi = (typeof APIS)[number]

/** What a model that failed once says then. */
const FINE = say('All ', 'is fine.')

describe.concurrent.each(APIS)('an answer over %s', (api) => {
  it('brings its tool calls in pieces, and its usage', async () => {
    const toolCalls = [
      { id: 'c1', name: 'charge', input: { amount: 12.5 }, pieceSize: 3 },
      { id: 'l1', name: 'lookUp', input: { amount: 7 }, pieceSize: 4 },
    ]
    const usage = { input: 11, output: 7, cached: 3, reasoning: 2 }
    const { chunks, stored, cues } = await turn(
      api,
      { type: 'reply', text: 'Look', toolCalls, usage },
      { ...FINE, usage },
    )

    expect(inputTexts(chunks)).toEqual({ c1: '{"amount":12.5}', l1: '{"amount":7}' })
    expect(types(chunks).filter((type) => type === 'tool-input-delta').length).toBeGreaterThan(4)
    const calls = stored[1]?.parts.filter(({ type }) => type === 'tool')
    expect(calls).toMatchObject([
      { toolCallId: 'c1', input: { amount: 12.5 }, state: 'done', output: { receipt: 'charge c1' } },
      { toolCallId: 'l1', input: { amount: 7 }, state: 'done', output: { receipt: 'lookUp l1' } },
    ])
    expect(stored[1]?.outcome).toEqual({
      status: 'completed',
      finishReason: 'stop',
      usage: { inputTokens: 22, outputTokens: 14, totalTokens: 36, reasoningTokens: 4, cachedInputTokens: 6 },
    })
    expect(cues.items.map(({ results }) => results)).toEqual([
      [],
      [
        { callId: 'c1', output: '{"receipt":"charge c1"}' },
        { callId: 'l1', output: '{"receipt":"lookUp l1"}' },
      ],
    ])
  })

  it.each([
    ['length', { finishReason: 'length' }],
    ['content-filter', { finishReason: 'content-filter' }],
  ] as const)('says that it ended by %s', async (finishReason, more) => {
    const { chunks, stored } = await turn(api, { ...FINE, ...more })
    expect(chunks.at(-2)).toEqual({ type: 'finish', finishReason })
    expect(stored[1]?.outcome).toMatchObject({ status: 'completed', finishReason })
  })

  it('sends arguments that are no JSON back to the model, which may mend them', async () => {
    const { stored, cues } = await turn(
      api,
      charge('c1', '{"amount": 1'),
      charge('c2', { amount: 'much' }),
      FINE,
    )
    expect(stored[1]?.parts.filter(({ type }) => type === 'tool')).toMatchObject([
      { input: '{"amount": 1', state: 'failed', error: { code: 'tool_input_invalid' } },
      { input: { amount: 'much' }, state: 'failed', error: { code: 'tool_input_invalid' } },
    ])
    expect(cues.items.at(-1)?.results.map(({ output }) => output)).toEqual([
      expect.stringContaining('not JSON'),
      expect.stringContaining('amount'),
    ])
    expect(stored[1]?.outcome).toMatchObject({ status: 'completed' })
  })
})

/** What goes wrong before the model has said a word. */
const SILENT_FAULTS: [what: string, answer: Answer][] = [
  ['an answer of 500', serverError()],
  ['an answer of 503', serverError(503)],
  ['an answer of 408', httpError(408, { message: 'Too slow' })],
  ['a socket closed without a byte', { type: 'hang-up' }],
  ['a cut after the headers', { ...FINE, fault: { type: 'cut', after: 'headers' } }],
  ['an early end after the headers', { ...FINE, fault: { type: 'early-end', after: 'headers' } }],
]

describe.concurrent.each(APIS)('a failure that may pass, over %s', (api) => {
  it.each(SILENT_FAULTS)('%s, is tried again and never seen', async (_what, answer) => {
    const { chunks, stored, cues } = await turn(api, ({ tries }) => (tries === 0 ? answer : FINE))
    expect(types(chunks)).not.toContain('reset-step')
    expectFine(chunks, stored)
    expect(cues.items).toHaveLength(2)
  })

  const faults: [what: string, fault: Fault][] = [
    ['a cut', { type: 'cut', after: 2 }],
    ['a clean early end', { type: 'early-end', after: 2 }],
    ['a frame that is no JSON', { type: 'malformed', after: 2 }],
    ['an error within the stream', { type: 'error', after: 2 }],
    ['a flat error within the stream', { type: 'error', after: 2, event: 'error-flat' }],
    ['a response that failed', { type: 'error', after: 2, event: 'response.failed' }],
  ]
  it.each(faults)('%s after words, takes them back and says the answer once', async (_what, fault) => {
    const hold = holdBefore(2)
    const lost: Answer = { type: 'reply', text: ['Lost ', 'words', ' here'], gate: hold.gate, fault }
    const asked = await ask(api, ({ tries }) => (tries === 0 ? lost : FINE))
    const chunks = await hear(asked.response, (chunk) => {
      if (chunk.delta === 'words') hold.release()
    })

    const reset = types(chunks).indexOf('reset-step')
    expect(
      chunks
        .slice(0, reset)
        .filter(({ type }) => type === 'text-delta')
        .map(({ delta }) => delta),
    ).toEqual(['Lost ', 'words'])
    expect(types(chunks).filter((type) => type === 'reset-step')).toHaveLength(1)
    expectFine(chunks.slice(reset), await messagesOf(world, asked.thread))
    expect(asked.cues.items).toHaveLength(2)
  })

  it('a rate limit, is waited for as long as the provider asks', async () => {
    const { chunks, stored, cues } = await turn(api, ({ tries }) =>
      tries === 0 ? rateLimited({ ms: 1500 }) : FINE,
    )
    expectFine(chunks, stored)
    const [first, second] = cues.items
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1500)
    expect(cues.items).toHaveLength(2)
  })

  it('silence, is given up after the time that the agent sets', async () => {
    const quiet: Answer = { type: 'reply', text: ['Hm', '...'], fault: { type: 'silence', after: 1 } }
    const { chunks, stored, cues } = await turn(api, ({ tries }) => (tries === 0 ? quiet : FINE), {
      agent: 'impatient',
    })
    expect(types(chunks).filter((type) => type === 'reset-step')).toHaveLength(1)
    expectFine(chunks.slice(types(chunks).indexOf('reset-step')), stored)
    expect(await Promise.all(cues.items.map(({ request }) => request.closed))).toEqual([
      'aborted',
      'answered',
    ])
  })

  it('that does not pass, ends the turn when the tries are used up', async () => {
    const { chunks, stored, cues } = await turn(api, serverError())
    expect(chunks.slice(-2)).toEqual([
      { type: 'error', errorText: expect.stringMatching(/answered 500: .* \(after 3 tries\)$/) },
      { type: '[DONE]' },
    ])
    expect(stored.map(({ role }) => role)).toEqual(['user'])
    expect(cues.items).toHaveLength(3)
  })
})

/** What no second try can mend: the answer, and what is said of it. */
const FINAL_FAULTS: [what: string, answer: Answer, said: RegExp][] = [
  ['a wrong request', badRequest('Unknown parameter: x'), /answered 400: Unknown parameter: x$/],
  ['an empty account', quotaExceeded(), /answered 429: You exceeded your current quota/],
  ['an unknown model', httpError(404, { message: 'No such model' }), /answered 404: No such model$/],
]

describe.concurrent.each(APIS)('a failure that is final, over %s', (api) => {
  it.each(FINAL_FAULTS)('%s, is not tried again, and the question stays', async (_what, answer, said) => {
    const { response, thread, cues } = await ask(api, answer)
    const chunks = await collect(readChunks(response.body))
    expect(chunks.slice(1)).toEqual([
      { type: 'error', errorText: expect.stringMatching(said) },
      { type: '[DONE]' },
    ])
    expect(await messagesOf(world, thread)).toMatchObject([
      { role: 'user', parts: [{ type: 'text', text: `#${thread}` }] },
    ])
    expect(cues.items).toHaveLength(1)

    const whole = await generate(world, {
      thread,
      text: `again #${thread}`,
      agent: 'wired',
      context: { api },
    })
    const error = { code: 'model_failed', message: expect.stringMatching(said) }
    expect(await errorOf(whole)).toEqual({ status: 424, error })
    expect(cues.items).toHaveLength(2)
    expect((await messagesOf(world, thread)).map(({ role }) => role)).toEqual(['user', 'user'])
  })

  it('silence throughout, is 424 once its tries are used up', async () => {
    const thread = newId('t')
    const cues = world.stage.play(thread, { type: 'silence' })
    const response = await generate(world, {
      thread,
      text: `#${thread}`,
      agent: 'impatient',
      context: { api },
    })
    const message = 'The model said nothing for 2000 ms (after 2 tries)'
    expect(await errorOf(response)).toEqual({ status: 424, error: { code: 'step_timeout', message } })
    expect(cues.items).toHaveLength(2)
  })

  it('nobody listening, is said so once its tries are used up', async () => {
    const thread = newId('t')
    const context = { api, model: `${await deadUrl()}/v1` }
    const response = await generate(world, { thread, text: 'hello', agent: 'impatient', context })
    expect(await errorOf(response)).toEqual({
      status: 424,
      error: {
        code: 'model_failed',
        message: expect.stringMatching(/^The model failed: .* \(after 2 tries\)$/),
      },
    })
    expect((await messagesOf(world, thread)).map(({ role }) => role)).toEqual(['user'])
  })

  it('after a step that was finished, keeps what was said and done', async () => {
    const toolCalls = [{ id: 'c1', name: 'charge', input: { amount: 1 } }]
    const { chunks, stored } = await turn(
      api,
      { type: 'reply', text: 'I pay.', toolCalls },
      badRequest('No more'),
    )
    expect(chunks.slice(-2)).toMatchObject([{ type: 'error' }, { type: '[DONE]' }])
    expect(stored[1]?.parts).toMatchObject([
      { type: 'step-start' },
      { type: 'text', text: 'I pay.' },
      { type: 'tool', state: 'done' },
    ])
    expect(stored[1]?.outcome).toMatchObject({ status: 'failed', error: { code: 'model_failed' } })
  })
})

function charge(id: string, input: unknown): Answer {
  return { type: 'reply', toolCalls: [{ id, name: 'charge', input }] }
}

interface Turn {
  thread: string
  response: Response
  cues: Journal<Cue>
}

async function ask(api: TestedApi, ...script: (Line | { agent: string })[]): Promise<Turn> {
  const thread = newId('t')
  const { agent } = { agent: 'wired', ...script.find((item) => 'agent' in item) }
  const lines = script.filter((item): item is Line => !('agent' in item))
  const cues = world.stage.play(thread, ...lines)
  return {
    thread,
    cues,
    response: await chat(world, { thread, text: `#${thread}`, agent, context: { api } }),
  }
}

async function turn(api: TestedApi, ...script: (Line | { agent: string })[]) {
  const { thread, response, cues } = await ask(api, ...script)
  const chunks = await collect(readChunks(response.body))
  return { chunks, cues, stored: await messagesOf(world, thread) }
}

async function hear({ body }: Response, see: (chunk: Chunk) => void): Promise<Chunk[]> {
  const chunks: Chunk[] = []
  for await (const chunk of readChunks(body)) {
    chunks.push(chunk)
    see(chunk)
  }
  return chunks
}

function types(chunks: Chunk[]): string[] {
  return chunks.map(({ type }) => type)
}

function inputTexts(chunks: Chunk[]): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const { type, toolCallId, inputTextDelta } of chunks) {
    if (type === 'tool-input-delta')
      texts[String(toolCallId)] = (texts[String(toolCallId)] ?? '') + String(inputTextDelta)
  }
  return texts
}

/** The answer was said once, and stored as it was said. */
function expectFine(chunks: Chunk[], stored: { parts: unknown[]; outcome?: unknown }[]): void {
  const said = chunks.filter(({ type }) => type === 'text-delta').map(({ delta }) => delta)
  expect(said.join('')).toBe('All is fine.')
  expect(chunks.slice(-3)).toEqual([
    { type: 'finish-step' },
    { type: 'finish', finishReason: 'stop' },
    { type: '[DONE]' },
  ])
  expect(stored).toHaveLength(2)
  expect(stored[1]?.parts).toMatchObject([{ type: 'step-start' }, { type: 'text', text: 'All is fine.' }])
  expect(stored[1]?.outcome).toMatchObject({ status: 'completed', finishReason: 'stop' })
}
