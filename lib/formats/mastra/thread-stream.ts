import type { StreamEntry } from '../../protocol/event.ts'
import type { StreamEncoder } from '../encoder.ts'
import type { MastraEncoderOptions } from './stream.ts'
import { createMastraEncoder } from './stream.ts'

/**
 * A thread as Mastra's stream, turn after turn, as `threads/subscribe` has it: the chunks of each turn in order, and one
 * `[DONE]` at the very end. A turn that waits for somebody is remembered until it has gone on and ended.
 *
 * @param optionsOf What is known of a run beside the log. Must not throw.
 */
export function createMastraThreadEncoder(
  optionsOf: (runId: string) => Omit<MastraEncoderOptions, 'after'> = () => ({}),
): StreamEncoder {
  const runs = new Map<string, StreamEncoder>()
  const whole = createMastraEncoder()
  let running = ''
  return {
    headers: whole.headers,
    keepAlive: whole.keepAlive,
    encode: (entry: StreamEntry) => {
      const { event } = entry
      if (event.type === 'turn-start' || event.type === 'turn-resume') running = event.runId
      const known = event.type === 'turn-start' ? undefined : runs.get(running)
      const encoder = known ?? createMastraEncoder(optionsOf(running))
      runs.set(running, encoder)
      if (event.type === 'turn-end') runs.delete(running)
      return encoder.encode(entry)
    },
    end: whole.end,
  }
}
