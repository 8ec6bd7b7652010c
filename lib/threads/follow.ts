import { Follower } from '../log/follower.ts'
import type { StreamEncoder } from '../formats/encoder.ts'
import { EdgewiseError, toErrorBody } from '../protocol/error.ts'
import type { StreamEntry } from '../protocol/event.ts'
import type { Offset } from '../protocol/offset.ts'
import { streamLog } from './stream.ts'
import type { Thread } from './thread.ts'

const UNBEGUN = Number.MAX_SAFE_INTEGER

/** One turn from its first event to its last, whether it waits, runs or is over. */
export function followTurn(thread: Thread, turn: number, encoder: StreamEncoder): ReadableStream<Uint8Array> {
  const start = turnStart(thread, turn)
  const follower = new Follower(thread.parts.log, start)
  let isBegun = start.generation !== UNBEGUN
  let announced = 0
  return streamLog(follower, {
    encoder,
    isLast: ({ event }) => event.type === 'turn-end' || event.type === 'stream-error',
    atEdge: () => {
      // At the edge after every word: from here on only memory is looked at.
      if (isBegun) return thread.isErased ? [gone()] : []
      const record = thread.parts.rows.hasTables ? thread.parts.rows.readTurn(turn) : undefined
      if (!record) return [gone()]
      if (record.generations.length > 0) {
        isBegun = true
        follower.moveTo(turnStart(thread, turn))
        return 'again'
      }
      const position = queuePosition(thread, turn)
      if (position === undefined || position === announced) return []
      announced = position
      return [{ event: { type: 'turn-queued', runId: record.runId, position } }]
    },
  })
}

/** A thread from a place on, turn after turn. `untilIdle` closes the stream once nothing is open. */
export function followThread(
  thread: Thread,
  after: Offset,
  encoder: StreamEncoder,
  untilIdle: boolean,
): ReadableStream<Uint8Array> {
  return streamLog(new Follower(thread.parts.log, after), {
    encoder,
    isLast: ({ event }) => event.type === 'stream-error',
    atEdge: () => {
      if (thread.running) return []
      const { meta } = thread
      if (!meta) return [gone()]
      return untilIdle && meta.open.length === 0 ? 'end' : []
    },
  })
}

/** The place before the first event of the turn that runs; the end of the log if none does. */
export function runningStart(thread: Thread): Offset {
  const { meta } = thread
  const running = meta?.open[0]
  if (running?.state === 'running') return turnStart(thread, running.turn)
  return { generation: meta?.generation ?? 0, attempt: Number.MAX_SAFE_INTEGER, position: 0 }
}

export function turnStart(thread: Thread, turn: number): Offset {
  const generation = thread.parts.rows.readTurn(turn)?.generations[0]
  if (generation !== undefined) return { generation, attempt: 0, position: 0 }
  // It has not begun: until it does, there is nothing to hear.
  return { generation: UNBEGUN, attempt: 0, position: 0 }
}

function queuePosition(thread: Thread, turn: number): number | undefined {
  const index = thread.meta?.open.findIndex((open) => open.turn === turn && open.state === 'queued') ?? -1
  // The first in the queue has no place any more: it is about to begin.
  return index < 1 ? undefined : index
}

function gone(): StreamEntry {
  const error = new EdgewiseError('aborted', 'The turn was taken out of the queue, or its thread was deleted')
  return { event: { type: 'stream-error', error: toErrorBody(error) } }
}
