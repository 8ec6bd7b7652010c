import { createAiSdkEncoder } from './ai-sdk-stream.ts'
import type { StreamEncoder } from './encoder.ts'
import type { MastraEncoderOptions } from './mastra/stream.ts'
import { createMastraEncoder } from './mastra/stream.ts'
import { createNativeEncoder } from './native.ts'

/** The protocols that a turn can be streamed in. */
export type StreamFormat = keyof typeof ENCODERS

const ENCODERS = {
  native: createNativeEncoder,
  'ai-sdk': createAiSdkEncoder,
  mastra: createMastraEncoder,
}

/** What is known of the turn beside its log; Mastra's dialect asks for it. */
export type EncoderOptions = MastraEncoderOptions

export function createEncoder(format: StreamFormat, options: EncoderOptions = {}): StreamEncoder {
  return ENCODERS[format](options)
}

/** Whether a stream of this format must hear a turn from its start, although it says only what is new. */
export function needsStart(format: StreamFormat): boolean {
  return format === 'mastra'
}
