import { describe, expect, it } from 'vitest'
import { countingIds } from '../../test/fixtures/loop-services.ts'
import { readRecorded } from '../../test/fixtures/messages/read.ts'
import { EdgewiseError } from '../protocol/error.ts'
import { fromMessages, toMessages } from './convert-messages.ts'
import { convertMessages } from './mastra/convert-messages.ts'
import type { MessageListOptions } from './message-list.ts'
import { MessageList } from './message-list.ts'

function list(options: MessageListOptions = {}): MessageList {
  const newId = countingIds()
  return new MessageList({ now: () => 7, generateMessageId: () => newId('msg'), ...options })
}

const question = { role: 'user', content: 'Where is it?' } as const
const asked = {
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'c1', type: 'function', function: { name: 'find', arguments: '{"id":5}' } }],
}
const found = { role: 'tool', tool_call_id: 'c1', content: 'in Paris' }
const call = { type: 'tool', toolCallId: 'c1', toolName: 'find', input: { id: 5 } }

const texts = (found: { parts: object[] }[]) =>
  found.map(({ parts }) => parts.map((part) => ('text' in part ? part.text : '')).join(''))

const message = (text: string) => ({ id: 'm', role: 'user', parts: [{ type: 'text', text }] })

const answer = (content: string) => ({ role: 'assistant', content })

function errorOf(work: () => unknown): { code: string; field: string | undefined; message: string } {
  try {
    work()
  } catch (error) {
    if (!(error instanceof EdgewiseError)) throw error
    return { code: error.code, field: error.issues?.[0]?.field, message: error.message }
  }
  throw new Error('Cannot read the error: nothing was thrown')
}

describe('a list of messages', () => {
  it('takes one format and gives another', () => {
    const messages = list().add([question, asked, found, { role: 'assistant', content: 'In Paris.' }])
    expect(messages.get.all.aiV5.model()).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Where is it?' }] },
      {
        role: 'assistant',
        content: [{ type: 'tool-call', toolCallId: 'c1', toolName: 'find', input: { id: 5 } }],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: 'c1',
            toolName: 'find',
            output: { type: 'text', value: 'in Paris' },
          },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'In Paris.' }] },
    ])
    expect(messages.losses).toEqual([])
  })

  it('makes one message of an answer in several, a step for each', () => {
    const messages = list().add([question, asked, found, { role: 'assistant', content: 'In Paris.' }])
    expect(messages.get.all.native()).toEqual([
      { id: 'msg_1', role: 'user', createdAt: 7, parts: [{ type: 'text', text: 'Where is it?' }] },
      {
        id: 'msg_2',
        role: 'assistant',
        createdAt: 7,
        parts: [
          { type: 'step-start' },
          { ...call, state: 'done', output: 'in Paris' },
          { type: 'step-start' },
          { type: 'text', text: 'In Paris.' },
        ],
      },
    ])
  })

  it('joins a result that comes later to its call, in whatever format it comes', () => {
    const result = { type: 'tool_result', tool_use_id: 'c1', content: 'no such thing', is_error: true }
    const messages = list()
      .add([question, asked], 'memory')
      .add({ role: 'user', content: [result] }, 'response')
    const error = { code: 'tool_failed', message: 'no such thing' }
    expect(messages.get.remembered.native()[1]?.parts[1]).toEqual({ ...call, state: 'failed', error })
  })

  it('shows the messages of one source', () => {
    const messages = list()
      .addSystem('Be terse.')
      .add({ id: 'old', role: 'user', parts: [{ type: 'text', text: 'Before' }] }, 'memory')
      .add('Now', 'user')
      .add({ role: 'assistant', content: 'Yes' }, 'response')
    expect(texts(messages.get.remembered.aiV5.ui())).toEqual(['Before'])
    expect(texts(messages.get.input.aiV5.ui())).toEqual(['Now'])
    expect(texts(messages.get.response.aiV5.ui())).toEqual(['Yes'])
    expect(messages.get.all.aiV5.ui().map(({ role }) => role)).toEqual([
      'system',
      'user',
      'user',
      'assistant',
    ])
  })

  it('has a message of each id once, the last that was added', () => {
    const messages = list().add([message('a'), 'between', message('b')])
    expect(messages.get.all.native().map(({ parts }) => parts)).toEqual([
      [{ type: 'text', text: 'b' }],
      [{ type: 'text', text: 'between' }],
    ])
  })

  it('gives messages of an answer to whom they come from: one of memory is not gone on with', () => {
    const messages = list().add(answer('old'), 'memory').add(answer('new'), 'response')
    expect(messages.get.all.native()).toHaveLength(2)
    expect(messages.get.response.native()).toHaveLength(1)
  })

  it('removes messages by their ids', () => {
    const messages = list().add(['a', 'b'])
    expect(messages.removeByIds(['msg_1', 'other']).map(({ id }) => id)).toEqual(['msg_1'])
    expect(messages.get.all.native().map(({ id }) => id)).toEqual(['msg_2'])
  })

  it('writes Mastra’s messages with the place of the list, or the one that they came with', () => {
    const [stored] = readRecorded('mastra')
    const [first, second] = list({ resourceId: 'u-1' }).add([stored, 'hi']).get.all.db()
    expect(first).toMatchObject({ threadId: 't-1', resourceId: 'u-1' })
    expect(second).toMatchObject({ resourceId: 'u-1', createdAt: new Date(7) })
    expect(second).not.toHaveProperty('threadId')
  })

  it('takes no message of another thread', () => {
    const messages = list({ threadId: 't-2' })
    const [stored] = readRecorded('mastra')
    expect(errorOf(() => messages.add(['hi', stored]))).toMatchObject({ field: 'messages[1].threadId' })
    expect(messages.get.all.native()).toEqual([])
  })

  it('reads a whole prompt of Anthropic and gives it back', () => {
    const { system, messages } = JSON.parse(JSON.stringify(readRecorded('anthropic')))
    const written = list().add({ system, messages }).to('anthropic')
    expect(written).toEqual({ system, messages, losses: [] })
  })

  it('is read in part by nobody: a list with one bad message is not taken', () => {
    const messages = list().add([question, asked])
    const before = messages.get.all.native()
    expect(errorOf(() => messages.add([found, { role: 'judge', content: 'no' }]))).toEqual({
      code: 'invalid_request',
      field: 'messages[1].role',
      message: 'Invalid request: messages[1].role must be "user", "assistant", "system" or "tool"',
    })
    expect(messages.get.all.native()).toEqual(before)
    expect(messages.add(found).losses).toEqual([])
  })
})

