import type { Follower } from './follower.ts'
import type { StreamEntry, TurnEvent } from '../protocol/event.ts'

/** How a protocol says entries; see `StreamEncoder` for what it promises. */
interface Encoder<Event> {
  encode(entry: StreamEntry<Event>): string
  end(): string
  keepAlive: string
}

export interface FollowOptions<Event = TurnEvent> {
  encoder: Encoder<Event>
  /**
   * Asked when the log has nothing more: gives entries that are not from the log (none: wait for news), `again` if
   * the follower was moved, `end` to close the stream.
   */
  atEdge(): StreamEntry<Event>[] | 'again' | 'end'
  /** The stream closes after this entry. */
  isLast(entry: StreamEntry<Event>): boolean
  /** Says how often, in milliseconds, a silent stream gives a sign of life. */
  keepAliveMs?: number
}

const KEEP_ALIVE_MS = 15_000

/**
 * A followed log as the bytes of an answer. It is pulled: a slow client is waited for and buffers nothing here. When
 * the client leaves, the following stops and nothing else does.
 */
export function streamLog<Event = TurnEvent>(
  follower: Follower<Event>,
  options: FollowOptions<Event>,
): ReadableStream<Uint8Array> {
  const { encoder, atEdge, isLast, keepAliveMs = KEEP_ALIVE_MS } = options
  let isGone = false
  const bytes = new TextEncoder()
  let isQuiet = true
  let isWaiting = false
  let timer: ReturnType<typeof setInterval> | undefined
  const stop = (): void => {
    clearInterval(timer)
    isGone = true
    follower.cancel()
  }
  /** What can be said now, and whether it is the last. */
  const say = (): { text: string; isOver: boolean } => {
    for (;;) {
      const pulled = follower.pull()
      const entries = pulled.length > 0 ? pulled : atEdge()
      if (entries === 'again') continue
      if (entries === 'end') return { text: '', isOver: true }
      const last = entries.findIndex(isLast)
      const isOver = last >= 0
      // Rows are read by the dozen: behind the last entry the next turn may have begun.
      const heard = isOver ? entries.slice(0, last + 1) : entries
      const text = heard.map((entry) => encoder.encode(entry)).join('')
      // What the protocol has no word for is passed over: there may be more behind it.
      if (text !== '' || isOver || pulled.length === 0) return { text, isOver }
    }
  }
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        timer = setInterval(() => {
          // Only somebody who waits is told: for one who does not read it would pile up.
          if (isQuiet && isWaiting) controller.enqueue(bytes.encode(encoder.keepAlive))
          isQuiet = true
        }, keepAliveMs)
      },
      pull: async (controller) => {
        for (;;) {
          if (isGone) return
          const { text, isOver } = say()
          isQuiet = false
          if (text !== '' || isOver) controller.enqueue(bytes.encode(isOver ? text + encoder.end() : text))
          if (isOver) {
            stop()
            controller.close()
          }
          if (text !== '' || isOver) return
          isWaiting = true
          await follower.wait()
          isWaiting = false
        }
      },
      cancel: stop,
    },
    { highWaterMark: 0 },
  )
}
