import type {
  LanguageModelV4CallOptions,
  LanguageModelV4Prompt,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createOfflineModel } from './model.ts'

const model = createOfflineModel()

const user = (text: string): LanguageModelV4Prompt[number] => ({
  role: 'user',
  content: [{ type: 'text', text }],
})
const ask = (text: string, more: Partial<LanguageModelV4CallOptions> = {}): LanguageModelV4CallOptions => ({
  prompt: [user(text)],
  ...more,
})
const toolOf = (
  name: string,
  description: string,
  properties: Record<string, { type: 'string' | 'number' }>,
) => ({
  type: 'function' as const,
  name,
  description,
  inputSchema: { type: 'object' as const, properties, required: Object.keys(properties) },
})
const weather = toolOf('getWeather', 'Get the weather for a city', { city: { type: 'string' } })
const dice = toolOf('rollDice', 'Roll a die', { sides: { type: 'number' } })

async function collect(
  stream: ReadableStream<LanguageModelV4StreamPart>,
): Promise<LanguageModelV4StreamPart[]> {
  const parts: LanguageModelV4StreamPart[] = []
  for await (const part of stream) parts.push(part)
  return parts
}

async function textOf(options: LanguageModelV4CallOptions): Promise<string> {
  const { content } = await model.doGenerate(options)
  return content.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join('')
}

describe('createOfflineModel', () => {
  it('streams a text word by word between start and end', async () => {
    const { stream } = await model.doStream(ask('hello'))
    const text = 'Hello! What can I do for you?'
    expect(await collect(stream)).toEqual([
      { type: 'stream-start', warnings: [] },
      { type: 'response-metadata', id: expect.any(String), modelId: 'offline' },
      { type: 'text-start', id: 'text-1' },
      ...text.match(/\s*\S+/g)!.map((delta) => ({ type: 'text-delta', id: 'text-1', delta })),
      { type: 'text-end', id: 'text-1' },
      {
        type: 'finish',
        finishReason: { unified: 'stop', raw: 'stop' },
        usage: {
          inputTokens: {
            total: expect.any(Number),
            noCache: expect.any(Number),
            cacheRead: undefined,
            cacheWrite: undefined,
          },
          outputTokens: {
            total: Math.ceil(text.length / 4),
            text: Math.ceil(text.length / 4),
            reasoning: undefined,
          },
        },
      },
    ])
  })

  it('streams a tool call as pieces of its input, then whole', async () => {
    const { stream } = await model.doStream(ask('weather in San Francisco please', { tools: [weather] }))
    const parts = await collect(stream)
    const input = '{"city":"San Francisco"}'
    const pieces = parts.flatMap((part) => (part.type === 'tool-input-delta' ? [part.delta] : []))
    expect(pieces.join('')).toBe(input)
    expect(pieces.length).toBeGreaterThan(1)
    expect(parts.find((part) => part.type === 'tool-call')).toMatchObject({ toolName: 'getWeather', input })
    expect(parts.at(-1)).toMatchObject({ type: 'finish', finishReason: { unified: 'tool-calls' } })
  })

  it('generates what it streams, the same each time', async () => {
    for (const options of [
      ask('hello'),
      ask('weather in Rome and roll 20 sides', { tools: [weather, dice] }),
    ]) {
      const one = await model.doGenerate(options)
      const two = await createOfflineModel().doGenerate(options)
      const parts = await collect((await model.doStream(options)).stream)
      expect(one).toEqual(two)
      expect(parts.at(-1)).toMatchObject({ usage: one.usage, finishReason: one.finishReason })
    }
  })

  it('keeps the text whole, spaces and lines included', async () => {
    const options = ask('what can you do?', { tools: [weather, dice] })
    const parts = await collect((await model.doStream(options)).stream)
    const streamed = parts.map((part) => (part.type === 'text-delta' ? part.delta : '')).join('')
    expect(streamed).toBe(await textOf(options))
    expect(streamed).toContain('\n- **Roll dice**: Roll a die')
  })

  it('gives each call of a conversation an id of its own', async () => {
    const tools = [weather]
    const first = await model.doGenerate(ask('weather in Rome and Paris', { tools }))
    const calls = first.content.flatMap((part) => (part.type === 'tool-call' ? [part] : []))
    const prompt: LanguageModelV4Prompt = [
      user('weather in Rome and Paris'),
      {
        role: 'assistant',
        content: calls.map((call) => ({ ...call, input: JSON.parse(call.input) as unknown })),
      },
      {
        role: 'tool',
        content: calls.map(({ toolCallId, toolName }) => ({
          type: 'tool-result',
          toolCallId,
          toolName,
          output: { type: 'json', value: { conditions: 'sunny' } },
        })),
      },
      user('weather in Rome and Paris'),
    ]
    const second = await model.doGenerate({ prompt, tools })
    const ids = [...calls, ...second.content].map((part) =>
      part.type === 'tool-call' ? part.toolCallId : '',
    )
    expect(new Set(ids).size).toBe(4)
  })
})

