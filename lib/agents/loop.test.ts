import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { testServices } from '../../test/fixtures/loop-services.ts'
import { calls, says, scriptedModel, toolCall, usageOf } from '../../test/fixtures/scripted-model.ts'
import { asked, askedPrompt, endOf, makeTurn, runToEnd, toolOf } from '../../test/fixtures/turns.ts'
import { applyEvent, startTurn } from '../log/fold.ts'
import type { TurnEvent } from '../protocol/event.ts'
import type { Message } from '../protocol/message.ts'
import { createTool } from '../tools/tool.ts'
import { hasToolCall, isStepCount } from './stop.ts'

const look = toolOf(({ at }) => ({ found: at }))
const usage = { inputTokens: 10, outputTokens: 5, totalTokens: 15 }

const call = (toolCallId: string, at: number) => ({
  type: 'tool-call',
  toolCallId,
  toolName: 'look',
  input: { at },
})

const result = (toolCallId: string, at: number) => ({
  role: 'tool',
  content: [
    { type: 'tool-result', toolCallId, toolName: 'look', output: { type: 'json', value: { found: at } } },
  ],
})

describe('a turn', () => {
  it('of one step says what the model says, and ends', async () => {
    const made = makeTurn([says('Hel', 'lo')])
    expect(await runToEnd(made)).toEqual([
      { type: 'step-start', step: 0, model: 'test/scripted' },
      { type: 'text-start', id: 'text-1' },
      { type: 'text-delta', id: 'text-1', delta: 'Hel' },
      { type: 'text-delta', id: 'text-1', delta: 'lo' },
      { type: 'text-end', id: 'text-1' },
      { type: 'step-end', step: 0, finishReason: 'stop', usage, isContinued: false },
      { type: 'turn-end', status: 'completed', finishReason: 'stop', usage },
    ])
    expect(made.model.asked.map(({ prompt }) => prompt)).toEqual([askedPrompt])
  })

  it('goes on with the results of its tools until the model calls none', async () => {
    const made = makeTurn(
      [
        { items: ['Let me see.', toolCall('look', { at: 1 }, 'c')] },
        calls(['look', { at: 2 }, 'd']),
        says('Done.'),
      ],
      { tools: { look }, instructions: 'Be exact.' },
    )
    const events = await runToEnd(made)
    expect(endOf(events)).toEqual({
      type: 'turn-end',
      status: 'completed',
      finishReason: 'stop',
      usage: { inputTokens: 30, outputTokens: 15, totalTokens: 45 },
    })
    const system = { role: 'system', content: 'Be exact.' }
    const first = [system, ...askedPrompt]
    const said = { type: 'text', text: 'Let me see.' }
    const second = [...first, { role: 'assistant', content: [said, call('c', 1)] }, result('c', 1)]
    const third = [...second, { role: 'assistant', content: [call('d', 2)] }, result('d', 2)]
    expect(made.model.asked.map(({ prompt }) => prompt)).toEqual([first, second, third])
  })

  it('shows the model what was said before', async () => {
    const before: Message[] = [
      { ...asked, id: 'a', parts: [{ type: 'text', text: 'earlier' }] },
      { id: 'b', role: 'assistant', createdAt: 0, parts: [{ type: 'text', text: 'answer' }] },
    ]
    const made = makeTurn([says('x')], {}, { history: before })
    await runToEnd(made)
    expect(made.model.asked[0]?.prompt).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'earlier' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'answer' }] },
      ...askedPrompt,
    ])
  })

  it('applies each event to its state before it is heard', async () => {
    const made = makeTurn([calls(['look', { at: 1 }]), says('x')], { tools: { look } })
    const state = startTurn('m', 0)
    for await (const event of made.events) {
      applyEvent(state, event)
      expect(made.turn.state).toEqual(state)
    }
  })

  it('hands the model its tools, its settings and its signal', async () => {
    const inputSchema = z.object({ city: z.string() })
    const weather = createTool({ id: 'w', description: 'Tells the weather', inputSchema, execute: () => 1 })
    const bare = createTool({ id: 'b', description: 'Takes nothing', execute: () => 1 })
    const settings = { temperature: 0.5, maxOutputTokens: 9, headers: { a: 'b' } }
    const made = makeTurn([says('x')], { tools: { weather, bare }, settings })
    await runToEnd(made)
    const [options] = made.model.asked
    expect(options).toMatchObject({ ...settings, toolChoice: { type: 'auto' } })
    expect(options?.abortSignal).toBeInstanceOf(AbortSignal)
    expect(options?.tools).toEqual([
      {
        type: 'function',
        name: 'weather',
        description: 'Tells the weather',
        inputSchema: expect.objectContaining({
          type: 'object',
          properties: { city: { type: 'string' } },
          required: ['city'],
        }),
      },
      {
        type: 'function',
        name: 'bare',
        description: 'Takes nothing',
        inputSchema: { type: 'object', properties: {} },
      },
    ])
  })

  it('asks a model without tools for nothing that needs them', async () => {
    const made = makeTurn([says('x')], { settings: { toolChoice: { type: 'required' } } })
    await runToEnd(made)
    expect(made.model.asked[0]).not.toHaveProperty('tools')
    expect(made.model.asked[0]).not.toHaveProperty('toolChoice')
  })

  it('leaves the tools of the provider to the provider', async () => {
    let ran = 0
    const search = toolOf(() => (ran += 1))
    const made = makeTurn(
      [
        {
          items: [
            { ...toolCall('search', { q: 1 }, 'p'), providerExecuted: true } as ReturnType<typeof toolCall>,
            { type: 'tool-result', toolCallId: 'p', toolName: 'search', result: ['hit'] },
            'Found.',
          ],
          finish: { unified: 'stop', raw: 'stop' },
        },
      ],
      { tools: { search } },
    )
    const events = await runToEnd(made)
    expect([ran, endOf(events)?.status, made.model.asked.length]).toEqual([0, 'completed', 1])
    expect(made.turn.state.message.parts[1]).toEqual({
      type: 'tool',
      toolCallId: 'p',
      toolName: 'search',
      input: { q: 1 },
      providerExecuted: true,
      state: 'done',
      output: ['hit'],
    })
  })

  it('adds up what the provider counted, and leaves out what it did not', async () => {
    const none = { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined }
    const unknown = {
      inputTokens: none,
      outputTokens: { total: undefined, text: undefined, reasoning: undefined },
    }
    const cached = {
      inputTokens: { total: 7, noCache: 3, cacheRead: 4, cacheWrite: undefined },
      outputTokens: { total: 2, text: 1, reasoning: 1 },
    }
    const script = [
      { ...calls(['look', { at: 1 }]), usage: usageOf(1, 1) },
      { ...calls(['look', { at: 2 }]), usage: unknown },
      { ...says('x'), usage: cached },
    ]
    const events = await runToEnd(makeTurn(script, { tools: { look } }))
    expect(endOf(events)?.usage).toStrictEqual({
      inputTokens: 8,
      outputTokens: 3,
      totalTokens: 11,
      reasoningTokens: 1,
      cachedInputTokens: 4,
    })
  })

  it('keeps what the provider says of its answer', async () => {
    const finish = {
      type: 'finish',
      usage: usageOf(1, 1),
      finishReason: { unified: 'stop', raw: 'stop' },
    } as const
    const script = [
      {
        items: [
          { type: 'response-metadata' as const, id: 'resp-1' },
          { ...finish, providerMetadata: { p: { tier: 'x' } } },
        ],
      },
    ]
    const ends = (await runToEnd(makeTurn(script))).filter(({ type }) => type === 'step-end')
    expect(ends).toMatchObject([{ responseId: 'resp-1', providerMetadata: { p: { tier: 'x' } } }])
  })
})

