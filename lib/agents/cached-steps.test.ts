import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { cacheWorld, waitingFor } from '../../test/fixtures/cache-world.ts'
import { recordTelemetry } from '../../test/fixtures/recording-tracer.ts'
import type { Script } from '../../test/fixtures/scripted-model.ts'
import { calls, says, scriptedModel } from '../../test/fixtures/scripted-model.ts'
import type { AgentSettings } from '../../test/fixtures/turns.ts'
import { endOf, makeTurn, runToEnd, toolOf } from '../../test/fixtures/turns.ts'
import type { Cache } from '../cache/cache.ts'
import type { TurnEvent } from '../protocol/event.ts'
import { messageText } from '../protocol/message.ts'
import type { TurnInput } from './turn-input.ts'

type Over = Partial<TurnInput>

/** Turns of one model, each of them with an isolate's cache. */
function asker(script: Script, agent: AgentSettings = {}) {
  const model = scriptedModel(script, { minds: true })
  return {
    model,
    ask: async (cache: Cache, over: Over = {}, more: AgentSettings = {}) => {
      const settings = { cache: {}, ...agent, ...more }
      const made = makeTurn(model, settings, { resourceId: 'ann', ...over, services: { cache } })
      const events = await runToEnd(made)
      return { events, message: made.turn.state.message, end: endOf(events), cached: cacheEvents(events) }
    },
  }
}

function cacheEvents(events: readonly TurnEvent[]): TurnEvent[] {
  return events.filter(({ type }) => type === 'cache')
}

const LONG = 'It is a long answer, with many words in it, so that it comes in more than one piece. '
const MISS = { type: 'cache', of: 'model', hit: false }
const HIT = { type: 'cache', of: 'model', hit: true, level: 'isolate' }

describe('a model step that was asked before', () => {
  it('is answered without the model, as a stream, and costs nothing', async () => {
    const world = cacheWorld()
    const { model, ask } = asker([says(LONG, 'So it is.')])
    const cache = world.isolate()
    const first = await ask(cache)
    const again = await ask(cache)
    const elsewhere = await ask(world.isolate())

    expect(model.asked).toHaveLength(1)
    expect([first.cached, again.cached, elsewhere.cached]).toMatchObject([
      [MISS],
      [{ ...HIT, usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 } }],
      [{ ...HIT, level: 'storage' }],
    ])
    for (const { events, message, end } of [again, elsewhere]) {
      expect(message.parts).toEqual(first.message.parts)
      expect(events.filter(({ type }) => type === 'text-delta').length).toBeGreaterThan(1)
      expect(end).toMatchObject({
        status: 'completed',
        finishReason: 'stop',
        usage: { inputTokens: 0, totalTokens: 0 },
      })
      expect(events.find(({ type }) => type === 'step-end')).toMatchObject({
        providerMetadata: { edgewise: { cached: true, usage: { totalTokens: 15 } } },
      })
    }
    expect(first.end?.usage).toMatchObject({ totalTokens: 15 })
  })

  it('keeps its words in the shard of who asked, under a key that shows nothing', async () => {
    const world = cacheWorld()
    const { ask } = asker([says('The answer')])
    await ask(world.isolate(), {
      input: [{ id: 'x', role: 'user', parts: [{ type: 'text', text: 'my secret' }], createdAt: 0 }],
    })
    const [stored = '', ...more] = await world.stored('resource/ann')
    expect(more).toEqual([])
    expect(stored).toMatch(/^cache\/1\/[0-9a-f]{64} /)
    expect(stored).toContain('The answer')
    expect(stored).not.toContain('my secret')
  })

  it('calls its tools again, under ids of their own, and is known in the step after them, too', async () => {
    const world = cacheWorld()
    const made: string[] = []
    const tools = { look: toolOf((_input, { toolCallId }) => (made.push(toolCallId), { seen: 1 })) }
    const { model, ask } = asker([calls(['look', { a: 1 }, 'c1'], ['look', { a: 2 }, 'c2']), says('Seen.')], {
      tools,
    })
    const cache = world.isolate()
    await ask(cache)
    const { events, message, cached } = await ask(cache)
    expect(model.asked).toHaveLength(2)
    expect(cached).toMatchObject([HIT, HIT])
    expect(made).toEqual(['c1', 'c2', 'call_1', 'call_2'])
    expect(events.filter(({ type }) => type === 'tool-result')).toMatchObject([
      { toolCallId: 'call_1' },
      { toolCallId: 'call_2' },
    ])
    expect(messageText(message)).toBe('Seen.')
  })

  it('tells a span whether it was known', async () => {
    const { telemetry, spans } = recordTelemetry()
    const cache = cacheWorld().isolate()
    const model = scriptedModel([says('x')])
    for (const _ of [1, 2]) await runToEnd(makeTurn(model, { cache: {} }, { services: { cache, telemetry } }))
    const chats = spans.filter(({ name }) => name === 'chat scripted').map(({ attributes }) => attributes)
    expect(chats).toMatchObject([
      { 'edgewise.cache.hit': false, 'gen_ai.usage.output_tokens': 5 },
      { 'edgewise.cache.hit': true, 'edgewise.cache.level': 'isolate', 'gen_ai.usage.output_tokens': 0 },
    ])
  })
})

