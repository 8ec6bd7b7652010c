import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  answerOf,
  shownIds,
  streamParts,
  streamText,
  textBlock,
  userSays,
} from '../../test/fixtures/processing.ts'
import type { Message } from '../protocol/message.ts'
import { tokenLimiter } from './token-limiter.ts'

const words = (text: string): number => text.split(/\s+/).filter(Boolean).length
const said = (id: string, text: string): Message => ({ ...answerOf({ type: 'text', text }), id })

describe('tokenLimiter on what a model is shown', () => {
  const system: Message = { ...userSays('Be kind', 's'), role: 'system' }
  const talk = [
    said('a0', 'a b c d'),
    userSays('a b c d', 'u1'),
    system,
    said('a1', 'a b c d'),
    userSays('a b c d', 'u2'),
    said('a2', 'a b c d'),
    userSays('a b c d', 'u3'),
    said('a3', 'a b c d'),
  ]

  it.each([
    [62, ['a0', 'u1', 's', 'a1', 'u2', 'a2', 'u3', 'a3']],
    [61, ['u1', 's', 'a1', 'u2', 'a2', 'u3', 'a3']],
    [53, ['s', 'u2', 'a2', 'u3', 'a3']],
    [37, ['s', 'u3', 'a3']],
  ])('leaves out the oldest exchanges that go beyond %i', async (limit, ids) => {
    expect(await shownIds(tokenLimiter({ limit, count: words }), talk)).toEqual({ warnings: [], ids })
  })

  it('never leaves out a system’s message, the last of a user and what follows; it warns, or ends the turn', async () => {
    expect(await shownIds(tokenLimiter({ limit: 10, count: words }), talk)).toEqual({
      warnings: ['token_limit_exceeded: What must stay of the conversation is over the limit of 10 tokens'],
      ids: ['s', 'u3', 'a3'],
    })
    const strict = tokenLimiter({ limit: 10, count: words, strategy: 'abort' })
    await expect(shownIds(strict, talk)).rejects.toMatchObject({
      processorId: 'token-limiter',
      isRetry: false,
    })
    expect(await shownIds(tokenLimiter({ limit: 4 }), [])).toEqual({ warnings: [], ids: [] })
  })

  it('counts the system prompt, tools with their results, files and reasoning', async () => {
    const heavy: Message[] = [
      userSays('a', 'u1'),
      {
        ...answerOf(
          { type: 'step-start' },
          { type: 'reasoning', text: 'a b' },
          { type: 'tool', toolCallId: '1', toolName: 't', input: {}, state: 'done', output: 'a b c' },
          { type: 'tool', toolCallId: '2', toolName: 't', input: {}, state: 'pending' },
          {
            type: 'tool',
            toolCallId: '3',
            toolName: 't',
            input: {},
            state: 'failed',
            error: { code: 'tool_failed', message: 'a b' },
          },
          { type: 'file', mediaType: 'image/png', data: 'AAAA' },
          { type: 'source', id: 's' },
        ),
        id: 'a1',
      },
      userSays('a', 'u2'),
    ]
    // 5 + (4 + 2 + 5 + 2 + 4 + 1000) + 5, and two of the prompt.
    const count = words
    expect((await shownIds(tokenLimiter({ limit: 1029, count }), heavy, 'Be kind')).ids).toEqual([
      'u1',
      'a1',
      'u2',
    ])
    expect((await shownIds(tokenLimiter({ limit: 1028, count }), heavy, 'Be kind')).ids).toEqual(['u2'])
  })
})

describe('tokenLimiter on what a model writes', () => {
  it('lets an answer within the limit pass', async () => {
    expect(await streamText(tokenLimiter({ limit: 2 }), ['1234', '5678'])).toEqual({
      text: '12345678',
      warnings: [],
    })
  })

  it('cuts it at the limit, wherever the deltas end, and says so once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string(), { maxLength: 12 }), async (pieces) => {
        const whole = pieces.join('')
        const { text, warnings } = await streamText(tokenLimiter({ limit: 5 }), pieces)
        expect(text).toBe(whole.slice(0, 20))
        expect(warnings).toEqual(whole.length > 20 ? ['output_truncated'] : [])
      }),
    )
  })

  it('counts with the counter that is handed in, over all blocks and the steps before', async () => {
    const limiter = tokenLimiter({ limit: 4, count: words })
    const parts = [...textBlock(['a b '], '1'), ...textBlock(['c d e'], '2')]
    const answer = answerOf({ type: 'text', text: 'x' }, { type: 'reasoning', text: 'not counted' })
    expect(await streamParts([limiter], parts, { answer })).toEqual([
      ...textBlock(['a b '], '1'),
      { type: 'text-start', id: '2' },
      { type: 'warning', code: 'output_truncated', message: 'The answer is over the limit of 4 tokens' },
      { type: 'text-delta', id: '2', delta: 'c ' },
      { type: 'text-end', id: '2' },
    ])
  })

  it('does not part a character', async () => {
    expect((await streamText(tokenLimiter({ limit: 1 }), ['abc😀'])).text).toBe('abc')
  })

  it('ends the turn if asked', async () => {
    await expect(streamText(tokenLimiter({ limit: 1, strategy: 'abort' }), ['12345'])).rejects.toMatchObject({
      reason: 'The answer is over the limit of 1 tokens',
    })
  })
})

it('refuses a limit that is none', () => {
  expect(() => tokenLimiter({ limit: 0 })).toThrow(RangeError)
  expect(() => tokenLimiter({ limit: Number.NaN })).toThrow(RangeError)
})
