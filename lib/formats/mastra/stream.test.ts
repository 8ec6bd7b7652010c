import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wholeTurns } from '../../../test/fixtures/whole-turns.ts'
import { applyEvent, startTurn } from '../../log/fold.ts'
import type { StreamEntry, TurnEvent, TurnStart } from '../../protocol/event.ts'
import type { Message } from '../../protocol/message.ts'
import type { Offset } from '../../protocol/offset.ts'
import type { Chunk } from '../../../test/fixtures/mastra/capture.ts'
import { chunksOf, comparable, readCapture } from '../../../test/fixtures/mastra/capture.ts'
import { createRecord, recordEvent, recordedMessage } from './record.ts'
import type { MastraEncoderOptions } from './stream.ts'
import { createMastraEncoder } from './stream.ts'

type AnyEvent = StreamEntry['event']

const usage = { inputTokens: 10, outputTokens: 5, totalTokens: 15, reasoningTokens: 0, cachedInputTokens: 0 }
const twice = { inputTokens: 20, outputTokens: 10, totalTokens: 30, reasoningTokens: 0, cachedInputTokens: 0 }
const providerMetadata = { fake: {} }
const weather = { toolCallId: 'call_4', toolName: 'weatherTool' }

function user(text: string): Message {
  return { id: 'in', role: 'user', parts: [{ type: 'text', text }], createdAt: 0 }
}

/** A turn of the ids that a capture has. */
function turnStart([start]: Chunk[], input: Message): TurnStart {
  const messageId = String(start?.payload?.['messageId'])
  return {
    type: 'turn-start',
    runId: start?.runId ?? '',
    agentId: 'weather-agent',
    messageId,
    input,
    startedAt: 5,
  }
}

const stepStart = (step: number): TurnEvent => ({ type: 'step-start', step, model: 'fake/fake-1' })

const words: TurnEvent[] = [
  { type: 'text-start', id: 'txt-0' },
  ...['word0 ', 'word1 ', 'word2 '].map((delta): TurnEvent => ({ type: 'text-delta', id: 'txt-0', delta })),
  { type: 'text-end', id: 'txt-0' },
]

const called: TurnEvent[] = [
  { type: 'tool-input-start', id: 'call_4', toolName: 'weatherTool' },
  { type: 'tool-input-delta', id: 'call_4', delta: '{"city":"Paris"}' },
  { type: 'tool-input-end', id: 'call_4' },
  { type: 'tool-call', ...weather, input: { city: 'Paris' } },
]

function stepEnd(step: number, responseId: string, isContinued = false): TurnEvent {
  const finishReason = isContinued ? 'tool-calls' : 'stop'
  return { type: 'step-end', step, finishReason, usage, isContinued, responseId, providerMetadata }
}

const done: TurnEvent = { type: 'turn-end', status: 'completed', finishReason: 'stop', usage }

function asked(capture: Chunk[]): TurnEvent[] {
  return [
    turnStart(capture, user('weather?')),
    stepStart(0),
    ...called,
    stepEnd(0, 'chatcmpl-4', true),
    { type: 'tool-suspend', ...weather, wait: { for: 'approval' } },
    { type: 'turn-suspend', toolCallIds: ['call_4'], usage },
  ]
}

function approved({ runId, agentId, messageId }: TurnStart): TurnEvent[] {
  return [
    { type: 'turn-resume', runId, agentId, messageId, startedAt: 9 },
    { type: 'tool-answer', ...weather, answer: { type: 'approve' } },
    { type: 'tool-result', ...weather, output: { city: 'Paris', tempC: 21 } },
    stepStart(1),
    ...words,
    stepEnd(1, 'chatcmpl-5'),
    { type: 'turn-end', status: 'completed', finishReason: 'stop', usage: twice },
  ]
}

function encode(events: readonly AnyEvent[], options: MastraEncoderOptions = {}): Chunk[] {
  const encoder = createMastraEncoder(options)
  return chunksOf(
    events.map((event, i) => encoder.encode({ event, offset: at(i + 1) })).join('') + encoder.end(),
  )
}

