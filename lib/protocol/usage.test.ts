import { expect, it } from 'vitest'
import { addUsage } from './usage.ts'

it('adds figure by figure, and leaves absent what neither side counted', () => {
  const sum = addUsage(
    { inputTokens: 3, outputTokens: 4, totalTokens: 7 },
    { inputTokens: 10, cachedInputTokens: 2, totalTokens: 10 },
  )
  expect(sum).toStrictEqual({ inputTokens: 13, outputTokens: 4, totalTokens: 17, cachedInputTokens: 2 })
  expect(addUsage({}, {})).toStrictEqual({})
  expect(addUsage({ reasoningTokens: 0 }, {})).toStrictEqual({ reasoningTokens: 0 })
})
