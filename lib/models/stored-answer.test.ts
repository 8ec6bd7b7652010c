import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { usageOf as tokens } from '../../test/fixtures/scripted-model.ts'
import { readStored, replay, toStored, usageOf } from './stored-answer.ts'

type Part = LanguageModelV4StreamPart

const stop: Part = { type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage: tokens(3, 4) }

function again(parts: Part[]): Part[] {
  let made = 0
  const kept = toStored(parts, undefined)
  const stored = kept === undefined ? undefined : readStored(kept)
  return stored ? [...replay(stored, () => `call_${(made += 1)}`)] : []
}

it('what a provider signed comes again, what it calls by a name of its own does not', () => {
  const said = again([
    { type: 'stream-start', warnings: [{ type: 'other', message: 'odd' }] },
    { type: 'response-metadata', id: 'resp_1', timestamp: new Date(0) },
    {
      type: 'reasoning-start',
      id: 'r',
      providerMetadata: { openai: { itemId: 'rs_1', reasoningEncryptedContent: 'e' } },
    },
    { type: 'reasoning-delta', id: 'r', delta: 'so ' },
    { type: 'reasoning-delta', id: 'r', delta: 'so' },
    { type: 'reasoning-delta', id: 'r', delta: '', providerMetadata: { google: { thoughtSignature: 'r' } } },
    { type: 'reasoning-end', id: 'r' },
    { type: 'tool-input-start', id: 'c', toolName: 'look' },
    { type: 'tool-input-delta', id: 'c', delta: '{}' },
    { type: 'tool-input-end', id: 'c' },
    {
      type: 'tool-call',
      toolCallId: 'c',
      toolName: 'look',
      input: '{"itemId":1}',
      providerMetadata: { google: { thoughtSignature: 's' }, openai: { itemId: 'fc_1' } },
    },
    { type: 'tool-call', toolCallId: 'ws_1', toolName: 'web', input: '{}', providerExecuted: true },
    { type: 'tool-result', toolCallId: 'ws_1', toolName: 'web', result: { found: 1 } },
    { ...stop, finishReason: { unified: 'tool-calls', raw: undefined } },
  ])
  expect(said).toEqual([
    { type: 'stream-start', warnings: [] },
    { type: 'reasoning-start', id: 'r', providerMetadata: { openai: { reasoningEncryptedContent: 'e' } } },
    { type: 'reasoning-delta', id: 'r', delta: 'so so' },
    { type: 'reasoning-delta', id: 'r', delta: '', providerMetadata: { google: { thoughtSignature: 'r' } } },
    { type: 'reasoning-end', id: 'r' },
    { type: 'tool-input-start', id: 'call_1', toolName: 'look' },
    { type: 'tool-input-delta', id: 'call_1', delta: '{}' },
    { type: 'tool-input-end', id: 'call_1' },
    {
      type: 'tool-call',
      toolCallId: 'call_1',
      toolName: 'look',
      input: '{"itemId":1}',
      providerMetadata: { google: { thoughtSignature: 's' }, openai: {} },
    },
    { type: 'tool-call', toolCallId: 'ws_1', toolName: 'web', input: '{}', providerExecuted: true },
    { type: 'tool-result', toolCallId: 'ws_1', toolName: 'web', result: { found: 1 } },
    {
      type: 'finish',
      finishReason: { unified: 'tool-calls' },
      usage: { inputTokens: { total: 0 }, outputTokens: { total: 0 } },
      providerMetadata: {
        edgewise: { cached: true, usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 } },
      },
    },
  ])
})

it('the same text comes again in pieces of some length, whatever it is and however it came', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 120 }), { minLength: 1 }), (deltas) => {
      const text = deltas.join('')
      fc.pre(text.trim() !== '')
      const parts = deltas.map((delta): Part => ({ type: 'text-delta', id: 't', delta }))
      const said = again([{ type: 'text-start', id: 't' }, ...parts, { type: 'text-end', id: 't' }, stop])
      const told = said.flatMap((part) => (part.type === 'text-delta' ? [part.delta] : []))
      expect(told.join('')).toBe(text)
      expect(told.every((piece) => piece.length > 0 && piece.length <= 48)).toBe(true)
    }),
  )
})

it('what is no whole answer is not read as one', () => {
  const finish = { type: 'finish' }
  for (const value of [
    null,
    'x',
    {},
    { parts: {} },
    { parts: [] },
    { parts: [1, finish] },
    { parts: [finish, {}] },
  ])
    expect(readStored(value)).toBeUndefined()
})

it('an answer with pictures is not kept', () => {
  const file: Part = { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'aGk=' } }
  const words: Part = { type: 'text-delta', id: 't', delta: 'See' }
  expect(again([words, file, stop])).toEqual([])
  expect(again([words, stop])).toHaveLength(3)
})

it('what says nothing of its cost cost nothing', () => {
  expect(usageOf({ parts: [] })).toEqual({})
})
