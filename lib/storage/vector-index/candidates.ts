/** Who may be among the nearest, as far as is known yet. */
export interface Candidate {
  key: number
  /** Its nearness is at most this. */
  high: number
}

/**
 * Gathers who may be among the `topK` nearest, from bounds alone: whoever can be as near as the `topK`th of those
 * whose nearness is sure. Nobody who belongs to them is lost.
 */
export interface Candidates {
  /** Who reaches less is none. Grows with what is offered. */
  readonly least: number
  /** Only for what reaches at least `least`. What is no number is taken for unknown. */
  offer(key: number, nearness: number, error: number): void
  /** Those that are left, the highest bound first. */
  take(): Candidate[]
}

export function createCandidates(topK: number): Candidates {
  let found: Candidate[] = []
  let least = -Infinity
  /** The `topK` best lower bounds, the lowest on top. */
  const sure: number[] = []
  const prune = (): void => {
    found = found.filter(({ high }) => high >= least)
  }
  let pruneAt = 4 * topK + 1024
  return {
    get least() {
      return least
    },
    offer: (key, nearness, error) => {
      const isKnown = Number.isFinite(nearness) && Number.isFinite(error)
      found.push({ key, high: isKnown ? nearness + error : Infinity })
      if (isKnown) {
        keepLargest(sure, topK, nearness - error)
        if (sure.length === topK) least = sure[0] ?? least
      }
      if (found.length < pruneAt) return
      prune()
      pruneAt = 2 * found.length + 1024
    },
    take: () => {
      prune()
      return found.toSorted((a, b) => b.high - a.high)
    },
  }
}

/** A heap of the `size` largest values, the smallest of them on top. */
function keepLargest(heap: number[], size: number, value: number): void {
  const at = (place: number): number => heap[place] ?? Infinity
  let place: number
  if (heap.length < size) {
    place = heap.length
    for (let up = (place - 1) >> 1; place > 0 && at(up) > value; up = (place - 1) >> 1) {
      heap[place] = at(up)
      place = up
    }
  } else {
    if (value <= at(0)) return
    place = 0
    for (;;) {
      const left = 2 * place + 1
      const child = at(left + 1) < at(left) ? left + 1 : left
      if (child >= size || at(child) >= value) break
      heap[place] = at(child)
      place = child
    }
  }
  heap[place] = value
}
