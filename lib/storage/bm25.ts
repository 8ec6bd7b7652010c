import type { Ranked } from './fuse.ts'
import { compareText } from './order.ts'
import { queryWords, wordsOf } from './words.ts'

const K1 = 1.2
const B = 0.75

/** What words are looked for in. */
export interface WordedText {
  id: string
  text: string
}

/**
 * Texts that hold words of the query, best first, equal ones by id: by BM25, in the form that SQLite's FTS5 computes, so
 * that both find in one order. A word that half of all texts hold weighs next to nothing.
 */
export function rankByWords(texts: Iterable<WordedText>, query: string): Ranked[] {
  const wanted = queryWords(query)
  if (wanted.length === 0) return []
  const all = Array.from(texts, ({ id, text }) => {
    const words = wordsOf(text)
    const counts = wanted.map((word) => words.reduce((count, one) => (one === word ? count + 1 : count), 0))
    return { id, length: words.length, counts }
  }).filter(({ length }) => length > 0)
  const average = all.reduce((sum, { length }) => sum + length, 0) / all.length
  const weights = wanted.map((_, at) => {
    const holding = all.filter(({ counts }) => counts[at] !== 0).length
    return Math.max(1e-6, Math.log((all.length - holding + 0.5) / (holding + 0.5)))
  })
  return all
    .filter(({ counts }) => counts.some((count) => count > 0))
    .map(({ id, length, counts }) => {
      const damping = K1 * (1 - B + (B * length) / average)
      const weigh = (count: number): number => (count * (K1 + 1)) / (count + damping)
      return { id, score: counts.reduce((sum, count, at) => sum + (weights[at] ?? 0) * weigh(count), 0) }
    })
    .toSorted((a, b) => b.score - a.score || compareText(a.id, b.id))
}
