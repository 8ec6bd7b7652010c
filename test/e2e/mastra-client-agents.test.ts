import type { StructuredOutputOptions } from '@mastra/client-js'
import { createTool } from '@mastra/client-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { say } from '../fixtures/openai/index.ts'
import { messagesOf, newId } from './client.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'
import {
  chunksOf,
  openMastra,
  payloadOf,
  refusal,
  requestContextOf,
  textOf,
  typesOf,
} from './mastra-client.ts'

type Mastra = ReturnType<typeof openMastra>
type Agent = ReturnType<Mastra['getAgent']>
type ClientTools = NonNullable<NonNullable<Parameters<Agent['stream']>[1]>['clientTools']>

let world: World
let mastra: Mastra
beforeAll(async () => {
  world = await openWorld()
  mastra = openMastra(world)
})
afterAll(() => world.close())

const locate = createTool({
  id: 'locate',
  description: 'Where the page is',
  inputSchema: z.object({ precise: z.boolean() }),
  execute: async ({ precise }: { precise: boolean }) => ({ city: precise ? 'Bern, Bundesplatz' : 'Bern' }),
})

interface Town {
  city: string
  people: number
}

const structuredOutput: StructuredOutputOptions<Town> = {
  schema: z.object({ city: z.string(), people: z.number() }),
}

const clientTools: ClientTools = { locate }

/** One message in a list: without a thread that client sends a list again with its tools' results, but no text. */
function asked(content: string): Parameters<Agent['stream']>[0] {
  return [{ role: 'user', content }]
}

function memoryOf(thread: string | false): { memory?: { thread: string; resource: string } } {
  return thread === false ? {} : { memory: { thread, resource: 'ada' } }
}

const callLocate = {
  type: 'reply' as const,
  toolCalls: [{ id: 'l1', name: 'locate', input: { precise: true } }],
}

describe('generate', () => {
  it('answers on a thread with what the client knows of a result', async () => {
    const thread = newId('t')
    world.stage.play(
      thread,
      { type: 'reply', toolCalls: [{ id: 'c1', name: 'lookUp', input: { amount: 4 } }] },
      say('It is ', 'four.'),
    )
    const result = await mastra.getAgent('clerk').generate(`look up #${thread}`, {
      memory: { thread, resource: 'ada' },
      requestContext: requestContextOf(world),
    })
    expect(result).toMatchObject({
      text: 'It is four.',
      finishReason: 'stop',
      steps: [{ finishReason: 'tool-calls' }, { finishReason: 'stop', text: 'It is four.' }],
      toolCalls: [
        { type: 'tool-call', payload: { toolCallId: 'c1', toolName: 'lookUp', args: { amount: 4 } } },
      ],
      toolResults: [
        { type: 'tool-result', payload: { toolCallId: 'c1', result: { receipt: expect.anything() } } },
      ],
      response: { dbMessages: [{ role: 'assistant', threadId: thread, resourceId: 'ada' }] },
      messages: [{ role: 'user' }, { role: 'assistant' }],
    })
    expect((await messagesOf(world, thread)).map(({ role }) => role)).toEqual(['user', 'assistant'])
  })

  it('keeps the conversation, without a thread as the client brings it along', async () => {
    const tag = newId('t')
    const cues = world.stage.play(tag, say('Ada.'))
    const result = await mastra.getAgent('clerk').generate([
      { role: 'user', content: 'I am Ada' },
      { role: 'assistant', content: 'Hello Ada' },
      { role: 'user', content: `Who am I? #${tag}` },
    ])
    expect(result.text).toBe('Ada.')
    expect(cues.items[0]?.request.body['messages']).toMatchObject([
      { role: 'developer' },
      { role: 'user', content: 'I am Ada' },
      { role: 'assistant', content: 'Hello Ada' },
      { role: 'user' },
    ])
  })

  it('takes what changes the agent for one turn', async () => {
    const tag = newId('t')
    const cues = world.stage.play(tag, say('fine'))
    await mastra.getAgent('clerk').generate(`#${tag}`, {
      instructions: 'Speak like a clerk.',
      system: 'It is Monday.',
      activeTools: ['lookUp'],
      toolChoice: 'none',
      modelSettings: { seed: 25, maxOutputTokens: 77 },
      memory: { thread: { id: tag }, resource: 'ada', options: { lastMessages: 1 } },
    })
    expect(cues.items[0]?.request.body).toMatchObject({
      messages: [{ role: 'developer', content: 'Speak like a clerk.\n\nIt is Monday.' }, { role: 'user' }],
      tools: [{ function: { name: 'lookUp' } }],
      tool_choice: 'none',
      seed: 25,
      max_completion_tokens: 77,
    })
  })

  it('gives an object that fits a schema', async () => {
    const tag = newId('t')
    world.stage.play(tag, say('{"city":"Bern",', '"people":7}'))
    const result = await mastra.getAgent('clerk').generate(`#${tag}`, { structuredOutput })
    expect(result.object).toEqual({ city: 'Bern', people: 7 })
  })

  it.each([
    ['on a thread', true],
    ['without one', false],
  ])('has the client run its own tools, one after the other, %s', async (_where, onThread) => {
    const tag = newId('t')
    const ask = { id: 'l2', name: 'locate', input: { precise: false } }
    const cues = world.stage.play(
      tag,
      { ...callLocate, toolCalls: [...callLocate.toolCalls, ask] },
      say('You are in Bern.'),
    )
    const result = await mastra.getAgent('clerk').generate(asked(`where #${tag}`), {
      clientTools,
      ...memoryOf(onThread && tag),
    })
    expect(result.text).toBe('You are in Bern.')
    expect(cues.items[0]?.request.body['tools']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ function: expect.objectContaining({ name: 'locate' }) }),
      ]),
    )
    expect(cues.items[1]?.results.map(({ output }) => JSON.parse(output))).toEqual([
      { city: 'Bern, Bundesplatz' },
      { city: 'Bern' },
    ])
    if (onThread)
      expect((await messagesOf(world, tag)).map(({ role }) => role)).toEqual(['user', 'assistant'])
  })
})

