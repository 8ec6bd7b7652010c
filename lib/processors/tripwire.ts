import type { Tripwire } from '../protocol/event.ts'
import type { JsonValue } from '../protocol/json.ts'

export interface AbortOptions {
  /** The model is to try again and is told the reason. Default: false, the turn ends. */
  retry?: boolean
  /** What a program needs to know of it: scores, categories. Told to the client, so never the text that was stopped. */
  metadata?: JsonValue
}

/** A processor stopped the turn, or asked for another try of the step. The loop catches it; nobody else should. */
export class TripWire extends Error {
  override readonly name = 'TripWire'
  readonly processorId: string
  readonly reason: string
  readonly isRetry: boolean
  readonly metadata: JsonValue | undefined

  constructor(processorId: string, reason: string, { retry = false, metadata }: AbortOptions = {}) {
    super(`Processor "${processorId}" stopped the turn: ${reason}`)
    this.processorId = processorId
    this.reason = reason
    this.isRetry = retry
    this.metadata = metadata
  }
}

/** As the log tells it. `isRetry` says what the loop does, which may have no tries left. */
export function toTripwireEvent({ processorId, reason, metadata }: TripWire, isRetry: boolean): Tripwire {
  return { type: 'tripwire', processorId, reason, isRetry, ...(metadata !== undefined && { metadata }) }
}
