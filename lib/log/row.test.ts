import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { turnEvents } from '../../test/fixtures/turn-events.ts'
import type { TurnEvent } from '../protocol/event.ts'
import { deltaOf, eventSize, isDelta, underCall } from '../protocol/event.ts'
import type { Message } from '../protocol/message.ts'
import { applyEvent, startTurn } from './fold.ts'
import type { LogRow } from './row.ts'
import { packEvents, unpackRow } from './row.ts'

function rowOf(events: readonly TurnEvent[], start = 0): LogRow {
  const end = start + events.reduce((sum, event) => sum + eventSize(event), 0)
  return { turn: 1, generation: 3, attempt: 2, start, end, body: packEvents(events) }
}

/** A word of the sub-agent that the calls lead to. */
function says(path: string[], delta: string): TurnEvent {
  return { type: 'agent-event', path, event: { type: 'text-delta', id: 't', delta } }
}

function fold(events: readonly TurnEvent[]): Message {
  const state = startTurn('m', 0)
  for (const event of events) applyEvent(state, event)
  return state.message
}

/** What a follower had heard when it stood at the position: a delta cut where it stood. */
function heardUntil(events: readonly TurnEvent[], position: number): TurnEvent[] {
  const heard: TurnEvent[] = []
  let at = 0
  for (const event of events) {
    if (at >= position) break
    heard.push(until(event, position - at))
    at += eventSize(event)
  }
  return heard
}

/** The event with no more than the first `seen` units of its text. */
function until(event: TurnEvent, seen: number): TurnEvent {
  if (event.type === 'agent-event') {
    const said = event.event
    return isDelta(said) ? { ...event, event: { ...said, delta: said.delta.slice(0, seen) } } : event
  }
  return isDelta(event) ? { ...event, delta: event.delta.slice(0, seen) } : event
}

const isKept = (event: TurnEvent): boolean => deltaOf(event) === undefined

const place = (position: number) => ({ generation: 3, attempt: 2, position })

