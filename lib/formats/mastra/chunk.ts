import type { JsonValue } from '../../protocol/json.ts'
import { sseFrame } from '../../protocol/sse.ts'

/** What is said of a turn. The chunks of a sub-agent's are wrapped in those of the call that it answers. */
interface Speaker {
  runId: string
  wrap?: ((chunk: string) => string) | undefined
}

/** One chunk of a stream. The client takes an event only if it starts with exactly `data: ` and holds nothing else. */
export function chunk(speaker: Speaker, type: string, payload: object, from = 'AGENT'): string {
  return frame(speaker, { type, runId: speaker.runId, from, payload })
}

/** The chunks of a structured answer carry it beside the payload's place. */
export function objectChunk(speaker: Speaker, type: 'object' | 'object-result', object: JsonValue): string {
  return frame(speaker, { type, runId: speaker.runId, from: 'AGENT', object })
}

/** A chunk of our own, which that client hands on as data. It is not kept. */
export function dataChunk(speaker: Speaker, type: `data-${string}`, data: JsonValue): string {
  return frame(speaker, { type, data, transient: true })
}

function frame({ wrap }: Speaker, chunk: object): string {
  const json = JSON.stringify(chunk)
  return sseFrame(wrap ? wrap(json) : json)
}
