import type { StreamEntry } from '../protocol/event.ts'
import type { RunEvent } from '../protocol/run-event.ts'

/**
 * Says a followed log in the words of one protocol. One encoder serves one stream, from its first byte to its last.
 *
 * **Contract:** `encode` gives the text for one entry, empty if the protocol has no word for it. `end` gives what
 * closes the stream. Neither throws.
 */
export interface StreamEncoder<Entry = StreamEntry> {
  headers: Record<string, string>
  encode(entry: Entry): string
  end(): string
  keepAlive: string
}

/** Of a workflow's run. */
export type RunEncoder = StreamEncoder<StreamEntry<RunEvent>>

export const SSE_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  // Compressing would hold bytes back until a block is full.
  'content-encoding': 'identity',
}
