import { describe, expect, it } from 'vitest'
import type { TurnEvent } from '../protocol/event.ts'
import { createMemoryLog } from './memory-log.ts'
import { FLUSH_LENGTH } from './live-log.ts'
import { ThreadLog, isDurable } from './thread-log.ts'

const stepStart: TurnEvent = { type: 'step-start', step: 0, model: 'm' }
const stepEnd: TurnEvent = { type: 'step-end', step: 0, finishReason: 'stop', usage: {}, isContinued: true }
const turnEnd: TurnEvent = { type: 'turn-end', status: 'completed', finishReason: 'stop', usage: {} }
const text = (delta: string): TurnEvent => ({ type: 'text-delta', id: 't', delta })

function open(): ThreadLog {
  const log = new ThreadLog(createMemoryLog())
  log.beginGeneration(7, 1)
  log.push(stepStart)
  return log
}

function seen(log: ThreadLog): TurnEvent[] | undefined {
  return log.liveAfter(0)?.map(({ event }) => event)
}

describe('what a log shows', () => {
  it('shows a delta at once', () => {
    const log = open()
    log.push(text('a'))
    expect(seen(log)).toEqual([stepStart, text('a')])
    expect(log.tail).toEqual({ generation: 1, attempt: 1, position: 2 })
  })

  it('shows a durable event, and all that was said after it, only when it is published', () => {
    const log = open()
    log.push(stepEnd)
    log.push({ type: 'tool-progress', toolCallId: 'c', data: 1 })
    expect(seen(log)).toEqual([stepStart])
    log.rows.append(log.takeRows())
    expect(seen(log)).toEqual([stepStart])
    log.publish()
    expect(seen(log)).toEqual([stepStart, stepEnd, { type: 'tool-progress', toolCallId: 'c', data: 1 }])
  })

  it('does not show what was said after the rows were taken with what is published', () => {
    const log = open()
    log.push(stepEnd)
    log.rows.append(log.takeRows())
    log.push(text('a'))
    log.push(turnEnd)
    log.publish()
    expect(seen(log)).toEqual([stepStart, stepEnd, text('a')])
  })

  it('does not show a row that was appended but not published', () => {
    const log = open()
    log.push(stepEnd)
    const rows = log.takeRows()
    log.rows.append(rows)
    expect(rows.map((row) => log.isPublished(row))).toEqual([false])
    log.publish()
    expect(rows.map((row) => log.isPublished(row))).toEqual([true])
  })

  it('wakes whoever waits once, and nobody for what may not be seen', () => {
    const log = open()
    let woken = 0
    log.onNews(() => (woken += 1))
    const forget = log.onNews(() => (woken += 100))
    forget()
    log.push(stepEnd)
    expect(woken).toBe(0)
    log.rows.append(log.takeRows())
    log.publish()
    log.push(text('a'))
    expect(woken).toBe(1)
  })
})

describe('rows of a log', () => {
  it('hold what was said since the last, place after place', () => {
    const log = open()
    log.push(text('hello'))
    log.push(stepEnd)
    const place = { turn: 7, generation: 1, attempt: 1 }
    expect(log.takeRows()).toMatchObject([{ ...place, start: 0, end: 7 }])
    expect(log.takeRows()).toEqual([])
    log.push(turnEnd)
    expect(log.takeRows()).toMatchObject([{ ...place, start: 7, end: 8 }])
  })

  it('number attempts within a generation, and begin anew with the next', () => {
    const log = open()
    expect(log.liveStart).toEqual({ generation: 1, attempt: 1, position: 0 })
    log.push(stepStart)
    expect(log.liveStart).toEqual({ generation: 1, attempt: 2, position: 0 })
    log.beginGeneration(7, 2)
    expect(log.liveStart).toEqual({ generation: 2, attempt: 0, position: 0 })
  })

  it('cannot be written before a turn was begun, nor after the log was reset', () => {
    const log = new ThreadLog(createMemoryLog())
    expect(() => log.push(stepStart)).toThrow('Cannot write the log: no turn was begun')
    const other = open()
    other.reset()
    expect([other.liveStart, other.tail, other.liveAfter(0)]).toEqual([undefined, undefined, undefined])
    expect(() => other.push(text('a'))).toThrow('Cannot write the log: no turn was begun')
  })
})

describe('a step that is written out in blocks', () => {
  it('is due when it has grown too long to be kept in memory', () => {
    const log = open()
    log.push(text('x'.repeat(FLUSH_LENGTH - 200)))
    expect(log.isLong).toBe(false)
    log.push(text('x'.repeat(200)))
    expect(log.isLong).toBe(true)
    log.flush()
    expect(log.isLong).toBe(false)
    expect(log.liveAfter(0)).toBeUndefined()
    expect(log.tail).toEqual({ generation: 1, attempt: 1, position: FLUSH_LENGTH + 1 })
  })

  it('leaves no rows when it is begun again', () => {
    const log = open()
    log.push(text('a'))
    log.flush()
    expect(log.rows.hasAttempt(1, 1)).toBe(true)
    log.push(stepStart)
    expect(log.rows.hasAttempt(1, 1)).toBe(false)
  })

  it('keeps its rows once something of it was committed', () => {
    const log = open()
    log.push(text('a'))
    log.flush()
    log.push(stepEnd)
    log.rows.append(log.takeRows())
    log.publish()
    log.push(stepStart)
    expect(log.rows.readGenerations([1]).map(({ start, end }) => [start, end])).toEqual([
      [0, 2],
      [2, 3],
    ])
  })
})

it('holds durable what others act on, and nothing that the provider did within its answer', () => {
  const result = { toolCallId: 'c', toolName: 't' }
  const error = { code: 'tool_failed', message: 'no' } as const
  const durable: TurnEvent[] = [
    stepEnd,
    turnEnd,
    { type: 'tool-result', ...result, output: 1 },
    { type: 'tool-error', ...result, error },
  ]
  const fleeting: TurnEvent[] = [
    stepStart,
    text('a'),
    { type: 'tool-call', ...result, input: {} },
    { type: 'tool-result', ...result, output: 1, providerExecuted: true },
    { type: 'tool-error', ...result, error, providerExecuted: true },
  ]
  expect([durable.map(isDurable), fleeting.map(isDurable)]).toEqual([
    durable.map(() => true),
    fleeting.map(() => false),
  ])
})
