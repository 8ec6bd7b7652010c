/** What came of a computation: its value as JSON, nothing that others may have, its failure, or that it was lost. */
export type Landing =
  | { type: 'value'; json: string }
  | { type: 'none' }
  | { type: 'failed'; error: unknown }
  /** Whoever computed it is no more. */
  | { type: 'lost' }

/** The side of the one who computes. Of the ends that it may come to the first counts. */
export interface Lead {
  /** Aborts when nobody wants it any more. */
  readonly signal: AbortSignal
  /** The one who computes does not want it any more: it goes on while others wait. */
  leave(): void
  /** After `lost`, which says that it was not even begun, one of those who wait takes its place. */
  land(landing: Landing): void
}

/** The side of one who asked the same meanwhile. @throws the signal's reason when it aborts. */
export type Wait = (signal: AbortSignal) => Promise<Landing>

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
export interface Flights {
  /** Those that are under way. */
  readonly open: ReadonlyMap<string, Readonly<Flight>>
  join(key: string): { lead: Lead } | { wait: Wait }
}

export function createFlights(own: Every = every): Flights {
  const open = new Map<string, Flight>()
  return {
    open,
    join: (key) => {
      const flight = open.get(key) ?? { beats: 0, isLeft: false, waiting: 0 }
      /** The next who asks computes anew. */
      const close = (): void => {
        if (open.get(key) === flight) open.delete(key)
      }
      if (open.has(key)) return { wait: (signal) => waitFor(flight, { own, close, signal }) }
      open.set(key, flight)
      return { lead: leadOf(flight, own, close) }
    },
  }
}

function leadOf(flight: Flight, own: Every, close: () => void): Lead {
  const controller = new AbortController()
  const land = (landing: Landing): void => {
    flight.landed ??= landing
    quiet()
    close()
  }
  const endIfAlone = (): void => {
    if (!flight.isLeft || (flight.waiting > 0 && !flight.landed)) return
    land({ type: 'lost' })
    controller.abort()
  }
  const quiet = own(BEAT_MS, () => {
    flight.beats += 1
    endIfAlone()
  })
  const leave = (): void => {
    flight.isLeft = true
    endIfAlone()
  }
  return { signal: controller.signal, leave, land }
}

interface Waiting {
  own: Every
  close: () => void
  signal: AbortSignal
}

function waitFor(flight: Flight, { own, close, signal }: Waiting): Promise<Landing> {
  flight.waiting += 1
  let [seen, missed] = [flight.beats, 0]
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      flight.waiting -= 1
      quiet()
      signal.removeEventListener('abort', abort)
    }
    const abort = (): void => {
      stop()
      reject(signal.reason)
    }
    const quiet = own(LOOK_MS, () => {
      missed = flight.beats === seen ? missed + 1 : 0
      seen = flight.beats
      if (!flight.landed && missed < LOST_LOOKS) return
      close()
      stop()
      resolve(flight.landed ?? { type: 'lost' })
    })
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
  })
}
