import { createAiSdkEncoder } from './ai-sdk-stream.ts'
import type { StreamEncoder } from './encoder.ts'
import type { Offset } from '../protocol/offset.ts'
import { createMastraEncoder } from './mastra/stream.ts'
import { createNativeEncoder } from './native.ts'

/** The protocols that a turn can be streamed in. */
export type StreamFormat = keyof typeof ENCODERS

const ENCODERS = {
  native: createNativeEncoder,
  'ai-sdk': createAiSdkEncoder,
  mastra: (after?: Offset) => createMastraEncoder(after ? { after } : {}),
}

/** `after` is where a turn that goes on was left: Mastra's dialect must know what came before, and not say it again. */
export function createEncoder(format: StreamFormat, after?: Offset): StreamEncoder {
  return ENCODERS[format](after)
}

/** Whether a stream of this format must hear a turn from its start, although it says only what is new. */
export function needsStart(format: StreamFormat): boolean {
  return format === 'mastra'
}