describe('a row of events', () => {
  it('gives from every position on the rest of what was said', () => {
    fc.assert(
      fc.property(turnEvents, fc.nat({ max: 50 }), (events, start) => {
        const row = rowOf(events, start)
        const whole = fold(events)
        for (let position = start; position <= row.end; position += 1) {
          const rest = unpackRow(row, position)
          const heard = heardUntil(events, position - start)
          expect(fold([...heard, ...rest.map(({ event }) => event)])).toEqual(whole)
        }
      }),
    )
  })

  it('gives each entry the place right after it, at which nothing is given twice', () => {
    fc.assert(
      fc.property(turnEvents, (events) => {
        const row = rowOf(events)
        const entries = unpackRow(row)
        for (const [i, { offset }] of entries.entries()) {
          expect(offset).toMatchObject({ generation: 3, attempt: 2 })
          expect(unpackRow(row, offset.position)).toEqual(entries.slice(i + 1))
        }
        expect(unpackRow(row, row.end)).toEqual([])
      }),
    )
  })

  it('says other events as they were', () => {
    fc.assert(
      fc.property(turnEvents, (events) => {
        expect(
          unpackRow(rowOf(events))
            .map(({ event }) => event)
            .filter(isKept),
        ).toEqual(events.filter(isKept))
      }),
    )
  })

  it('joins the deltas of a block that follow each other, and no others', () => {
    const events: TurnEvent[] = [
      { type: 'text-delta', id: 'a', delta: 'one ' },
      { type: 'text-delta', id: 'a', delta: 'two' },
      { type: 'text-delta', id: 'b', delta: 'three' },
      { type: 'reasoning-delta', id: 'b', delta: 'four' },
      { type: 'text-end', id: 'b' },
      { type: 'text-delta', id: 'a', delta: 'five' },
    ]
    expect(unpackRow(rowOf(events))).toEqual([
      { event: { type: 'text-delta', id: 'a', delta: 'one two' }, offset: place(7) },
      { event: { type: 'text-delta', id: 'b', delta: 'three' }, offset: place(12) },
      { event: { type: 'reasoning-delta', id: 'b', delta: 'four' }, offset: place(16) },
      { event: { type: 'text-end', id: 'b' }, offset: place(17) },
      { event: { type: 'text-delta', id: 'a', delta: 'five' }, offset: place(21) },
    ])
    expect(unpackRow(rowOf(events), 9).slice(0, 1)).toEqual([
      { event: { type: 'text-delta', id: 'b', delta: 'ree' }, offset: place(12) },
    ])
  })

  it('joins what each sub-agent says, and keeps apart those that speak by turns', () => {
    const events: TurnEvent[] = [
      says(['a', 'b'], 'one '),
      says(['a', 'b'], 'two'),
      says(['a/b'], 'three'),
      { type: 'text-delta', id: 't', delta: 'own' },
      says(['a', 'b'], 'four'),
    ]
    const row = rowOf(events)
    expect(unpackRow(row)).toEqual([
      { event: says(['a', 'b'], 'one two'), offset: place(7) },
      { event: says(['a/b'], 'three'), offset: place(12) },
      { event: { type: 'text-delta', id: 't', delta: 'own' }, offset: place(15) },
      { event: says(['a', 'b'], 'four'), offset: place(19) },
    ])
    expect(unpackRow(row, 9)[0]).toEqual({ event: says(['a/b'], 'ree'), offset: place(12) })
  })

  it('costs little more for sub-agents that speak by turns than for one that speaks alone', () => {
    const words = Array.from({ length: 500 }, (_, i) => ({
      type: 'text-delta' as const,
      id: 't',
      delta: `word${i} `,
    }))
    const [alone, byTurns] = [1, 2].map((count) =>
      packEvents(words.map((word, i) => underCall(`call_${'x'.repeat(24)}_${i % count}`, word))),
    )
    const text = words.map(({ delta }) => delta).join('').length
    expect(alone?.length).toBeLessThan(text + 100)
    expect(byTurns?.length).toBeLessThan(text + 500 * 14 + 300)
  })

  it("keeps the length of a tool's input, but not its text, which the call holds", () => {
    const events: TurnEvent[] = [
      { type: 'tool-input-start', id: 'c', toolName: 't' },
      { type: 'tool-input-delta', id: 'c', delta: '{"hidden":' },
      { type: 'tool-input-delta', id: 'c', delta: '1}' },
      { type: 'tool-input-end', id: 'c' },
      { type: 'text-delta', id: 'a', delta: 'after' },
    ]
    const row = rowOf(events)
    expect(row.body).not.toContain('hidden')
    expect(unpackRow(row)).toEqual([
      { event: events[0], offset: { generation: 3, attempt: 2, position: 1 } },
      { event: events[3], offset: { generation: 3, attempt: 2, position: 14 } },
      { event: events[4], offset: { generation: 3, attempt: 2, position: 19 } },
    ])
  })

  it('keeps a pair of surrogates that the model, or a position, cut in two', () => {
    const [high = '', low = ''] = '😀'.split('').map((half) => half)
    const row = rowOf([
      { type: 'text-delta', id: 'a', delta: `a${high}` },
      { type: 'text-delta', id: 'a', delta: `${low}b` },
    ])
    const textFrom = (position: number): string[] =>
      unpackRow(row, position).map(({ event }) => (event.type === 'text-delta' ? event.delta : ''))
    expect(textFrom(0)).toEqual(['a😀b'])
    expect(textFrom(2)).toEqual([`${low}b`])
    expect(packEvents([{ type: 'text-delta', id: 'a', delta: high }])).toContain(String.raw`\ud83d`)
  })

  it('may be empty', () => {
    expect(unpackRow(rowOf([]))).toEqual([])
  })
})
