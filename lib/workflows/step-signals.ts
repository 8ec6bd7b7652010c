import type { RunState, Unit } from './run-state.ts'

/** The abort signals of steps. They are made when they are asked for: most steps never look at theirs. */
export class StepSignals {
  readonly #runs: () => AbortSignal
  readonly #own = new Map<Unit, { attempt: number; controller: AbortController; signal: AbortSignal }>()

  /** `runs` gives the signal of the run, with which all of them abort. */
  constructor(runs: () => AbortSignal) {
    this.#runs = runs
  }

  /** A step beside others has a signal of its own: one of them may leave the workflow that they are in. */
  of(unit: Unit): AbortSignal {
    if (!isBesideOthers(unit)) return this.#runs()
    const known = this.#own.get(unit)
    if (known?.attempt === unit.attempt) return known.signal
    const controller = new AbortController()
    const signal = AbortSignal.any([this.#runs(), controller.signal])
    this.#own.set(unit, { attempt: unit.attempt, controller, signal })
    return signal
  }

  /** The step has ended by itself. */
  close(unit: Unit): void {
    this.#own.delete(unit)
  }

  /** Aborts what is no longer waited for. */
  leave({ running }: RunState): void {
    for (const [unit, { attempt, controller }] of this.#own) {
      if (running.has(unit) && unit.attempt === attempt) continue
      this.#own.delete(unit)
      controller.abort(new Error('The step is no longer waited for'))
    }
  }
}

/** Whether what stands at its node, or at one around it, may be several at once. */
function isBesideOthers({ flow }: Unit): boolean {
  const type = flow.node?.definition.type
  if (type === 'parallel' || type === 'branch' || type === 'foreach') return true
  return flow.unit !== undefined && isBesideOthers(flow.unit)
}
