import { MAX_TIMER_MS, isTimerMs } from '../streams/wait.ts'

/** How long the parts of a turn may take, in milliseconds, in the AI SDK's words. */
export interface Timeouts {
  /** The whole turn from its first start, its crashes included. Default: 10 minutes. */
  totalMs?: number
  /** One try of one model step. Default: 5 minutes. */
  stepMs?: number
  /** Until the model's first word, and between any two: a silent connection is given up. Default: 60 seconds. */
  chunkMs?: number
  /** One call of a tool. Default: 2 minutes. */
  toolMs?: number
}

export const DEFAULT_TIMEOUTS: Required<Timeouts> = {
  totalMs: 600_000,
  stepMs: 300_000,
  chunkMs: 60_000,
  toolMs: 120_000,
}

/** @throws RangeError if a timer cannot be set for one of them: it would ring at once. */
export function checkTimeouts(agent: string, timeouts: Timeouts = {}): void {
  for (const [name, ms] of Object.entries(timeouts)) {
    if (isTimerMs(ms)) continue
    throw new RangeError(
      `Cannot create agent "${agent}": timeout.${name} is ${ms}, it must be from 1 to ${MAX_TIMER_MS}`,
    )
  }
}

/** Watches one try of a step: aborts `signal` when it takes too long, when it falls silent, or with the turn. */
export interface Watch {
  signal: AbortSignal
  /** The model is waited for: from here on its silence counts. While whoever reads it is busy, it does not. */
  listen(): void
  /** Something was heard. */
  touch(): void
  stop(): void
}

export function watchStep(
  { stepMs, chunkMs }: Required<Timeouts>,
  turn: AbortSignal,
  toError: (ms: number, what: 'step' | 'chunk') => Error,
): Watch {
  const controller = new AbortController()
  const onTurnAbort = (): void => controller.abort(turn.reason)
  if (turn.aborted) onTurnAbort()
  turn.addEventListener('abort', onTurnAbort, { once: true })
  const stop = (): void => {
    clearTimeout(step)
    clearInterval(silence)
    turn.removeEventListener('abort', onTurnAbort)
  }
  // It stops by itself, too: a reader that never comes back would leave its timers running.
  const fail = (error: Error): void => {
    stop()
    controller.abort(error)
  }
  const step = setTimeout(() => fail(toError(stepMs, 'step')), stepMs)
  let isListening = true
  let heard = true
  let misses = 0
  // One timer looks back at every half interval, because arming one per word would cost more than the words.
  const silence = setInterval(() => {
    misses = heard || !isListening ? 0 : misses + 1
    heard = false
    if (misses >= 2) fail(toError(chunkMs, 'chunk'))
  }, chunkMs / 2)
  return {
    signal: controller.signal,
    listen: () => {
      isListening = true
      heard = true
    },
    touch: () => {
      isListening = false
    },
    stop,
  }
}
