import { parseJsonEventStream, readUIMessageStream, uiMessageChunkSchema } from 'ai'
import type { UIMessage, UIMessageChunk } from 'ai'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WholeTurn } from '../../test/fixtures/whole-turns.ts'
import { wholeTurns } from '../../test/fixtures/whole-turns.ts'
import { applyEvent, startTurn } from '../log/fold.ts'
import type { StreamEntry, TurnEvent } from '../protocol/event.ts'
import type { Message } from '../protocol/message.ts'
import { toUiMessage } from './ai-sdk-message.ts'
import { createAiSdkEncoder } from './ai-sdk-stream.ts'

type AnyEvent = StreamEntry['event']

const input: Message = { id: 'in', role: 'user', parts: [{ type: 'text', text: 'hi' }], createdAt: 0 }
const turnStart: TurnEvent = {
  type: 'turn-start',
  runId: 'r',
  agentId: 'a',
  messageId: 'm',
  input,
  startedAt: 5,
}
const turnEnd: TurnEvent = { type: 'turn-end', status: 'completed', finishReason: 'stop', usage: {} }
const stepStart = (step: number): TurnEvent => ({ type: 'step-start', step, model: 'test/model' })

function eventsOf({ steps }: WholeTurn): AnyEvent[] {
  return [
    turnStart,
    ...steps.flatMap(({ lost, said, answers }, step): AnyEvent[] => [
      ...(lost.length > 0 ? [stepStart(step), ...lost, { type: 'step-restart' as const }] : []),
      stepStart(step),
      ...said,
      { type: 'step-end', step, finishReason: 'stop', usage: {}, isContinued: answers.length > 0 },
      ...answers,
    ]),
    turnEnd,
  ]
}

function encode(events: readonly AnyEvent[]): string {
  const encoder = createAiSdkEncoder()
  return events.map((event) => encoder.encode({ event })).join('') + encoder.end()
}

/** The chunks as the AI SDK's own transport reads them; it throws at one that it does not know. */
async function chunksOf(events: readonly AnyEvent[]): Promise<UIMessageChunk[]> {
  const stream = new Response(encode(events)).body
  if (!stream) throw new Error('Cannot read the stream: it has no body')
  const chunks: UIMessageChunk[] = []
  for await (const result of parseJsonEventStream({ stream, schema: uiMessageChunkSchema })) {
    if (!result.success) throw result.error
    chunks.push(result.value)
  }
  return chunks
}

async function lastMessage(events: readonly AnyEvent[]): Promise<UIMessage | undefined> {
  const chunks = await chunksOf(events)
  let last: UIMessage | undefined
  const stream = new ReadableStream<UIMessageChunk>({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
  for await (const message of readUIMessageStream({ stream, terminateOnError: true })) last = message
  return last
}

function stored(events: readonly AnyEvent[]): Message {
  const state = startTurn('m', 5)
  for (const event of events) {
    if (event.type === 'step-restart' || event.type === 'turn-queued' || event.type === 'stream-error')
      continue
    applyEvent(state, event)
  }
  return state.message
}

/** Without what is undefined, as it is sent. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

const end = (over: object): TurnEvent => ({ ...turnEnd, ...over }) as TurnEvent

describe('the AI SDK stream of a turn', () => {
  it('is read by the SDK as the message that is stored', async () => {
    await fc.assert(
      fc.asyncProperty(wholeTurns, async (turn) => {
        const events = eventsOf(turn)
        const shown = await lastMessage(events)
        expect(shown?.id).toBe('m')
        // The SDK keeps the id of a block of reasoning, which means something only while it streams.
        const parts = shown?.parts.map((part) =>
          part.type === 'reasoning' ? { ...part, id: undefined } : part,
        )
        expect(plain(parts)).toEqual(plain(toUiMessage(stored(events)).parts))
      }),
      { numRuns: 300 },
    )
  })

  it('ends a step when the next begins or the turn ends, so that it holds the results of its tools', async () => {
    const call: TurnEvent = { type: 'tool-call', toolCallId: 'c', toolName: 'look', input: {} }
    const types = (
      await chunksOf([
        turnStart,
        stepStart(0),
        call,
        { type: 'step-end', step: 0, finishReason: 'tool-calls', usage: {}, isContinued: true },
        { type: 'tool-result', toolCallId: 'c', toolName: 'look', output: 1 },
        stepStart(1),
        { type: 'step-end', step: 1, finishReason: 'stop', usage: {}, isContinued: false },
        turnEnd,
      ])
    ).map(({ type }) => type)
    expect(types).toEqual([
      'start',
      'start-step',
      'tool-input-available',
      'tool-output-available',
      'finish-step',
      'start-step',
      'finish-step',
      'finish',
    ])
  })

  it('names the run, the agent and the thread in its start', async () => {
    expect(await chunksOf([{ ...turnStart, threadId: 't' }])).toEqual([
      { type: 'start', messageId: 'm', messageMetadata: { runId: 'r', agentId: 'a', threadId: 't' } },
    ])
  })

  it('takes back what a step had said, also when it was the first, and does not begin it twice', async () => {
    const events: AnyEvent[] = [
      stepStart(0),
      { type: 'text-delta', id: 't', delta: 'lost' },
      { type: 'step-restart' },
      stepStart(0),
    ]
    expect((await chunksOf(events)).map(({ type }) => type)).toEqual([
      'start-step',
      'text-delta',
      'reset-step',
    ])
  })

  it('says how the turn ended', async () => {
    expect(await chunksOf([end({ finishReason: 'length' })])).toEqual([
      { type: 'finish', finishReason: 'length' },
    ])
    expect(await chunksOf([end({ status: 'aborted', finishReason: 'aborted' })])).toEqual([
      { type: 'abort', reason: 'stopped' },
    ])
    const error = { code: 'model_failed', message: 'No luck' } as const
    expect(await chunksOf([end({ status: 'failed', finishReason: 'error', error })])).toEqual([
      { type: 'error', errorText: 'No luck' },
    ])
  })

  it.each([
    'stop',
    'length',
    'content-filter',
    'tool-calls',
    'error',
    'interrupted',
    'aborted',
    'other',
  ] as const)('gives the SDK a finish reason that it knows for %s', async (finishReason) => {
    expect(await chunksOf([{ type: 'turn-end', status: 'completed', finishReason, usage: {} }])).toHaveLength(
      1,
    )
  })

  it('tells of the queue, of warnings, of caches and of a stream that cannot go on', async () => {
    const error = { code: 'aborted', message: 'Gone' } as const
    expect(
      await chunksOf([
        { type: 'turn-queued', runId: 'r', position: 2 },
        { type: 'warning', code: 'c', message: 'm' },
        { type: 'cache', of: 'tool', hit: true, level: 'storage', toolCallId: 'c1' },
        { type: 'stream-error', error },
      ]),
    ).toEqual([
      { type: 'data-queue', data: { runId: 'r', position: 2 }, transient: true },
      { type: 'data-warning', data: { code: 'c', message: 'm' }, transient: true },
      {
        type: 'data-cache',
        data: { of: 'tool', hit: true, level: 'storage', toolCallId: 'c1' },
        transient: true,
      },
      { type: 'error', errorText: 'Gone' },
    ])
  })

  it('ends with [DONE]', () => {
    expect(encode([])).toBe('data: [DONE]\n\n')
  })
})
