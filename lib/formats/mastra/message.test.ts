import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Message, Part, ToolPart } from '../../protocol/message.ts'
import { comparable, readCapture } from '../../../test/fixtures/mastra/capture.ts'
import { readRecorded } from '../../../test/fixtures/messages/read.ts'
import { fromMessages } from '../convert-messages.ts'
import { fromMastraMessages } from './input.ts'
import { toMastraMessage } from './message.ts'

const place = { threadId: 't-sample', resourceId: 'u-sample' }
const services = { newId: (kind: string) => `${kind}_new`, now: () => 7 }
const call = {
  type: 'tool',
  toolCallId: 'call_1',
  toolName: 'weatherTool',
  input: { city: 'Paris' },
} as const

const question: Message = {
  id: '3a0625e9-aec7-4bf1-84f9-d1d040f686fa',
  role: 'user',
  parts: [{ type: 'text', text: 'weather please' }],
  createdAt: Date.parse('2026-11-21T07:03:15.522Z'),
}

const answer: Message = {
  id: 'e19423f3-d2b0-4550-a6b9-7889c4a0d2eb',
  role: 'assistant',
  parts: [
    { type: 'step-start', model: 'fake/fake-1' },
    { ...call, state: 'done', output: { city: 'Paris', tempC: 21 } },
    { type: 'step-start', model: 'fake/fake-1' },
    { type: 'text', text: 'word0 word1 word2' },
  ],
  createdAt: Date.parse('2026-11-21T07:03:15.616Z'),
}

function read(input: unknown): Message[] {
  const result = fromMastraMessages(input, services)
  if (!result.ok) throw new Error(JSON.stringify(result.issues))
  return result.items.map(({ message }) => message)
}

function partsOf(input: unknown): Part[] | undefined {
  return read([input])[0]?.parts
}

describe('a message in the shape of Mastra', () => {
  it('is as it was recorded', () => {
    const { messages }: { messages: unknown[] } = JSON.parse(readCapture('messages.txt'))
    expect(comparable([question, answer].map((one) => toMastraMessage(one, place)))).toEqual(
      comparable(messages),
    )
  })

  it('is read from the record as it was', () => {
    const { messages }: { messages: unknown[] } = JSON.parse(readCapture('messages.txt'))
    const result = fromMastraMessages(messages, services)
    expect(result.ok && result.items).toEqual([
      { message: question, ...place },
      { message: answer, ...place },
    ])
  })

  it('shows what it waits for beside the call', () => {
    const waits: ToolPart[] = [
      { ...call, state: 'waiting', wait: { for: 'approval' } },
      { ...call, toolCallId: 'b', state: 'waiting', wait: { for: 'resume', payload: 'how many?' } },
    ]
    const { content } = toMastraMessage({ ...answer, parts: waits }, { runId: 'r' })
    const { type: _, input: args, ...named } = call
    expect(content.parts).toEqual([
      { type: 'tool-invocation', toolInvocation: { state: 'call', ...named, args } },
      { type: 'tool-invocation', toolInvocation: { state: 'call', ...named, toolCallId: 'b', args } },
    ])
    expect(content.metadata).toMatchObject({
      pendingToolApprovals: { call_1: { ...named, args, type: 'approval', runId: 'r' } },
      suspendedTools: {
        b: { ...named, toolCallId: 'b', args, type: 'suspension', runId: 'r', suspendPayload: 'how many?' },
      },
    })
  })

  it('shows how the turn failed, and the structured answer', () => {
    const outcome = {
      status: 'failed',
      finishReason: 'error',
      usage: {},
      error: { code: 'model_failed', message: 'no' },
      object: { n: 1 },
    } as const
    const { content } = toMastraMessage({ ...question, outcome })
    expect(content.parts.at(-1)).toEqual({ type: 'error', error: { name: 'model_failed', message: 'no' } })
    expect(content.metadata).toEqual({ structuredOutput: { n: 1 } })
  })

  it('comes back with the same parts', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const model: Part = { type: 'step-start', model: 'openai/gpt/5' }
        const message: Message = { ...answer, parts: [model, said, ...parts], metadata: { mood: 'good' } }
        const sent: unknown = JSON.parse(JSON.stringify(toMastraMessage(message, place)))
        expect(read(sent)).toEqual([message])
      }),
    )
  })
})

