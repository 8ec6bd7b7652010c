import type { LanguageModelV4FunctionTool, LanguageModelV4Prompt } from '@ai-sdk/provider'
import { describe, expect, it } from 'vitest'
import { respond } from './respond.ts'

type Properties = NonNullable<Extract<LanguageModelV4FunctionTool['inputSchema'], object>['properties']>

const keeper = (memory: Properties[string]): LanguageModelV4FunctionTool => ({
  type: 'function',
  name: 'updateWorkingMemory',
  description: 'Update the working memory: send only the fields that are new or have changed',
  inputSchema: { type: 'object', properties: { memory }, required: ['memory'] },
})

const profile = keeper({
  type: 'object',
  properties: {
    name: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    city: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    likes: { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'null' }] },
  },
})
const notes = keeper({ type: 'string' })

const dice: LanguageModelV4FunctionTool = {
  type: 'function',
  name: 'rollDice',
  description: 'Roll dice',
  inputSchema: { type: 'object', properties: { sides: { type: 'number' } } },
}

const SYSTEM = 'You help.\n\n## Working memory\nKeep it up to date with the tool updateWorkingMemory.\n\n'

const ask = (
  text: string,
  tools: LanguageModelV4FunctionTool[],
  shown = '(nothing yet)',
  after: LanguageModelV4Prompt = [],
) =>
  respond({
    prompt: [
      { role: 'system', content: SYSTEM + shown },
      { role: 'user', content: [{ type: 'text', text }] },
      ...after,
    ],
    tools,
  })

const kept = (memory: unknown) => [
  { id: expect.any(String), toolName: 'updateWorkingMemory', input: { memory } },
]

describe('the working memory of the offline model', () => {
  it('takes up the fields that somebody tells of themselves, and no others', () => {
    expect(ask('Hello, my name is Ada and I live in London. I like tea and jazz.', [profile])).toEqual({
      type: 'calls',
      calls: kept({ name: 'Ada', city: 'London', likes: ['tea', 'jazz'] }),
    })
    expect(ask('My shoe size is 38.', [profile])).toEqual({
      type: 'text',
      text: 'Noted: your shoe size is 38.',
    })
  })

  it('takes up what is told behind the notes that are there, once', () => {
    const shown = '# Notes\n- I live in Oslo.'
    expect(ask('I live in Oslo. I have two cats.', [notes], shown)).toEqual({
      type: 'calls',
      calls: kept('# Notes\n- I live in Oslo.\n- I have two cats.'),
    })
    expect(ask('I live in Oslo.', [notes], shown)).toMatchObject({ type: 'text' })
  })

  it('is left alone by a question, though it has a word of a field, and by work for other tools', () => {
    expect(ask('What is the weather like?', [profile])).toMatchObject({ type: 'text' })
    expect(ask('How do I cook rice?', [notes])).toMatchObject({ type: 'text' })
    expect(ask('Roll a die with 6 sides', [profile, dice])).toMatchObject({
      type: 'calls',
      calls: [{ toolName: 'rollDice', input: { sides: 6 } }],
    })
  })

  it('is not what the answer is about: what was told is', () => {
    const toolCallId = 'c1'
    const toolName = 'updateWorkingMemory'
    const after: LanguageModelV4Prompt = [
      {
        role: 'assistant',
        content: [{ type: 'tool-call', toolCallId, toolName, input: { memory: { name: 'Ada' } } }],
      },
      {
        role: 'tool',
        content: [
          { type: 'tool-result', toolCallId, toolName, output: { type: 'json', value: { success: true } } },
        ],
      },
    ]
    expect(ask('My name is Ada.', [profile], undefined, after)).toEqual({
      type: 'text',
      text: 'Noted: your name is Ada.',
    })
  })

  it('is asked: a field of it answers', () => {
    const shown = JSON.stringify({ name: 'Ada', city: 'London' }, null, 2)
    expect(ask('What is my city?', [profile], shown)).toEqual({ type: 'text', text: 'Your city is London.' })
  })
})
