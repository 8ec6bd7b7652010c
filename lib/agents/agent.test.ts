import { describe, expect, expectTypeOf, it } from 'vitest'
import { says, scriptedModel } from '../../test/fixtures/scripted-model.ts'
import { toolOf } from '../../test/fixtures/turns.ts'
import { EdgewiseError } from '../protocol/error.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import { Agent } from './agent.ts'
import type { AgentOptions } from './agent-options.ts'
import { AgentStream } from './agent-stream.ts'
import { resolveAgent } from './resolve.ts'
import type { AgentResult } from './result.ts'
import { DEFAULT_TIMEOUTS } from './timeout.ts'

function define(over: Partial<AgentOptions> = {}): Agent {
  return new Agent({ name: 'Teller', instructions: 'Be kind.', ...over })
}

describe('the definition of an agent', () => {
  it('has an id made from its name, unless it names one', () => {
    expect(define({ name: '  Architecture  Advisor! ' }).id).toBe('architecture-advisor')
    expect(define({ id: 'My.agent_1' }).id).toBe('My.agent_1')
    expect(define().description).toBe('')
  })

  it.each([
    [{ name: '' }, TypeError, 'Cannot create an agent: it has no name'],
    [{ name: '小' }, TypeError, 'its id "" must be letters'],
    [{ id: 'a/b' }, TypeError, 'its id "a/b" must be letters'],
    [{ id: 'x'.repeat(129) }, TypeError, 'must be letters'],
    [{ maxSteps: 0 }, RangeError, 'maxSteps is 0, it must be a whole number from 1'],
    [{ maxSteps: 1.5 }, RangeError, 'maxSteps is 1.5'],
    [{ maxRetries: -1 }, RangeError, 'maxRetries is -1, it must be a whole number from 0'],
    [{ toolCallConcurrency: 0 }, RangeError, 'toolCallConcurrency is 0'],
    [{ timeout: { totalMs: 0 } }, RangeError, 'timeout.totalMs is 0'],
    [{ timeout: { stepMs: Number.NaN } }, RangeError, 'timeout.stepMs is NaN'],
    [{ timeout: { chunkMs: Number.POSITIVE_INFINITY } }, RangeError, 'timeout.chunkMs is Infinity'],
    [{ timeout: { toolMs: 2 ** 31 } }, RangeError, 'timeout.toolMs is 2147483648'],
  ] as [Partial<AgentOptions>, ErrorConstructor, string][])(
    'with %j is refused early',
    (over, kind, message) => {
      expect(() => define(over)).toThrow(kind)
      expect(() => define(over)).toThrow(message)
    },
  )

  it('may retry never, and take its time', () => {
    expect(define({ maxRetries: 0, timeout: { totalMs: 2 ** 31 - 1 } }).options.maxRetries).toBe(0)
  })
})

const stopWhen = () => true

describe('what depends on the request', () => {
  const runtimeContext = new RuntimeContext({ plan: 'pro' })
  const model = scriptedModel([])
  const resolveModel = () => model

  it('is decided with the context of the request', async () => {
    const heard: unknown[] = []
    const tools = { t: toolOf(() => 1) }
    const dynamic =
      <Value>(value: Value) =>
      async (request: { runtimeContext: RuntimeContext }): Promise<Value> => {
        heard.push(request)
        return value
      }
    const agent = define({ instructions: dynamic('Said'), model: dynamic('openai/x'), tools: dynamic(tools) })
    const specs: unknown[] = []
    const resolved = await resolveAgent(agent, runtimeContext, (spec) => {
      specs.push(spec)
      return model
    })
    expect(resolved).toMatchObject({ id: 'teller', instructions: 'Said', tools })
    expect(resolved.model).toBe(model)
    expect(specs).toEqual(['openai/x'])
    expect(heard).toEqual([{ runtimeContext }, { runtimeContext }, { runtimeContext }])
  })

  it('has a default wherever the definition says nothing', async () => {
    expect(await resolveAgent(define(), runtimeContext, resolveModel)).toEqual({
      id: 'teller',
      instructions: 'Be kind.',
      model,
      tools: {},
      settings: {},
      inputProcessors: [],
      outputProcessors: [],
      maxProcessorRetries: 1,
      maxSteps: 20,
      stopWhen: [],
      maxRetries: 2,
      fallbacks: [],
      warnings: [],
      toolCallConcurrency: 5,
      timeouts: DEFAULT_TIMEOUTS,
    })
  })

  it('takes what the definition says, and a request’s own maxSteps before it', async () => {
    const agent = define({ maxSteps: 3, stopWhen, timeout: { toolMs: 5 }, settings: { seed: 1 } })
    const resolved = await resolveAgent(agent, runtimeContext, resolveModel)
    expect(resolved).toMatchObject({ maxSteps: 3, stopWhen: [stopWhen], settings: { seed: 1 } })
    expect(resolved.timeouts).toEqual({ ...DEFAULT_TIMEOUTS, toolMs: 5 })
    expect(await resolveAgent(agent, runtimeContext, resolveModel, { maxSteps: 7 })).toMatchObject({
      maxSteps: 7,
    })
  })
})

describe('an agent on its own', () => {
  it('answers with the model that it brings', async () => {
    const model = scriptedModel([says('Hello')])
    const result = await define({ model }).generate('hi')
    expect(result).toMatchObject({ text: 'Hello', finishReason: 'stop' })
    expect(result).not.toHaveProperty('threadId')
    expect(model.asked[0]?.prompt).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: [{ type: 'text', text: 'hi' }] },
    ])
  })

  it('answers offline when it brings none', async () => {
    const { message } = await define().generate('hi')
    expect(message.parts[0]).toMatchObject({ type: 'step-start', model: expect.stringMatching(/^offline/) })
  })

  it('has no threads, and says where one gets them', async () => {
    const refused = expect.objectContaining({
      code: 'invalid_request',
      message: expect.stringContaining('app.getAgent("teller")'),
    })
    await expect(define().generate('hi', { threadId: 't' })).rejects.toEqual(refused)
    expect(() => define().stream('hi', { threadId: 't' })).toThrow(EdgewiseError)
  })

  it('rejects what cannot be asked', async () => {
    await expect(define().generate('')).rejects.toThrow(
      'Invalid request: messages must hold a text or a file',
    )
    await expect(define().generate([{ role: 'assistant', content: 'x' }])).rejects.toThrow(
      "Invalid request: the last message must be the user's",
    )
  })

  it('is the same agent when it is bound to another runner', () => {
    const asked: unknown[] = []
    const runner = {
      run: (...args: unknown[]): AgentStream => {
        asked.push(args)
        return new AgentStream({ [Symbol.asyncIterator]: async function* () {} })
      },
      answer: (): never => expect.unreachable(),
    }
    const bare = define({ id: 'x' })
    const bound = bare.bind(runner)
    bound.stream('hi', { threadId: 't' })
    expect(asked).toEqual([[bound, 'hi', { threadId: 't' }]])
    expect([bound.id, bound.options]).toEqual([bare.id, bare.options])
  })

  it('types what it gives', () => {
    expectTypeOf(define().generate).returns.resolves.toEqualTypeOf<AgentResult>()
    expectTypeOf(define().stream).returns.toEqualTypeOf<AgentStream>()
  })
})
