import { expect, it } from 'vitest'
import { createNodeSql } from '../../test/fixtures/node-sql.ts'
import { createMemoryVectors } from '../storage/adapters/memory-vectors.ts'
import { createSqlVectors } from '../storage/adapters/sql-vectors.ts'
import type { Embedder } from './embedder.ts'
import { openIndex, refusalOf } from './embedded-index.ts'
import { createOfflineEmbedder } from './offline/embedder.ts'

function named(provider: string, modelId: string): Embedder {
  return { ...createOfflineEmbedder(), provider, modelId }
}

it.each([
  ['memory', () => createMemoryVectors()],
  ['SQL', () => createSqlVectors(createNodeSql())],
])('an index in %s is of one embedder in one length', async (_where, open) => {
  const vectors = open()
  const [small, large] = [named('openai.embedding', 'small'), named('openai.embedding', 'large')]
  expect(await openIndex(vectors, 'notes', small, 3)).toBe('notes/openai/small')
  expect(await openIndex(vectors, 'notes', small, 3)).toBe('notes/openai/small')
  await expect(openIndex(vectors, 'notes', small, 5)).rejects.toThrow(
    '"openai/small" gave vectors of 5 numbers, and the index "notes/openai/small" has 3: set the embedder back, or delete the index and embed its texts again',
  )
  const missing = await vectors
    .query('notes/openai/large', { vector: [1, 2, 3], topK: 1 })
    .catch((error: unknown) => error)
  const asked = { name: 'notes', embedder: large, dimension: 3 }
  expect((await refusalOf(missing, vectors, asked))?.message).toBe(
    '"notes" was embedded by "openai/small", whose vectors "openai/large" cannot be compared with: name that embedder, or embed the texts again with this one',
  )
  expect(await refusalOf(missing, vectors, { ...asked, name: 'other' })).toBeUndefined()
  expect(await openIndex(vectors, 'notes', large, 5)).toBe('notes/openai/large')
  expect(await refusalOf(missing, vectors, asked)).toBeUndefined()
  expect(await refusalOf(new Error('down'), vectors, asked)).toBeUndefined()
})
