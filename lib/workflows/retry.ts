import { isTimerMs } from '../streams/wait.ts'

export interface RetryConfig {
  /** How often a step that failed is executed again. */
  attempts: number
  /** Milliseconds before the first time. Default: 0. */
  delay?: number
  /** `exponential` doubles the pause each time. Default: `exponential`. */
  backoff?: 'fixed' | 'exponential'
  /** No pause is longer than this, but for its jitter. Default: five minutes. */
  maxDelay?: number
}

/** A step that throws this is not executed again. */
export class NonRetryableError extends Error {
  override readonly name = 'NonRetryableError'
}

const MAX_DELAY_MS = 300_000

/** The pause before the n-th repetition (from 1): never shorter than was asked, and up to half longer, so that many runs that failed together do not come back together. */
export function retryDelay(
  { delay = 0, backoff = 'exponential', maxDelay = MAX_DELAY_MS }: RetryConfig,
  retry: number,
  random: () => number,
): number {
  const base = Math.min(backoff === 'fixed' ? delay : delay * 2 ** (retry - 1), Math.max(delay, maxDelay))
  return Math.round(base * (1 + random() / 2))
}

/** @throws RangeError that names what cannot be. */
export function checkRetry(where: string, { attempts, delay = 0, maxDelay }: RetryConfig): void {
  if (!Number.isInteger(attempts) || attempts < 0)
    throw new RangeError(
      `Cannot create ${where}: retry attempts are ${attempts}, they must be a whole number from 0`,
    )
  for (const [name, ms] of Object.entries({ delay, maxDelay })) {
    if (ms !== undefined && ms !== 0 && !isTimerMs(ms))
      throw new RangeError(`Cannot create ${where}: retry ${name} is ${ms}, it must be milliseconds`)
  }
}
