import { describe, expect, it } from 'vitest'
import type { TurnState } from '../log/fold.ts'
import { applyEvent, startTurn } from '../log/fold.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { TurnEvent } from '../protocol/event.ts'
import { toResult } from './result.ts'

const usage = { inputTokens: 1 }
const events: TurnEvent[] = [
  { type: 'step-start', step: 0, model: 'm' },
  { type: 'reasoning-delta', id: 'r', delta: 'hm' },
  { type: 'text-delta', id: 't', delta: 'One.' },
  { type: 'tool-call', toolCallId: 'a', toolName: 't', input: { n: 1 } },
  { type: 'tool-call', toolCallId: 'b', toolName: 't', input: { n: 2 } },
  { type: 'step-end', step: 0, finishReason: 'tool-calls', usage, isContinued: true },
  { type: 'tool-error', toolCallId: 'b', toolName: 't', error: { code: 'tool_failed', message: 'no' } },
  { type: 'tool-result', toolCallId: 'a', toolName: 't', output: 7 },
  { type: 'step-start', step: 1, model: 'm' },
  { type: 'text-delta', id: 't', delta: 'Two.' },
  { type: 'step-end', step: 1, finishReason: 'stop', usage, isContinued: false },
]

function fold(...more: TurnEvent[]): TurnState {
  const state = startTurn('msg', 0)
  for (const event of [...events, ...more]) applyEvent(state, event)
  return state
}

describe('the result of a turn', () => {
  it('is its text, its calls with what came of them, its steps and its cost', () => {
    const total = { inputTokens: 2 }
    const state = fold({ type: 'turn-end', status: 'completed', finishReason: 'stop', usage: total })
    const [a, b] = [
      { toolCallId: 'a', toolName: 't', input: { n: 1 } },
      { toolCallId: 'b', toolName: 't', input: { n: 2 } },
    ]
    const toolResults = [
      { ...a, output: 7 },
      { ...b, error: { code: 'tool_failed', message: 'no' } },
    ]
    const first = { model: 'm', text: 'One.', reasoningText: 'hm', finishReason: 'tool-calls', usage }
    const second = { model: 'm', text: 'Two.', reasoningText: '', finishReason: 'stop', usage }
    expect(toResult(state, { runId: 'run', threadId: 'thread' })).toEqual({
      text: 'One.\n\nTwo.',
      toolCalls: [a, b],
      toolResults,
      steps: [
        { ...first, toolCalls: [a, b], toolResults },
        { ...second, toolCalls: [], toolResults: [] },
      ],
      finishReason: 'stop',
      usage: total,
      message: state.message,
      runId: 'run',
      threadId: 'thread',
    })
    expect(toResult(state, { runId: 'run' })).not.toHaveProperty('threadId')
  })

  it('of a turn that was stopped is what it had said', () => {
    const state = fold({ type: 'turn-end', status: 'aborted', finishReason: 'aborted', usage })
    expect(toResult(state, { runId: 'run' })).toMatchObject({ text: 'One.\n\nTwo.', finishReason: 'aborted' })
  })

  it('of a turn that failed is thrown as its own error', () => {
    const issues = [{ field: 'a', message: 'b' }]
    const error = { code: 'model_failed', message: 'No luck', issues } as const
    const state = fold({
      type: 'turn-end',
      status: 'failed',
      finishReason: 'error',
      usage,
      error: { ...error, issues },
    })
    expect(() => toResult(state, { runId: 'run' })).toThrow(
      new EdgewiseError('model_failed', 'No luck', { issues }),
    )
    const bare = fold({ type: 'turn-end', status: 'failed', finishReason: 'error', usage })
    expect(() => toResult(bare, { runId: 'run' })).toThrow(new EdgewiseError('internal', 'The turn failed'))
  })
})