function at(position: number): Offset {
  return { generation: 1, attempt: 1, position }
}

const types = (chunks: readonly Chunk[]): string[] => chunks.map(({ type }) => type)

/** An object that can be told from the second word on. */
function readPartial(text: string): { words: number } | undefined {
  return text.includes('1') ? { words: text.split(' ').length - 1 } : undefined
}

/** A minimal turn around what is to be looked at. */
function encodeTurn(events: readonly AnyEvent[], options?: MastraEncoderOptions): Chunk[] {
  const start: TurnStart = {
    type: 'turn-start',
    runId: 'r',
    agentId: 'a',
    messageId: 'm',
    input: user('hi'),
    startedAt: 5,
  }
  return encode([start, stepStart(0), ...events], options).slice(2)
}

describe('the Mastra stream of a turn', () => {
  it('says a turn as it was recorded, chunk by chunk', () => {
    const capture = chunksOf(readCapture('stream.txt'))
    const events = [turnStart(capture, user('hi')), stepStart(0), ...words, stepEnd(0, 'chatcmpl-3'), done]
    expect(comparable(encode(events))).toEqual(comparable(capture))
  })

  it('stops at a question as it was recorded, without an end', () => {
    const capture = chunksOf(readCapture('approval-stream.txt'))
    expect(comparable(encode(asked(capture)))).toEqual(comparable(capture))
  })

  it('goes on after an answer as it was recorded: from the result on, ending the step that asked', () => {
    const before = asked(chunksOf(readCapture('approval-stream.txt')))
    const [start] = before
    if (start?.type !== 'turn-start') throw new Error('no start')
    const chunks = encode([...before, ...approved(start)], { after: at(before.length) })
    const capture = chunksOf(readCapture('approve-stream.txt'))
    expect(types(chunks)).toEqual(types(capture))
    expect(comparable(chunks.map(pick))).toEqual(comparable(capture.map(pick)))
  })

  it('remembers a turn as the log does', () => {
    fc.assert(
      fc.property(wholeTurns, ({ steps }) => {
        const [record, state] = [createRecord(), startTurn('m', 5)]
        const events = steps.flatMap(({ lost, said, answers }, step): TurnEvent[] => [
          ...(lost.length > 0 ? [stepStart(step), ...lost] : []),
          stepStart(step),
          ...said,
          stepEnd(step, 'id', answers.length > 0),
          ...answers,
        ])
        for (const event of events) {
          recordEvent(record, event)
          applyEvent(state, event)
        }
        expect(recordedMessage(record).parts).toEqual(state.message.parts)
        expect(record.usage).toEqual(state.usage)
      }),
    )
  })
})

/** What is compared of a turn that went on: its message id is one and the same with us, and steps end complete. */
function pick({ type, payload = {} }: Chunk): unknown {
  const { messageId: _, stepResult, output, messages, response, ...rest } = payload
  const { reason, isContinued } = asRecord(stepResult)
  const { text, toolCalls, usage: tokens } = asRecord(output)
  const { all, nonUser } = asRecord(messages)
  const { uiMessages: __, ...answer } = asRecord(response)
  return { type, reason, isContinued, text, toolCalls, tokens, all, nonUser, answer, ...rest }
}

/** Proof of the cast: spread of what is no object gives an empty one. */
function asRecord(value: unknown): Record<string, unknown> {
  return { ...(value as Record<string, unknown> | undefined) }
}

