import type { StreamEntry } from '../protocol/event.ts'
import { formatOffset } from '../protocol/offset.ts'
import type { RunEvent } from '../protocol/run-event.ts'
import { SSE_KEEP_ALIVE, sseFrame } from '../protocol/sse.ts'
import { SSE_HEADERS } from './encoder.ts'

/**
 * Says a followed run in the words of one protocol, as `StreamEncoder` does for turns.
 *
 * **Contract:** one encoder serves one stream. `encode` gives the text for one entry, empty if the protocol has no word
 * for it. Neither throws.
 */
export interface RunEncoder {
  headers: Record<string, string>
  encode(entry: StreamEntry<RunEvent>): string
  end(): string
  keepAlive: string
}

/** The protocols that a run can be streamed in. */
export type RunFormat = keyof typeof ENCODERS

const ENCODERS = { native: createNativeRunEncoder }

export function createRunEncoder(format: RunFormat): RunEncoder {
  return ENCODERS[format]()
}

/** Our own words as they are: server-sent events with the offset as `id`. */
function createNativeRunEncoder(): RunEncoder {
  return {
    headers: SSE_HEADERS,
    encode: ({ event, offset }) => sseFrame(JSON.stringify(event), offset && formatOffset(offset)),
    end: () => '',
    keepAlive: SSE_KEEP_ALIVE,
  }
}