describe('what is lost', () => {
  const sealed = {
    role: 'user',
    parts: [
      { type: 'data-chart', data: 5 },
      { type: 'text', text: 'See?' },
    ],
  }

  it('is told with the message, the place, the format and the reason', () => {
    const messages = list().add([{ id: 'm', ...sealed }])
    expect(messages.losses).toEqual([
      {
        messageId: 'm',
        index: 0,
        path: 'parts[0]',
        what: 'a part "data-chart"',
        why: 'a message of ours has no place for it',
        direction: 'read',
        format: 'aiV5.ui',
      },
    ])
  })

  it('is told of writing, too, and once however often it is asked for', () => {
    const source = { type: 'source-url', sourceId: 's', url: 'https://example.com/' }
    const messages = list().add({ id: 'm', role: 'assistant', parts: [source] })
    for (let i = 0; i < 2; i++) expect(messages.get.all.anthropic()).toEqual([])
    expect(messages.losses).toEqual([
      {
        messageId: 'm',
        index: 0,
        path: 'parts[0]',
        what: 'a part "source"',
        why: 'an Anthropic message has no place for it',
        direction: 'write',
        format: 'anthropic',
      },
    ])
  })

  it('is an error where nothing may be lost, and then nothing is taken', () => {
    const messages = list({ strict: true })
    expect(errorOf(() => messages.add(sealed))).toEqual({
      code: 'invalid_request',
      field: 'messages[0].parts[0]',
      message:
        'Invalid request: messages[0].parts[0] cannot be read from "aiV5.ui" whole: a part "data-chart" would be lost, since a message of ours has no place for it',
    })
    expect(messages.get.all.native()).toEqual([])
    const reasoning = { role: 'assistant', parts: [{ type: 'reasoning', text: 'hm' }] }
    expect(errorOf(() => messages.add(reasoning).to('openai.chat')).field).toBe('messages[0].parts[0]')
    expect(errorOf(() => fromMessages(sealed, { strict: true })).field).toBe('messages[0].parts[0]')
    const { messages: read } = fromMessages(reasoning)
    expect(errorOf(() => toMessages(read, 'openai.chat', { strict: true })).field).toBe(
      'messages[0].parts[0]',
    )
  })

  /** Every object of a message but those whose fields are somebody's own data. */
  function objectsOf(value: unknown, path = ''): [Record<string, unknown>, string][] {
    if (Array.isArray(value)) return value.flatMap((item, i) => objectsOf(item, `${path}[${i}]`))
    if (typeof value !== 'object' || value === null) return []
    const fields: Record<string, unknown> = { ...value }
    const inner = Object.entries(fields).flatMap(([key, item]) =>
      OWN.has(key) ? [] : objectsOf(item, path === '' ? key : `${path}.${key}`),
    )
    return [[value as Record<string, unknown>, path], ...inner]
  }

  const OWN = new Set([
    'metadata',
    'providerMetadata',
    'providerOptions',
    'input',
    'args',
    'output',
    'result',
    'annotations',
    'citations',
    'cache_control',
    'toolInvocations',
    'experimental_attachments',
    'usage',
    'data',
    'image',
    'action',
    'caller',
    'container',
  ])

  it.each([
    'ai-sdk-4-ui',
    'ai-sdk-4-core',
    'ai-sdk-5-ui',
    'ai-sdk-5-model',
    'ai-sdk-6-ui',
    'ai-sdk-6-model',
    'ai-sdk-7-ui',
    'ai-sdk-7-model',
    'openai-chat',
    'openai-chat-answers',
    'openai-responses',
    'openai-responses-output',
    'anthropic-answers',
    'mastra',
    'mastra-1',
  ])('is every field that nobody knows, wherever it stands in %s', (name) => {
    const whole = readRecorded(name)
    const lostBefore = fromMessages(whole).losses.map(({ index, path }) => `${index} ${path}`)
    const places = whole.flatMap((message, i) => objectsOf(message).map(([, path]) => [i, path] as const))
    let tried = 0
    for (const [index, path] of places) {
      const changed = structuredClone(whole)
      const [target] = objectsOf(changed[index]).find(([, at]) => at === path) ?? []
      if (!target) throw new Error('Cannot change the message: the place is gone')
      target['unheardOf'] = 1
      const isLost = lostBefore.some(
        (lost) => `${index} ${path}`.startsWith(lost) && lost !== `${index} role`,
      )
      if (isLost) continue
      tried++
      const lost = fromMessages(changed).losses.map((loss) => `${loss.index} ${loss.path}`)
      expect(lost).toContain(`${index} ${path === '' ? '' : `${path}.`}unheardOf`)
    }
    expect(tried).toBeGreaterThan(3)
  })
})

