import { expect, it } from 'vitest'
import { answerOf, contextOf, drain, userSays } from '../../test/fixtures/processing.ts'
import type { Message, Part } from '../protocol/message.ts'
import { runInputStep } from './run-processors.ts'
import type { ToolCallFilterOptions } from './tool-call-filter.ts'
import { toolCallFilter } from './tool-call-filter.ts'

const call = (toolName: string): Part => ({
  type: 'tool',
  toolCallId: toolName,
  toolName,
  input: {},
  state: 'done',
  output: 1,
})
const step: Part = { type: 'step-start' }
const text: Part = { type: 'text', text: 'Done' }

async function shown(messages: Message[], options?: ToolCallFilterOptions): Promise<readonly Message[]> {
  const run = runInputStep([toolCallFilter(options)], contextOf(), { step: 1, messages, instructions: '' })
  return (await drain(run)).result
}

it('leaves all calls out of the history, each with its result, and messages of which nothing is left', async () => {
  const messages = [
    userSays('a'),
    answerOf(step, call('x'), step, text),
    userSays('b'),
    answerOf(step, call('x')),
  ]
  expect(await shown([...messages, userSays('c')])).toEqual([
    userSays('a'),
    answerOf(step, step, text),
    userSays('b'),
    userSays('c'),
  ])
})

it('leaves out those of named tools alone', async () => {
  const messages = [userSays('a'), answerOf(step, call('x'), call('y')), userSays('b')]
  expect(await shown(messages, { exclude: ['x'] })).toEqual([
    userSays('a'),
    answerOf(step, call('y')),
    userSays('b'),
  ])
  expect(await shown(messages, { exclude: [] })).toEqual(messages)
})

it('keeps what the running turn has called', async () => {
  const messages = [userSays('a'), answerOf(step, call('x'))]
  expect(await shown(messages)).toEqual(messages)
})
