/** Waits `ms` milliseconds. Rejects with the signal's reason as soon as it aborts. Handed in, so that tests need not wait. */
export type Wait = (ms: number, signal?: AbortSignal) => Promise<void>

export const wait: Wait = (ms, signal) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })

/** The promise's own result, or a rejection with the signal's reason if that comes first. The work itself goes on. */
export function orAborted<Result>(work: PromiseLike<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    // Listened to even when it comes too late: a failure that nobody hears would be reported as unhandled.
    work.then(resolve, reject).then(
      () => signal.removeEventListener('abort', stop),
      () => undefined,
    )
  })
}

/** The longest time that a timer can be set for: with more it rings at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1

export function isTimerMs(ms: number): boolean {
  return ms >= 1 && ms <= MAX_TIMER_MS
}
