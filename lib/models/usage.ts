import type { LanguageModelV4Usage } from '@ai-sdk/provider'
import type { Usage } from '../protocol/usage.ts'

/** What a provider counted, in our words. */
export function toUsage({ inputTokens: input, outputTokens: output }: LanguageModelV4Usage): Usage {
  const usage: Usage = {}
  if (input.total !== undefined) usage.inputTokens = input.total
  if (output.total !== undefined) usage.outputTokens = output.total
  if (input.total !== undefined && output.total !== undefined) usage.totalTokens = input.total + output.total
  if (output.reasoning !== undefined) usage.reasoningTokens = output.reasoning
  if (input.cacheRead !== undefined) usage.cachedInputTokens = input.cacheRead
  return usage
}
