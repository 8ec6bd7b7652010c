import type { LanguageModelV4 } from '@ai-sdk/provider'
import { EdgewiseError } from '../protocol/error.ts'

/**
 * One question to a model, by the way that all providers have: its stream, read to the end.
 *
 * @throws EdgewiseError `model_failed` if it breaks off; RangeError if it says nothing, as it would again; the
 *   signal's reason when it aborts.
 */
export async function askModel(
  model: LanguageModelV4,
  { system, text, signal }: { system: string; text: string; signal: AbortSignal },
): Promise<string> {
  const { stream } = await model.doStream({
    prompt: [
      { role: 'system', content: system },
      { role: 'user', content: [{ type: 'text', text }] },
    ],
    abortSignal: signal,
  })
  let answer = ''
  for await (const part of stream) {
    signal.throwIfAborted()
    if (part.type === 'text-delta') answer += part.delta
    if (part.type === 'error') throw new EdgewiseError('model_failed', 'The model broke off')
  }
  if (answer.trim() === '') throw new RangeError('The model said nothing')
  return answer.trim()
}
