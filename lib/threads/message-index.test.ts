import { expect, it } from 'vitest'
import { createNodeSql } from '../../test/fixtures/node-sql.ts'
import { mintMessageId } from '../protocol/message-id.ts'
import { createSqlDocuments } from '../storage/adapters/sql-documents.ts'
import type { Documents } from '../storage/documents.ts'
import { findMessage, indexMessages } from './message-index.ts'

function createShards(): { documents: (shard: string) => Documents; names: () => string[] } {
  const shards = new Map<string, Documents>()
  const documents = (shard: string): Documents => {
    const found = shards.get(shard) ?? createSqlDocuments(createNodeSql())
    shards.set(shard, found)
    return found
  }
  return { documents, names: () => [...shards.keys()] }
}

it('finds a message where it was last, whatever came late', async () => {
  const { documents } = createShards()
  await indexMessages({ messages: { address: '-/new', ids: ['a'], version: 2 } }, documents)
  await indexMessages({ messages: { address: '-/old', ids: ['a', 'b'], version: 1 } }, documents)
  expect(await findMessage('-', 'a', documents)).toBe('-/new')
  expect(await findMessage('-', 'b', documents)).toBe('-/old')
  expect(await findMessage('-', 'c', documents)).toBeUndefined()
})

it('knows only what is in the space of whoever asks', async () => {
  const { documents } = createShards()
  await indexMessages({ messages: { address: 'ann/t', ids: ['a'], version: 1 } }, documents)
  expect(await findMessage('ann', 'a', documents)).toBe('ann/t')
  const minted = mintMessageId(() => 'msg_1', 'ann/t')
  expect(await findMessage('ann', minted, documents)).toBe('ann/t')
  for (const space of ['-', 'bob'])
    for (const id of ['a', minted]) expect(await findMessage(space, id, documents)).toBeUndefined()
})

it("keeps a resource's with the resource, and spreads what belongs to none", async () => {
  const { documents, names } = createShards()
  const ids = Array.from({ length: 1000 }, (_, i) => `message ${i}`)
  await indexMessages({ messages: { address: '%72un/t', ids: ids.slice(0, 9), version: 1 } }, documents)
  expect(names()).toEqual(['resource/%72un'])
  await indexMessages({ messages: { address: '-/t', ids, version: 1 } }, documents)
  expect(names()).toHaveLength(1 + 64)
  expect(
    names()
      .slice(1)
      .every((name) => /^messages\/\d+$/.test(name)),
  ).toBe(true)
})
