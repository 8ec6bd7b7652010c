import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Message } from '../../lib/protocol/message.ts'
import type { Hold } from '../fixtures/openai/index.ts'
import { holdBefore, say } from '../fixtures/openai/index.ts'
import type { Heard } from './client.ts'
import { answerOf, chat, collect, follow, hearAll, messagesOf, newId, readChunks } from './client.ts'
import { foldHeard } from './heard.ts'
import { createJournal } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'

/** A turn with everything that a log can hold, and a recording of it. */
interface Recorded {
  thread: string
  /** Heard live, from before its first word to its last. */
  live: Heard[]
  /** For each id that had been heard while the last step was running, what came after it. */
  joined: { id: string; heard: Heard[] }[]
  stored: Message
}

let world: World
let recorded: Recorded
beforeAll(async () => {
  world = await openWorld()
  recorded = await record(newId('t'))
})
afterAll(() => world.close())

const pair = [
  { id: 'c1', name: 'charge', input: { amount: 1 }, pieceSize: 3 },
  { id: 'r1', name: 'report', input: { amount: 2 }, pieceSize: 5 },
]

describe('a turn that had a retry after words, and two tools side by side', () => {
  it('is heard live as it is stored', () => {
    const { live, stored } = recorded
    expect(foldHeard(live)).toEqual([stored])
    expect(live.filter(({ event }) => event.type === 'step-restart')).toHaveLength(1)
    expect(stored.parts).toMatchObject([
      { type: 'step-start' },
      { type: 'text', text: 'Now I pay 💶💶.' },
      { type: 'tool', toolName: 'charge', state: 'done', output: { receipt: 'charge c1' } },
      { type: 'tool', toolName: 'report', state: 'done', output: { receipt: 'report r1' } },
      { type: 'step-start' },
      { type: 'text', text: 'All paid.' },
    ])
  })

  it('has ids that order as texts do', () => {
    const ids = recorded.live.flatMap(({ id }) => id ?? [])
    expect(ids.length).toBeGreaterThan(25)
    expect(ids).toEqual([...new Set(ids)].toSorted())
  })

  it('can be resumed from every id that was heard, once it is over', async () => {
    const { live, thread, stored } = recorded
    for (const [i, { id }] of live.entries()) {
      if (id === undefined) continue
      const rest = await hearAll(world, thread, id)
      expect({ id, fold: foldHeard([...live.slice(0, i + 1), ...rest]) }).toEqual({ id, fold: [stored] })
    }
  })

  it('can be resumed from every id that was heard, while it runs', () => {
    const { live, joined, stored } = recorded
    expect(joined.length).toBeGreaterThan(25)
    for (const { id, heard } of joined) {
      const seen = live.slice(0, live.findIndex((item) => item.id === id) + 1)
      expect({ id, fold: foldHeard([...seen, ...heard]) }).toEqual({ id, fold: [stored] })
    }
  })

  it('takes back what an attempt that was lost had said, first of all, and only then', async () => {
    const { live, thread } = recorded
    const restart = live.findIndex(({ event }) => event.type === 'step-restart')
    const lost = live.slice(0, restart).filter(({ event }) => event.type !== 'turn-start')
    expect(lost.map(({ event }) => event.type)).toEqual([
      'step-start',
      'text-start',
      'text-delta',
      'text-delta',
    ])
    for (const { id } of lost) {
      const [first] = await hearAll(world, thread, id)
      expect(first).toEqual({ event: { type: 'step-restart' } })
    }
    for (const { id } of live.slice(restart + 1)) {
      const rest = await hearAll(world, thread, id)
      expect(rest.filter(({ event }) => event.type === 'step-restart')).toEqual([])
    }
  })

  it('can be resumed from inside a word, at any letter', async () => {
    const { thread, live, stored } = recorded
    const index = live.findIndex(({ event }) => event.type === 'text-delta' && event.delta === 'Now I ')
    const { id = '', event } = live[index] ?? {}
    if (event?.type !== 'text-delta') throw new Error('The word was not heard')
    for (let letters = 1; letters < event.delta.length; letters += 1) {
      const seen: Heard = { event: { ...event, delta: event.delta.slice(0, letters) } }
      const rest = await hearAll(world, thread, stepBack(id, event.delta.length - letters))
      expect(foldHeard([...live.slice(0, index), seen, ...rest])).toEqual([stored])
    }
  })

  it('is told from its first word by 0, and to nobody by the last id', async () => {
    const { thread, live, stored } = recorded
    const all = await hearAll(world, thread, '0')
    expect(foldHeard(all)).toEqual([stored])
    expect(all.some(({ event }) => event.type === 'step-restart')).toBe(false)
    expect(await hearAll(world, thread, live.at(-1)?.id)).toEqual([])
  })

  it('ran once', async () => {
    const effects = world.sink.effects.items.map(({ tool }) => tool)
    expect(effects.toSorted()).toEqual(['charge', 'report'])
    expect(await messagesOf(world, recorded.thread)).toHaveLength(2)
  })
})

