import type { Ranked } from './fuse.ts'
import { compareText } from './order.ts'
import { toSparse, toSparseQuery } from './sparse.ts'

/** What words are looked for in. */
export interface WordedText {
  id: string
  text: string
}

/** Texts that hold words of the query, best first, equal ones by id: by BM25, a word's rarity being that among them. */
export function rankByWords(texts: readonly WordedText[], query: string): Ranked[] {
  const wanted = toSparseQuery(query)?.indices ?? []
  const all = texts.map(({ id, text }) => {
    const { indices, values } = toSparse(text)
    return { id, values: wanted.map((place) => values[indices.indexOf(place)] ?? 0) }
  })
  const rarities = wanted.map((_, at) => {
    const holding = all.filter(({ values }) => values[at]).length
    return Math.log((all.length - holding + 0.5) / (holding + 0.5) + 1)
  })
  return all
    .map(({ id, values }) => ({
      id,
      score: values.reduce((sum, value, at) => sum + value * (rarities[at] ?? 0), 0),
    }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score || compareText(a.id, b.id))
}