const names = async (options: LanguageModelV4CallOptions) =>
  (await model.doGenerate(options)).content.map((part) =>
    part.type === 'tool-call' ? part.toolName : part.type,
  )

describe('tool choice', () => {
  const tools = [weather, dice]
  it('calls none when told so', async () => {
    expect(await names(ask('weather in Rome', { tools, toolChoice: { type: 'none' } }))).toEqual(['text'])
  })

  it('calls the named tool whatever the request says', async () => {
    expect(await names(ask('hello', { tools, toolChoice: { type: 'tool', toolName: 'rollDice' } }))).toEqual([
      'rollDice',
    ])
  })

  it('calls some tool when one is required', async () => {
    expect(await names(ask('hello', { tools, toolChoice: { type: 'required' } }))).toEqual(['getWeather'])
    expect(await names(ask('roll with 6 sides', { tools, toolChoice: { type: 'required' } }))).toEqual([
      'rollDice',
    ])
  })

  it('warns of tools that only a provider could run', async () => {
    const { warnings } = await model.doGenerate(
      ask('hi', { tools: [{ type: 'provider', id: 'x.search', name: 'search', args: {} }] }),
    )
    expect(warnings).toEqual([{ type: 'unsupported', feature: 'provider tool x.search' }])
  })
})

describe('any prompt', () => {
  it('gets an answer, the same each time', async () => {
    const name = fc.stringMatching(/^[a-zA-Z_]{1,16}$/)
    const anyTool = fc.record({ name, description: fc.string({ maxLength: 30 }), parameter: name })
    const anyText = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc
        .array(fc.constantFrom('get', 'weather', 'in', 'Rome', '#5', 'it', '"a"', 'and', '$3k', '?'))
        .map((words) => words.join(' ')),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyTool, { maxLength: 4 }),
        fc.array(anyText, { minLength: 1, maxLength: 4 }),
        async (all, texts) => {
          const tools = all.map((one) =>
            toolOf(one.name, one.description, { [one.parameter]: { type: 'string' } }),
          )
          const options = { prompt: texts.map(user), tools }
          const one = await model.doGenerate(options)
          expect(one).toEqual(await model.doGenerate(options))
          expect(one.content.length).toBeGreaterThan(0)
        },
      ),
      { numRuns: 150 },
    )
  })
})

it('answers beside a file, whose bytes it does not read', async () => {
  const file = {
    type: 'file' as const,
    mediaType: 'image/png',
    data: { type: 'data' as const, data: new Uint8Array(2e6) },
  }
  const prompt: LanguageModelV4Prompt = [
    { role: 'user', content: [file, { type: 'text', text: 'weather in Rome' }] },
  ]
  const { content, usage } = await model.doGenerate({ prompt, tools: [weather] })
  expect(content).toMatchObject([{ type: 'tool-call', input: '{"city":"Rome"}' }])
  expect(usage.inputTokens.total).toBeLessThan(200)
})

