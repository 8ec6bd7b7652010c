import { describe, expect, it } from 'vitest'
import { orAborted, wait } from './wait.ts'

const reason = new Error('stopped')

describe('wait', () => {
  it('resolves once the time is over', async () => {
    const before = performance.now()
    await wait(15, new AbortController().signal)
    expect(performance.now() - before).toBeGreaterThanOrEqual(14)
  })

  it('rejects with the reason as soon as the signal aborts', async () => {
    const controller = new AbortController()
    const waiting = wait(60_000, controller.signal)
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
  })

  it('rejects at once when the signal has aborted already', async () => {
    await expect(wait(60_000, AbortSignal.abort(reason))).rejects.toBe(reason)
  })
})

describe('orAborted', () => {
  it('gives the result, or the failure, of work that comes first', async () => {
    const { signal } = new AbortController()
    expect(await orAborted(Promise.resolve(5), signal)).toBe(5)
    await expect(orAborted(Promise.reject(new Error('failed')), signal)).rejects.toThrow('failed')
  })

  it('rejects with the reason when the signal aborts first', async () => {
    const controller = new AbortController()
    const result = orAborted(new Promise(() => undefined), controller.signal)
    controller.abort(reason)
    await expect(result).rejects.toBe(reason)
  })

  it('leaves no failure unheard when the work fails after the signal has aborted', async () => {
    const unheard: unknown[] = []
    const listen = (error: unknown): void => void unheard.push(error)
    process.on('unhandledRejection', listen)
    await expect(orAborted(Promise.reject(new Error('too late')), AbortSignal.abort(reason))).rejects.toBe(
      reason,
    )
    const controller = new AbortController()
    const failing = Promise.withResolvers<never>()
    const result = orAborted(failing.promise, controller.signal)
    controller.abort(reason)
    await expect(result).rejects.toBe(reason)
    failing.reject(new Error('too late'))
    // Node tells of rejections that nobody heard once its queues are empty.
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', listen)
    expect(unheard).toEqual([])
  })
})
