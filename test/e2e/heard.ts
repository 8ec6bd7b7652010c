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
}

export function recordThread(world: World, thread: string, after = '0'): Recorder {
  const heard = createJournal<Heard>()
  const listen = async (): Promise<void> => {
    try {
      for await (const item of follow(world, thread, { after, until: 'idle' })) heard.add(item)
      heard.end('the stream has ended')
    } catch (error) {
      // The server dies under it, which is what these tests do: only who still waits to hear something must know.
      heard.end(`the connection was lost, ${whyOf(error)}`)
    }
  }
  void listen()
  return { heard }
}

/**
 * It has heard the turn's start and more. A server may be killed as soon as the model was asked or a tool was called,
 * which the client of a slow machine has not heard of by then: it would have nothing to come back with.
 */
export async function hasBegun({ heard }: Recorder): Promise<void> {
  await heard.reached('the first two events', undefined, 2)
}

/** An error with what lies behind it: of a connection that is lost fetch itself says "terminated" and no more. */
function whyOf(error: unknown): string {
  const behind = error instanceof Error && error.cause !== undefined ? ` (${whyOf(error.cause)})` : ''
  return `${String(error)}${behind}`
}
