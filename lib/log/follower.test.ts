import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Happening } from '../../test/fixtures/log-world.ts'
import { LogWorld, happeningsOf } from '../../test/fixtures/log-world.ts'
import type { OwnEvent, StreamEntry, TurnEvent } from '../protocol/event.ts'
import { START } from '../protocol/offset.ts'
import { Follower } from './follower.ts'
import { createMemoryLog } from './memory-log.ts'
import { ThreadLog } from './thread-log.ts'

const step = (number: number): TurnEvent => ({ type: 'step-start', step: number, model: 'm' })
const text = (delta: string): TurnEvent => ({ type: 'text-delta', id: 't', delta })
const stepEnd: TurnEvent = { type: 'step-end', step: 0, finishReason: 'stop', usage: {}, isContinued: true }

/** A word of the sub-agent that the calls lead to. */
function says(path: string[], delta: string): TurnEvent {
  return { type: 'agent-event', path, event: { type: 'text-delta', id: 't', delta } }
}

const said: OwnEvent = { type: 'text-delta', id: '1', delta: 'a' }

function delegate(to: number[], does: (Happening & { type: 'delegate' })['does'], event = said): Happening {
  return { type: 'delegate', to, does, event, pulls: [] }
}

/** Two calls of one id: the second, a sub-agent, gets its result before its step ends. Then the first one begins. */
const calledTwice: Happening[] = [
  delegate([0], 'say'),
  delegate([0], 'try'),
  delegate([0], 'call'),
  delegate([0], 'call'),
  delegate([0, 0], 'say'),
  delegate([0], 'say', {
    type: 'tool-result',
    toolCallId: 'c1',
    toolName: 'look',
    output: 7,
    providerExecuted: true,
  }),
  delegate([0], 'end-step'),
  delegate([0, 0], 'try'),
  { type: 'pull', follower: 0 },
  { type: 'pull', follower: 0 },
  { type: 'crash', isNewObject: false },
]

function open(): ThreadLog {
  const log = new ThreadLog(createMemoryLog())
  log.beginGeneration(1, 1)
  return log
}

function commit(log: ThreadLog): void {
  log.rows.append(log.takeRows())
  log.publish()
}

function eventsOf(entries: StreamEntry[]): StreamEntry['event'][] {
  return entries.map(({ event }) => event)
}

describe('followers of a log', () => {
  it('all come to what the log holds, hear nothing twice, nothing early, and are told of what was lost', () => {
    fc.assert(
      fc.property(happeningsOf(4, 5), (list) => {
        const world = new LogWorld()
        for (const happening of list) world.happen(happening)
        const { followers, log } = world.finish()
        expect(world.problems).toEqual([])
        expect(followers).toEqual(followers.map(() => log))
      }),
      { numRuns: 1500 },
    )
  })

  it('come to the same where sub-agents speak side by side, three deep, through crashes', () => {
    fc.assert(
      fc.property(happeningsOf(60, 50), (list) => {
        const world = new LogWorld({ agents: true })
        for (const happening of list) world.happen(happening)
        const { followers, log } = world.finish()
        expect(world.problems).toEqual([])
        expect(followers).toEqual(followers.map(() => log))
      }),
      { numRuns: 800, examples: [[calledTwice]] },
    )
  })
})

describe('a follower of a turn with sub-agents', () => {
  it('hears the rest from every place on, inside their words too, while they speak and when it is over', () => {
    const log = open()
    log.push(step(0))
    log.push(stepEnd)
    commit(log)
    for (const event of [
      says(['a'], 'one '),
      says(['b', 'c'], 'two'),
      says(['a'], 'more'),
      says(['a'], ' on'),
    ])
      log.push(event)
    const heardFrom = (position: number): Record<string, string> => {
      const texts: Record<string, string> = {}
      for (const { event } of new Follower(log, { generation: 1, attempt: 1, position }).pull())
        if (event.type === 'agent-event' && event.event.type === 'text-delta')
          texts[event.path.join()] = (texts[event.path.join()] ?? '') + event.event.delta
      return texts
    }
    const rest = {
      2: ['one more on', 'two'],
      4: ['e more on', 'two'],
      7: ['more on', 'wo'],
      10: ['ore on'],
      15: ['n'],
    }
    const check = (): void => {
      for (const [position, [a, b]] of Object.entries(rest))
        expect(heardFrom(Number(position))).toEqual({ ...(a && { a }), ...(b && { 'b,c': b }) })
    }
    check()
    log.push({ type: 'agent-event', path: ['a'], event: stepEnd as OwnEvent })
    commit(log)
    check()
    log.beginGeneration(1, 2)
    check()
  })
})

describe('a follower', () => {
  it('hears the rest of a word when it comes back in the middle of it, from memory and from rows', () => {
    const log = open()
    log.push(step(0))
    log.push(text('hello'))
    const from = (position: number): StreamEntry['event'][] =>
      eventsOf(new Follower(log, { generation: 1, attempt: 1, position }).pull())
    expect(from(3)).toEqual([text('llo')])
    log.push(stepEnd)
    commit(log)
    expect(from(3)).toEqual([text('llo'), stepEnd])
    log.beginGeneration(1, 2)
    expect(from(3)).toEqual([text('llo'), stepEnd])
  })

  it('hears nothing of an attempt that is over but left no rows, only that it is begun again', () => {
    const log = open()
    log.push(step(0))
    log.push(text('lost'))
    const follower = new Follower(log, START)
    expect(eventsOf(follower.pull())).toEqual([step(0), text('lost')])
    log.push(step(0))
    expect(eventsOf(follower.pull())).toEqual([{ type: 'step-restart' }, step(0)])
    expect(follower.cursor).toEqual({ generation: 1, attempt: 2, position: 1 })
    expect(eventsOf(new Follower(log, START).pull())).toEqual([step(0)])
  })

  it('reads long logs piece by piece, to the end', () => {
    const log = open()
    for (let i = 0; i < 100; i += 1) {
      log.push(step(i))
      log.push(stepEnd)
      commit(log)
    }
    const follower = new Follower(log, START)
    const counts: number[] = []
    for (let entries = follower.pull(); entries.length > 0; entries = follower.pull())
      counts.push(entries.length)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(200)
    expect(counts.length).toBeGreaterThan(1)
  })

  it('waits until there is news, or until it is cancelled', async () => {
    const log = open()
    const [staying, leaving] = [new Follower(log, START), new Follower(log, START)]
    const seen: string[] = []
    const waits = [staying.wait().then(() => seen.push('news')), leaving.wait().then(() => seen.push('left'))]
    leaving.cancel()
    await waits[1]
    expect(seen).toEqual(['left'])
    log.push(stepEnd)
    await Promise.resolve()
    // It is durable: nothing may be seen of it yet.
    expect(seen).toEqual(['left'])
    commit(log)
    await waits[0]
    expect(seen).toEqual(['left', 'news'])
  })
})
