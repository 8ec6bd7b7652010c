import { describe, expect, it } from 'vitest'
import { executionBody } from './schemas/execution.ts'
import { runsQuery } from './schemas/workflows.ts'
import { chatBody, stopBody, threadParams } from './schemas.ts'

describe('an id that a caller chose', () => {
  it.each(['a', '-', 'run', 'Über 1/2?', '😀', 'x'.repeat(256)])('may be %j', (threadId) => {
    expect(threadParams.parse({ threadId })).toEqual({ threadId })
  })

  it.each(['', 'x'.repeat(257), '\ud800', 5, null])('may not be %j', (threadId) => {
    expect(threadParams.safeParse({ threadId }).success).toBe(false)
    expect(executionBody.safeParse({ messages: 'hi', threadId }).success).toBe(false)
    expect(chatBody.safeParse({ id: threadId }).success).toBe(false)
  })
})

it.each(['', 'x'.repeat(8193), '\ud800', 5, null])("a run's id may not be %j", (runId) => {
  expect(stopBody.safeParse({ runId }).success).toBe(false)
})

it('asks for messages, which may be anything until they are read', () => {
  expect(executionBody.safeParse({}).success).toBe(false)
  expect(executionBody.safeParse({ messages: null }).success).toBe(false)
  expect(executionBody.parse({ messages: { any: 1 } })).toEqual({ messages: { any: 1 } })
})

it('takes what useChat posts, and leaves out what it does not know', () => {
  expect(
    chatBody.parse({ id: 't', messages: [{}], trigger: 'regenerate-message', messageId: null, x: 1 }),
  ).toEqual({
    id: 't',
    messages: [{}],
    trigger: 'regenerate-message',
    messageId: null,
  })
  expect(chatBody.parse({ id: 't' })).toEqual({ id: 't', messages: [], trigger: 'submit-message' })
  expect(chatBody.safeParse({ id: 't', maxSteps: 101 }).success).toBe(false)
})

it('says of a query that is no date that it must be one', () => {
  const { error } = runsQuery.safeParse({ fromDate: 'yesterday' })
  expect(error?.issues.map(({ path, message }) => [path, message])).toEqual([
    [['fromDate'], 'must be a date'],
  ])
})
