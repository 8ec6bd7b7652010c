import { describe, expect, it } from 'vitest'
import type { Message, Part } from './message.ts'
import { messageText } from './message.ts'

function answer(...parts: Part[]): Message {
  return { id: 'm', role: 'assistant', parts, createdAt: 0 }
}

const step: Part = { type: 'step-start', model: 'm' }
const call: Part = { type: 'tool', toolCallId: 'c', toolName: 't', input: {}, state: 'done', output: 'out' }

function text(value: string): Part {
  return { type: 'text', text: value }
}

describe('messageText', () => {
  it('joins the texts of a step as they are, and those of steps by a blank line', () => {
    expect(messageText(answer(step, text('a'), text('b'), call, step, text('c')))).toBe('ab\n\nc')
  })

  it('leaves out all that is not text', () => {
    const reasoning: Part = { type: 'reasoning', text: 'hm' }
    expect(messageText(answer(step, reasoning, call, text('a'), { type: 'file', mediaType: 'a/b' }))).toBe(
      'a',
    )
  })

  it('gives a step that said nothing no line', () => {
    expect(messageText(answer(step, call, step, text(''), step, text('a'), step, call))).toBe('a')
    expect(messageText(answer(step, text('a'), step, text(''), text('b'), step, call, step, text('c')))).toBe(
      'a\n\nb\n\nc',
    )
  })

  it('is empty for a message without text', () => {
    expect(messageText(answer())).toBe('')
  })
})
