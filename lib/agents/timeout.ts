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

/** Watches one try of a step: aborts `signal` when it takes too long, when it falls silent, or with the turn. */
export interface Watch {
  signal: AbortSignal
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
  const step = setTimeout(() => controller.abort(toError(stepMs, 'step')), stepMs)
  let heard = true
  let misses = 0
  // One timer looks back at every half interval, because arming one per word would cost more than the words.
  const silence = setInterval(() => {
    if (!heard) misses += 1
    else misses = 0
    heard = false
    if (misses >= 2) controller.abort(toError(chunkMs, 'chunk'))
  }, chunkMs / 2)
  return {
    signal: controller.signal,
    touch: () => {
      heard = true
    },
    stop: () => {
      clearTimeout(step)
      clearInterval(silence)
      turn.removeEventListener('abort', onTurnAbort)
    },
  }
}
