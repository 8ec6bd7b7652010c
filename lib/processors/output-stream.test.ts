import { describe, expect, it } from 'vitest'
import { answerOf, contextOf, streamParts, textBlock } from '../../test/fixtures/processing.ts'
import { applyEvent, startTurn } from '../log/fold.ts'
import type { TurnEvent } from '../protocol/event.ts'
import type { Message, Part } from '../protocol/message.ts'
import { toFeedback } from './feedback.ts'
import { createOutputStream } from './output-stream.ts'
import type { Processor, StreamPart } from './processor.ts'
import { toStepEvents } from './say-again.ts'
import { TripWire } from './tripwire.ts'

const delta = (text: string, id = 't'): StreamPart => ({ type: 'text-delta', id, delta: text })
const stepEnd: TurnEvent = { type: 'step-end', step: 0, finishReason: 'stop', usage: {}, isContinued: false }

/** Changes deltas alone. */
function onText(id: string, change: (text: string) => StreamPart[] | null): Processor {
  return {
    id,
    processOutputStream: ({ part }) => (part.type === 'text-delta' ? change(part.delta) : undefined),
  }
}

describe('a stream through processors', () => {
  it('is not made when no processor looks at it', () => {
    expect(createOutputStream([{ id: 'x' }], contextOf(), { step: 0, answer: answerOf() })).toBeUndefined()
  })

  it('gives each part, another, several or none, in order', async () => {
    const twice = onText('twice', (text) => [delta(text), delta(text)])
    const upper = onText('upper', (text) => (text === 'b' ? null : [delta(text.toUpperCase())]))
    const events = await streamParts([twice, upper], textBlock(['a', 'b', 'c']))
    expect(events).toEqual(textBlock(['A', 'A', 'C', 'C']))
  })

  it('passes the edges of steps and turns by the processors', async () => {
    const seen: string[] = []
    const processor: Processor = { id: 'x', processOutputStream: ({ part }) => void seen.push(part.type) }
    expect(await streamParts([processor], [...textBlock(['a']), stepEnd])).toEqual([
      ...textBlock(['a']),
      stepEnd,
    ])
    expect(seen).toEqual(['text-start', 'text-delta', 'text-end'])
  })

  it('opens and closes the blocks that a model does not', async () => {
    const through: Processor = { id: 'x', processOutputStream: () => undefined }
    const reasoning = { type: 'reasoning-delta', id: 't', delta: 'hm' } as const
    expect(await streamParts([through], [delta('a'), reasoning, { type: 'text-start', id: 't' }])).toEqual([
      { type: 'text-start', id: 't' },
      delta('a'),
      { type: 'reasoning-start', id: 't' },
      reasoning,
      { type: 'text-end', id: 't' },
      { type: 'text-start', id: 't' },
      { type: 'text-end', id: 't' },
      { type: 'reasoning-end', id: 't' },
    ])
  })

  it('lets a processor hold text back until its block ends, however it ends', async () => {
    const holding: Processor = {
      id: 'hold',
      processOutputStream: ({ part, stepState }) => {
        if (part.type === 'text-delta') stepState['held'] = `${String(stepState['held'] ?? '')}${part.delta}`
        if (part.type === 'text-delta') return null
        return part.type === 'text-end' ? [delta(String(stepState['held'])), part] : undefined
      },
    }
    expect(await streamParts([holding], textBlock(['a', 'b']))).toEqual(textBlock(['ab']))
    expect(await streamParts([holding], textBlock(['a', 'b']).slice(0, -1))).toEqual(textBlock(['ab']))
  })

  it('begins each try with an empty state for the step, and keeps that of the turn', async () => {
    const seen: unknown[] = []
    const processor: Processor = {
      id: 'x',
      processOutputStream: ({ part, state, stepState }) => {
        if (part.type !== 'text-delta') return
        state['n'] = Number(state['n'] ?? 0) + 1
        stepState['n'] = Number(stepState['n'] ?? 0) + 1
        seen.push([state['n'], stepState['n']])
      },
    }
    const context = contextOf()
    await streamParts([processor], textBlock(['a', 'b']), { context })
    await streamParts([processor], textBlock(['a']), { context })
    expect(seen).toEqual([
      [1, 1],
      [2, 2],
      [3, 1],
    ])
  })

  it('says warnings where they arise, and stops by a tripwire with what came before', async () => {
    const stopping: Processor = {
      id: 'stop',
      processOutputStream: ({ part, warn, abort }) => {
        if (part.type === 'text-delta') warn('seen', part.delta)
        if (part.type === 'text-delta' && part.delta === 'b') abort('no b', { retry: true })
      },
    }
    const stream = createOutputStream([stopping], contextOf(), { step: 0, answer: answerOf() })
    const said: TurnEvent[] = []
    const run = async (): Promise<void> => {
      for (const part of textBlock(['a', 'b']))
        for await (const event of stream?.push(part) ?? []) said.push(event)
    }
    await expect(run()).rejects.toEqual(new TripWire('stop', 'no b', { retry: true }))
    expect(said).toEqual([
      { type: 'text-start', id: 't' },
      { type: 'warning', code: 'seen', message: 'a' },
      delta('a'),
      { type: 'warning', code: 'seen', message: 'b' },
    ])
  })

  it('fails under the name of the processor that failed', async () => {
    const broken: Processor = {
      id: 'broken',
      processOutputStream: async () => Promise.reject(new Error('oh')),
    }
    await expect(streamParts([broken], textBlock(['a']))).rejects.toThrow(
      'Processor "broken" failed in processOutputStream: oh',
    )
  })
})

it('a changed step is said again as the events that make it', () => {
  const metadata = { p: { s: 'x' } }
  const parts: Part[] = [
    { type: 'step-start', model: 'm' },
    { type: 'reasoning', text: 'hm', providerMetadata: metadata },
    { type: 'text', text: 'hello' },
    { type: 'file', mediaType: 'text/plain', data: 'YQ==' },
    { type: 'source', id: 's', url: 'https://a.test' },
    { type: 'tool', toolCallId: '1', toolName: 't', input: {}, state: 'pending', providerMetadata: metadata },
    {
      type: 'tool',
      toolCallId: '2',
      toolName: 't',
      input: {},
      providerExecuted: true,
      state: 'done',
      output: 1,
    },
    {
      type: 'tool',
      toolCallId: '3',
      toolName: 't',
      input: {},
      providerExecuted: true,
      state: 'failed',
      error: { code: 'tool_failed', message: 'no' },
    },
  ]
  const state = startTurn('a', 0)
  for (const event of [{ type: 'step-start', step: 0, model: 'm' } as const, ...toStepEvents({ parts })])
    applyEvent(state, event)
  expect(state.message.parts).toEqual(parts)
})

it('the model is told what it said and why that was not accepted', () => {
  const options = { newId: () => 'id', now: () => 5 }
  const tripwire = new TripWire('p', 'too rude')
  const reason: Message = {
    id: 'id',
    role: 'user',
    parts: [{ type: 'text', text: '[The last answer was not accepted: too rude. Try again.]' }],
    createdAt: 5,
  }
  expect(
    toFeedback(tripwire, { parts: [{ type: 'step-start' }, { type: 'text', text: 'Bah' }], ...options }),
  ).toEqual([{ id: 'id', role: 'assistant', parts: [{ type: 'text', text: 'Bah' }], createdAt: 5 }, reason])
  expect(toFeedback(tripwire, { parts: [], ...options })).toEqual([reason])
})
