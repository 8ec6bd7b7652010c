import { applyEvent, dropUnsettled, startTurn } from '../../lib/log/fold.ts'
import type { TurnState } from '../../lib/log/fold.ts'
import type { Message } from '../../lib/protocol/message.ts'
import type { Heard } from './client.ts'

/** The answers that a client has on its screen after what it heard, as any client may fold them. */
export function foldHeard(heard: readonly Heard[]): Message[] {
  const states: TurnState[] = []
  for (const { event } of heard) {
    const state = states.at(-1)
    switch (event.type) {
      case 'turn-start':
        states.push(startTurn(event.messageId, event.startedAt))
        break
      case 'step-restart':
        if (state) dropUnsettled(state)
        break
      case 'stream-error':
        throw new Error(`The stream went wrong: ${event.error.message}`)
      case 'turn-queued':
        break
      default:
        if (!state) throw new Error(`${event.type} was heard before any turn-start`)
        applyEvent(state, event)
    }
  }
  return states.map(({ message }) => message)
}