describe('a long text', () => {
  it.each(['1 + ', 'aaaaaaaa', 'A-', '(((', 'word, word and '])(
    'made of "%s" is answered soon and passed on whole',
    async (unit) => {
      const text = unit.repeat(50_000 / unit.length)
      const tools = [
        toolOf('summarize', 'Summarize a text', { text: { type: 'string' }, orderId: { type: 'string' } }),
      ]
      // Its own time alone, whatever else the machine does meanwhile.
      const start = process.cpuUsage()
      const { content } = await model.doGenerate(ask(`Summarize: ${text}`, { tools }))
      expect(process.cpuUsage(start).user / 1000).toBeLessThan(1500)
      expect(content[0]).toMatchObject({ input: expect.stringContaining(text.trim()) })
    },
  )
})

describe('JSON', () => {
  it('is filled from the text and valid for the schema', async () => {
    const schema = {
      type: 'object' as const,
      properties: {
        city: { type: 'string' as const },
        guests: { type: 'integer' as const, minimum: 1 },
        mood: { enum: ['happy', 'sad'] },
      },
      required: ['city', 'guests', 'mood'],
    }
    const text = await textOf(
      ask('We are 4 guests in Rome and rather sad', { responseFormat: { type: 'json', schema } }),
    )
    expect(JSON.parse(text)).toEqual({ city: 'Rome', guests: 4, mood: 'sad' })
  })

  it('is filled from results after the tools have run', async () => {
    const schema = {
      type: 'object' as const,
      properties: { conditions: { type: 'string' as const } },
      required: ['conditions'],
    }
    const options = { tools: [weather], responseFormat: { type: 'json' as const, schema } }
    expect(await textOf(ask('weather in Rome', options))).toBe('[tool-call]')
    const prompt: LanguageModelV4Prompt = [
      user('weather in Rome'),
      {
        role: 'assistant',
        content: [{ type: 'tool-call', toolCallId: 'a', toolName: 'getWeather', input: { city: 'Rome' } }],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: 'a',
            toolName: 'getWeather',
            output: { type: 'json', value: { conditions: 'sunny' } },
          },
        ],
      },
    ]
    expect(await textOf({ prompt, ...options })).toBe('{"conditions":"sunny"}')
  })

  it('is an object with the answer when there is no schema', async () => {
    expect(await textOf(ask('hello', { responseFormat: { type: 'json' } }))).toBe(
      '{"answer":"Hello! What can I do for you?"}',
    )
  })
})

describe('aborting', () => {
  const reason = new Error('stop')

  it('rejects when the signal is aborted before', async () => {
    const options = ask('hello', { abortSignal: AbortSignal.abort(reason) })
    await expect(Promise.resolve(model.doGenerate(options))).rejects.toBe(reason)
    const { stream } = await model.doStream(options)
    await expect(collect(stream)).rejects.toBe(reason)
  })

  it('errors the stream between deltas, also in the middle of a wait', async () => {
    const abort = new AbortController()
    const slow = createOfflineModel({ delayMs: 5 })
    const { stream } = await slow.doStream(ask('what are you?', { abortSignal: abort.signal }))
    const reader = stream.getReader()
    for (let count = 0; count < 5; count++) await reader.read()
    const next = reader.read()
    abort.abort(reason)
    await expect(next).rejects.toBe(reason)
  })

  it('stops when the reader leaves', async () => {
    const slow = createOfflineModel({ delayMs: 10_000 })
    const reader = (await slow.doStream(ask('hello'))).stream.getReader()
    const next = reader.read()
    await reader.cancel()
    expect(await next).toEqual({ done: true, value: undefined })
  })

  it('paces deltas', async () => {
    const start = performance.now()
    await collect((await createOfflineModel({ delayMs: 4 }).doStream(ask('hello'))).stream)
    expect(performance.now() - start).toBeGreaterThan(30)
  })
})
