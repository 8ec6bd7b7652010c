import { describe, expect, it } from 'vitest'
import type { Part } from '../protocol/message.ts'
import { fromUiParts, toUiMessage } from './ai-sdk-message.ts'

describe('a message for useChat', () => {
  it('is the same message in the words of the AI SDK', () => {
    const error = { code: 'tool_failed', message: 'no' } as const
    const call = { type: 'tool', toolCallId: 'c', toolName: 'look', input: { a: 1 } } as const
    const shown = toUiMessage({
      id: 'm',
      role: 'assistant',
      createdAt: 5,
      metadata: { mine: true },
      outcome: { status: 'completed', finishReason: 'stop', usage: {} },
      parts: [
        { type: 'step-start', model: 'm' },
        { type: 'reasoning', text: 'hm', providerMetadata: { p: {} } },
        { type: 'text', text: 'hi' },
        { type: 'file', mediaType: 'image/png', data: 'AA==', filename: 'a.png' },
        { type: 'file', mediaType: 'image/png', url: 'https://a.b/' },
        { type: 'source', id: 's', url: 'https://a.b/', title: 'A' },
        { ...call, state: 'pending' },
        { ...call, state: 'done', output: 7, providerExecuted: true, providerMetadata: { p: {} } },
        { ...call, state: 'failed', error },
      ],
    })
    const tool = { type: 'tool-look', toolCallId: 'c', input: { a: 1 } }
    expect(shown).toEqual({
      id: 'm',
      role: 'assistant',
      metadata: {
        mine: true,
        createdAt: 5,
        outcome: { status: 'completed', finishReason: 'stop', usage: {} },
      },
      parts: [
        { type: 'step-start' },
        { type: 'reasoning', text: 'hm', state: 'done', providerMetadata: { p: {} } },
        { type: 'text', text: 'hi', state: 'done' },
        { type: 'file', mediaType: 'image/png', url: 'data:image/png;base64,AA==', filename: 'a.png' },
        { type: 'file', mediaType: 'image/png', url: 'https://a.b/' },
        { type: 'source-url', sourceId: 's', url: 'https://a.b/', title: 'A' },
        { ...tool, state: 'input-available' },
        {
          ...tool,
          state: 'output-available',
          output: 7,
          providerExecuted: true,
          callProviderMetadata: { p: {} },
        },
        { ...tool, state: 'output-error', errorText: 'tool_failed: no' },
      ],
    })
  })

  it('of a person is what the person sent, and is read back as the same parts', () => {
    const parts: Part[] = [
      { type: 'text', text: 'look' },
      { type: 'file', mediaType: 'image/png', data: 'AA==', filename: 'a.png' },
      { type: 'file', mediaType: 'text/html', url: 'https://a.b/' },
    ]
    const shown = toUiMessage({ id: 'm', role: 'user', createdAt: 5, parts })
    expect(shown.parts[0]).toEqual({ type: 'text', text: 'look' })
    expect(fromUiParts(shown.parts, 'parts')).toEqual({ ok: true, parts })
  })
})
