import { describe, expect, it } from 'vitest'
import { countingIds } from '../../test/fixtures/loop-services.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { Issue } from '../protocol/error.ts'
import type { Message } from '../protocol/message.ts'
import { readMessages, readUserMessage } from './input.ts'

const services = () => ({ newId: countingIds(), now: () => 9 })

function read(input: unknown): Message[] {
  return readMessages(input, services())
}

function issuesOf(work: () => unknown): Issue[] | undefined {
  try {
    work()
  } catch (error) {
    if (error instanceof EdgewiseError && error.code === 'invalid_request') return error.issues
    throw error
  }
  throw new Error('Cannot read the issues: the input was taken')
}

const parts = [{ type: 'text', text: 'hi' }]

describe('messages', () => {
  it.each([
    ['hi', { id: 'msg_1', role: 'user' }],
    [{ content: 'hi' }, { id: 'msg_1', role: 'user' }],
    [
      { role: 'assistant', content: [{ type: 'text', text: 'hi' }] },
      { id: 'msg_1', role: 'assistant' },
    ],
    [
      { id: 'mine', role: 'system', parts },
      { id: 'mine', role: 'system' },
    ],
    [
      { id: '', role: 'user', parts, content: 'other' },
      { id: 'msg_1', role: 'user' },
    ],
  ])('are read from %j', (input, expected) => {
    expect(read(input)).toEqual([{ ...expected, parts, createdAt: 9 }])
    expect(read([input])).toEqual([{ ...expected, parts, createdAt: 9 }])
  })

  it('are read from texts and messages mixed, in order', () => {
    expect(read(['a', { role: 'assistant', content: 'b' }, 'c']).map(({ id, role }) => [id, role])).toEqual([
      ['msg_1', 'user'],
      ['msg_2', 'assistant'],
      ['msg_3', 'user'],
    ])
  })

  it('keep texts and files of a UI message, and pass over what is the client’s own', () => {
    const message = {
      role: 'user',
      parts: [
        { type: 'step-start' },
        { type: 'text', text: 'look', state: 'done' },
        { type: 'text', text: '' },
        { type: 'data-mine', data: {} },
        { type: 'tool-look', toolCallId: 'c', state: 'output-available' },
        { type: 'file', mediaType: 'image/png', url: 'data:image/png;base64,AA==', filename: 'a.png' },
        { type: 'file', mediaType: 'text/html', url: 'https://example.com/a' },
      ],
    }
    expect(read(message)[0]?.parts).toEqual([
      { type: 'text', text: 'look' },
      { type: 'file', mediaType: 'image/png', data: 'AA==', filename: 'a.png' },
      { type: 'file', mediaType: 'text/html', url: 'https://example.com/a' },
    ])
  })
})

const file = (over: object) => ({
  parts: [{ type: 'file', mediaType: 'a/b', url: 'https://a.b/', ...over }],
})

describe('bad input', () => {
  const badUrl = 'must be an http(s) URL or a base64 data URL'

  it.each([
    [[], 'messages', 'must hold at least one message'],
    ['', 'messages', 'must hold a text or a file'],
    [[''], 'messages[0]', 'must hold a text or a file'],
    [[5], 'messages[0]', 'must be a text or a message'],
    [null, 'messages', 'must be a text or a message'],
    [['a', [1]], 'messages[1]', 'must be a text or a message'],
    [{ role: 'tool', content: 'a' }, 'messages.role', 'must be "user", "assistant" or "system"'],
    [{ role: null, content: 'a' }, 'messages.role', 'must be "user", "assistant" or "system"'],
    [{}, 'messages.content', 'must be a text or a list of parts'],
    [{ content: { text: 'a' } }, 'messages.content', 'must be a text or a list of parts'],
    [{ parts: 7 }, 'messages.parts', 'must be a text or a list of parts'],
    [{ parts: [] }, 'messages.parts', 'must hold a text or a file'],
    [[{ parts: [{ type: 'text', text: '' }] }], 'messages[0].parts', 'must hold a text or a file'],
    [{ parts: ['a'] }, 'messages.parts[0]', 'must be a part with a type'],
    [{ parts: [...parts, { text: 'a' }] }, 'messages.parts[1]', 'must be a part with a type'],
    [{ parts: [{ type: 'text', text: 5 }] }, 'messages.parts[0].text', 'must be a text'],
    [file({ mediaType: 5 }), 'messages.parts[0].mediaType', 'must be a media type'],
    [file({ url: undefined }), 'messages.parts[0].url', 'must be a URL'],
    [file({ url: 'file:///etc/passwd' }), 'messages.parts[0].url', badUrl],
    [file({ url: 'javascript:alert(1)' }), 'messages.parts[0].url', badUrl],
    [file({ url: 'data:text/plain,hello' }), 'messages.parts[0].url', badUrl],
    [file({ url: 'data:text/plain;base64,***' }), 'messages.parts[0].url', badUrl],
    [file({ url: 'https://' }), 'messages.parts[0].url', 'is not a valid URL'],
    [{ id: 5, content: 'a' }, 'messages.id', 'must be a text of at most 256 characters'],
    [{ id: 'x'.repeat(257), content: 'a' }, 'messages.id', 'must be a text of at most 256 characters'],
  ])('%j is refused at %s: %s', (input, field, message) => {
    expect(issuesOf(() => read(input))).toEqual([{ field, message }])
  })

  it('is named in the message by the first field that is wrong', () => {
    expect(() => read({ parts: [{ type: 'text' }] })).toThrow(
      'Invalid request: messages.parts[0].text must be a text',
    )
  })
})

describe('the message of a turn on a thread', () => {
  it('is the user’s; several become one, under the id of the first', () => {
    const files = [{ type: 'file', mediaType: 'a/b', url: 'https://a.b/' }]
    expect(readUserMessage([{ id: 'x', content: 'hi' }, { parts: files }], services())).toEqual({
      id: 'x',
      role: 'user',
      parts: [...parts, ...files],
      createdAt: 9,
    })
  })

  it('is no other’s: the thread has its own history', () => {
    const input = ['hi', { role: 'assistant', content: 'ho' }]
    expect(issuesOf(() => readUserMessage(input, services(), 'messages'))).toEqual([
      {
        field: 'messages[1].role',
        message: 'is "assistant": a thread has its own history, send only the user\'s messages',
      },
    ])
  })

  it('names the field of a message that came alone', () => {
    const input = { role: 'assistant', content: 'ho' }
    expect(issuesOf(() => readUserMessage(input, services(), 'messages[3]'))?.[0]?.field).toBe(
      'messages[3].role',
    )
  })
})
