import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer, Api } from '../fixtures/openai/index.ts'
import { say } from '../fixtures/openai/index.ts'
import { hasRedisServer } from '../fixtures/upstash/redis-process.ts'
import type { UpstashRedisServer } from '../fixtures/upstash/redis-server.ts'
import { startUpstashRedis } from '../fixtures/upstash/redis-server.ts'
import type { Chunk } from './client.ts'
import { answerOf, chat, collect, contextOf, hearAll, newId, post, readChunks, resultOf } from './client.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const WORDS = Array.from({ length: 40 }, (_, i) => `word${i} `)

function call(id: string, name: string, amount = 3): Answer {
  const toolCalls = [{ id, name, input: { amount } }]
  // Only one of the dialects says its reasoning, and calls it by a name that must come with what followed it.
  const reasoning = [['I think ', 'so.']]
  return { type: 'reply', reasoning, text: 'I look.', toolCalls, usage: { input: 9, output: 5 } }
}

interface Asked {
  thread: string
  chunks: Chunk[]
  ms: number
}

/** Asks on a thread of its own, as a page does. */
async function ask(
  text: string,
  { api = 'chat', thread = newId('t') }: { api?: Api; thread?: string } = {},
): Promise<Asked> {
  const begun = performance.now()
  const { body } = await chat(world, { thread, text, agent: 'frequent', context: { api } })
  const chunks = await collect(readChunks(body))
  return { thread, chunks, ms: performance.now() - begun }
}

function said(chunks: Chunk[]): string {
  return chunks.map(({ type, delta }) => (type === 'text-delta' ? String(delta) : '')).join('')
}

function ofType(chunks: Chunk[], name: string): Chunk[] {
  return chunks.filter(({ type }) => type === name)
}

describe.each(['chat', 'responses'] as const)('what a model was asked before, over %s', (api) => {
  it('it is not asked again: the answer streams at once, its tools run, and the talk goes on', async () => {
    const tag = newId('play')
    const { length: effects } = world.sink.effects.items.filter(({ tool }) => tool === 'recall')
    // Given again at the model's pace it would take four seconds.
    const slow: Answer = { type: 'reply', text: WORDS, delayMs: 100 }
    const cues = world.stage.play(tag, call('c1', 'recall', api.length), slow)
    const first = await ask(`#${tag}`, { api })
    expect(cues.items).toHaveLength(2)
    const again = await ask(`#${tag}`, { api })

    expect(cues.items).toHaveLength(2)
    expect(said(again.chunks)).toBe(said(first.chunks))
    expect(said(again.chunks)).toContain('word39')
    expect(again.ms).toBeLessThan(first.ms)
    expect(ofType(first.chunks, 'data-cache').map(({ data }) => data)).toMatchObject([
      { hit: false },
      { hit: false },
      { hit: false },
    ])
    expect(ofType(again.chunks, 'data-cache')).toMatchObject([
      { transient: true, data: { of: 'model', hit: true } },
      { transient: true, data: { of: 'tool', hit: true, toolCallId: expect.stringMatching(/^call_/) } },
      { transient: true, data: { of: 'model', hit: true } },
    ])
    const [stored, known] = [await answerOf(world, again.thread), await answerOf(world, first.thread)]
    expect(stored.outcome).toMatchObject({ status: 'completed', usage: { inputTokens: 0, outputTokens: 0 } })
    expect(known.outcome?.usage?.inputTokens).toBeGreaterThan(0)
    expect(world.sink.effects.items.filter(({ tool }) => tool === 'recall')).toHaveLength(effects + 1)

    // The model server takes no call that it does not know, and no answer without its call.
    const next = newId('play')
    const more = world.stage.play(next, say('And ', 'more.'))
    const followed = await ask(`#${next}`, { api, thread: again.thread })
    expect(said(followed.chunks)).toBe('And more.')
    expect(more.items).toHaveLength(1)
  })

  it('it is not asked for a stream without a thread, which comes in pieces all the same', async () => {
    const tag = newId('play')
    const cues = world.stage.play(tag, { type: 'reply', text: WORDS })
    const pieces = async (): Promise<string[]> => {
      const body = { messages: `#${tag}`, runtimeContext: { ...contextOf(world), api } }
      const response = await post(world, '/api/agents/frequent/stream', body)
      const chunks = await collect(readChunks(response.body))
      return ofType(chunks, 'text-delta').map(({ payload }) => (payload as { text: string }).text)
    }
    const first = await pieces()
    const again = await pieces()
    expect(again.join('')).toBe(first.join(''))
    expect(again.length).toBeGreaterThan(5)
    expect(cues.items).toHaveLength(1)
  })

  it('it is asked again where the request says so', async () => {
    const tag = newId('play')
    const cues = world.stage.play(tag, ({ tries }) => say(`Answer ${tries}.`))
    const generate = async (more: object): Promise<string> => {
      const body = { messages: `#${tag}`, runtimeContext: { ...contextOf(world), api }, ...more }
      return (await resultOf(await post(world, '/api/agents/frequent/generate', body))).text
    }
    expect(await generate({})).toBe('Answer 0.')
    expect(await generate({ threadId: newId('t') })).toBe('Answer 0.')
    expect(await generate({ cache: false })).toBe('Answer 1.')
    expect(await generate({})).toBe('Answer 0.')
    expect(await generate({ cache: 'refresh' })).toBe('Answer 2.')
    expect(await generate({})).toBe('Answer 2.')
    expect(cues.items).toHaveLength(3)
  })
})

