import { beforeEach, describe, expect, it } from 'vitest'
import { createNodeSql } from '../../test/fixtures/node-sql.ts'
import { createSqlDocuments } from '../storage/adapters/sql-documents.ts'
import type { Documents } from '../storage/documents.ts'
import type { RunStatus } from '../workflows/result.ts'
import type { ListRuns } from '../workflows/runner.ts'
import { announceRun, listRuns, tellList } from './run-list.ts'
import { RunRows } from './run-rows.ts'

const DAY = 24 * 3600_000
const NOVEMBER = Date.UTC(2026, 10, 15)

let shards: Map<string, Documents>
beforeEach(() => {
  shards = new Map()
})

function open(shard: string): Documents {
  const documents = shards.get(shard) ?? createSqlDocuments(createNodeSql())
  shards.set(shard, documents)
  return documents
}

interface Told {
  status?: RunStatus
  resourceId?: string
  version?: number
  space?: string
  isDeleted?: boolean
}

/** What a run's object tells of itself. */
async function tell(runId: string, createdAt: number, told: Told = {}): Promise<void> {
  const { status = 'success', resourceId, version = 1, space = '-', isDeleted = false } = told
  const rows = new RunRows(createNodeSql())
  rows.createTables()
  const owner = resourceId === undefined ? {} : { resourceId }
  const info = { runId, workflowId: 'w', status, createdAt, updatedAt: createdAt, ...owner }
  const address = `${space}/w/${runId}`
  announceRun(
    rows,
    { info, address, generation: 1, tries: 0, progress: 0, version },
    isDeleted ? 'deleted' : undefined,
  )
  // It may be told twice.
  for (let times = 0; times < 2; times += 1) await tellList(rows.readOutbox() ?? '', open)
}

async function list(query: ListRuns = {}, space = '-'): Promise<string[]> {
  return (await listRuns('w', space, query, open)).map(({ runId }) => runId)
}

describe('the list of runs', () => {
  it('has the newest first, over shards and months', async () => {
    for (let day = 0; day < 60; day += 1) await tell(`run${day}`, NOVEMBER - day * DAY)
    const all = Array.from({ length: 60 }, (_, day) => `run${day}`)
    expect(await list()).toEqual(all.slice(0, 20))
    expect(await list({ limit: 60 })).toEqual(all)
    expect(await list({ before: NOVEMBER - 40 * DAY, limit: 5 })).toEqual(all.slice(40, 45))
  })

  it('is asked by owner and by standing, and shows a run as it stands last', async () => {
    await tell('one', NOVEMBER, { status: 'running', resourceId: 'ann' })
    await tell('two', NOVEMBER - DAY, { status: 'suspended' })
    await tell('three', NOVEMBER - 2 * DAY, { status: 'suspended', resourceId: 'ann' })
    await tell('one', NOVEMBER, { status: 'suspended', resourceId: 'ann', version: 3 })
    await tell('one', NOVEMBER, { status: 'running', resourceId: 'ann', version: 2 })
    expect(await list({ status: 'suspended' })).toEqual(['one', 'two', 'three'])
    expect(await list({ resourceId: 'ann' })).toEqual(['one', 'three'])
    expect(await list({ resourceId: 'ann', status: 'running' })).toEqual([])
  })

  it('keeps those apart who may not see each other, and loses what is deleted', async () => {
    await tell('mine', NOVEMBER, { space: 'ann' })
    await tell('other', NOVEMBER)
    expect(await list({}, 'ann')).toEqual(['mine'])
    await tell('mine', NOVEMBER, { space: 'ann', version: 2, isDeleted: true })
    expect(await list({}, 'ann')).toEqual([])
    expect(await list()).toEqual(['other'])
  })

  it('of a workflow that never ran is empty', async () => {
    expect(await list()).toEqual([])
    expect([...shards.keys()]).toEqual(['runs/w'])
  })
})
