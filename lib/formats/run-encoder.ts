import { formatOffset } from '../protocol/offset.ts'
import { SSE_KEEP_ALIVE, sseFrame } from '../protocol/sse.ts'
import type { RunEncoder } from './encoder.ts'
import { SSE_HEADERS } from './encoder.ts'
import type { MastraRunOptions, RunView } from './mastra/workflow-stream.ts'
import { createMastraRunEncoder } from './mastra/workflow-stream.ts'

/** The protocols that a run can be streamed in. */
export type RunFormat = 'native' | 'mastra'

/** `open` gives the fold of the run, for the dialect that must know it: it is then told the run from its first event. */
export function createRunEncoder(
  format: RunFormat,
  open: () => RunView,
  options: MastraRunOptions = {},
): RunEncoder {
  return format === 'native' ? createNativeRunEncoder() : createMastraRunEncoder(open(), options)
}

/** Whether a stream of this format must hear a run from its start, although it says only what is new. */
export function needsWholeRun(format: RunFormat): boolean {
  return format === 'mastra'
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
