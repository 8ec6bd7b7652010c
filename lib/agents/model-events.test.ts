import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { describe, expect, it } from 'vitest'
import type { TurnEvent } from '../protocol/event.ts'
import { createModelReader } from './model-events.ts'

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
    const said: TurnEvent | undefined = createModelReader()(part)
    expect(said).toStrictEqual(event)
  })
})

const google = (thoughtSignature: string) => ({ providerMetadata: { google: { thoughtSignature } } })
const read = (parts: LanguageModelV4StreamPart[]): (TurnEvent | undefined)[] => parts.map(createModelReader())

describe('metadata that comes within a block', () => {
  it.each(['text', 'reasoning'] as const)('is told at the end of its %s', (kind) => {
    const delta = `${kind}-delta` as const
    expect(
      read([
        { type: `${kind}-start`, id: '0' },
        { type: delta, id: '0', delta: 'a', ...google('first') },
        { type: delta, id: '0', delta: 'b' },
        { type: delta, id: '0', delta: '', ...google('last') },
        { type: `${kind}-end`, id: '0' },
      ]),
    ).toEqual([
      { type: `${kind}-start`, id: '0' },
      { type: delta, id: '0', delta: 'a' },
      { type: delta, id: '0', delta: 'b' },
      undefined,
      { type: `${kind}-end`, id: '0', ...google('last') },
    ])
  })

  it('gives way to what the end itself says, and stays with its own block', () => {
    const said = read([
      { type: 'text-delta', id: '0', delta: 'a', ...google('text') },
      { type: 'reasoning-end', id: '0' },
      {
        type: 'text-end',
        id: '0',
        providerMetadata: { google: { thoughtSignature: 'end' }, other: { i: 1 } },
      },
      { type: 'text-end', id: '0' },
    ])
    expect(said.slice(1)).toEqual([
      { type: 'reasoning-end', id: '0' },
      {
        type: 'text-end',
        id: '0',
        providerMetadata: { google: { thoughtSignature: 'end' }, other: { i: 1 } },
      },
      { type: 'text-end', id: '0' },
    ])
  })
})
