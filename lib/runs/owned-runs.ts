import { RUNS_SHARD, runShards, runShardsOf, threadSpace } from '../protocol/address.ts'
import { addressOfWorkflowRun } from '../protocol/run-id.ts'
import type { Documents } from '../storage/documents.ts'
import { listAll } from '../storage/list-all.ts'
import type { RunInfo } from '../workflows/result.ts'
import { MONTHS, runsOfSpace, WORKFLOWS } from './run-list.ts'

type OpenShard = (shard: string) => Documents

/** A run of a resource, and its object. */
export interface OwnedRun {
  address: string
  info: RunInfo
}

/** A month of a workflow that had any runs. */
export interface RunMonth {
  workflowId: string
  month: string
}

/** Where runs may be listed: of the workflows that are known, and of those that the code has no longer. */
export async function* monthsOfRuns(known: readonly string[], open: OpenShard): AsyncGenerator<RunMonth> {
  const ids = new Set(known)
  for await (const { id } of listAll(open(RUNS_SHARD), WORKFLOWS, 'id')) ids.add(id)
  for (const workflowId of [...ids].toSorted()) {
    for await (const { id: month } of listAll(open(runShards(workflowId)), MONTHS, 'month'))
      yield { workflowId, month }
  }
}

/** A resource's runs of a month: those it began itself, and those that callers bound to nobody began in its name. */
export async function* ownedRuns(
  resourceId: string,
  { workflowId, month }: RunMonth,
  open: OpenShard,
): AsyncGenerator<OwnedRun> {
  for (const boundTo of [undefined, resourceId]) {
    const collection = runsOfSpace(threadSpace(boundTo))
    // All shards begin at once: most have little, or nothing.
    const lists = runShardsOf(workflowId, month).map((shard) =>
      listAll(open(shard), collection, `resource:${resourceId}`),
    )
    const firsts = await Promise.all(lists.map((list) => list.next()))
    for (const [at, list] of lists.entries()) {
      for (let found = firsts[at]; found && !found.done; found = await list.next()) {
        // The body is what announceRun wrote.
        const info = found.value.body as RunInfo
        const address = addressOfWorkflowRun(boundTo, workflowId, info.runId)
        if (address !== undefined) yield { address, info }
      }
    }
  }
}

/** Takes the lists of a resource's own space away where nothing is on them: they would name what was. */
export async function clearRunLists(
  resourceId: string,
  { workflowId, month }: RunMonth,
  open: OpenShard,
): Promise<void> {
  const collection = runsOfSpace(threadSpace(resourceId))
  const clear = async (shard: Documents): Promise<void> => {
    const { documents } = await shard.query(collection, { by: 'createdAt', limit: 1 })
    if (documents.length === 0) await shard.clear(collection)
  }
  await Promise.all(runShardsOf(workflowId, month).map((shard) => clear(open(shard))))
}
