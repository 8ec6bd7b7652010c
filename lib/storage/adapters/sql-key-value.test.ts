import { describe, expect, it } from 'vitest'
import { keyValueHistories } from '../../../test/contracts/key-value-histories.ts'
import type { KeyValueWorld } from '../../../test/contracts/key-value.ts'
import { keyValueContract } from '../../../test/contracts/key-value.ts'
import { createNodeSql } from '../../../test/fixtures/node-sql.ts'
import { createSqlKeyValue } from './sql-key-value.ts'

function createWorld(): KeyValueWorld {
  let now = 1_000_000
  return {
    keyValue: createSqlKeyValue(createNodeSql(), () => now),
    pass: async (ms) => void (now += ms),
  }
}

describe('values in SQLite', () => {
  keyValueContract(createWorld)
  keyValueHistories(createWorld)
})

describe('a value in SQLite', () => {
  it('is one row', async () => {
    const sql = createNodeSql()
    const keyValue = createSqlKeyValue(sql, () => 0)
    await keyValue.set('k', { some: 'value' }, { ttlMs: 5 })
    expect([...sql.written]).toEqual([['pairs', 1]])
  })

  it('leaves nothing behind once it has expired and others were written', async () => {
    const sql = createNodeSql()
    let now = 0
    const keyValue = createSqlKeyValue(sql, () => now)
    await keyValue.set('k', 'x'.repeat(1_200_000), { ttlMs: 5 })
    now = 10
    for (let at = 0; at < 256; at += 1) await keyValue.set(`other/${at}`, at)
    expect(sql.run('SELECT key FROM pairs WHERE key = ?', 'k')).toEqual([])
    expect(sql.run('SELECT id FROM pieces')).toEqual([])
  })
})
