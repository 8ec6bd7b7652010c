import { describe, expect, it } from 'vitest'
import { canonical, plain } from '../../../test/fixtures/messages/canonical.ts'
import { readRecorded } from '../../../test/fixtures/messages/read.ts'
import { fromMessages, toMessages } from '../convert-messages.ts'
import { MessageList } from '../message-list.ts'
import type { MessageFormat } from './formats.ts'

const FILES: [name: string, format: MessageFormat, lost?: string[]][] = [
  ['ai-sdk-4-ui', 'aiV4.ui'],
  ['ai-sdk-4-core', 'aiV4.core'],
  ['ai-sdk-5-ui', 'aiV5.ui'],
  ['ai-sdk-5-model', 'aiV5.model'],
  ['ai-sdk-6-ui', 'aiV6.ui'],
  ['ai-sdk-6-model', 'aiV6.model'],
  ['ai-sdk-7-ui', 'aiV7.ui'],
  ['ai-sdk-7-model', 'aiV7.model'],
  ['openai-chat', 'openai.chat', ['[0].role: the role "developer"']],
  ['openai-responses', 'openai.responses', ['[0].role: the role "developer"']],
  ['anthropic', 'anthropic'],
  ['mastra', 'mastra'],
  ['mastra-1', 'mastra.v1'],
]

/** What a provider answered, with what we cannot carry. */
const ANSWERS: [name: string, format: MessageFormat, lost: string[]][] = [
  ['openai-chat-answers', 'openai.chat', []],
  ['openai-responses-output', 'openai.responses', ['[1]: an item "web_search_call"']],
  [
    'anthropic-answers',
    'anthropic',
    ['[1].content[1]: a block "server_tool_use"', '[1].content[2]: a block "web_search_tool_result"'],
  ],
]

const services = { now: () => 7, newId: (kind: string) => `${kind}_${++count}` }
let count = 0

function told(losses: readonly { index: number; path: string; what: string }[]): string[] {
  return losses.map(({ index, path, what }) => `[${index}]${path && `.${path}`}: ${what}`)
}

describe.each([...FILES, ...ANSWERS])('messages recorded as %s', (name, format, lost = []) => {
  it('are read, with a word on all that does not come along', () => {
    const read = fromMessages(readRecorded(name), services)
    expect(told(read.losses)).toEqual(lost)
    expect(read.messages.length).toBeGreaterThan(0)
  })

  it('are read alike whether their format is named or not', () => {
    const recorded = readRecorded(name)
    const parts = (options: object) =>
      fromMessages(recorded, { ...services, ...options }).messages.map((message) => message.parts)
    expect(plain(parts({ format }))).toEqual(plain(parts({})))
  })

  it('are the same when what was written of them is read and written again', () => {
    const first = toMessages(fromMessages(readRecorded(name), services).messages, format)
    const read = fromMessages(JSON.parse(JSON.stringify(first)), { ...services, format })
    const again = toMessages(read.messages, format)
    expect(canonical(again, format)).toEqual(canonical(first, format))
  })
})

describe.each(FILES)('messages recorded as %s', (name, format) => {
  it('are written as they were recorded', () => {
    const recorded = readRecorded(name)
    const written = new MessageList({ now: services.now }).add(recorded).to(format)
    expect(written.losses).toEqual([])
    expect(canonical(written, format)).toEqual(canonical(recorded, format))
  })
})
