import type { TurnEvent } from '../protocol/event.ts'
import { createChannel } from '../streams/channel.ts'
import { settleCall } from './settle-call.ts'
import type { ToolsInput } from './tools-input.ts'

/**
 * Runs the calls of one step side by side and gives what becomes of each as it comes: a result, an error, or that it
 * waits for somebody. Never throws: when
 * the signal aborts, what has not answered is told so. Leaving it early stops what runs and begins nothing more.
 */
export async function* runTools(input: ToolsInput): AsyncGenerator<TurnEvent, void> {
  const { calls, concurrency } = input
  const channel = createChannel<TurnEvent>()
  const left = new AbortController()
  const run = { ...input, signal: AbortSignal.any([input.signal, left.signal]) }
  const queue = [...calls]
  const work = async (): Promise<void> => {
    for (let call = queue.shift(); call; call = queue.shift())
      channel.push(await settleCall(call, run, channel.send))
  }
  const workers = Array.from({ length: Math.min(concurrency, calls.length) }, work)
  void Promise.all(workers).then(
    () => channel.close(),
    (error) => channel.close(error),
  )
  let isOver = false
  try {
    yield* channel
    isOver = true
  } finally {
    if (!isOver) left.abort()
  }
}
