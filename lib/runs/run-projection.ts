import { runShards } from '../protocol/address.ts'
import type { JsonObject } from '../protocol/json.ts'
import { toRecord } from '../workflows/describe-run.ts'
import type { RunInfo } from '../workflows/result.ts'
import { loadRun } from './load.ts'
import type { RunParts } from './parts.ts'
import type { RunListEntry } from './run-list.ts'

/**
 * Tells the storage all that is known of a run, so that other services can read it: the one document of the collection
 * `run:<address>`, in the shard of its workflow. It is read from the rows that are there now, which say at least what
 * the outbox does; the entry's version decides, so it may be told again, and late. The run itself never reads it.
 *
 * Proof of the cast: `announceRun` wrote it.
 */
export async function projectRun(parts: RunParts, said: string): Promise<void> {
  const { services } = parts
  if (!services.isShared) return
  const { info, version, isErased, ...place } = JSON.parse(said) as RunListEntry
  const documents = services.documents(runShards(place.workflowId))
  const collection = runCollection(place)
  // Its name may say whose it was.
  if (isErased) return documents.clear(collection)
  if (!info) return documents.delete(collection, RECORD, version)
  const body = readRecord(parts) ?? standing(info, (await documents.get(collection, RECORD))?.body)
  await documents.put(collection, { id: RECORD, version, index: {}, body })
}

const RECORD = 'record'

/** Named by the run's address, as its object is. */
function runCollection({ space, workflowId, id }: Pick<RunListEntry, 'space' | 'workflowId' | 'id'>): string {
  return `run:${space}/${encodeURIComponent(workflowId)}/${encodeURIComponent(id)}`
}

/** Undefined if the rows cannot be folded: the app's workflow is no longer the one that the run has been following. */
function readRecord(parts: RunParts): JsonObject | undefined {
  const meta = parts.rows.readMeta()
  if (!meta) return undefined
  try {
    return { ...toRecord(loadRun(parts, meta)) }
  } catch {
    return undefined
  }
}

/** As it was last told, standing as it stands now. */
function standing(info: RunInfo, before: JsonObject = {}): JsonObject {
  const waiting = info.status === 'suspended' ? {} : { suspended: [], resumeLabels: {} }
  return { ...before, ...info, ...waiting }
}
