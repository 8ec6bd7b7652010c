import { describe, expect, it } from 'vitest'
import type { TurnEvent } from '../protocol/event.ts'
import type { Part } from '../protocol/message.ts'
import type { TurnState } from './fold.ts'
import { applyEvent, dropUnsettled, runnableCalls, startTurn } from './fold.ts'

const start = (step: number): TurnEvent => ({ type: 'step-start', step, model: `model-${step}` })
const text = (delta: string, id = 't'): TurnEvent => ({ type: 'text-delta', id, delta })
const call = (toolCallId: string): TurnEvent => ({
  type: 'tool-call',
  toolCallId,
  toolName: 'look',
  input: { a: 1 },
})
const result = (toolCallId: string, output: number): TurnEvent => ({
  type: 'tool-result',
  toolCallId,
  toolName: 'look',
  output,
})
const end = (step: number, inputTokens = 1): TurnEvent => ({
  type: 'step-end',
  step,
  finishReason: 'tool-calls',
  usage: { inputTokens },
  isContinued: true,
})

function fold(...events: TurnEvent[]): TurnState {
  const state = startTurn('m', 5)
  for (const event of events) applyEvent(state, event)
  return state
}

function parts(...events: TurnEvent[]): Part[] {
  return fold(...events).message.parts
}

const stepPart = (step: number): Part => ({ type: 'step-start', model: `model-${step}` })
const tool = { type: 'tool', toolCallId: 'c', toolName: 'look', input: { a: 1 } } as const

describe('the fold of a turn', () => {
  it('begins as an empty answer', () => {
    expect(startTurn('m', 5)).toEqual({
      message: { id: 'm', role: 'assistant', parts: [], createdAt: 5 },
      steps: [],
      usage: {},
      settled: 0,
      isSuspended: false,
      open: new Map(),
      nested: new Map(),
      fresh: new Set(),
    })
  })

  it('is its steps with what each said, in order', () => {
    const state = fold(
      start(0),
      { type: 'reasoning-start', id: 'r' },
      { type: 'reasoning-delta', id: 'r', delta: 'hm' },
      { type: 'reasoning-end', id: 'r', providerMetadata: { p: { sign: 's' } } },
      text('a'),
      text('b'),
      { type: 'file', mediaType: 'image/png', data: 'AA==' },
      { type: 'source', id: 's', url: 'https://example.com' },
      call('c'),
      end(0, 3),
      result('c', 7),
      start(1),
      text('done'),
      { ...end(1, 4), finishReason: 'stop', isContinued: false } as TurnEvent,
      { type: 'turn-end', status: 'completed', finishReason: 'stop', usage: { inputTokens: 7 } },
    )
    expect(state.message).toEqual({
      id: 'm',
      role: 'assistant',
      createdAt: 5,
      parts: [
        stepPart(0),
        { type: 'reasoning', text: 'hm', providerMetadata: { p: { sign: 's' } } },
        { type: 'text', text: 'ab' },
        { type: 'file', mediaType: 'image/png', data: 'AA==' },
        { type: 'source', id: 's', url: 'https://example.com' },
        { ...tool, state: 'done', output: 7 },
        stepPart(1),
        { type: 'text', text: 'done' },
      ],
      outcome: { status: 'completed', finishReason: 'stop', usage: { inputTokens: 7 } },
    })
    expect(state.steps).toEqual([
      { model: 'model-0', finishReason: 'tool-calls', usage: { inputTokens: 3 }, from: 0, to: 6 },
      { model: 'model-1', finishReason: 'stop', usage: { inputTokens: 4 }, from: 6, to: 8 },
    ])
    expect([state.usage, state.settled]).toEqual([{ inputTokens: 7 }, 8])
  })

  it('takes back what a step had said when it is begun again, and nothing of the steps before it', () => {
    expect(
      parts(start(0), text('a'), end(0), start(1), text('lost'), call('c'), start(1), text('b')),
    ).toEqual([stepPart(0), { type: 'text', text: 'a' }, stepPart(1), { type: 'text', text: 'b' }])
  })

  it('writes blocks that run side by side each into its own part', () => {
    expect(parts({ type: 'text-start', id: '1' }, text('a', '1'), text('x', '2'), text('b', '1'))).toEqual([
      { type: 'text', text: 'ab' },
      { type: 'text', text: 'x' },
    ])
  })

  it('lets a block vanish that ended without a word, unless it carries what its provider wants back', () => {
    const empty: TurnEvent[] = [
      { type: 'text-start', id: 't' },
      { type: 'text-end', id: 't' },
    ]
    const signed: TurnEvent = { type: 'reasoning-end', id: 'r', providerMetadata: { p: { id: 1 } } }
    expect(parts(...empty, { type: 'reasoning-start', id: 'r' }, signed)).toEqual([
      { type: 'reasoning', text: '', providerMetadata: { p: { id: 1 } } },
    ])
    expect(parts({ type: 'text-start', id: 'a' }, text('x', 'b'), { type: 'text-end', id: 'a' })).toEqual([
      { type: 'text', text: 'x' },
    ])
  })

  it('joins what a provider said of a block at its start and at its end', () => {
    expect(
      parts({ type: 'text-start', id: 't', providerMetadata: { a: { x: 1 } } }, text('a'), {
        type: 'text-end',
        id: 't',
        providerMetadata: { b: { y: 2 } },
      }),
    ).toEqual([{ type: 'text', text: 'a', providerMetadata: { a: { x: 1 }, b: { y: 2 } } }])
  })

  it('settles a call by its result or its error, and only the last that waits under an id', () => {
    const error = { code: 'tool_failed', message: 'no' } as const
    expect(
      parts(call('c'), result('c', 1), call('c'), {
        type: 'tool-error',
        toolCallId: 'c',
        toolName: 'look',
        error,
      }),
    ).toEqual([
      { ...tool, state: 'done', output: 1 },
      { ...tool, state: 'failed', error },
    ])
    expect(parts(call('c'), result('other', 1), result('c', 2), result('c', 3))).toEqual([
      { ...tool, state: 'done', output: 2 },
    ])
  })

  it('does not hold what only followers hear', () => {
    expect(
      parts(
        { type: 'tool-input-start', id: 'c', toolName: 'look' },
        { type: 'tool-input-delta', id: 'c', delta: '{' },
        { type: 'tool-input-end', id: 'c' },
        { type: 'tool-progress', toolCallId: 'c', data: 1 },
        { type: 'warning', code: 'c', message: 'm' },
      ),
    ).toEqual([])
  })
})

