/**
 * The parts as a stream, one per pull, `delayMs` apart. An abort errors it with the signal's reason, also
 * in the middle of a wait; the timer is cleared then and when the reader leaves.
 */
export function paced<T>(parts: Iterable<T>, delayMs: number, signal?: AbortSignal): ReadableStream<T> {
  const iterator = parts[Symbol.iterator]()
  const leaving = new AbortController()
  const stop = signal ? AbortSignal.any([signal, leaving.signal]) : leaving.signal
  return new ReadableStream<T>(
    {
      async pull(controller) {
        try {
          stop.throwIfAborted()
          const { done, value } = iterator.next()
          if (done) return controller.close()
          if (delayMs > 0) await wait(delayMs, stop)
          controller.enqueue(value)
        } catch (error) {
          controller.error(error)
        }
      },
      cancel(reason) {
        leaving.abort(reason)
        iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', end)
      resolve()
    }, ms)
    signal.addEventListener('abort', end, { once: true })
  })
}
