import { EdgewiseError } from '../protocol/error.ts'
import type { RunInfo } from '../workflows/result.ts'
import type { RunMeta } from './run-rows.ts'

/** A run whose rows cannot be read now is looked at again after this time. */
const UNREADABLE_RETRY_MS = 60_000

/** One that waits has time: its workflow may have been changed for good. */
const WAITING_RETRY_MS = 3600_000

/** Something is being done, or will be without anybody's doing: its turn may have to come. */
export function isGoing(status: RunInfo['status'] | undefined): boolean {
  return status === 'running' || status === 'pending'
}

/** It goes on when somebody says something. */
export function isIdle(meta: RunMeta | undefined): meta is RunMeta {
  return ['suspended', 'waiting', 'paused'].includes(meta?.info.status ?? '')
}

/** When a run that cannot be read is to be looked at again; undefined: never. */
export function retryUnreadAt(meta: RunMeta | undefined, now: number): number | undefined {
  if (isGoing(meta?.info.status)) return now + UNREADABLE_RETRY_MS
  // It may wait no longer than to some moment, or for a run that it has started: only its log says so.
  return meta?.info.status === 'waiting' ? now + WAITING_RETRY_MS : undefined
}

/** Whose a run is, if it is there. */
export function ownerIn(meta: RunMeta | undefined): { resourceId?: string } {
  const resourceId = meta?.info.resourceId
  return resourceId === undefined ? {} : { resourceId }
}

/** Whether a run is there already. @throws EdgewiseError `resource_mismatch` if it is another's. */
export function isThere(
  meta: RunMeta | undefined,
  { workflowId, resourceId }: Pick<RunInfo, 'workflowId' | 'resourceId'>,
): boolean {
  if (!meta) return false
  const { info } = meta
  if (info.workflowId === workflowId && info.resourceId === resourceId) return true
  const message = `Run "${info.runId}" belongs to another resource or workflow`
  throw new EdgewiseError('resource_mismatch', message)
}