describe('what an answer depends on', () => {
  const other: [what: string, over: Over, more: AgentSettings][] = [
    ['the resource', { resourceId: 'bob' }, {}],
    [
      'the question',
      { input: [{ id: 'in', role: 'user', parts: [{ type: 'text', text: 'ho' }], createdAt: 0 }] },
      {},
    ],
    [
      'the history',
      { history: [{ id: 'h', role: 'user', parts: [{ type: 'text', text: 'before' }], createdAt: 0 }] },
      {},
    ],
    ['the instructions', {}, { instructions: 'Be brief.' }],
    ['a setting', {}, { settings: { temperature: 0.5 } }],
    ['a header', {}, { settings: { headers: { 'x-tier': 'slow' } } }],
    ['an option of the provider', {}, { settings: { providerOptions: { test: { effort: 'high' } } } }],
    ['the tools', {}, { tools: { look: toolOf(() => 1) } }],
    [
      'the schema of the answer',
      {},
      { structuredOutput: { schema: z.object({ a: z.string() }), errorStrategy: 'warn' } },
    ],
    ['the model', {}, { model: scriptedModel([says('other')], { modelId: 'other' }) }],
    ['the version', {}, { cache: { version: '2' } }],
  ]
  it.each(other)('is %s', async (_what, over, more) => {
    const cache = cacheWorld().isolate()
    const { ask } = asker([says('one'), says('two')])
    await ask(cache)
    const second = await ask(cache, over, more)
    expect(second.cached).toMatchObject([MISS])
  })

  it('is not who asks, nor when, where the scope is global', async () => {
    const cache = cacheWorld().isolate()
    const { ask } = asker([says('one')], { cache: { scope: 'global' } })
    await ask(cache)
    const { cached } = await ask(cache, { resourceId: 'bob', runId: 'other', threadId: 't', startedAt: 7000 })
    expect(cached).toMatchObject([HIT])
  })
})

describe('an answer that is not kept', () => {
  const answers: [what: string, script: Script, more?: AgentSettings][] = [
    ['was cut at its length', [{ items: ['half'], finish: { unified: 'length', raw: undefined } }]],
    ['was filtered', [{ items: ['x'], finish: { unified: 'content-filter', raw: undefined } }]],
    ['says nothing', [{ items: [' '] }]],
    [
      'is no object where one was asked for',
      [says('{ "a": 1 }')],
      { structuredOutput: { schema: z.object({ a: z.string() }), errorStrategy: 'warn' } },
    ],
  ]
  it.each(answers)('%s', async (_what, script, more = {}) => {
    const world = cacheWorld()
    const { ask } = asker(script, more)
    expect((await ask(world.isolate())).end?.status).toBe('completed')
    expect(await world.stored('resource/ann')).toEqual([])
  })

  it('told an error on its way: its connection is closed, and the next try is kept', async () => {
    const world = cacheWorld()
    const error = { message: 'said', isRetryable: true }
    const never = { type: 'gate', until: new Promise(() => undefined) } as const
    const { ask, model } = asker([{ items: ['lost', { type: 'error', error }, never] }, says('whole')])
    const cache = world.isolate()
    expect(messageText((await ask(cache)).message)).toBe('whole')
    expect(model.left).toBeGreaterThanOrEqual(1)
    expect([model.asked.length, cache.flights.open.size]).toEqual([2, 0])
    expect((await ask(cache)).cached).toMatchObject([HIT])
  })

  it('broke off; the one that came of the next try is', async () => {
    const world = cacheWorld()
    const { ask, model } = asker([{ items: ['lost', { type: 'cut' }] }, says('whole')])
    const cache = world.isolate()
    await ask(cache)
    expect(messageText((await ask(cache)).message)).toBe('whole')
    expect(model.asked).toHaveLength(2)
  })

  it('is longer than the limit', async () => {
    const world = cacheWorld()
    const { ask, model } = asker([says('x'.repeat(500)), says('again')])
    const cache = world.isolate({ valueLength: 400 })
    await ask(cache)
    expect(messageText((await ask(cache)).message)).toBe('again')
    expect(model.asked).toHaveLength(2)
  })

  it('is of an agent that has no cache, which nothing is told of', async () => {
    const world = cacheWorld()
    const cache = world.isolate()
    const model = scriptedModel([says('one'), says('two')])
    for (const _ of [1, 2]) {
      const events = await runToEnd(makeTurn(model, {}, { services: { cache } }))
      expect(cacheEvents(events)).toEqual([])
    }
    expect(await world.stored('resource/default')).toEqual([])
  })
})

it('a request may want none, or a fresh one in place of the old', async () => {
  const cache = cacheWorld().isolate()
  const { ask } = asker([says('one'), says('two'), says('three')])
  const text = async (more: AgentSettings = {}): Promise<string> =>
    messageText((await ask(cache, {}, more)).message)
  expect(await text()).toBe('one')
  expect(await text({ cacheWish: false })).toBe('two')
  expect(await text()).toBe('one')
  expect(await text({ cacheWish: 'refresh' })).toBe('three')
  expect(await text()).toBe('three')
})

