import type { OwnEvent, TurnEvent } from '../protocol/event.ts'
import { cutDelta, deltaOf, eventSize } from '../protocol/event.ts'
import type { EventLog } from './event-log.ts'
import { LiveLog } from './live-log.ts'
import { packEvents, unpackRow } from './row.ts'
import type { LogWords } from './words.ts'

/** The log of a thread: what its turns say. */
export class ThreadLog extends LiveLog<TurnEvent> {
  constructor(rows: EventLog) {
    super(rows, TURN_WORDS)
  }
}

const TURN_WORDS: LogWords<TurnEvent> = {
  sizeOf: eventSize,
  weightOf: (event) => deltaOf(event)?.length ?? 100,
  isDurable,
  isLast: ({ type }) => type === 'turn-end' || type === 'turn-suspend',
  opensAttempt: ({ type }) => type === 'step-start',
  cut: cutDelta,
  pack: packEvents,
  unpack: unpackRow,
}

/** Events that others act on: they are on disk before anybody hears of them. */
export function isDurable(event: TurnEvent): boolean {
  switch (event.type) {
    case 'turn-start':
    case 'turn-resume':
    case 'turn-suspend':
    case 'turn-end':
    case 'step-end':
    case 'tool-suspend':
    case 'tool-answer':
    case 'message':
      return true
    case 'tool-result':
    case 'tool-error':
      // What the provider ran is part of the model's answer, and comes and goes with it.
      return event.providerExecuted !== true
    case 'agent-event':
      return isDurableInside(event.event)
    default:
      return false
  }
}

/** A sub-agent's turn begins with what the turn that called it says of the call. */
function isDurableInside(event: OwnEvent): boolean {
  switch (event.type) {
    case 'step-end':
    case 'tool-suspend':
    case 'turn-end':
      return true
    case 'tool-result':
    case 'tool-error':
      return event.providerExecuted !== true
    default:
      return false
  }
}