describe('convertMessages, as Mastra has it', () => {
  it('gives messages of any format in the one that is named', () => {
    const converted = convertMessages([question, asked, found])
    expect(converted.to('AIV5.UI').map(({ parts }) => parts.map(({ type }) => type))).toEqual([
      ['text'],
      ['step-start', 'tool-find'],
    ])
    expect(converted.to('AIV4.Core').map(({ role }) => role)).toEqual(['user', 'assistant', 'tool'])
    expect(converted.to('AIV5.Model').map(({ role }) => role)).toEqual(['user', 'assistant', 'tool'])
    expect(converted.to('AIV4.UI')[0]).toMatchObject({ content: 'Where is it?' })
    expect(converted.to('AIV6.UI')).toHaveLength(2)
    expect(converted.to('Mastra.V2')[1]?.content.parts[0]).toMatchObject({ type: 'tool-invocation' })
    expect(converted.losses).toEqual([])
  })
})

it('keeps nothing of a message that it refused, nor where that belonged', () => {
  const own = list({ threadId: 'here' })
  const content = { format: 2, parts: [{ type: 'text', text: 'hi' }] }
  const stored = { id: 'm', role: 'user', createdAt: 1, content, threadId: 'there' }
  expect(() => own.add(stored)).toThrow('must be that of the list, "here"')
  own.add({ id: 'm', role: 'user', parts: [{ type: 'text', text: 'hi' }] })
  expect(own.get.all.db()).toMatchObject([{ id: 'm', threadId: 'here' }])
})