async function record(thread: string): Promise<Recorded> {
  const [first, cut, last] = [holdBefore(0), holdBefore(2), holdBefore(1)]
  const lost = {
    gate: (piece: number) => first.gate(piece) ?? cut.gate(piece),
    fault: { type: 'cut', after: 2 },
  } as const
  world.stage.play(
    thread,
    ({ tries }) =>
      tries === 0
        ? { type: 'reply', text: ['I will ', 'try.'], ...lost }
        : { type: 'reply', text: ['Now I ', 'pay 💶', '💶.'], toolCalls: pair, delayMs: 1 },
    { ...say('All ', 'paid', '.'), gate: last.gate },
  )
  const turn = collect(readChunks((await chat(world, { thread, text: `#${thread}` })).body))
  const live = createJournal<Heard>()
  const listening = listen(thread, (item) => live.add(item))
  await live.reached('the start', ({ event }) => event.type === 'turn-start')
  await releaseAfter(first, () => Promise.resolve())
  await releaseAfter(cut, () => live.reached('the lost words', ({ event }) => event.type === 'text-delta', 2))
  await last.reached
  await live.reached('the last step', ({ event }) => event.type === 'text-delta' && event.delta === 'All ')
  const joined = joinAt(thread, [...live.items])
  await joined.begun
  last.release()
  await Promise.all([turn, listening])
  return { thread, live: [...live.items], joined: await joined.all, stored: await answerOf(world, thread) }
}

async function releaseAfter(hold: Hold, seen: () => Promise<unknown>): Promise<void> {
  await hold.reached
  await seen()
  hold.release()
}

async function listen(thread: string, hear: (item: Heard) => void): Promise<void> {
  for await (const item of follow(world, thread, { after: '0', until: 'idle' })) hear(item)
}

/** A follower from each id on. `begun` settles when all are there. */
function joinAt(thread: string, items: Heard[]) {
  const ids = items.flatMap(({ id }) => id ?? [])
  const opened = ids.map((id) => {
    const stream = follow(world, thread, { after: id, until: 'idle' })
    return { id, first: stream.next(), stream }
  })
  const all = opened.map(async ({ id, first, stream }) => {
    const { value } = await first
    return { id, heard: [...(value ? [value] : []), ...(await collect(stream))] }
  })
  // The last one has nothing to hear before the turn goes on.
  return { begun: Promise.all(opened.slice(0, -1).map(({ first }) => first)), all: Promise.all(all) }
}

/** The id that lies so many letters before. */
function stepBack(id: string, letters: number): string {
  const [generation, attempt, position = ''] = id.split('-')
  const place = Number.parseInt(position, 36) - letters
  return `${generation}-${attempt}-${place.toString(36).padStart(position.length, '0')}`
}
