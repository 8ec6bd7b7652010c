import { expect, it } from 'vitest'
import { CountingEmbedder } from '../../test/fixtures/counting-embedder.ts'
import { createNodeSql } from '../../test/fixtures/node-sql.ts'
import { createSqlVectors } from '../storage/adapters/sql-vectors.ts'
import type { Vectors } from '../storage/vectors.ts'
import { readOptions } from './memory-options.ts'
import { indexMessages } from './message-vectors.ts'
import type { SearchType } from './search-messages.ts'
import { searchMessages } from './search-messages.ts'

const { signal } = new AbortController()
const SAID = [
  'My dog is called Rex',
  'Order B-1042 is late',
  'The weather is nice',
  '1042 things to do',
  ...Array.from({ length: 20 }, (_, n) => `Nothing of that, number ${n}`),
]

async function filled(): Promise<{ vectors: Vectors; embedder: CountingEmbedder }> {
  const vectors = createSqlVectors(createNodeSql())
  const embedder = new CountingEmbedder('one')
  const placed = SAID.map((text, n) => ({
    place: { address: '-/t', turn: n + 1, index: 0 },
    threadId: 't',
    message: { id: `m${n}`, role: 'user' as const, parts: [{ type: 'text' as const, text }], createdAt: n },
  }))
  await indexMessages(vectors, embedder, placed, signal)
  embedder.times.clear()
  return { vectors, embedder }
}

function find(vectors: Vectors, embedder: CountingEmbedder, type: SearchType, query = 'B-1042') {
  const { semanticRecall: settings } = readOptions({ semanticRecall: { messageRange: 0 } })
  if (!settings) throw new TypeError('There is no recall')
  const request = { query, address: '-/t', scope: 'resource', limit: 4, settings, type, signal } as const
  return searchMessages(vectors, embedder, request)
}

it('by words alone finds what holds them, best first, and embeds nothing', async () => {
  const { vectors, embedder } = await filled()
  const { type, found } = await find(vectors, embedder, 'text')
  expect([type, found.map(({ hit }) => hit.text)]).toEqual(['text', [SAID[1], SAID[3]]])
  expect((await find(vectors, embedder, 'text', 'cats and the like')).found).toEqual([])
  expect(embedder.times.size).toBe(0)
  const by = await Promise.all((['semantic', 'hybrid'] as const).map((one) => find(vectors, embedder, one)))
  expect(by.map((one) => [one.type, one.found.length])).toEqual([
    ['semantic', 4],
    ['hybrid', 4],
  ])
})

it('a storage that knows no words is searched by meaning, and refuses words alone', async () => {
  const { vectors, embedder } = await filled()
  const wordless: Vectors = {
    ...vectors,
    query: (index, { vector, topK }) => vectors.query(index, { vector, topK }),
  }
  expect(await find(wordless, embedder, 'hybrid')).toMatchObject({ type: 'semantic' })
  await expect(find(wordless, embedder, 'text')).rejects.toMatchObject({
    code: 'invalid_request',
    issues: [{ field: 'searchType' }],
  })
})