const metadata = { p: { sign: 's' } }

/** A step says something: theirs cannot tell a first one that said nothing from none. */
const said: Part = { type: 'text', text: 'so' }

const part: fc.Arbitrary<Part> = fc.constantFrom<Part>(
  { type: 'text', text: 'hi', providerMetadata: metadata },
  { type: 'reasoning', text: 'hm', providerMetadata: metadata },
  { type: 'step-start', model: 'google/flash' },
  { type: 'file', mediaType: 'image/png', data: 'AA==', filename: 'a.png' },
  { type: 'file', mediaType: 'image/png', url: 'https://example.com/a.png', providerMetadata: metadata },
  { type: 'source', id: 's1', url: 'https://example.com/', title: 'Example', providerMetadata: metadata },
  { type: 'source', id: 's3', mediaType: 'application/pdf', title: 'Paper', filename: 'paper.pdf' },
  { ...call, state: 'pending' },
  { ...call, state: 'done', output: { found: [null] }, providerExecuted: true, providerMetadata: metadata },
  { ...call, state: 'failed', error: { code: 'tool_timeout', message: 'late: 5 s' } },
  { ...call, state: 'failed', error: { code: 'tool_declined', message: 'no' } },
  { ...call, state: 'answered', wait: { for: 'approval' }, answer: { type: 'decline', reason: 'no' } },
)

