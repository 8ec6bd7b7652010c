import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { holdBefore, say } from '../fixtures/openai/index.ts'
import type { Chunk } from './client.ts'
import {
  answerOf,
  chat,
  collect,
  contextOf,
  errorOf,
  follow,
  generate,
  get,
  messagesOf,
  newId,
  post,
  readChunks,
  resultOf,
} from './client.ts'
import { createJournal, eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

describe('an Idempotency-Key', () => {
  it.each([['on a thread'], ['without a thread']])(
    'makes ten requests at once one turn, %s',
    async (where) => {
      const tag = newId('t')
      const hold = holdBefore(0)
      const cues = world.stage.play(tag, { ...say('once'), gate: hold.gate })
      const body = { messages: `#${tag}`, ...(where === 'on a thread' && { threadId: tag }) }
      const asked = Array.from({ length: 10 }, () => ask(body, tag))
      await hold.reached
      hold.release()
      const results = await Promise.all((await Promise.all(asked)).map(resultOf))

      expect(results.map(({ text }) => text)).toEqual(Array.from({ length: 10 }, () => 'once'))
      expect(new Set(results.map(({ runId }) => runId)).size).toBe(1)
      expect(results[0]?.threadId).toBe(where === 'on a thread' ? tag : undefined)
      expect(cues.items).toHaveLength(1)

      expect(await resultOf(await ask(body, tag))).toEqual(results[0])
      expect(cues.items).toHaveLength(1)
    },
  )

  it.each([['on a thread'], ['without a thread']])('is refused with another body: 422, %s', async (where) => {
    const tag = newId('t')
    const cues = world.stage.play(tag, say('fine'))
    const thread = where === 'on a thread' && { threadId: tag }
    await resultOf(await ask({ messages: `#${tag}`, ...thread }, tag))
    const other = await errorOf(await ask({ messages: `#${tag} and more`, ...thread }, tag))
    expect([other.status, other.error.code]).toEqual([422, 'idempotency_mismatch'])
    expect(cues.items).toHaveLength(1)
  })

  it('replays a streamed answer as it was, and a failed one too', async () => {
    const [good, bad] = [newId('t'), newId('t')]
    const cues = world.stage.play(good, say('the ', 'answer'))
    const failures = world.stage.play(bad, { type: 'http-error', status: 400, error: ERROR })
    const first = await chunksOf(good)
    const again = await chunksOf(good)
    expect([textOf(again), again.at(0), again.at(-2)]).toEqual([textOf(first), first.at(0), first.at(-2)])
    expect(await errorOf(await ask({ messages: `#${bad}` }, bad))).toEqual(
      await errorOf(await ask({ messages: `#${bad}` }, bad)),
    )
    expect([cues.items.length, failures.items.length]).toEqual([1, 1])
  })

  it('makes streams without a thread one turn, which the second hears from its first chunk', async () => {
    const tag = newId('t')
    const cues = world.stage.play(tag, say('once ', 'only'))
    const asked = async (): Promise<Chunk[]> => {
      const headers = { 'idempotency-key': tag }
      const response = await post(world, '/api/agents/clerk/stream', { messages: `#${tag}` }, { headers })
      return collect(readChunks(response.body))
    }
    const [first, again] = [await asked(), await asked()]
    expect([again[0], again.at(-2)]).toEqual([first[0], first.at(-2)])
    expect(cues.items).toHaveLength(1)
  })

  it('of one route, or thread, is not that of another', async () => {
    const [one, other] = [newId('t'), newId('t')]
    const key = newId('key')
    for (const tag of [one, other]) world.stage.play(tag, say(tag))
    const first = await resultOf(await ask({ messages: `#${one}`, threadId: one }, key))
    const second = await resultOf(await ask({ messages: `#${other}`, threadId: other }, key))
    expect([first.text, second.text]).toEqual([one, other])
  })
})

describe('a thread that is busy', () => {
  it('queues eight turns, tells each its place, runs them in order, and refuses the ninth', async () => {
    const thread = newId('t')
    const hold = holdBefore(1)
    world.stage.play(`${thread}-0`, { ...say('turn ', '0'), gate: hold.gate })
    const order = createJournal<number>()
    for (let i = 1; i <= 8; i += 1) {
      world.stage.play(`${thread}-${i}`, () => {
        order.add(i)
        return say(`turn ${i}`)
      })
    }
    const running = collect(readChunks((await chat(world, { thread, text: `#${thread}-0` })).body))
    await hold.reached
    const queued: Promise<Chunk[]>[] = []
    for (let i = 1; i <= 8; i += 1) {
      queued.push(collect(readChunks((await chat(world, { thread, text: `#${thread}-${i}` })).body)))
    }
    const refused = await chat(world, { thread, text: 'one too many' })
    expect(refused.headers.get('retry-after')).toBe('5')
    expect(await errorOf(refused)).toEqual({
      status: 409,
      error: { code: 'thread_busy', message: 'The thread is busy: one turn runs and 8 wait' },
    })
    expect((await messagesOf(world, thread)).map(({ role }) => role)).toEqual(['user'])
    hold.release()

    expect(textOf(await running)).toBe('turn 0')
    for (const [i, turn] of (await Promise.all(queued)).entries()) {
      const places = turn.filter(({ type }) => type === 'data-queue').map(({ data }) => placeIn(data))
      expect(textOf(turn)).toBe(`turn ${i + 1}`)
      expect(places[0]).toBe(i + 1)
      expect(places).toEqual(places.toSorted((a, b) => b - a))
    }
    expect(order.items).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    const answers = (await messagesOf(world, thread)).filter(({ role }) => role === 'assistant')
    expect(answers.map(({ outcome }) => outcome?.status)).toEqual(
      Array.from({ length: 9 }, () => 'completed'),
    )
  })

  it('does not let an answer be given anew, or a message be edited, under a running turn', async () => {
    const thread = newId('t')
    const hold = holdBefore(0)
    world.stage.play(`${thread}-1`, say('before'))
    world.stage.play(`${thread}-2`, { ...say('now'), gate: hold.gate })
    await collect(readChunks((await chat(world, { thread, id: 'm1', text: `#${thread}-1` })).body))
    const running = collect(readChunks((await chat(world, { thread, text: `#${thread}-2` })).body))
    await hold.reached
    const body = { id: thread, trigger: 'regenerate-message', runtimeContext: contextOf(world) }
    const anew = await errorOf(await post(world, '/api/agents/clerk/chat', body))
    const edited = await errorOf(await chat(world, { thread, id: 'm1', text: 'other words' }))
    hold.release()
    expect([anew.status, anew.error.code, edited.status, edited.error.code]).toEqual([
      409,
      'thread_busy',
      409,
      'thread_busy',
    ])
    expect(textOf(await running)).toBe('now')
  })
})

describe('a stop', () => {
  it('ends the running turn, whose words so far stay', async () => {
    const thread = newId('t')
    const hold = holdBefore(2)
    const cues = world.stage.play(thread, { ...say('half ', 'an ', 'answer'), gate: hold.gate })
    const asked = await chat(world, { thread, text: `#${thread}` })
    const chunks = createJournal<Chunk>()
    const heard = (async () => {
      for await (const chunk of readChunks(asked.body)) chunks.add(chunk)
    })()
    await chunks.reached('the second word', ({ delta }) => delta === 'an ')
    const stopped = (await (await stop(thread)).json()) as { stopped: string }
    await heard

    expect(chunks.items.slice(-2)).toEqual([{ type: 'abort', reason: 'stopped' }, { type: '[DONE]' }])
    const answer = await answerOf(world, thread)
    expect(answer.parts).toMatchObject([{ type: 'step-start' }, { type: 'text', text: 'half an ' }])
    expect(answer.outcome).toEqual({ status: 'aborted', finishReason: 'aborted', usage: {} })
    expect(chunks.items[0]).toMatchObject({ type: 'start', messageMetadata: { runId: stopped.stopped } })
    expect(await cues.items[0]?.request.closed).toBe('aborted')
    expect(await (await stop(thread)).json()).toEqual({ stopped: null })
  })

  it('reaches a tool that is at work, whose call is answered so', async () => {
    const thread = newId('t')
    const release = world.sink.hold(({ key }) => key.endsWith(`/${thread}`))
    world.stage.play(thread, {
      type: 'reply',
      toolCalls: [{ id: thread, name: 'charge', input: { amount: 1 } }],
    })
    const asked = generate(world, { thread, text: `#${thread}` })
    await world.sink.effects.reached('the effect', ({ key }) => key.endsWith(`/${thread}`))
    await stop(thread)
    release()

    expect(await resultOf(await asked)).toMatchObject({
      finishReason: 'aborted',
      toolResults: [],
    })
    const { outcome, parts } = await answerOf(world, thread)
    expect(outcome).toMatchObject({ status: 'aborted' })
    expect(parts.at(-1)).toMatchObject({ state: 'failed', error: { code: 'tool_aborted' } })
  })

  it('takes a turn out of the queue by its run, which was told with its place', async () => {
    const thread = newId('t')
    const hold = holdBefore(0)
    world.stage.play(`${thread}-0`, { ...say('first'), gate: hold.gate })
    const never = world.stage.play(`${thread}-1`, say('never'))
    world.stage.play(`${thread}-2`, say('last'))
    const first = collect(readChunks((await chat(world, { thread, text: `#${thread}-0` })).body))
    await hold.reached
    const waiting = createJournal<Chunk>()
    const asked = await chat(world, { thread, text: `#${thread}-1` })
    const heard = (async () => {
      for await (const chunk of readChunks(asked.body)) waiting.add(chunk)
    })()
    const last = collect(readChunks((await chat(world, { thread, text: `#${thread}-2` })).body))
    const { data } = await waiting.reached('its place', ({ type }) => type === 'data-queue')
    const { runId } = data as { runId: string }
    expect(await (await stop(thread, runId)).json()).toEqual({ stopped: runId })
    await heard
    hold.release()

    expect(waiting.items.slice(-2)).toMatchObject([{ type: 'error' }, { type: '[DONE]' }])
    expect([textOf(await first), textOf(await last)]).toEqual(['first', 'last'])
    expect(never.items).toEqual([])
    const texts = (await messagesOf(world, thread)).map(({ parts }) => parts.at(-1))
    expect(texts).toMatchObject([
      { text: `#${thread}-0` },
      { text: 'first' },
      { text: `#${thread}-2` },
      { text: 'last' },
    ])
  })

  it('of a run that is not there stops nothing', async () => {
    const thread = newId('t')
    const hold = holdBefore(0)
    world.stage.play(thread, { ...say('safe'), gate: hold.gate })
    const turn = collect(readChunks((await chat(world, { thread, text: `#${thread}` })).body))
    await hold.reached
    expect(await (await stop(thread, 'run_of_somebody')).json()).toEqual({ stopped: null })
    hold.release()
    expect(textOf(await turn)).toBe('safe')
  })
})

describe('a thread that is deleted while it runs', () => {
  it('is gone for its followers and for the list, and the model is left', async () => {
    const thread = newId('t')
    const hold = holdBefore(1)
    const cues = world.stage.play(thread, { ...say('gone ', 'soon'), gate: hold.gate })
    const turn = collect(
      readChunks((await chat(world, { thread, text: `#${thread}`, resourceId: thread })).body),
    )
    await hold.reached
    const events = follow(world, thread, { after: '0', until: 'idle' })
    // Who comes when the thread is gone is told that there is none: this one is there before.
    await events.next()
    const queued = collect(readChunks((await chat(world, { thread, text: 'next', resourceId: thread })).body))
    const deleted = await fetch(`${world.url}/api/memory/threads/${thread}`, { method: 'DELETE' })

    expect(await deleted.json()).toEqual({ result: 'Thread deleted' })
    expect((await turn).slice(-2)).toMatchObject([{ type: 'error' }, { type: '[DONE]' }])
    expect((await queued).slice(-2)).toMatchObject([{ type: 'error' }, { type: '[DONE]' }])
    expect((await collect(events)).at(-1)).toMatchObject({
      event: { type: 'stream-error', error: { code: 'aborted' } },
    })
    expect(await cues.items[0]?.request.closed).toBe('aborted')
    expect((await get(world, `/api/memory/threads/${thread}`)).status).toBe(404)
    expect(await threadsOf(thread)).toMatchObject({ threads: [], total: 0 })

    await resultOf(await generate(world, { thread, text: 'a new life', resourceId: thread }))
    expect((await messagesOf(world, thread)).map(({ parts }) => parts.at(-1))).toMatchObject([
      { text: 'a new life' },
      { text: 'a new life' },
    ])
    // The list hears of a turn through an outbox, which waits for no answer.
    const listed = await eventually('the list to know', async () => {
      const { threads } = await threadsOf(thread)
      return threads.length > 0 ? threads : undefined
    })
    expect(listed).toMatchObject([{ id: thread, title: 'a new life' }])
  })
})

const ERROR = { message: 'No', type: 'invalid_request_error', param: null, code: null }

function ask(body: { messages: string; threadId?: string }, key: string): Promise<Response> {
  const headers = { 'idempotency-key': key }
  return post(world, '/api/agents/clerk/generate', { ...body, runtimeContext: contextOf(world) }, { headers })
}

/** A turn of a chat under its own key; the same words again are the same request. */
async function chunksOf(thread: string): Promise<Chunk[]> {
  const response = await chat(world, {
    thread,
    id: 'm1',
    text: `#${thread}`,
    headers: { 'idempotency-key': thread },
  })
  return collect(readChunks(response.body))
}

function stop(thread: string, runId?: string): Promise<Response> {
  return post(world, `/api/threads/${thread}/stop`, { runId })
}

async function threadsOf(resourceId: string): Promise<{ threads: unknown[]; total: number }> {
  const response = await get(world, `/api/memory/threads?resourceId=${resourceId}`)
  return response.json() as Promise<{ threads: unknown[]; total: number }>
}

function textOf(chunks: Chunk[]): string {
  return chunks
    .filter(({ type }) => type === 'text-delta')
    .map(({ delta }) => delta)
    .join('')
}

function placeIn(data: unknown): number {
  return (data as { position: number }).position
}