describe('its chunks', () => {
  it('begin a step that is run again anew, under the same message id, and say nothing of the loss', () => {
    const lost: AnyEvent[] = [
      { type: 'text-start', id: 't' },
      { type: 'text-delta', id: 't', delta: 'lo' },
    ]
    const chunks = encodeTurn([
      ...lost,
      { type: 'step-restart' },
      stepStart(0),
      ...words,
      stepEnd(0, 'x'),
      done,
    ])
    expect(types(chunks)).toEqual([
      'text-start',
      'text-delta',
      'step-start',
      'text-start',
      'text-delta',
      'text-delta',
      'text-delta',
      'text-end',
      'step-finish',
      'finish',
    ])
    expect(chunks[2]?.payload?.['messageId']).toBe('m')
    expect(chunks.at(-1)?.payload?.['output']).toMatchObject({ text: 'word0 word1 word2 ' })
  })

  it('finish with tool-calls for a tool that runs at the client, and go on as a new run that has its result', () => {
    const before: AnyEvent[] = [
      ...called,
      stepEnd(0, 'x', true),
      { type: 'tool-suspend', ...weather, wait: { for: 'client' } },
      { type: 'turn-suspend', toolCallIds: ['call_4'], usage },
    ]
    const after: AnyEvent[] = [
      { type: 'turn-resume', runId: 'r', agentId: 'a', messageId: 'm', startedAt: 9 },
      { type: 'tool-answer', ...weather, answer: { type: 'output', output: 21 } },
      { type: 'tool-result', ...weather, output: 21 },
      stepStart(1),
      ...words,
      stepEnd(1, 'y'),
      done,
    ]
    const first = encodeTurn(before)
    expect(types(first).slice(3)).toEqual(['tool-call', 'step-finish', 'finish'])
    expect(first.at(-1)?.payload?.['stepResult']).toEqual({ reason: 'tool-calls', isContinued: false })
    const whole = encodeTurn([...before, ...after])
    expect(types(whole).slice(6, 9)).toEqual(['start', 'tool-result', 'step-start'])
    const start: AnyEvent = { ...turnStart([], user('hi')), runId: 'r', agentId: 'a', messageId: 'm' }
    const second = encode([start, stepStart(0), ...before, ...after], { after: at(2 + before.length) })
    expect(types(second)).toEqual(['start', 'step-start', ...types(whole).slice(9)])
    expect(second[0]?.payload).toEqual({ id: 'a', messageId: 'm' })
  })

  it('say what a tool asked for, what it writes, and how it failed or was declined', () => {
    const payload = { size: 'big' }
    const resumeSchema = { type: 'object' }
    const error = { code: 'tool_failed', message: 'closed' } as const
    const denied = { code: 'tool_declined', message: 'declined: too far' } as const
    const chunks = encodeTurn([
      ...called.slice(3),
      { type: 'tool-progress', toolCallId: 'call_4', data: 'half' },
      { type: 'tool-suspend', ...weather, wait: { for: 'resume', payload, resumeSchema } },
      { type: 'tool-error', ...weather, error },
      { type: 'tool-call', ...weather, toolCallId: 'b', input: {} },
      { type: 'tool-suspend', ...weather, toolCallId: 'b', wait: { for: 'approval' } },
      { type: 'tool-answer', ...weather, toolCallId: 'b', answer: { type: 'decline', reason: 'too far' } },
      { type: 'tool-error', ...weather, toolCallId: 'b', error: denied },
    ])
    const args = { city: 'Paris' }
    expect(chunks.filter((_, i) => i > 0 && i !== 4 && i !== 5)).toEqual([
      { type: 'tool-output', runId: 'r', from: 'USER', payload: { output: 'half', ...weather } },
      {
        type: 'tool-call-suspended',
        runId: 'r',
        from: 'AGENT',
        payload: { ...weather, args, suspendPayload: payload, resumeSchema: '{"type":"object"}' },
      },
      {
        type: 'tool-error',
        runId: 'r',
        from: 'AGENT',
        payload: { error: { name: 'Error', message: 'closed', code: 'tool_failed' }, args, ...weather },
      },
      {
        type: 'tool-output-denied',
        runId: 'r',
        from: 'AGENT',
        payload: {
          ...weather,
          toolCallId: 'b',
          args: {},
          approval: { id: 'r::b', approved: false, reason: 'too far' },
        },
      },
    ])
  })

  it('leave out the input of a call whose beginning was not heard: that client fails at it', () => {
    expect(encodeTurn(called.slice(1, 3))).toEqual([])
  })

  it('say each new partial object before the text that brought it, and the object after the end', () => {
    const chunks = encodeTurn([...words, stepEnd(0, 'x'), { ...done, object: { words: 3 } }], { readPartial })
    expect(types(chunks)).toEqual([
      'text-start',
      'text-delta',
      'object',
      'text-delta',
      'object',
      'text-delta',
      'text-end',
      'step-finish',
      'finish',
      'object-result',
    ])
    expect(chunks[2]).toEqual({ type: 'object', runId: 'r', from: 'AGENT', object: { words: 2 } })
    expect(chunks.at(-1)).toEqual({ type: 'object-result', runId: 'r', from: 'AGENT', object: { words: 3 } })
  })

  it('say files, sources and reasoning with what the provider wants back', () => {
    const chunks = encodeTurn([
      { type: 'reasoning-start', id: 'r1', providerMetadata },
      { type: 'reasoning-delta', id: 'r1', delta: 'hm' },
      { type: 'reasoning-end', id: 'r1' },
      { type: 'file', mediaType: 'image/png', data: 'AA==' },
      { type: 'source', id: 's', url: 'https://example.com/', title: 'Example' },
    ])
    expect(chunks.map(({ type, payload }) => ({ type, ...payload }))).toEqual([
      { type: 'reasoning-start', id: 'r1', providerMetadata },
      { type: 'reasoning-delta', id: 'r1', text: 'hm' },
      { type: 'reasoning-end', id: 'r1' },
      { type: 'file', data: 'AA==', base64: 'AA==', mimeType: 'image/png' },
      { type: 'source', id: 's', sourceType: 'url', title: 'Example', url: 'https://example.com/' },
    ])
  })
})

