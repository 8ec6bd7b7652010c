import { expect, it } from 'vitest'
import { chunksOf } from '../../../test/fixtures/mastra/capture.ts'
import type { StreamEntry, TurnEvent } from '../../protocol/event.ts'
import { createMastraThreadEncoder } from './thread-stream.ts'

const input = { id: 'm', role: 'user' as const, parts: [], createdAt: 1 }

function start(runId: string): TurnEvent {
  return { type: 'turn-start', runId, agentId: 'a', messageId: `msg-${runId}`, input, startedAt: 1 }
}

function step(text: string): TurnEvent[] {
  return [
    { type: 'step-start', step: 0, model: 'm' },
    { type: 'text-start', id: 't' },
    { type: 'text-delta', id: 't', delta: text },
    { type: 'text-end', id: 't' },
    { type: 'step-end', step: 0, finishReason: 'stop', usage: {}, isContinued: false },
  ]
}

const end: TurnEvent = { type: 'turn-end', status: 'completed', finishReason: 'stop', usage: {} }

function encode(events: TurnEvent[], asked: string[] = []): ReturnType<typeof chunksOf> {
  const encoder = createMastraThreadEncoder((runId) => {
    asked.push(runId)
    return {}
  })
  const entries: StreamEntry[] = events.map((event) => ({ event }))
  return chunksOf(entries.map((entry) => encoder.encode(entry)).join('') + encoder.end())
}

it('says turn after turn, each with its own run and its own words', () => {
  const asked: string[] = []
  const chunks = encode([start('r1'), ...step('one'), end, start('r2'), ...step('two'), end], asked)
  expect(
    chunks.filter(({ type }) => type === 'finish').map(({ runId, payload }) => [runId, payload?.['output']]),
  ).toEqual([
    ['r1', expect.objectContaining({ text: 'one' })],
    ['r2', expect.objectContaining({ text: 'two' })],
  ])
  expect(asked).toEqual(['r1', 'r2'])
})

it('remembers a turn that waits while another runs', () => {
  const call: TurnEvent = { type: 'tool-call', toolCallId: 'c', toolName: 'wire', input: { amount: 9 } }
  const chunks = encode([
    start('r1'),
    { type: 'step-start', step: 0, model: 'm' },
    call,
    { type: 'step-end', step: 0, finishReason: 'tool-calls', usage: {}, isContinued: true },
    { type: 'tool-suspend', toolCallId: 'c', toolName: 'wire', wait: { for: 'approval' } },
    { type: 'turn-suspend', toolCallIds: ['c'], usage: {} },
    start('r2'),
    ...step('meanwhile'),
    end,
    { type: 'turn-resume', runId: 'r1', agentId: 'a', messageId: 'msg-r1', startedAt: 2 },
    { type: 'tool-answer', toolCallId: 'c', toolName: 'wire', answer: { type: 'approve' } },
    { type: 'tool-result', toolCallId: 'c', toolName: 'wire', output: { wired: 9 } },
    end,
  ])
  const result = chunks.find(({ type }) => type === 'tool-result')
  expect(result).toMatchObject({ runId: 'r1', payload: { args: { amount: 9 }, result: { wired: 9 } } })
})
