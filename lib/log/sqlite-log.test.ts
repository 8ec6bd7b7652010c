import { describe, expect, it } from 'vitest'
import { eventLogContract } from '../../test/contracts/event-log.ts'
import type { NodeSql } from '../../test/fixtures/node-sql.ts'
import { createNodeSql } from '../../test/fixtures/node-sql.ts'
import { LOG_TABLE, createSqliteLog } from './sqlite-log.ts'

function createSql(): NodeSql {
  const sql = createNodeSql()
  sql.run(LOG_TABLE)
  return sql
}

describe('a log in SQLite', () => eventLogContract(() => createSqliteLog(createSql())))

describe('a row of the log', () => {
  const place = { turn: 1, generation: 1, attempt: 1, start: 0, end: 1 }

  it('is one row of the table, unless its body is longer than a piece', () => {
    const sql = createSql()
    const log = createSqliteLog(sql)
    log.append([{ ...place, body: 'x'.repeat(500_000) }])
    expect(sql.written.get('log')).toBe(1)
    log.append([{ ...place, start: 1, end: 2, body: 'x'.repeat(1_000_001) }])
    expect(sql.written.get('log')).toBe(4)
  })

  it('has pieces below 2 MB each, which is what the platform takes', () => {
    const sql = createSql()
    createSqliteLog(sql).append([{ ...place, body: '€'.repeat(1_700_000) }])
    const sizes = sql
      .run('SELECT length(CAST(body AS BLOB)) AS size FROM log')
      .map((row) => Number(row['size']))
    expect(Math.max(...sizes)).toBeLessThan(2_000_000)
  })
})
