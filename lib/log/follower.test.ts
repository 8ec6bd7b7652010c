import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LogWorld, happenings } from '../../test/fixtures/log-world.ts'
import type { StreamEntry, TurnEvent } from '../protocol/event.ts'
import { START } from '../protocol/offset.ts'
import { Follower } from './follower.ts'
import { createMemoryLog } from './memory-log.ts'
import { ThreadLog } from './thread-log.ts'

const step = (number: number): TurnEvent => ({ type: 'step-start', step: number, model: 'm' })
const text = (delta: string): TurnEvent => ({ type: 'text-delta', id: 't', delta })
const stepEnd: TurnEvent = { type: 'step-end', step: 0, finishReason: 'stop', usage: {}, isContinued: true }

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
      fc.property(happenings, (list) => {
        const world = new LogWorld()
        for (const happening of list) world.happen(happening)
        const { followers, log } = world.finish()
        expect(world.problems).toEqual([])
        expect(followers).toEqual(followers.map(() => log))
      }),
      { numRuns: 1500 },
    )
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
