/** How vectors lie: each for itself, which is the hardest to tell apart, or around a hundred middles, as texts do. */
export type SetName = 'unstructured' | 'clustered'

export const DIMENSION = 768
const MIDDLES = 100
/** How far members of a cluster lie from its middle, in its own spread. */
const NOISE = 0.5

/** The same numbers wherever it is asked: vector `n` of a set. Queries are those with a negative number. */
export function vectorOf(set: SetName, n: number): number[] {
  const random = randomOf(n)
  const own = Array.from({ length: DIMENSION }, () => bell(random))
  if (set === 'unstructured') return own
  const middle = randomOf(1e9 + (Math.abs(n) % MIDDLES))
  return own.map((number) => bell(middle) + NOISE * number)
}

/** About a normal distribution: a sum of evens. */
function bell(random: () => number): number {
  return random() + random() + random() + random() - 2
}

/** A small generator of its own for each number, so that vectors can be made in any order. */
function randomOf(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 12_345) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
