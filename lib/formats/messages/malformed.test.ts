import { expect, it } from 'vitest'
import { EdgewiseError } from '../../protocol/error.ts'
import { fromMessages } from '../convert-messages.ts'
import type { MessageFormat } from './formats.ts'

function fieldOf(input: unknown, format?: MessageFormat): string | undefined {
  try {
    fromMessages(input, format ? { format } : {})
  } catch (error) {
    if (error instanceof EdgewiseError && error.code === 'invalid_request') return error.issues?.[0]?.field
    throw error
  }
  return 'taken'
}

const part = (role: string, value: unknown) => [{ role, parts: [value] }]
const content = (role: string, value: unknown) => [{ role, content: [value] }]
const stored = (value: unknown) => [{ role: 'assistant', content: { format: 2, parts: [value] } }]
const circle: unknown[] = []
circle.push(circle)

it.each<[MessageFormat | undefined, unknown, string]>([
  [undefined, [5], 'messages[0]'],
  [undefined, ['hi', null], 'messages[1]'],
  [undefined, [{ id: 'x'.repeat(257), role: 'user', parts: [] }], 'messages[0]'],
  [undefined, [{ role: 'user', content: 5 }], 'messages[0].content'],
  [undefined, [{ role: 'tool', content: [{ type: 'tool-result' }] }], 'messages[0].content[0].toolCallId'],
  [undefined, { system: 5, messages: [] }, 'messages[0].system.content'],
  ['aiV5.ui', [5], 'messages[0]'],
  ['aiV5.ui', [{ role: 'judge', parts: [] }], 'messages[0].role'],
  ['aiV5.ui', [{ role: 'user', id: 5, parts: [] }], 'messages[0].id'],
  ['aiV5.ui', [{ role: 'user', parts: {} }], 'messages[0].parts'],
  ['aiV5.ui', part('user', 'a'), 'messages[0].parts[0]'],
  ['aiV5.ui', part('user', { text: 'a' }), 'messages[0].parts[0].type'],
  ['aiV5.ui', part('user', { type: 'text', text: 5 }), 'messages[0].parts[0].text'],
  ['aiV5.ui', part('user', { type: 'file', url: 'https://a.b/' }), 'messages[0].parts[0].mediaType'],
  [
    'aiV5.ui',
    part('user', { type: 'file', mediaType: 'a/b', url: 'javascript:1' }),
    'messages[0].parts[0].url',
  ],
  ['aiV5.ui', part('user', { type: 'file', mediaType: 'a/b', url: 'https://' }), 'messages[0].parts[0].url'],
  ['aiV6.ui', part('assistant', { type: 'tool-a', toolCallId: 'c' }), 'messages[0].parts[0].state'],
  [
    'aiV6.ui',
    part('assistant', { type: 'tool-a', toolCallId: 'c', state: 'lost' }),
    'messages[0].parts[0].state',
  ],
  [
    'aiV6.ui',
    part('assistant', { type: 'tool-a', toolCallId: 'c', state: 'output-available', approval: { id: 5 } }),
    'messages[0].parts[0].approval.id',
  ],
  [
    'aiV5.ui',
    part('assistant', { type: 'tool-a', toolCallId: 'c', state: 'input-available', input: circle }),
    'messages[0].parts[0].input',
  ],
  ['aiV4.ui', [{ role: 'user', content: '', createdAt: 'once' }], 'messages[0].createdAt'],
  ['aiV4.ui', part('assistant', { type: 'tool-invocation' }), 'messages[0].parts[0].toolInvocation'],
  [
    'aiV4.ui',
    part('assistant', { type: 'reasoning', reasoning: '', details: [{ type: 'odd' }] }),
    'messages[0].parts[0].details[0].type',
  ],
  [
    'aiV4.ui',
    [{ role: 'user', content: 'a', experimental_attachments: [{ url: 5 }] }],
    'messages[0].experimental_attachments[0].url',
  ],
  [
    'aiV4.core',
    content('assistant', { type: 'tool-call', toolCallId: 'c' }),
    'messages[0].content[0].toolName',
  ],
  [
    'aiV5.model',
    content('tool', { type: 'tool-result', toolCallId: 'c', output: { type: 'odd' } }),
    'messages[0].content[0].output.type',
  ],
  [
    'aiV7.model',
    content('user', { type: 'file', data: { type: 'url', url: 5 } }),
    'messages[0].content[0].data',
  ],
  ['openai.chat', [{ role: 'judge', content: '' }], 'messages[0].role'],
  ['openai.chat', [{ role: 'tool', content: '' }], 'messages[0].tool_call_id'],
  ['openai.chat', content('user', { type: 'image_url', image_url: 'a' }), 'messages[0].content[0].image_url'],
  [
    'openai.chat',
    [{ role: 'assistant', tool_calls: [{ id: 'c', function: { name: 'a' } }] }],
    'messages[0].tool_calls[0].function.arguments',
  ],
  ['openai.responses', [{ type: 'message', role: 'judge', content: '' }], 'messages[0].role'],
  ['openai.responses', [{ type: 'function_call', name: 'a', arguments: '' }], 'messages[0].call_id'],
  ['openai.responses', [{ type: 'function_call_output', call_id: 'c' }], 'messages[0].output'],
  ['openai.responses', [{ type: 'reasoning', summary: [] }], 'messages[0].id'],
  ['anthropic', [{ role: 'tool', content: '' }], 'messages[0].role'],
  ['anthropic', content('user', { type: 'image' }), 'messages[0].content[0].source'],
  ['anthropic', content('user', { type: 'tool_result' }), 'messages[0].content[0].tool_use_id'],
  ['anthropic', content('assistant', { type: 'tool_use', id: 'c' }), 'messages[0].content[0].name'],
  ['mastra', [{ role: 'user', content: 'a' }], 'messages[0].content'],
  ['mastra', [{ role: 'user', content: { format: 3, parts: [] } }], 'messages[0].content.format'],
  [
    'mastra',
    stored({ type: 'tool-invocation', toolInvocation: { toolCallId: 'c', toolName: 'a', state: 'odd' } }),
    'messages[0].content.parts[0].toolInvocation.state',
  ],
  ['native', [{ role: 'user', parts: [{ type: 'odd' }] }], 'messages[0].parts[0]'],
  ['native', [{ role: 'user', parts: [], outcome: { status: 'odd' } }], 'messages[0].outcome'],
])('as %s, %j is refused at %s', (format, input, field) => {
  expect(fieldOf(input, format)).toBe(field)
})
