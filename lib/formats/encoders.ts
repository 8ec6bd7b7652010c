import { createAiSdkEncoder } from './ai-sdk-stream.ts'
import type { StreamEncoder } from './encoder.ts'
import { createNativeEncoder } from './native.ts'

/** The protocols that a turn can be streamed in. */
export type StreamFormat = keyof typeof ENCODERS

const ENCODERS = { native: createNativeEncoder, 'ai-sdk': createAiSdkEncoder }

export function createEncoder(format: StreamFormat): StreamEncoder {
  return ENCODERS[format]()
}
