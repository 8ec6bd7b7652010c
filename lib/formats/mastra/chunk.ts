import type { JsonValue } from '../../protocol/json.ts'
import { sseFrame } from '../../protocol/sse.ts'

/** One chunk of a stream. The client takes an event only if it starts with exactly `data: ` and holds nothing else. */
export function chunk({ runId }: { runId: string }, type: string, payload: object, from = 'AGENT'): string {
  return sseFrame(JSON.stringify({ type, runId, from, payload }))
}

/** The chunks of a structured answer carry it beside the payload's place. */
export function objectChunk(
  { runId }: { runId: string },
  type: 'object' | 'object-result',
  object: JsonValue,
): string {
  return sseFrame(JSON.stringify({ type, runId, from: 'AGENT', object }))
}
