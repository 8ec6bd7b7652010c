import { describe, expect, it } from 'vitest'
import type { Message, Part, Role } from '../protocol/message.ts'
import { toPrompt } from './prompt.ts'

function message(role: Role, ...parts: Part[]): Message {
  return { id: 'm', role, parts, createdAt: 0 }
}

const text = (value: string): Part => ({ type: 'text', text: value })
const step: Part = { type: 'step-start', model: 'm' }
const call = { type: 'tool', toolCallId: 'c', toolName: 'look', input: { at: 1 } } as const
const toolCall = { type: 'tool-call', toolCallId: 'c', toolName: 'look', input: { at: 1 } }
const toolResult = (output: object) => ({ type: 'tool-result', toolCallId: 'c', toolName: 'look', output })

describe('a prompt', () => {
  it('begins with the instructions, if there are any', () => {
    expect(toPrompt('Be kind.', [])).toEqual([{ role: 'system', content: 'Be kind.' }])
    expect(toPrompt('', [])).toEqual([])
  })

  it('holds what a person said: texts and files', () => {
    const said = message(
      'user',
      text('look'),
      text(''),
      { type: 'file', mediaType: 'image/png', data: 'AA==', filename: 'a.png' },
      { type: 'file', mediaType: 'image/png', url: 'https://example.com/b.png' },
    )
    expect(toPrompt('', [said])).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'file', mediaType: 'image/png', filename: 'a.png', data: { type: 'data', data: 'AA==' } },
          {
            type: 'file',
            mediaType: 'image/png',
            data: { type: 'url', url: new URL('https://example.com/b.png') },
          },
        ],
      },
    ])
  })

  it('leaves out a message that says nothing', () => {
    expect(
      toPrompt('', [message('user', text('')), message('assistant', step, text('')), message('system')]),
    ).toEqual([])
  })

  it('holds each text of a system message', () => {
    expect(toPrompt('a', [message('system', text('b'), text('c'))])).toEqual([
      { role: 'system', content: 'a' },
      { role: 'system', content: 'b' },
      { role: 'system', content: 'c' },
    ])
  })

  it('splits an answer into its steps, each with the results of its calls after it', () => {
    const answer = message(
      'assistant',
      step,
      { type: 'reasoning', text: 'hm', providerMetadata: { p: { sign: 's' } } },
      text('one'),
      { ...call, state: 'done', output: { found: true } },
      { ...call, toolCallId: 'd', state: 'done', output: 'plain' },
      step,
      text('two'),
    )
    expect(toPrompt('', [answer])).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'hm', providerOptions: { p: { sign: 's' } } },
          { type: 'text', text: 'one' },
          toolCall,
          { ...toolCall, toolCallId: 'd' },
        ],
      },
      {
        role: 'tool',
        content: [
          toolResult({ type: 'json', value: { found: true } }),
          { ...toolResult({ type: 'text', value: 'plain' }), toolCallId: 'd' },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'two' }] },
    ])
  })

  it('answers a call that failed, and one that was never answered', () => {
    const failed: Part = { ...call, state: 'failed', error: { code: 'tool_timeout', message: 'slow' } }
    expect(toPrompt('', [message('assistant', failed, { ...call, state: 'pending' })])).toEqual([
      { role: 'assistant', content: [toolCall, toolCall] },
      {
        role: 'tool',
        content: [
          toolResult({ type: 'error-text', value: 'tool_timeout: slow' }),
          toolResult({
            type: 'error-text',
            value: 'tool_aborted: The turn ended before this call was answered',
          }),
        ],
      },
    ])
  })

  it('keeps what the provider ran within its answer', () => {
    const own: Part = {
      ...call,
      providerExecuted: true,
      state: 'done',
      output: [1],
      providerMetadata: { p: { i: 1 } },
    }
    expect(toPrompt('', [message('assistant', own)])).toEqual([
      {
        role: 'assistant',
        content: [
          { ...toolCall, providerExecuted: true, providerOptions: { p: { i: 1 } } },
          toolResult({ type: 'json', value: [1] }),
        ],
      },
    ])
  })

  it('hands arguments that were no object on as an empty one, which providers demand', () => {
    const odd: Part = {
      ...call,
      input: '{"half',
      state: 'failed',
      error: { code: 'tool_input_invalid', message: 'no' },
    }
    expect(toPrompt('', [message('assistant', odd)])[0]).toEqual({
      role: 'assistant',
      content: [{ ...toolCall, input: {} }],
    })
  })

  it('hands files of an answer back, and leaves its sources out', () => {
    const file: Part = { type: 'file', mediaType: 'image/png', data: 'AA==' }
    expect(
      toPrompt('', [message('assistant', file, { type: 'source', id: 's', url: 'https://a.b' })]),
    ).toEqual([
      {
        role: 'assistant',
        content: [{ type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AA==' } }],
      },
    ])
  })

  it('hands back what a provider said of a part, even if the part says nothing else', () => {
    const providerMetadata = { google: { thoughtSignature: 's' } }
    const file: Part = { type: 'file', mediaType: 'image/png', data: 'AA==', providerMetadata }
    const answer = message('assistant', text('a'), { type: 'text', text: '', providerMetadata }, file)
    expect(toPrompt('', [answer])).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: '', providerOptions: providerMetadata },
          {
            type: 'file',
            mediaType: 'image/png',
            data: { type: 'data', data: 'AA==' },
            providerOptions: providerMetadata,
          },
        ],
      },
    ])
  })

  it('shows a result as texts and files, where it is one', () => {
    const output = [
      { type: 'text', text: 'here' },
      { type: 'file', mediaType: 'image/png', data: 'AA==' },
    ]
    const shown = [output[0], { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AA==' } }]
    const [, told] = toPrompt('', [
      message('assistant', step, { ...call, state: 'done', output, isContent: true }),
    ])
    expect(told).toEqual({ role: 'tool', content: [toolResult({ type: 'content', value: shown })] })
    // What only says so is shown as the data that it is.
    const [, plain] = toPrompt('', [
      message('assistant', step, { ...call, state: 'done', output: [5], isContent: true }),
    ])
    expect(plain).toEqual({ role: 'tool', content: [toolResult({ type: 'json', value: [5] })] })
  })

  it('leaves out reasoning that led to nothing', () => {
    const reasoning: Part = { type: 'reasoning', text: 'hm', providerMetadata: { p: { sign: 's' } } }
    expect(toPrompt('', [message('assistant', step, reasoning, text(''))])).toEqual([])
  })
})