describe('stream', () => {
  it.each([
    ['on a thread', true],
    ['without one', false],
  ])('says a turn with tools in the chunks that the client reads, %s', async (_where, onThread) => {
    const tag = newId('t')
    world.stage.play(
      tag,
      {
        type: 'reply',
        text: 'Let me see. ',
        toolCalls: [{ id: 'c1', name: 'lookUp', input: { amount: 4 } }],
      },
      say('It is ', 'four.'),
    )
    const response = await mastra.getAgent('clerk').stream(`look up #${tag}`, {
      requestContext: requestContextOf(world),
      ...memoryOf(onThread && tag),
    })
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const chunks = await chunksOf(response)
    expect(typesOf(chunks)).toEqual([
      'start',
      'step-start',
      'text-start',
      'text-delta',
      'tool-call-input-streaming-start',
      'tool-call-delta',
      'text-end',
      'tool-call-input-streaming-end',
      'tool-call',
      'tool-result',
      'step-finish',
      'step-start',
      'text-start',
      'text-delta',
      'text-end',
      'step-finish',
      'finish',
    ])
    expect(textOf(chunks)).toBe('Let me see. It is four.')
    expect(new Set(chunks.map(({ runId }) => runId)).size).toBe(1)
    expect(payloadOf(chunks, 'finish')).toMatchObject({ stepResult: { reason: 'stop', isContinued: false } })
  })

  it('gives a structured answer in parts, each more than the last, and whole', async () => {
    const tag = newId('t')
    world.stage.play(tag, { ...say('{"city":', '"Bern",', '"people":7}'), delayMs: 5 })
    const response = await mastra.getAgent('clerk').stream(`#${tag}`, { structuredOutput })
    const chunks = await chunksOf(response)
    const partial = chunks.filter(({ type }) => type === 'object').map(({ object }) => object)
    expect(partial.length).toBeGreaterThan(1)
    expect(partial.at(-1)).toEqual({ city: 'Bern', people: 7 })
    expect(chunks.at(-1)).toMatchObject({ type: 'object-result', object: { city: 'Bern', people: 7 } })
  })

  it.each([
    ['on a thread', true],
    ['without one', false],
  ])('goes on in the same stream once the client has run its own tools, %s', async (_where, onThread) => {
    const tag = newId('t')
    const cues = world.stage.play(tag, callLocate, say('You are in Bern.'))
    const response = await mastra.getAgent('clerk').stream(asked(`where #${tag}`), {
      clientTools,
      ...memoryOf(onThread && tag),
    })
    const chunks = await chunksOf(response)
    expect(typesOf(chunks)).toEqual([
      'start',
      'step-start',
      'tool-call-input-streaming-start',
      'tool-call-delta',
      'tool-call-input-streaming-end',
      'tool-call',
      'step-finish',
      'finish',
      'tool-result',
      'start',
      'step-start',
      'text-start',
      'text-delta',
      'text-end',
      'step-finish',
      'finish',
    ])
    expect(textOf(chunks)).toBe('You are in Bern.')
    expect(payloadOf(chunks, 'tool-result')).toMatchObject({ result: { city: 'Bern, Bundesplatz' } })
    expect(cues.items[1]?.results).toMatchObject([{ callId: 'l1' }])
    if (onThread)
      expect((await messagesOf(world, tag)).map(({ role }) => role)).toEqual(['user', 'assistant'])
  })

  it.each([
    ['on a thread', true],
    ['without one', false],
  ])('goes on with the tools that it was asked with after the server died, %s', async (_where, onThread) => {
    const tag = newId('t')
    const cues = world.stage.play(tag, callLocate, say('You are in Bern.'))
    // That client runs its tools before it has read the stream to its end: only then the server dies.
    const read = Promise.withResolvers<void>()
    const client = openMastra(world, {
      fetch: async (input, init) => {
        const response = await fetch(input, init)
        const end = new TransformStream({ flush: () => read.resolve() })
        return new Response(response.body?.pipeThrough(end), response)
      },
    })
    const fatal = createTool({
      id: 'locate',
      description: 'Where the page is',
      inputSchema: z.object({ precise: z.boolean() }),
      execute: async () => {
        await read.promise
        await world.kill()
        await world.restart()
        return { city: 'Bern' }
      },
    })
    const response = await client.getAgent('clerk').stream(asked(`where #${tag}`), {
      clientTools: { locate: fatal },
      instructions: 'Speak like a guide.',
      ...memoryOf(onThread && tag),
    })
    expect(textOf(await chunksOf(response))).toBe('You are in Bern.')
    const [before, after] = cues.items.map(({ request }) => request.body)
    expect(after?.['tools']).toEqual(before?.['tools'])
    expect(JSON.stringify(after?.['tools'])).toContain('"locate"')
    expect(JSON.stringify(after?.['messages'])).toContain('Speak like a guide.')
  })

  it('tells of a model that fails in the stream, once', async () => {
    const tag = newId('t')
    const error = { message: 'no', type: 'invalid_request_error', param: null, code: null }
    const cues = world.stage.play(tag, { type: 'http-error', status: 400, error })
    const chunks = await chunksOf(await mastra.getAgent('clerk').stream(`#${tag}`))
    expect(chunks.at(-1)).toMatchObject({ type: 'error', payload: { error: { code: 'model_failed' } } })
    expect(cues.items).toHaveLength(1)
  })
})