describe('calls that wait', () => {
  it('are those without a result, of any step, but not what the provider runs itself', () => {
    const own: TurnEvent = {
      type: 'tool-call',
      toolCallId: 'p',
      toolName: 'search',
      input: {},
      providerExecuted: true,
    }
    const state = fold(start(0), call('a'), call('b'), own, end(0), result('a', 1))
    expect(runnableCalls(state)).toEqual([{ ...tool, toolCallId: 'b', state: 'pending' }])
  })
})

describe('dropUnsettled', () => {
  it('drops the running step whole, and keeps what is committed with the results that came', () => {
    const state = fold(start(0), text('a'), call('c'), end(0), result('c', 1), start(1), text('half'))
    dropUnsettled(state)
    expect(state.message.parts).toEqual([
      stepPart(0),
      { type: 'text', text: 'a' },
      { ...tool, state: 'done', output: 1 },
    ])
    applyEvent(state, text('other'))
    expect(state.message.parts.at(-1)).toEqual({ type: 'text', text: 'other' })
  })

  it('drops nothing of a turn that has ended', () => {
    const state = fold(start(0), text('a'), {
      type: 'turn-end',
      status: 'aborted',
      finishReason: 'aborted',
      usage: {},
    })
    dropUnsettled(state)
    expect(state.message.parts).toEqual([stepPart(0), { type: 'text', text: 'a' }])
  })

  it('keeps nothing of a sub-agent that was cut short for the next call of its id', () => {
    const input = { id: 'in', role: 'user' as const, parts: [], createdAt: 5 }
    const begun: TurnEvent = {
      type: 'agent-event',
      path: ['c'],
      event: { type: 'turn-start', runId: 'r', agentId: 'a', messageId: 'inside', startedAt: 5, input },
    }
    const late: TurnEvent = {
      type: 'tool-error',
      toolCallId: 'c',
      toolName: 'look',
      error: { code: 'tool_timeout', message: 'late' },
    }
    // Both calls of one step have the same id.
    const state = fold(start(0), call('c'), call('c'), end(0), begun, late)
    expect(runnableCalls(state)).toEqual([{ ...tool, state: 'pending' }])
    expect(state.nested).toEqual(new Map())
  })
})
