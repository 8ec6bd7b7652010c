/** What came of a computation: its value as JSON, nothing that others may have, its failure, or that it was lost. */
export type Landing =
  | { type: 'value'; json: string }
  | { type: 'none' }
  | { type: 'failed'; error: unknown }
  /** Whoever computed it is no more. */
  | { type: 'lost' }

/** The side of the one who computes. */
export interface Lead {
  /** Aborts when nobody waits for it any more. */
  readonly signal: AbortSignal
  /** The one who computes does not want it any more: it goes on while others wait. */
  leave(): void
  /** It is done: without JSON there is nothing that others may have. Of this and the next two only the first counts. */
  land(json?: string): void
  fail(error: unknown): void
  /** It was not begun, and will not be: one of those who wait takes its place. */
  drop(): void
}

/** The side of one who asked the same meanwhile. @throws the signal's reason when it aborts. */
export interface Waiting {
  landing(signal: AbortSignal): Promise<Landing>
}

interface Flight {
  /** Grows while the one who computes lives. */
  beats: number
  isLeft: boolean
  waiting: number
  landed?: Landing
}

/** Calls again and again until it is stopped, or the request that it belongs to is over. */
type Every = (ms: number, act: () => void) => () => void

const every: Every = (ms, act) => {
  const timer = setInterval(act, ms)
  return () => clearInterval(timer)
}

const BEAT_MS = 250
const LOOK_MS = 20
/** So often looked without a beat, and nobody is there to bring it to an end. */
const LOST_LOOKS = 100

/**
 * One computation a key at a time: who asks first computes, who asks meanwhile waits for what comes of it.
 *
 * Requests and objects of one isolate share it, and workerd lets none of them touch what belongs to another: neither
 * its timers nor, between objects, a promise that it waits for. And one that ends takes its work with it and says
 * nothing. So they share plain values alone: whoever computes writes a sign of life, and then what came of it, whoever
 * waits looks for that by a timer of its own.
 */
export class Flights {
  readonly #open = new Map<string, Flight>()
  readonly #every: Every

  constructor(own: Every = every) {
    this.#every = own
  }

  /** How many are under way. */
  get size(): number {
    return this.#open.size
  }

  /** How many wait for others. */
  get waiting(): number {
    return [...this.#open.values()].reduce((sum, { waiting }) => sum + waiting, 0)
  }

  join(key: string): { lead: Lead } | { waiting: Waiting } {
    const known = this.#open.get(key)
    if (known) return { waiting: { landing: (signal) => this.#wait(key, known, signal) } }
    const flight: Flight = { beats: 0, isLeft: false, waiting: 0 }
    this.#open.set(key, flight)
    return { lead: this.#lead(key, flight) }
  }

  #lead(key: string, flight: Flight): Lead {
    const controller = new AbortController()
    const end = (landing: Landing): void => {
      flight.landed ??= landing
      quiet()
      this.#close(key, flight)
    }
    const abandon = (): void => {
      end({ type: 'lost' })
      controller.abort(new DOMException('Nobody waits for it any more', 'AbortError'))
    }
    const quiet = this.#every(BEAT_MS, () => {
      flight.beats += 1
      if (flight.isLeft && flight.waiting === 0) abandon()
    })
    return {
      signal: controller.signal,
      leave: () => {
        flight.isLeft = true
        if (!flight.landed && flight.waiting === 0) abandon()
      },
      land: (json) => end(json === undefined ? { type: 'none' } : { type: 'value', json }),
      fail: (error) => end({ type: 'failed', error }),
      drop: () => end({ type: 'lost' }),
    }
  }

  async #wait(key: string, flight: Flight, signal: AbortSignal): Promise<Landing> {
    signal.throwIfAborted()
    if (flight.landed) return flight.landed
    flight.waiting += 1
    return new Promise<Landing>((resolve, reject) => {
      let seen = flight.beats
      let missed = 0
      const stop = (): void => {
        flight.waiting -= 1
        quiet()
        signal.removeEventListener('abort', abort)
      }
      const abort = (): void => {
        stop()
        reject(signal.reason)
      }
      const quiet = this.#every(LOOK_MS, () => {
        missed = flight.beats === seen ? missed + 1 : 0
        seen = flight.beats
        if (!flight.landed && missed < LOST_LOOKS) return
        this.#close(key, flight)
        stop()
        resolve(flight.landed ?? { type: 'lost' })
      })
      signal.addEventListener('abort', abort, { once: true })
    })
  }

  /** The next who asks computes anew. */
  #close(key: string, flight: Flight): void {
    if (this.#open.get(key) === flight) this.#open.delete(key)
  }
}
