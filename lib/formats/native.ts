import type { StreamEntry } from '../protocol/event.ts'
import { formatOffset } from '../protocol/offset.ts'
import { SSE_KEEP_ALIVE, sseFrame } from '../protocol/sse.ts'
import type { StreamEncoder } from './encoder.ts'
import { SSE_HEADERS } from './encoder.ts'

/** Our own words as they are: server-sent events with the offset as `id`, for EventSource, mobile and curl. */
export function createNativeEncoder(): StreamEncoder {
  return {
    headers: SSE_HEADERS,
    encode: ({ event, offset }: StreamEntry) =>
      sseFrame(JSON.stringify(event), offset && formatOffset(offset)),
    end: () => '',
    keepAlive: SSE_KEEP_ALIVE,
  }
}