const callsForever = () => calls(['look', { at: 1 }])

async function stepsOf(agent: Parameters<typeof makeTurn>[1]): Promise<[number, number]> {
  const made = makeTurn(callsForever, { tools: { look }, ...agent })
  const events = await runToEnd(made)
  return [made.model.asked.length, events.filter(({ type }) => type === 'tool-result').length]
}

describe('the end of a turn', () => {
  it('comes after maxSteps steps, the tools of the last still run', async () => {
    expect(await stepsOf({ maxSteps: 3 })).toEqual([3, 3])
    expect(await stepsOf({ maxSteps: 1 })).toEqual([1, 1])
  })

  it('comes when any of its conditions says so, asked with all steps after their tools have answered', async () => {
    const heard: unknown[] = []
    const stopWhen = [
      async ({ steps }: { steps: unknown[] }) => {
        heard.push(structuredClone(steps.at(-1)))
        return false
      },
      isStepCount(2),
    ]
    expect(await stepsOf({ stopWhen })).toEqual([2, 2])
    const call = { toolCallId: 'call-1', toolName: 'look', input: { at: 1 } }
    expect(heard[0]).toEqual({
      model: 'test/scripted',
      text: '',
      reasoningText: '',
      toolCalls: [call],
      toolResults: [{ ...call, output: { found: 1 } }],
      finishReason: 'tool-calls',
      usage,
    })
    expect(await stepsOf({ stopWhen: [hasToolCall('look')] })).toEqual([1, 1])
    expect(await stepsOf({ stopWhen: [hasToolCall('find')], maxSteps: 2 })).toEqual([2, 2])
  })

  it('is a failure when a condition throws, or a tool cannot be described', async () => {
    const stopWhen = [
      () => {
        throw new Error('bad key sk-abcdef123456')
      },
    ]
    const events = await runToEnd(makeTurn(callsForever, { tools: { look }, stopWhen }))
    expect(endOf(events)).toMatchObject({
      status: 'failed',
      finishReason: 'error',
      error: { code: 'internal', message: 'The agent failed: bad key [redacted]' },
    })
    const odd = createTool({ id: 'odd', description: 'x', inputSchema: z.date(), execute: () => 1 })
    expect(endOf(await runToEnd(makeTurn([], { tools: { odd } })))).toMatchObject({
      status: 'failed',
      error: {
        code: 'internal',
        message: expect.stringMatching(
          /Cannot tell a model of tool "odd": Date .*: write z\.coerce\.date\(\)$/,
        ),
      },
    })
  })

  it('closes the stream of the model when whoever hears the turn leaves', async () => {
    const model = scriptedModel([says('a', 'b', 'c')])
    const { events } = makeTurn(model)
    for await (const event of events) if (event.type === 'text-delta') break
    await Promise.resolve()
    expect(model.left).toBe(1)
  })

  it('begins no further tool, and stops those that run, when whoever hears the turn leaves', async () => {
    const begun: unknown[] = []
    const signals: AbortSignal[] = []
    const tool = toolOf(({ n }, { abortSignal }) => {
      begun.push(n)
      signals.push(abortSignal)
      return n === 1 ? 'done' : new Promise(() => undefined)
    })
    const script = [calls(['t', { n: 1 }, 'a'], ['t', { n: 2 }, 'b'], ['t', { n: 3 }, 'c'])]
    const { events } = makeTurn(script, { tools: { t: tool }, toolCallConcurrency: 1 })
    for await (const event of events) if (event.type === 'tool-result') break
    // Longer than any chain of promises within: what was to begin would have begun.
    await new Promise((resolve) => setImmediate(resolve))
    expect(begun.length).toBeLessThanOrEqual(2)
    expect(signals.slice(1).map(({ aborted }) => aborted)).toEqual(begun.slice(1).map(() => true))
  })
})

it('asks for the time and for nothing else when nothing goes wrong', async () => {
  const services = testServices()
  const made = makeTurn([says('x')], {}, { services })
  const events: TurnEvent[] = await runToEnd(made)
  expect(endOf(events)?.status).toBe('completed')
  expect(services.waits).toEqual([])
})