describe('the end of it', () => {
  const stopped = { finishReason: 'aborted', usage: {} } as const

  it.each<[string, AnyEvent[], object[]]>([
    ['aborted', [{ type: 'turn-end', status: 'aborted', ...stopped }], [{ type: 'abort' }]],
    [
      'failed',
      [{ type: 'turn-end', status: 'failed', ...stopped, error: { code: 'model_failed', message: 'no' } }],
      [{ type: 'error', error: { name: 'Error', message: 'no', code: 'model_failed' } }],
    ],
    [
      'stopped by a processor',
      [
        { type: 'tripwire', processorId: 'pii', reason: 'a name', isRetry: true },
        { type: 'tripwire', processorId: 'pii', reason: 'a name', isRetry: false, metadata: { at: 1 } },
        { type: 'turn-end', status: 'failed', ...stopped, error: { code: 'tripwire', message: 'a name' } },
      ],
      [{ type: 'tripwire', reason: 'a name', processorId: 'pii', metadata: { at: 1 } }],
    ],
    [
      'cut off',
      [{ type: 'stream-error', error: { code: 'aborted', message: 'gone' } }],
      [{ type: 'error', error: { name: 'Error', message: 'gone', code: 'aborted' } }],
    ],
  ])('says that it was %s', (_, events, expected) => {
    expect(encodeTurn(events).map(({ type, payload }) => ({ type, ...payload }))).toEqual(expected)
  })

  it('says a place in the queue and a warning as data that are not kept', () => {
    const events: AnyEvent[] = [
      { type: 'turn-queued', runId: 'r', position: 2 },
      { type: 'warning', code: 'output_invalid', message: 'no number' },
      { type: 'cache', of: 'model', hit: true, level: 'isolate', usage: { totalTokens: 3 } },
    ]
    expect(encodeTurn(events)).toEqual([
      { type: 'data-queue', data: { runId: 'r', position: 2 }, transient: true },
      { type: 'data-warning', data: { code: 'output_invalid', message: 'no number' }, transient: true },
      {
        type: 'data-cache',
        data: { of: 'model', hit: true, level: 'isolate', usage: { totalTokens: 3 } },
        transient: true,
      },
    ])
  })
})
