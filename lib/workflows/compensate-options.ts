import type { CompensateContext } from './context.ts'
import type { RetryConfig } from './retry.ts'
import { checkRetry } from './retry.ts'
import type { Compensation } from './step-definition.ts'

/** How what a step has done is made good if its run fails for good, or is canceled. */
export interface CompensateOptions<Input = unknown, Output = unknown, State = unknown> {
  /**
   * **Contract:** makes good what the step has done. It is executed after the run has failed or was canceled, when all
   * that was done later has been compensated; what it throws is tried again. It may run twice after a crash, under
   * one `idempotencyKey`, unless the step's `effect` is `once` or `reconcile`: then it is never executed again
   * silently, and is named as one whose outcome is unknown. What it returns is not kept.
   */
  compensate?: (context: CompensateContext<Input, Output, State>) => unknown
  /** How often it is tried again, or that with its pauses. Default: three times, the first after a second. */
  compensateRetries?: number | RetryConfig
  /**
   * `start`: also where the step was begun and did not succeed: it failed, was stopped, or its outcome is unknown.
   * Default: `success`.
   */
  compensateAfter?: 'success' | 'start'
}

const DEFAULT_RETRY: RetryConfig = { attempts: 3, delay: 1000 }

/** @throws TypeError for options that say nothing without a `compensate`; RangeError for numbers that cannot be. */
export function toCompensation(
  id: string,
  options: CompensateOptions<never, never, never>,
): { compensation?: Compensation } {
  const { compensate, compensateRetries = DEFAULT_RETRY, compensateAfter: after = 'success' } = options
  if (!compensate) {
    if (options.compensateRetries === undefined && options.compensateAfter === undefined) return {}
    throw new TypeError(`Cannot create step "${id}": it has no compensate`)
  }
  if (typeof compensate !== 'function')
    throw new TypeError(`Cannot create step "${id}": its compensate is no function`)
  const retry = typeof compensateRetries === 'number' ? { attempts: compensateRetries } : compensateRetries
  checkRetry(`step "${id}", compensateRetries`, retry)
  return { compensation: { compensate, retry, after } }
}