describe('what is refused', () => {
  it('a turn that failed: with a status that the client does not repeat', async () => {
    const tag = newId('t')
    const error = { message: 'no', type: 'invalid_request_error', param: null, code: null }
    const cues = world.stage.play(tag, { type: 'http-error', status: 400, error })
    for (const memory of [{}, { memory: { thread: tag, resource: 'ada' } }]) {
      expect(await refusal(mastra.getAgent('clerk').generate(`#${tag}`, memory))).toMatchObject({
        status: 424,
        body: { error: "The model's provider answered 400: no", code: 'model_failed' },
      })
    }
    expect(cues.items).toHaveLength(2)
  })

  it('an agent that is not there', async () => {
    expect(await refusal(mastra.getAgent('nobody').generate('hi'))).toEqual({
      status: 404,
      body: { error: 'Agent with id nobody not found', code: 'agent_not_found' },
    })
    expect(await refusal(mastra.getAgent('nobody').stream('hi'))).toMatchObject({ status: 404 })
    expect(await refusal(mastra.getAgent('nobody').details())).toMatchObject({ status: 404 })
  })

  it.each([
    ['runId', { runId: 'mine' }],
    ['model', { model: 'openai/gpt-9' }],
    ['scorers', { scorers: {} }],
    [
      'memory.options.semanticRecall.topK',
      { memory: { thread: 't', resource: 'r', options: { semanticRecall: { topK: 0, messageRange: 1 } } } },
    ],
    [
      'memory.options.observationalMemory',
      { memory: { thread: 't', resource: 'r', options: { observationalMemory: true } } },
    ],
    ['modelSettings', { modelSettings: { headers: { authorization: 'no' } } }],
    ['maxSteps', { maxSteps: 0 }],
  ])('%s, by its name', async (field, options) => {
    const before = world.model.requests.length
    expect(await refusal(mastra.getAgent('clerk').generate('hi', options))).toMatchObject({
      status: 400,
      body: { error: 'Invalid request body', code: 'invalid_request', issues: [{ field }] },
    })
    expect(world.model.requests).toHaveLength(before)
  })

  it('results that nobody waits for', async () => {
    const result = { type: 'tool-result' as const, toolCallId: 'x', toolName: 'locate', result: 1 }
    const messages = [{ role: 'tool', content: [result] }]
    for (const memory of [undefined, { thread: newId('t'), resource: 'r' }]) {
      const asked = mastra.getAgent('clerk').generate(messages as never, { ...(memory && { memory }) })
      expect(await refusal(asked)).toMatchObject({ status: 409, body: { code: 'run_not_suspended' } })
    }
  })
})
