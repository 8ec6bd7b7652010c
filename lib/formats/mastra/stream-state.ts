import type { TurnRecord } from './record.ts'
import { createRecord } from './record.ts'

/** What one stream remembers of a turn besides the turn itself. */
export interface StreamState {
  record: TurnRecord
  runId: string
  /** What is said now is not heard. */
  isSilent: boolean
  /** This life of the turn was opened with `start`. */
  isStarted: boolean
  /** The last step's end was said. */
  isStepEnded: boolean
  isTripped: boolean
  /** Names of the tools whose input was begun in this stream, by the call's id. */
  inputs: Map<string, string>
  /** Calls that this stream has said. */
  heard: Set<string>
  /** Calls that were answered with an output or an error by the client that runs them. */
  answered: Set<string>
  /** Tools that run at this client: their calls bear the run's mark. */
  clientTools: readonly string[]
  /** The running step's text, and the object it last came to, as JSON. Kept for structured answers alone. */
  text: string
  partial: string
  /** What is said of sub-agents, by the id of the call that each answers. */
  nested: Map<string, StreamState>
  wrap?: (chunk: string) => string
}

export function createStreamState(clientTools: readonly string[] = []): StreamState {
  return {
    nested: new Map(),
    record: createRecord(),
    runId: '',
    isSilent: false,
    isStarted: true,
    isStepEnded: false,
    isTripped: false,
    inputs: new Map(),
    heard: new Set(),
    answered: new Set(),
    clientTools,
    text: '',
    partial: '',
  }
}
