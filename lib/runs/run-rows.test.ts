import { describe, expect, it } from 'vitest'
import { createNodeSql } from '../../test/fixtures/node-sql.ts'
import type { LogRow } from '../log/row.ts'
import type { RunMeta } from './run-rows.ts'
import { RunRows, StaleLife } from './run-rows.ts'

const info = { runId: 'r', workflowId: 'w', status: 'running' as const, createdAt: 1, updatedAt: 1 }

function metaOf(generation: number): RunMeta {
  return { info, address: '-/w/r', generation, tries: 0, progress: 0, version: 1 }
}

function row(generation: number, start: number, end: number, body = `b${start}`): LogRow {
  return { turn: 0, generation, attempt: 0, start, end, body }
}

function openRows(life = 1): RunRows {
  const rows = new RunRows(createNodeSql())
  rows.createTables()
  rows.writeMeta(metaOf(life))
  return rows
}

describe('the rows of a run', () => {
  it('are read from any place on, a row that was heard in part as well', () => {
    const rows = openRows()
    const first = [row(1, 0, 2), row(1, 2, 4), row(1, 4, 9)]
    rows.append(first)
    rows.writeMeta(metaOf(2))
    const second = [row(2, 0, 1), row(2, 1, 3)]
    rows.append(second)
    const after = (generation: number, position: number, limit = 9): LogRow[] =>
      rows.readAfter({ generation, attempt: 0, position }, limit)
    expect(after(0, 0)).toEqual([...first, ...second])
    expect(after(1, 2)).toEqual([...first.slice(1), ...second])
    expect(after(1, 3)).toEqual([...first.slice(1), ...second])
    // Beyond what the life has written: what was heard there was lost.
    expect(after(1, 20)).toEqual(second)
    expect(after(2, 1)).toEqual(second.slice(1))
    expect(after(2, 3)).toEqual([])
    expect(after(1, 4, 1)).toEqual(first.slice(2))
    expect(rows.readGenerations([2])).toEqual(second)
  })

  it('take nothing from a life that is no longer the last', () => {
    const rows = openRows(2)
    expect(() => rows.append([row(1, 0, 1)])).toThrow(StaleLife)
    expect(rows.readAfter({ generation: 0, attempt: 0, position: 0 }, 9)).toEqual([])
  })

  it('hold bodies of any length, whatever letters they are cut between', () => {
    const rows = openRows()
    const long = row(1, 0, 7, `x${'😀'.repeat(600_000)}`)
    rows.append([long, row(1, 7, 8)])
    expect(rows.readAfter({ generation: 0, attempt: 0, position: 0 }, 9)).toEqual([long, row(1, 7, 8)])
    rows.clear()
    expect(rows.lastKey()).toBeUndefined()
  })

  it('make nothing while they are only looked at', () => {
    const sql = createNodeSql()
    const rows = new RunRows(sql)
    expect([rows.readMeta(), rows.readOrigin(), rows.readOutbox(), rows.lastKey()]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
    expect(rows.readAfter({ generation: 0, attempt: 0, position: 0 }, 9)).toEqual([])
    expect(sql.run('SELECT name FROM sqlite_master')).toEqual([])
  })
})
