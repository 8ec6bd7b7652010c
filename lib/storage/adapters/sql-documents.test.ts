import { describe, expect, it } from 'vitest'
import { documentHistories } from '../../../test/contracts/document-histories.ts'
import { documentsContract } from '../../../test/contracts/documents.ts'
import { createNodeSql } from '../../../test/fixtures/node-sql.ts'
import { createSqlDocuments } from './sql-documents.ts'

describe('documents in SQLite', () => {
  documentsContract(() => createSqlDocuments(createNodeSql()))
  documentHistories(() => createSqlDocuments(createNodeSql()))
})

describe('documents in SQLite that are compressed', () =>
  documentsContract(() => createSqlDocuments(createNodeSql(), { compressOver: 10 })))

describe('a long document in SQLite', () => {
  it('takes less room when it is compressed, and leaves no piece behind', async () => {
    const sql = createNodeSql()
    const documents = createSqlDocuments(sql, { compressOver: 1000 })
    await documents.put('a', { id: 'x', version: 1, body: { text: 'again '.repeat(500_000) }, index: {} })
    const [row] = sql.run('SELECT length(body) AS length FROM documents')
    expect(row?.['length']).toBeLessThan(20_000)
    const plain = createSqlDocuments(sql)
    await plain.put('a', { id: 'x', version: 2, body: { text: 'again '.repeat(500_000) }, index: {} })
    expect(sql.run('SELECT count(*) AS count FROM pieces')).toEqual([{ count: 7 }])
    await plain.put('a', { id: 'x', version: 3, body: {}, index: {} })
    expect(sql.run('SELECT count(*) AS count FROM pieces')).toEqual([{ count: 0 }])
  })
})

describe('a change of a document in SQLite', () => {
  it('writes its row and a row for each field that changed, no more', async () => {
    const sql = createNodeSql()
    const documents = createSqlDocuments(sql)
    const writes = (): number => (sql.written.get('documents') ?? 0) + (sql.written.get('entries') ?? 0)
    await documents.put('a', { id: 'x', version: 1, body: {}, index: { at: 1, made: 1 } })
    expect(writes()).toBe(3)
    await documents.put('a', { id: 'x', version: 2, body: {}, index: { at: 2, made: 1 } })
    expect(writes()).toBe(5)
    await documents.put('a', { id: 'x', version: 2, body: {}, index: { at: 3, made: 1 } })
    expect(writes()).toBe(5)
  })

  it('is undone whole when it fails half way', async () => {
    const sql = createNodeSql()
    const documents = createSqlDocuments(sql)
    await documents.put('a', { id: 'x', version: 1, body: { is: 'old' }, index: { at: 1 } })
    sql.run(`CREATE TRIGGER full BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
    await expect(documents.put('a', { id: 'x', version: 2, body: {}, index: { at: 2 } })).rejects.toThrow(
      'disk full',
    )
    expect((await documents.query('a', { by: 'at', limit: 5 })).documents).toEqual([
      { id: 'x', version: 1, body: { is: 'old' }, index: { at: 1 } },
    ])
  })
})