describe('what a body may hold', () => {
  const text = { type: 'text', text: 'hi' }
  const invocation = { toolCallId: 'c', toolName: 'look', args: { at: 1 } }
  const look = { type: 'tool', toolCallId: 'c', toolName: 'look', input: { at: 1 } }

  it.each<[string, unknown, unknown[]]>([
    ['a text', 'hi', [text]],
    ['a message of text', { role: 'user', content: 'hi' }, [text]],
    [
      'a model message',
      { role: 'user', content: [text, { type: 'image', image: 'data:image/gif;base64,AA==' }] },
      [text, { type: 'file', mediaType: 'image/gif', data: 'AA==' }],
    ],
    [
      'a UI message of version 5',
      {
        role: 'assistant',
        parts: [
          { type: 'step-start' },
          { type: 'reasoning', text: 'hm', state: 'done' },
          { type: 'tool-look', toolCallId: 'c', state: 'output-available', input: { at: 1 }, output: 2 },
          { type: 'dynamic-tool', toolName: 'look', toolCallId: 'd', state: 'input-available', input: {} },
          { type: 'source-url', sourceId: 's', url: 'https://example.com/' },
          { type: 'data-own', data: 1 },
        ],
      },
      [
        { type: 'step-start' },
        { type: 'reasoning', text: 'hm' },
        { ...look, state: 'done', output: 2 },
        { ...look, toolCallId: 'd', input: {}, state: 'pending' },
        { type: 'source', id: 's', url: 'https://example.com/' },
      ],
    ],
    [
      'a UI message of version 4',
      {
        role: 'assistant',
        content: 'hi',
        parts: [
          { type: 'reasoning', reasoning: 'hm', details: [] },
          {
            type: 'tool-invocation',
            toolInvocation: { state: 'result', ...invocation, result: 'no', isError: true },
          },
          { type: 'tool-invocation', toolInvocation: { state: 'partial-call', ...invocation } },
          text,
        ],
      },
      [
        { type: 'reasoning', text: 'hm' },
        { ...look, state: 'failed', error: { code: 'tool_failed', message: 'no' } },
        text,
      ],
    ],
    [
      'attachments',
      {
        role: 'user',
        content: 'hi',
        experimental_attachments: [
          { name: 'a.txt', contentType: 'text/plain', url: 'https://example.com/a.txt' },
        ],
      },
      [text, { type: 'file', mediaType: 'text/plain', url: 'https://example.com/a.txt', filename: 'a.txt' }],
    ],
  ])('may be %s', (_, input, expected) => {
    expect(partsOf(input)).toEqual(expected)
  })

  it('may be what that client sends after its own tools: results join their calls and are listed', () => {
    const { toolCallId, toolName } = invocation
    const result = fromMastraMessages(
      [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: '', parts: [{ type: 'tool-invocation', toolInvocation: invocation }] },
        { role: 'tool', content: [{ type: 'tool-result', toolCallId, toolName, result: { n: 2 } }] },
        {
          role: 'tool',
          content: [
            { type: 'tool-result', toolCallId: 'e', toolName, output: { type: 'json', value: 3 } },
            { type: 'tool-result', toolCallId: 'f', toolName, output: { type: 'error-text', value: 'no' } },
          ],
        },
      ],
      services,
    )
    expect(result).toMatchObject({
      items: [
        { message: { role: 'user' } },
        { message: { parts: [{ ...look, state: 'done', output: { n: 2 } }] } },
      ],
      answers: [
        { toolCallId, toolName, answer: { type: 'output', output: { n: 2 } } },
        { toolCallId: 'e', toolName, answer: { type: 'output', output: 3 } },
        { toolCallId: 'f', toolName, answer: { type: 'error', message: 'no' } },
      ],
    })
  })

  it.each<[unknown, string]>([
    [[], 'messages'],
    [[5], 'messages[0]'],
    ['', 'messages'],
    [[{ role: 'signal', content: 'hi' }], 'messages[0].role'],
    [{ role: 'user', content: 'hi', id: 5 }, 'messages.id'],
    [[{ role: 'user' }], 'messages[0].content'],
    [[{ role: 'user', content: '' }], 'messages[0].content'],
    [[{ role: 'user', content: [{ type: 'text' }] }], 'messages[0].content[0].text'],
    [[{ role: 'user', parts: [{ type: 'file', url: 'https://a.b/' }] }], 'messages[0].parts[0].mediaType'],
    [
      [{ role: 'user', parts: [{ type: 'file', mediaType: 'a/b', url: 'ftp://a' }] }],
      'messages[0].parts[0].url',
    ],
    [[{ role: 'tool', content: [{ type: 'tool-result' }] }], 'messages[0].content[0].toolCallId'],
    [
      [
        {
          role: 'assistant',
          content: { format: 2, parts: [{ type: 'tool-invocation', toolInvocation: {} }] },
        },
      ],
      'messages[0].content.parts[0].toolInvocation.toolCallId',
    ],
  ])('names the field of a mistake: %j', (input, field) => {
    const result = fromMastraMessages(input, services)
    expect(result.ok ? 'ok' : result.issues.map((issue) => issue.field)).toEqual([field])
  })
})

const saidIn = (messages: Message[]) =>
  messages.flatMap((message) => message.parts).filter(({ type }) => type !== 'step-start')

describe('what was recorded of every version', () => {
  it.each([
    'ai-sdk-4-ui',
    'ai-sdk-4-core',
    'ai-sdk-5-ui',
    'ai-sdk-5-model',
    'ai-sdk-6-ui',
    'ai-sdk-6-model',
    'ai-sdk-7-ui',
    'ai-sdk-7-model',
    'mastra',
    'mastra-1',
  ])('is read over HTTP as the list of messages reads it: %s', (name) => {
    const recorded = readRecorded(name)
    const asked = (part: Part): Part => {
      if (part.type !== 'tool' || !name.endsWith('model')) return part
      // Questions for approval among model messages are passed over: nobody could answer them.
      const { type, toolCallId, toolName, input } = part
      if (part.state === 'answered') return { type, toolCallId, toolName, input, state: 'pending' }
      const { approval: _, ...call } = part
      return call
    }
    const parts = saidIn(fromMessages(recorded).messages).map(asked)
    expect(saidIn(read(recorded))).toEqual(parts)
  })

  it('holds a file once that is listed as an attachment, too', () => {
    const [stored] = readRecorded('mastra')
    expect(partsOf(stored)?.map(({ type }) => type)).toEqual(['text', 'file', 'file'])
  })
})
