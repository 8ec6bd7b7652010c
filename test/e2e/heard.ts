import { applyEvent, dropUnsettled, startTurn } from '../../lib/log/fold.ts'
import type { TurnState } from '../../lib/log/fold.ts'
import type { Message } from '../../lib/protocol/message.ts'
import type { Heard } from './client.ts'
import { follow } from './client.ts'
import type { Journal } from './journal.ts'
import { createJournal } from './journal.ts'
import type { World } from './kit.ts'

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

/** A client that writes down what it hears of a thread, until its connection is lost or the thread is idle. */
export interface Recorder {
  readonly heard: Journal<Heard>
  /** Settles when it hears no more; true if the stream ended as it should. */
  readonly isWhole: Promise<boolean>
}

export function recordThread(world: World, thread: string, after = '0'): Recorder {
  const heard = createJournal<Heard>()
  const listen = async (): Promise<boolean> => {
    try {
      for await (const item of follow(world, thread, { after, until: 'idle' })) heard.add(item)
      heard.end('the stream has ended')
      return true
    } catch (error) {
      // The server died under it, which is what these tests do.
      heard.end(`the connection was lost, ${String(error)}`)
      return false
    }
  }
  return { heard, isWhole: listen() }
}
