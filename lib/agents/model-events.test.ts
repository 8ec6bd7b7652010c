import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { describe, expect, it } from 'vitest'
import type { TurnEvent } from '../protocol/event.ts'
import { toModelEvents } from './model-events.ts'

const providerMetadata = { p: { i: 1 } }
const call = { type: 'tool-call', toolCallId: 'c', toolName: 't' } as const
const called = { type: 'tool-call', toolCallId: 'c', toolName: 't' }
const answered = { toolCallId: 'c', toolName: 't', providerExecuted: true }
const resulted = { type: 'tool-result', toolCallId: 'c', toolName: 't' } as const
const bytes = new Uint8Array([0, 255, 16])

const TABLE: [part: LanguageModelV4StreamPart, event: object | undefined][] = [
  [
    { type: 'text-start', id: 't', providerMetadata },
    { type: 'text-start', id: 't', providerMetadata },
  ],
  [
    { type: 'text-delta', id: 't', delta: 'a' },
    { type: 'text-delta', id: 't', delta: 'a' },
  ],
  [{ type: 'text-delta', id: 't', delta: '' }, undefined],
  [
    { type: 'text-end', id: 't' },
    { type: 'text-end', id: 't' },
  ],
  [
    { type: 'reasoning-end', id: 'r', providerMetadata },
    { type: 'reasoning-end', id: 'r', providerMetadata },
  ],
  [
    { type: 'tool-input-start', id: 'c', toolName: 't' },
    { type: 'tool-input-start', id: 'c', toolName: 't' },
  ],
  [
    { type: 'tool-input-delta', id: 'c', delta: '{' },
    { type: 'tool-input-delta', id: 'c', delta: '{' },
  ],
  [
    { type: 'tool-input-end', id: 'c' },
    { type: 'tool-input-end', id: 'c' },
  ],
  [
    { ...call, input: '{"a":1}', providerMetadata },
    { ...called, input: { a: 1 }, providerMetadata },
  ],
  [
    { ...call, input: '[1]', providerExecuted: true },
    { ...called, input: [1], providerExecuted: true },
  ],
  [
    { ...call, input: ' ', providerExecuted: false },
    { ...called, input: {} },
  ],
  [
    { ...call, input: '{"a":' },
    { ...called, input: '{"a":' },
  ],
  [
    { ...resulted, result: { n: 1 } },
    { type: 'tool-result', ...answered, output: { n: 1 } },
  ],
  [
    { ...resulted, result: 'no', isError: true },
    { type: 'tool-error', ...answered, error: { code: 'tool_failed', message: '"no"' } },
  ],
  [
    { type: 'file', mediaType: 'image/png', data: { type: 'data', data: bytes }, providerMetadata },
    { type: 'file', mediaType: 'image/png', data: 'AP8Q', providerMetadata },
  ],
  [
    { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AP8Q' } },
    { type: 'file', mediaType: 'image/png', data: 'AP8Q' },
  ],
  [
    { type: 'file', mediaType: 'image/png', data: { type: 'url', url: new URL('https://a.b/c') } },
    { type: 'file', mediaType: 'image/png', url: 'https://a.b/c' },
  ],
  [
    { type: 'source', sourceType: 'url', id: 's', url: 'https://a.b', title: 'A' },
    { type: 'source', id: 's', url: 'https://a.b', title: 'A' },
  ],
  [
    { type: 'source', sourceType: 'document', id: 's', mediaType: 'a/b', title: 'A', filename: 'a.b' },
    { type: 'source', id: 's', mediaType: 'a/b', title: 'A', filename: 'a.b' },
  ],
  [{ type: 'stream-start', warnings: [] }, undefined],
  [{ type: 'raw', rawValue: {} }, undefined],
  [{ type: 'ping' }, undefined],
]

describe('a part of a model’s stream', () => {
  it.each(TABLE)('%j', (part, event) => {
    const said: TurnEvent | undefined = toModelEvents(part)
    expect(said).toStrictEqual(event)
  })
})
