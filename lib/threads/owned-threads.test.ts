import { expect, it } from 'vitest'
import { createNodeSql } from '../../test/fixtures/node-sql.ts'
import { createSqlDocuments } from '../storage/adapters/sql-documents.ts'
import type { Document } from '../storage/documents.ts'
import { messageCollection } from './message-index.ts'
import { threadCollection } from './outbox.ts'
import { clearThreadLists } from './owned-threads.ts'

const OWNER = 'ada'
const document = (id: string): Document => ({ id, version: 1, index: { createdAt: 1 }, body: {} })

it('what a resource has begun anew since keeps its place among the messages that are found by their ids', async () => {
  const stored = createSqlDocuments(createNodeSql())
  const documents = () => stored
  await stored.put(messageCollection(OWNER), document('m'))
  await stored.put(threadCollection(OWNER), document('new'))
  await clearThreadLists(OWNER, { documents })
  expect(await stored.get(messageCollection(OWNER), 'm')).toBeDefined()
  await stored.delete(threadCollection(OWNER), 'new', 2)
  await clearThreadLists(OWNER, { documents })
  expect(await stored.get(messageCollection(OWNER), 'm')).toBeUndefined()
})