it('asked by many at once, the model is asked once for each isolate', async () => {
  const tag = newId('play')
  const cues = world.stage.play(tag, { type: 'reply', text: WORDS, delayMs: 5 })
  const all = await Promise.all(Array.from({ length: 8 }, () => ask(`#${tag}`)))
  expect(new Set(all.map(({ chunks }) => said(chunks)))).toEqual(new Set([WORDS.join('')]))
  expect(cues.items).toHaveLength(1)
})

it('an answer that fails is not kept', async () => {
  const tag = newId('play')
  const cues = world.stage.play(tag, ({ tries }) =>
    tries === 0 ? { ...say('Lost ', 'words'), fault: { type: 'cut', after: 1 } } : say('All is fine.'),
  )
  expect(said((await ask(`#${tag}`)).chunks)).toContain('All is fine.')
  expect(said((await ask(`#${tag}`)).chunks)).toBe('All is fine.')
  expect(cues.items).toHaveLength(2)
})

describe('SIGKILL', () => {
  it('within an answer that is given again ends with the same message, and no model is asked', async () => {
    const tag = newId('play')
    const cues = world.stage.play(tag, call('k1', 'check'), say('It is ', 'fine.'))
    const first = await ask(`#${tag}`)
    expect(cues.items).toHaveLength(2)
    const release = world.sink.hold(({ tool }) => tool === 'check')
    const thread = newId('t')
    const { body } = await chat(world, {
      thread,
      text: `#${tag}`,
      agent: 'frequent',
      context: { api: 'chat' },
    })
    await body?.cancel()
    await world.sink.effects.reached(
      'the call of the answer that is given again',
      ({ tool }) => tool === 'check',
      2,
    )
    await world.kill()
    release()
    await world.restart()
    await hearAll(world, thread)

    const [known, again] = [await answerOf(world, first.thread), await answerOf(world, thread)]
    expect(again.outcome).toMatchObject({ status: 'completed', usage: { totalTokens: 0 } })
    const shape = ({ parts }: typeof again) =>
      parts.map((part) => (part.type === 'tool' ? { ...part, toolCallId: '' } : part))
    expect(shape(again)).toEqual(shape(known))
    expect(cues.items).toHaveLength(2)
  })
})

describe.skipIf(!hasRedisServer)('a cache in Upstash Redis', () => {
  let redis: UpstashRedisServer
  let upstash: World
  beforeAll(async () => {
    redis = await startUpstashRedis()
    upstash = await openWorld({
      vars: { UPSTASH_REDIS_REST_URL: redis.url, UPSTASH_REDIS_REST_TOKEN: redis.token },
    })
  })
  afterAll(async () => {
    await upstash?.close()
    await redis?.close()
  })

  const generate = async (tag: string): Promise<string> => {
    const runtimeContext = { ...contextOf(upstash), api: 'chat' }
    const body = { messages: `#${tag}`, threadId: newId('t'), resourceId: 'ann', runtimeContext }
    return (await resultOf(await post(upstash, '/api/agents/frequent/generate', body))).text
  }

  it('gives its answers to another isolate, with the time that is left to them', async () => {
    const tag = newId('play')
    const cues = upstash.stage.play(tag, say('Kept.'))
    expect(await generate(tag)).toBe('Kept.')
    const keys = (await redis.command('KEYS', 'edgewise:resource/ann:*cache*')) as string[]
    const values = keys.filter((key) => /cache\W+1\W+[0-9a-f]{64}$/.test(key))
    expect(values).toHaveLength(1)
    const left = Number(await redis.command('PTTL', values[0] ?? ''))
    expect(left).toBeGreaterThan(3_500_000)
    expect(left).toBeLessThanOrEqual(3_600_000)
    await upstash.kill()
    await upstash.restart()
    expect(await generate(tag)).toBe('Kept.')
    expect(cues.items).toHaveLength(1)
  })

  it('that is down costs no turn its answer, and is told once', async () => {
    redis.isDown = true
    const tag = newId('play')
    const cues = upstash.stage.play(tag, say('All the same.'))
    expect(await generate(tag)).toBe('All the same.')
    expect(await generate(tag)).toBe('All the same.')
    expect(cues.items).toHaveLength(1)
    redis.isDown = false
    for (const line of upstash.log) expect(line).not.toContain(redis.token)
  })
})
