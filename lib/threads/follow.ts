import { Follower } from '../log/follower.ts'
import type { StreamEncoder } from '../formats/encoder.ts'
import { EdgewiseError, toErrorBody } from '../protocol/error.ts'
import type { StreamEntry } from '../protocol/event.ts'
import type { Offset } from '../protocol/offset.ts'
import { streamLog } from '../log/stream.ts'
import type { Thread } from './thread.ts'

const UNBEGUN = Number.MAX_SAFE_INTEGER

export interface FollowedLife {
  /** Which life of the turn, from 0: the stream ends where it does. */
  life?: number
  /** The lives before it are heard as well. */
  isWhole?: boolean
}

/**
 * One turn from its first event, or from that of a later life (`life` counts from 0), until it ends or is suspended,
 * whether it waits, runs or is over.
 */
export function followTurn(
  thread: Thread,
  turn: number,
  encoder: StreamEncoder,
  { life = 0, isWhole = false }: FollowedLife = {},
): ReadableStream<Uint8Array> {
  const first = isWhole ? 0 : life
  const start = turnStart(thread, turn, first)
  const follower = new Follower(thread.parts.log, start, turn)
  let isBegun = start.generation !== UNBEGUN
  let announced = 0
  return streamLog(follower, {
    encoder,
    isLast: (entry) => isLast(thread, turn, life, entry),
    atEdge: () => {
      // At the edge after every word: from here on only memory is looked at.
      if (isBegun) return thread.isErased ? [gone()] : []
      const record = thread.parts.rows.hasTables ? thread.parts.rows.readTurn(turn) : undefined
      if (!record) return [gone()]
      if (record.generations.length > first) {
        isBegun = true
        follower.moveTo(turnStart(thread, turn, first))
        return 'again'
      }
      // It ended instead of going on: the life that is waited for never comes.
      if (!thread.meta?.open.some((open) => open.turn === turn)) return [gone()]
      const position = queuePosition(thread, turn)
      if (position === undefined || position === announced) return []
      announced = position
      return [{ event: { type: 'turn-queued', runId: record.runId, position } }]
    },
  })
}

/** A suspension ends the stream unless it is of a life before the one that is followed, or was answered since. */
function isLast(thread: Thread, turn: number, life: number, { event, offset }: StreamEntry): boolean {
  if (event.type === 'turn-end' || event.type === 'stream-error') return true
  if (event.type !== 'turn-suspend' || !offset) return false
  const generations = thread.parts.rows.readTurn(turn)?.generations ?? []
  return generations.indexOf(offset.generation) >= life && generations.at(-1) === offset.generation
}

/**
 * A thread from a place on, turn after turn. It closes `until` nothing is open, or only when the thread is deleted; one
 * that has yet to begin is waited for if it `may-begin`.
 */
export function followThread(
  thread: Thread,
  after: Offset,
  encoder: StreamEncoder,
  until: 'idle' | 'deleted' | 'may-begin',
): ReadableStream<Uint8Array> {
  return streamLog(new Follower(thread.parts.log, after), {
    encoder,
    isLast: ({ event }) => event.type === 'stream-error',
    atEdge: () => {
      if (thread.running) return []
      const { meta } = thread
      if (!meta) return until === 'may-begin' && !thread.isErased ? [] : [gone()]
      return until === 'idle' && meta.open.length === 0 ? 'end' : []
    },
  })
}

/** The place before the first event of the turn that runs, or of its last life; the end of the log if none does. */
export function runningStart(thread: Thread, isLastLife = false): Offset {
  const { meta } = thread
  const running = meta?.open[0]
  if (running?.state === 'running') {
    const lives = thread.parts.rows.readTurn(running.turn)?.generations.length ?? 1
    return turnStart(thread, running.turn, isLastLife ? lives - 1 : 0)
  }
  return { generation: meta?.generation ?? 0, attempt: Number.MAX_SAFE_INTEGER, position: 0 }
}

export function turnStart(thread: Thread, turn: number, life = 0): Offset {
  const generation = thread.parts.rows.readTurn(turn)?.generations[life]
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
