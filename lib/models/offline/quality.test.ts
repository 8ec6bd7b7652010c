import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { Question } from '../../../test/fixtures/retrieval-set.ts'
import { questions, remarks } from '../../../test/fixtures/retrieval-set.ts'
import { scorer } from '../../storage/nearest.ts'
import { embedTexts } from '../embedder.ts'
import { createOfflineEmbedder } from './embedder.ts'

/** By how each question's answer ranks among all remarks, from 1. */
async function ranks(asked: readonly Question[]): Promise<number[]> {
  const texts = [...remarks, ...asked.map(({ text }) => text)]
  const vectors = await embedTexts(createOfflineEmbedder(), texts, new AbortController().signal)
  const stored = vectors.slice(0, remarks.length).map((vector) => Float32Array.from(vector))
  return asked.map(({ answer }, i) => {
    const nearTo = scorer('cosine', Float32Array.from(vectors[remarks.length + i] ?? []))
    const scores = stored.map((vector) => nearTo(vector))
    const own = scores[answer] ?? 0
    return scores.filter((score) => score > own).length + 1
  })
}

interface Quality {
  asked: number
  recall1: string
  recall5: string
  mrr: string
}

async function qualityOf(asked: readonly Question[]): Promise<Quality> {
  const found = await ranks(asked)
  const share = (fits: (rank: number) => number): string =>
    (found.reduce((sum, rank) => sum + fits(rank), 0) / found.length).toFixed(2)
  return {
    asked: found.length,
    recall1: share((rank) => Number(rank === 1)),
    recall5: share((rank) => Number(rank <= 5)),
    mrr: share((rank) => 1 / rank),
  }
}

it('finds shared words, forms, names and numbers, not meanings; the page says how well', async () => {
  const page = readFileSync(fileURLToPath(new URL('../../../docs/caching.md', import.meta.url).href), 'utf8')
  expect(remarks).toHaveLength(200)
  const kinds = ['words', 'forms', 'names', 'numbers', 'meaning'] as const
  for (const kind of [...kinds, 'all'] as const) {
    const { asked, recall1, recall5, mrr } = await qualityOf(
      questions.filter((question) => kind === 'all' || question.kind === kind),
    )
    const row = page.split('\n').find((line) => line.startsWith(`| ${kind} `)) ?? ''
    const cells = row.split('|').map((cell) => cell.trim())
    expect(cells.slice(1, 2).concat(cells.slice(-5, -1))).toEqual([
      kind,
      String(asked),
      recall1,
      recall5,
      mrr,
    ])
  }
})
