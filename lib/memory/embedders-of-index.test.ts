import { expect, it } from 'vitest'
import { createNodeSql } from '../../test/fixtures/node-sql.ts'
import type { Embedder } from '../models/embedder.ts'
import { createOfflineEmbedder } from '../models/offline/embedder.ts'
import type { Message } from '../protocol/message.ts'
import { createMemoryVectors } from '../storage/adapters/memory-vectors.ts'
import { createSqlVectors } from '../storage/adapters/sql-vectors.ts'
import type { Vectors } from '../storage/vectors.ts'
import { readOptions } from './memory-options.ts'
import { indexMessages } from './message-vectors.ts'
import { recall } from './recall.ts'

const { signal } = new AbortController()
const message: Message = {
  id: 'm',
  role: 'user',
  parts: [{ type: 'text', text: 'I like tea' }],
  createdAt: 1,
}
const placed = { place: { address: '-/t', turn: 1, index: 0 }, threadId: 't', message }

/** As if another provider's, with vectors of some length. */
function named(modelId: string, dimensions = 64): Embedder {
  return { ...createOfflineEmbedder({ dimensions }), provider: 'test', modelId }
}

async function find(vectors: Vectors, embedder: Embedder, others: string[] = []): Promise<string[]> {
  const { semanticRecall } = readOptions({ semanticRecall: true })
  if (!semanticRecall) throw new Error('there is no recall')
  const found = await recall(vectors, embedder, {
    query: 'Which tea do I like?',
    address: '-/other',
    settings: semanticRecall,
    tail: [],
    known: new Map(),
    shown: new Set(),
    signal,
    onOthers: (whose) => void others.push(whose),
  })
  return found.map(({ text }) => text)
}

it.each([
  ['memory', () => createMemoryVectors()],
  ['SQL', () => createSqlVectors(createNodeSql())],
])('an index in %s is of one embedder in one length; another is told whose it is', async (_where, open) => {
  const vectors = open()
  expect(await find(vectors, named('small'))).toEqual([])
  await indexMessages(vectors, named('small'), [placed], signal)
  expect(await find(vectors, named('small'))).toEqual(['I like tea'])
  const others: string[] = []
  expect(await find(vectors, named('large'), others)).toEqual([])
  expect(others).toEqual(['test/small'])
  // Of the same name, and now of another length: both lengths are named, and the embedder.
  const both = /messages\/test\/small.*/
  await expect(indexMessages(vectors, named('small', 32), [placed], signal)).rejects.toThrow(both)
  await expect(indexMessages(vectors, named('small', 32), [placed], signal)).rejects.toThrow(/32.*64/)
  await expect(find(vectors, named('small', 32))).rejects.toThrow(/32.*64/)
  // It begins anew.
  await indexMessages(vectors, named('large'), [placed], signal)
  expect(await find(vectors, named('large'))).toEqual(['I like tea'])
})
