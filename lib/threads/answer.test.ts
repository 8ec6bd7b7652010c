import { describe, expect, it } from 'vitest'
import { says } from '../../test/fixtures/scripted-model.ts'
import { ADDRESS, ThreadWorld, ask, requestOf } from '../../test/fixtures/thread-world.ts'
import type { StreamEntry } from '../protocol/event.ts'
import { readEntries } from '../runtime/read-entries.ts'
import type { ThreadCall } from './answer.ts'
import { errorResponse } from '../formats/error-response.ts'
import { answerThreadCall } from './answer.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { TurnRequest } from './turn-request.ts'

function startCall(over: Partial<TurnRequest> = {}, format: 'native' | 'json' = 'native'): ThreadCall {
  return { type: 'start', request: requestOf(over), address: ADDRESS, format }
}

async function entriesOf(world: ThreadWorld, call: ThreadCall): Promise<StreamEntry[]> {
  return Array.fromAsync(readEntries(() => answerThreadCall(world.thread, call)))
}

function typesOf(entries: readonly StreamEntry[]): string[] {
  return entries.map(({ event }) => event.type)
}

const whole = ['turn-start', 'step-start', 'text-start', 'text-delta', 'text-end', 'step-end', 'turn-end']
const follow: ThreadCall = { type: 'follow', format: 'native', untilIdle: true }

function held() {
  const gate = Promise.withResolvers<void>()
  const script = [{ items: ['one', { type: 'gate' as const, until: gate.promise }] }, says('two')]
  return { world: new ThreadWorld(script), letGo: gate.resolve }
}

describe('a call that starts a turn', () => {
  it('streams that turn, from its first event to its last', async () => {
    const world = new ThreadWorld([says('x')])
    expect(typesOf(await entriesOf(world, startCall()))).toEqual(whole)
  })

  it('streams a turn that is over again, and nothing of those after it', async () => {
    const world = new ThreadWorld([says('x'), says('y')])
    await world.run({ input: ask('a') })
    await world.run({ input: ask('b') })
    const again = await entriesOf(world, startCall({ input: ask('a') }))
    expect(typesOf(again)).toEqual(whole)
    expect(again[0]?.event).toMatchObject({ input: { id: 'a' } })
  })

  it('tells a turn that waits its place, then streams it', async () => {
    const { world, letGo } = held()
    await world.start({ input: ask('a') })
    const waiting = entriesOf(world, startCall({ input: ask('b') }))
    await new Promise((resolve) => setImmediate(resolve))
    letGo()
    const [first, ...rest] = await waiting
    expect(first).toEqual({ event: { type: 'turn-queued', runId: expect.any(String), position: 1 } })
    expect(typesOf(rest)).toEqual(whole)
    expect(rest[0]?.event).toMatchObject({ input: { id: 'b' } })
  })

  it('ends the stream of a turn that is taken out of the queue, or whose thread is deleted', async () => {
    const { world } = held()
    const running = entriesOf(world, startCall({ input: ask('a') }))
    await new Promise((resolve) => setImmediate(resolve))
    const waiting = entriesOf(world, startCall({ input: ask('b') }))
    await new Promise((resolve) => setImmediate(resolve))
    await world.thread.stop(world.thread.meta?.open[1]?.runId)
    expect((await waiting).at(-1)?.event).toMatchObject({ type: 'stream-error', error: { code: 'aborted' } })
    await world.thread.remove()
    expect((await running).at(-1)?.event).toMatchObject({ type: 'stream-error', error: { code: 'aborted' } })
  })

  it('answers whole, if that is asked for', async () => {
    const world = new ThreadWorld([says('x')])
    const response = await answerThreadCall(world.thread, startCall({}, 'json'))
    expect(await response.json()).toMatchObject({
      text: 'x',
      threadId: 'thread',
      message: { id: 'msg_2.LS90aHJlYWQ' },
    })
  })

  it('answers whole for a turn that waits, too', async () => {
    const { world, letGo } = held()
    await world.start({ input: ask('a') })
    const answer = answerThreadCall(world.thread, startCall({ input: ask('b') }, 'json'))
    await new Promise((resolve) => setImmediate(resolve))
    letGo()
    expect(await (await answer).json()).toMatchObject({ text: 'two' })
  })

  it('throws the error of a turn that failed', async () => {
    const world = new ThreadWorld([{ fails: new TypeError('no') }])
    const failing = answerThreadCall(world.thread, startCall({}, 'json'))
    await expect(failing).rejects.toMatchObject({ code: 'model_failed', message: 'The model failed: no' })
  })
})

describe('a call that follows', () => {
  it('rejoins the running turn from its first event, and tells when none runs', async () => {
    const { world, letGo } = held()
    const rejoin: ThreadCall = { type: 'rejoin', format: 'native' }
    expect((await answerThreadCall(world.thread, rejoin)).status).toBe(204)
    await world.start()
    const rejoined = entriesOf(world, rejoin)
    await new Promise((resolve) => setImmediate(resolve))
    letGo()
    expect(typesOf(await rejoined)).toEqual(whole)
    await world.platform.idle()
    expect((await answerThreadCall(world.thread, rejoin)).status).toBe(204)
  })

  it('goes on from any place that it names, with nothing twice and nothing lost', async () => {
    const world = new ThreadWorld([says('one ', 'two'), says('three')])
    await world.run({ input: ask('a') })
    await world.run({ input: ask('b') })
    const all = await entriesOf(world, { ...follow, after: { generation: 0, attempt: 0, position: 0 } })
    expect(typesOf(all)).toEqual([...whole, ...whole])
    for (const [i, { offset }] of all.entries()) {
      if (offset) expect(await entriesOf(world, { ...follow, after: offset })).toEqual(all.slice(i + 1))
    }
  })

  it('without a place begins at the running turn, else at the end', async () => {
    const { world, letGo } = held()
    await world.start({ input: ask('a') })
    const following = entriesOf(world, follow)
    letGo()
    expect(typesOf(await following)).toEqual(whole)
    await world.platform.idle()
    expect(await entriesOf(world, follow)).toEqual([])
  })

  it('takes up what a crash left', async () => {
    const { world } = held()
    await world.start({ input: ask('a') })
    await new Promise((resolve) => setImmediate(resolve))
    world.restart()
    expect(typesOf(await entriesOf(world, follow)).at(-1)).toBe('turn-end')
    expect(world.texts()).toEqual(['a', 'two'])
  })

  it('finds no thread where there is none, and ignores a place of another life of it', async () => {
    const world = new ThreadWorld([says('x')])
    await expect(answerThreadCall(world.thread, follow)).rejects.toMatchObject({ code: 'thread_not_found' })
    await world.run()
    expect(await entriesOf(world, { ...follow, after: { generation: 9, attempt: 1, position: 1 } })).toEqual(
      [],
    )
  })
})

it('answers an error with its status, its headers and its body', async () => {
  const response = errorResponse(
    new EdgewiseError('thread_busy', 'Busy', { headers: { 'retry-after': '5' } }),
  )
  expect([response.status, response.headers.get('retry-after'), await response.json()]).toEqual([
    409,
    '5',
    { error: { code: 'thread_busy', message: 'Busy' } },
  ])
})
