import { hashOf } from './hash.ts'
import { queryWords, wordsOf } from './words.ts'

/** A vector of which only the numbers that are not 0 are told, in the order of their places. */
export interface SparseVector {
  indices: number[]
  values: number[]
}

const K1 = 1.2
const B = 0.75
/** The average text, which has to be the same for all: what a store holds changes. */
const AVERAGE = 32
/** What services take. Of longer texts the first words count. */
const MOST_WORDS = 1000
/** The place of what has no words, which no word has: an empty vector is none. */
const NO_WORDS = 0x7fffffff

/** The words of a text as a sparse vector: a place is a word's hash, a number its weight in BM25, but for its rarity. */
export function toSparse(text: string): SparseVector {
  const counts = new Map<number, number>()
  const words = wordsOf(text)
  for (const place of words.map(placeOf))
    if (counts.has(place) || counts.size < MOST_WORDS) counts.set(place, (counts.get(place) ?? 0) + 1)
  const damping = K1 * (1 - B + (B * words.length) / AVERAGE)
  const weights = Array.from(
    counts,
    ([place, count]) => [place, (count * (K1 + 1)) / (count + damping)] as const,
  )
  return fromEntries(weights.length > 0 ? weights : [[NO_WORDS, 1]])
}

/** The words to look for, each once; undefined if there are none. */
export function toSparseQuery(text: string): SparseVector | undefined {
  const places = new Set(queryWords(text).map(placeOf))
  return places.size > 0 ? fromEntries(Array.from(places, (place) => [place, 1])) : undefined
}

function fromEntries(entries: readonly (readonly [place: number, value: number])[]): SparseVector {
  const ordered = entries.toSorted(([a], [b]) => a - b)
  return { indices: ordered.map(([place]) => place), values: ordered.map(([, value]) => Math.fround(value)) }
}

/** Services count places with signed numbers of 32 bits. */
function placeOf(word: string): number {
  return (hashOf(word) >>> 1) % NO_WORDS
}
