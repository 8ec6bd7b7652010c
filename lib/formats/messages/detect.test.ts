import { describe, expect, it } from 'vitest'
import { readRecorded } from '../../../test/fixtures/messages/read.ts'
import { detectFormat } from './detect.ts'
import type { MessageFormat } from './formats.ts'

const text = { type: 'text', text: 'hi' }

describe('the format of a message', () => {
  it.each<[unknown, MessageFormat | undefined]>([
    ['hi', 'aiV5.model'],
    [5, undefined],
    [null, undefined],
    [[], undefined],
    [{}, undefined],
    // Alike in all of them: it comes to the same.
    [{ role: 'user', content: 'hi' }, 'aiV5.model'],
    [{ role: 'user', content: [text] }, 'aiV5.model'],
    [{ id: 'm', role: 'user', content: 'hi' }, 'aiV5.model'],
    [{ role: 'system', content: 'hi' }, 'aiV5.model'],
    [{ role: 'tool', content: [{ type: 'tool-result', toolCallId: 'c', output: {} }] }, 'aiV5.model'],
    [{ role: 'tool', content: [{ type: 'tool-result', toolCallId: 'c', result: 1 }] }, 'aiV4.core'],
    [{ role: 'assistant', content: [text, { type: 'tool-call', args: {} }] }, 'aiV4.core'],
    [{ role: 'assistant', content: [text, { type: 'tool-call', input: {} }] }, 'aiV5.model'],
    [{ role: 'assistant', content: [{ type: 'redacted-reasoning', data: '' }] }, 'aiV4.core'],
    [{ role: 'assistant', content: [{ type: 'tool-approval-request' }] }, 'aiV6.model'],
    [{ role: 'assistant', content: [{ type: 'custom', kind: 'a.b' }] }, 'aiV7.model'],
    [{ role: 'user', content: [{ type: 'file', data: { type: 'url' }, mediaType: 'a/b' }] }, 'aiV7.model'],
    [{ role: 'user', parts: [text] }, 'aiV5.ui'],
    [{ role: 'user', content: '', parts: [text] }, 'aiV4.ui'],
    [{ role: 'user', content: 'hi', experimental_attachments: [] }, 'aiV4.ui'],
    [{ role: 'data', content: 'hi' }, 'aiV4.ui'],
    [{ role: 'assistant', parts: [{ type: 'tool-invocation' }] }, 'aiV4.ui'],
    [{ role: 'assistant', parts: [{ type: 'tool-x', toolCallId: 'c', approval: {} }] }, 'aiV6.ui'],
    [{ role: 'assistant', parts: [{ type: 'reasoning-file' }] }, 'aiV7.ui'],
    [{ id: 'm', role: 'user', createdAt: 5, parts: [text] }, 'native'],
    [{ id: 'm', role: 'assistant', createdAt: 5, parts: [{ type: 'tool-x' }] }, 'aiV5.ui'],
    [{ id: 'm', role: 'user', createdAt: '2025-05-01', parts: [text] }, 'aiV5.ui'],
    [{ role: 'user', content: { format: 2, parts: [] } }, 'mastra'],
    [{ role: 'user', content: { parts: [] } }, 'mastra'],
    [{ id: 'm', role: 'user', content: 'hi', createdAt: 5, type: 'text' }, 'mastra.v1'],
    [{ role: 'developer', content: 'hi' }, 'openai.chat'],
    [{ role: 'assistant', content: 'hi', refusal: null }, 'openai.chat'],
    [{ role: 'tool', tool_call_id: 'c', content: 'hi' }, 'openai.chat'],
    [{ role: 'user', content: [text, { type: 'image_url' }] }, 'openai.chat'],
    [{ role: 'user', content: [{ type: 'file', file: {} }] }, 'openai.chat'],
    [{ role: 'user', content: [{ type: 'input_text' }] }, 'openai.responses'],
    [{ role: 'developer', content: [{ type: 'input_text' }] }, 'openai.responses'],
    [{ type: 'function_call' }, 'openai.responses'],
    [{ type: 'message', role: 'assistant', content: [] }, 'openai.responses'],
    [{ type: 'message', role: 'assistant', content: [], stop_reason: 'end_turn' }, 'anthropic'],
    [{ role: 'user', content: [text, { type: 'image', source: {} }] }, 'anthropic'],
    [{ role: 'user', content: [text, { type: 'image', image: '' }] }, 'aiV5.model'],
    [{ role: 'user', content: [{ ...text, cache_control: null }] }, 'anthropic'],
    [{ role: 'assistant', content: [text, { type: 'tool_use' }] }, 'anthropic'],
  ])('of %j is %s', (message, format) => {
    expect(detectFormat(message)).toBe(format)
  })

  it.each<[string, MessageFormat[]]>([
    ['ai-sdk-4-ui', ['aiV4.ui']],
    ['ai-sdk-4-core', ['aiV4.core', 'aiV5.model']],
    ['ai-sdk-5-ui', ['aiV5.ui']],
    ['ai-sdk-5-model', ['aiV5.model']],
    ['ai-sdk-6-ui', ['aiV5.ui', 'aiV6.ui']],
    ['ai-sdk-6-model', ['aiV5.model', 'aiV6.model']],
    ['ai-sdk-7-ui', ['aiV5.ui', 'aiV6.ui']],
    ['ai-sdk-7-model', ['aiV5.model', 'aiV6.model', 'aiV7.model']],
    ['openai-chat', ['aiV5.model', 'openai.chat']],
    ['openai-responses', ['aiV5.model', 'openai.chat', 'openai.responses']],
    ['mastra', ['mastra']],
    ['mastra-1', ['mastra.v1']],
  ])('of the recorded %s is one of %j', (name, formats) => {
    const found = new Set(readRecorded(name).map(detectFormat))
    expect([...found].toSorted()).toEqual(formats)
  })
})
