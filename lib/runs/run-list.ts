import { RUNS_SHARD, runShard, runShards, runShardsOf } from '../protocol/address.ts'
import type { Document, DocumentQuery, Documents } from '../storage/documents.ts'
import type { RunInfo } from '../workflows/result.ts'
import type { ListRuns } from '../workflows/runner.ts'
import type { RunMeta, RunRows } from './run-rows.ts'

type OpenShard = (shard: string) => Documents

/** What the outbox says of a run. */
export interface RunListEntry {
  workflowId: string
  space: string
  id: string
  createdAt: number
  version: number
  /** Absent when the run is to leave the list. */
  info?: RunInfo
  /** All that its owner had is erased: nobody is to know that it was there. */
  isErased?: true
}

const DEFAULT_LIMIT = 20

/** Notes, in the caller's transaction, that the list of runs must hear of a change. */
export function announceRun(
  rows: RunRows,
  { info, address, version }: RunMeta,
  gone?: 'deleted' | 'erased',
): void {
  const { workflowId, runId: id, createdAt } = info
  const entry: RunListEntry = {
    workflowId,
    space: spaceOf(address),
    id,
    createdAt,
    version,
    ...(!gone && { info }),
    ...(gone === 'erased' && { isErased: true }),
  }
  rows.writeOutbox(JSON.stringify(entry))
}

/** Does what the outbox says. It may be done twice. Proof of the cast: {@link announceRun} wrote it. */
export async function tellList(body: string, open: OpenShard): Promise<void> {
  const { workflowId, space, id, createdAt, version, info } = JSON.parse(body) as RunListEntry
  const month = monthOf(createdAt)
  const shard = open(runShard(workflowId, month, id))
  if (!info) return shard.delete(runsOfSpace(space), id, version)
  // The months first: a run that is on no list that anybody looks at would be lost.
  await tellMonth(shard, open, workflowId, month)
  const index: Document['index'] = { createdAt, [`status:${info.status}`]: createdAt }
  if (info.resourceId !== undefined) index[`resource:${info.resourceId}`] = createdAt
  await shard.put(runsOfSpace(space), { id, version, index, body: { ...info } })
}

/**
 * Runs of a workflow, newest first, from the shards of the months that had any. A page asks each shard of a month
 * once, and the month before only if the page is not full.
 */
export async function listRuns(
  workflowId: string,
  space: string,
  { resourceId, status, before, limit = DEFAULT_LIMIT }: ListRuns,
  open: OpenShard,
): Promise<RunInfo[]> {
  const by =
    resourceId !== undefined
      ? `resource:${resourceId}`
      : status !== undefined
        ? `status:${status}`
        : 'createdAt'
  const to = before === undefined ? {} : { to: before }
  const isWanted = (info: RunInfo): boolean => status === undefined || info.status === status
  const months = await open(runShards(workflowId)).query(MONTHS, {
    by: 'month',
    order: 'descending',
    limit: PAGE,
  })
  const found: RunInfo[] = []
  for (const { id: month } of months.documents) {
    if (before !== undefined && month > monthOf(before)) continue
    const pages = await Promise.all(
      runShardsOf(workflowId, month).map((shard) =>
        readShard(open(shard), runsOfSpace(space), { by, order: 'descending', ...to }, { limit, isWanted }),
      ),
    )
    found.push(...pages.flat().toSorted((a, b) => b.createdAt - a.createdAt))
    if (found.length >= limit) break
  }
  return found.slice(0, limit)
}

/** In the shard of a workflow: the months in which it had runs. */
export const MONTHS = 'months'
/** In the shard of all runs: the workflows that had any. */
export const WORKFLOWS = 'workflows'

/** The most that storage gives at once. */
const PAGE = 1000

/** The first runs of a shard that are wanted: not all that its index finds are, where two things are asked for. */
async function readShard(
  shard: Documents,
  collection: string,
  query: Omit<DocumentQuery, 'limit'>,
  { limit, isWanted }: { limit: number; isWanted: (info: RunInfo) => boolean },
): Promise<RunInfo[]> {
  const found: RunInfo[] = []
  let after: string | undefined
  do {
    const page = await shard.query(collection, {
      ...query,
      limit: Math.min(limit, PAGE),
      ...(after !== undefined && { after }),
    })
    // The body is what announceRun wrote.
    found.push(...page.documents.map(({ body }) => body as RunInfo).filter(isWanted))
    after = page.next
  } while (after !== undefined && found.length < limit)
  return found
}

/** Only a shard's first run of a month tells that there were runs in it: the shards that are told are one for all. */
async function tellMonth(
  shard: Documents,
  open: OpenShard,
  workflowId: string,
  month: string,
): Promise<void> {
  if (await shard.get(MONTHS, month)) return
  const document = { id: month, version: 1, index: { month }, body: {} }
  await open(RUNS_SHARD).put(WORKFLOWS, { id: workflowId, version: 1, index: { id: workflowId }, body: {} })
  await open(runShards(workflowId)).put(MONTHS, document)
  await shard.put(MONTHS, document)
}

/** What separates the lists of different callers: the first part of a run's address. */
export function spaceOf(address: string): string {
  return address.slice(0, address.indexOf('/'))
}

export function runsOfSpace(space: string): string {
  return `runs:${space}`
}

function monthOf(time: number): string {
  return new Date(time).toISOString().slice(0, 7)
}
