import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createNodeSql } from '../../../test/fixtures/node-sql.ts'
import { questions, remarks } from '../../../test/fixtures/retrieval-set.ts'
import { createSqlVectors } from '../adapters/sql-vectors.ts'
import type { Vectors } from '../vectors.ts'

const NEAR = [1, 0]

async function filled(texts: readonly string[]): Promise<Vectors> {
  const vectors = createSqlVectors(createNodeSql())
  await vectors.createIndex('a', { dimension: 2 })
  const records = texts.map((text, n) => ({ id: String(n), vector: NEAR, metadata: { text } }))
  await vectors.upsert('a', records)
  return vectors
}

/** What holds the words, best first. */
async function find(vectors: Vectors, text: string): Promise<string[]> {
  const found = await vectors.query('a', { vector: NEAR, topK: 1000, text })
  return found
    .flatMap(({ ranks, metadata }) => (ranks?.text === undefined ? [] : [{ rank: ranks.text, metadata }]))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ metadata }) => String(metadata?.['text']))
}

it('words alone find as much of the fixed set as the page on storage says', async () => {
  const vectors = await filled(remarks)
  const ranks = await Promise.all(
    questions.map(async ({ kind, text, answer }) => {
      const rank = (await find(vectors, text)).indexOf(remarks[answer] ?? '')
      return { kind, rank }
    }),
  )
  const lines = [...Map.groupBy(ranks, ({ kind }) => kind), ['all', ranks] as const].map(([kind, some]) => {
    const within = (count: number): string =>
      (some.filter(({ rank }) => rank >= 0 && rank < count).length / some.length).toFixed(2)
    return `| ${kind} | ${within(1)} | ${within(5)} |`
  })
  const page = readFileSync(
    fileURLToPath(new URL('../../../docs/storage.md', import.meta.url).href),
    'utf8',
  ).replace(/ +/g, ' ')
  expect(lines.filter((line) => !page.includes(line))).toEqual([])
})

describe('a word that no text holds', () => {
  it.each([
    ['English', 'The dogs were walking home', ['dogged walker', 'walks', 'walked']],
    ['German', 'Die Rechnungen der Häuser', ['Rechnung', 'Hauses', 'Hausen']],
    ['French', 'Nous avons commandé des pommes', ['commander', 'commandes']],
    ['Italian', 'Ho prenotato le camere', ['prenotare', 'camera']],
    ['Russian', 'У меня две собаки', ['собака', 'собаку']],
    ['a name that is not written out', 'We build Edgewise here', ['edgew', 'Edge', 'EDGEWI']],
  ])('is found by its beginning in %s', async (_language, said, asked) => {
    const vectors = await filled([said, 'something else'])
    for (const one of asked) expect([one, await find(vectors, one)]).toEqual([one, [said]])
  })

  it('is looked for by its beginning alone where it is letters, and long enough', async () => {
    const vectors = await filled(['Order A-10427 came', 'call 5550123', 'Tome of the tombs'])
    for (const one of ['A-1043', 'A-10', '555012', 'tom'])
      expect([one, await find(vectors, one)]).toEqual([one, []])
  })

  it('leaves what is held to those that hold it as it is', async () => {
    const vectors = await filled([
      'The dogs sleep',
      'One doghouse for sale',
      'Marina called',
      'Marinated fish',
    ])
    expect(await find(vectors, 'dogs')).toEqual(['The dogs sleep'])
    expect(await find(vectors, 'Marina')).toEqual(['Marina called'])
    expect((await find(vectors, 'Marinas')).toSorted()).toEqual(['Marina called', 'Marinated fish'])
  })
})
