/** Something found, best first, with what it was ordered by. */
export interface Ranked {
  id: string
  score: number
}

type Identified = Pick<Ranked, 'id'>

/** Where something stands in what was found by nearness and by words, from 1. It is in one of them at least. */
export interface Ranks {
  vector?: number
  text?: number
}

export interface Fused {
  id: string
  ranks: Ranks
}

/** How deep both lists go: so that what is far up in neither, and somewhere in both, has its chance. */
const LEAST_DEPTH = 20
const K = 60
/** What shares less of the query than this part of what the best shares was found by chance. */
const TELLING = 0.25

export function depthOf(topK: number): number {
  return Math.max(topK, LEAST_DEPTH)
}

/** What was found by words, without what shares only words that say little beside those of the best. */
export function telling(byText: readonly Ranked[]): Ranked[] {
  const least = TELLING * (byText[0]?.score ?? 0)
  return byText.filter(({ score }) => score >= least)
}

/** Reciprocal rank fusion: each list adds 1 / (60 + rank). Equals go by nearness. (Cormack et al., SIGIR 2009.) */
export function fuse(byVector: readonly Identified[], byText: readonly Identified[], topK: number): Fused[] {
  const found = new Map<string, Ranks>(byVector.map(({ id }, at) => [id, { vector: at + 1 }]))
  for (const [at, { id }] of byText.entries()) found.set(id, { ...found.get(id), text: at + 1 })
  return Array.from(found, ([id, ranks]) => ({ id, ranks }))
    .toSorted(
      (a, b) =>
        fusedScore(b.ranks) - fusedScore(a.ranks) ||
        (a.ranks.vector ?? Infinity) - (b.ranks.vector ?? Infinity),
    )
    .slice(0, topK)
}

function fusedScore({ vector, text }: Ranks): number {
  return (vector === undefined ? 0 : 1 / (K + vector)) + (text === undefined ? 0 : 1 / (K + text))
}