it('is old when its time is over', async () => {
  const world = cacheWorld()
  const { ask } = asker([says('one'), says('two')], { cache: { ttlMs: 5000 } })
  await ask(world.isolate())
  world.now += 4999
  expect((await ask(world.isolate())).cached).toMatchObject([{ level: 'storage' }])
  world.now += 1
  expect((await ask(world.isolate())).cached).toMatchObject([MISS])
})

it('a storage that is down costs no turn its answer', async () => {
  const world = cacheWorld()
  world.isDown = true
  const { ask, model } = asker([says('one'), says('two')])
  const cache = world.isolate()
  expect((await ask(cache)).end?.status).toBe('completed')
  expect((await ask(cache)).cached).toMatchObject([HIT])
  expect(world.problems).toEqual([new Error('the storage is down')])
  expect((await ask(world.isolate())).end?.status).toBe('completed')
  expect(model.asked).toHaveLength(2)
})

describe('who asks what another is asking', () => {
  it('waits for it, and hears it as a stream', async () => {
    const gate = Promise.withResolvers<void>()
    const { ask, model } = asker([{ items: ['one ', { type: 'gate', until: gate.promise }, 'answer'] }])
    const cache = cacheWorld().isolate()
    const all = Promise.all([ask(cache), ask(cache), ask(cache)])
    await expect.poll(() => waitingFor(cache)).toBe(2)
    gate.resolve()
    const turns = await all
    expect(turns.map(({ message }) => messageText(message))).toEqual([
      'one answer',
      'one answer',
      'one answer',
    ])
    expect(turns.map(({ cached }) => cached)).toMatchObject([
      [MISS],
      [{ level: 'flight' }],
      [{ level: 'flight' }],
    ])
    expect(model.asked).toHaveLength(1)
  })

  it('hears of its failure, and each tries again as its own agent does', async () => {
    const { ask, model } = asker([{ fails: new Error('network is down') }, says('fine')])
    const cache = cacheWorld().isolate()
    const turns = await Promise.all([ask(cache), ask(cache)])
    expect(turns.map(({ message }) => messageText(message))).toEqual(['fine', 'fine'])
    expect(model.asked).toHaveLength(2)
  })

  it('gets its answer although the other was stopped', async () => {
    const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const { ask, model } = asker(() => {
      begun.resolve()
      return { items: ['one ', { type: 'gate', until: gate.promise }, 'answer'] }
    })
    const cache = cacheWorld().isolate()
    const stop = new AbortController()
    const first = ask(cache, { signal: stop.signal })
    const second = ask(cache)
    await begun.promise
    await expect.poll(() => waitingFor(cache)).toBe(1)
    stop.abort(new Error('stopped'))
    expect((await first).end?.status).toBe('aborted')
    gate.resolve()
    expect(messageText((await second).message)).toBe('one answer')
    expect(model.asked).toHaveLength(1)
  })

  it('does not go on waiting for a model that has fallen silent', async () => {
    const { ask, model } = asker((_options, call) =>
      call === 0 ? { items: ['one ', { type: 'gate', until: new Promise(() => undefined) }] } : says('fine'),
    )
    const cache = cacheWorld().isolate()
    // Long enough for the second to come meanwhile, on a busy machine too.
    const first = ask(cache, {}, { timeouts: { chunkMs: 2000 } })
    await expect.poll(() => model.asked.length).toBe(1)
    const second = ask(cache)
    await expect.poll(() => waitingFor(cache)).toBe(1)
    expect(messageText((await first).message)).toBe('fine')
    expect(messageText((await second).message)).toBe('fine')
    expect(model.asked.length).toBeLessThanOrEqual(3)
    expect(model.asked[0]?.abortSignal?.aborted).toBe(true)
  })

  it('is stopped with the model when nobody is left', async () => {
    const begun = Promise.withResolvers<void>()
    const { ask, model } = asker(() => {
      begun.resolve()
      return { items: ['one ', { type: 'gate', until: new Promise(() => undefined) }] }
    })
    const cache = cacheWorld().isolate()
    const stop = new AbortController()
    const turn = ask(cache, { signal: stop.signal })
    await begun.promise
    stop.abort(new Error('stopped'))
    expect((await turn).end?.status).toBe('aborted')
    expect(model.asked[0]?.abortSignal?.aborted).toBe(true)
    expect(cache.flights.open.size).toBe(0)
  })

  it('asks for himself where the answer is not to be shared', async () => {
    const half = { items: ['half'], finish: { unified: 'length', raw: undefined } } as const
    const { ask, model } = asker(() => half)
    const cache = cacheWorld().isolate()
    const turns = await Promise.all([ask(cache), ask(cache)])
    expect(turns.map(({ end }) => end?.finishReason)).toEqual(['length', 'length'])
    expect(model.asked).toHaveLength(2)
  })
})
