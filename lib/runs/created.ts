import { EdgewiseError } from '../protocol/error.ts'
import type { RunRecord } from '../workflows/result.ts'
import type { RunParts } from './parts.ts'
import type { CreatedRun } from './run-rows.ts'

/** A run that nobody starts is forgotten after this time. */
const CREATED_RETENTION_MS = 24 * 3600_000

/**
 * Notes a run and whose it is, for those who ask for one first and start it later. One that is there is left alone.
 *
 * @throws EdgewiseError `resource_mismatch` if it is another's.
 */
export async function createRun(parts: RunParts, asked: Omit<CreatedRun, 'createdAt'>): Promise<void> {
  const { platform, rows, alarm, services } = parts
  await alarm.load()
  const known = rows.readMeta()?.info ?? rows.readCreated()
  if (known) {
    ownerOf(known, asked)
    return
  }
  const createdAt = services.now()
  platform.sql.transaction(() => {
    rows.createTables()
    rows.writeCreated({ ...asked, createdAt })
    alarm.ringBy(createdAt + CREATED_RETENTION_MS)
  })
  await platform.sync()
}

/** The resource of a run that is started: the one it was created for, if that was done first. */
export function ownerOf(
  known: Pick<CreatedRun, 'runId' | 'workflowId' | 'resourceId'> | undefined,
  { resourceId, workflowId }: Pick<CreatedRun, 'workflowId' | 'resourceId'>,
): string | undefined {
  if (!known) return resourceId
  const isOwn = resourceId === undefined || known.resourceId === undefined || resourceId === known.resourceId
  if (isOwn && known.workflowId === workflowId) return resourceId ?? known.resourceId
  throw new EdgewiseError('resource_mismatch', `Run "${known.runId}" belongs to another resource or workflow`)
}

/** Erases a run that was asked for and not started; it is on no list. False if there is none. */
export async function forgetCreated(parts: RunParts): Promise<boolean> {
  if (!parts.rows.readCreated()) return false
  await eraseAll(parts)
  return true
}

/** Nothing is left in the object. */
export async function eraseAll({ rows, alarm, platform }: RunParts): Promise<void> {
  rows.forgetTables()
  alarm.clear()
  await platform.deleteAll()
}

/** A run that was created and not started, as a record. */
export function pendingRecord({ rows }: RunParts): RunRecord | undefined {
  const created = rows.readCreated()
  if (!created) return undefined
  const { createdAt, ...ids } = created
  return {
    ...ids,
    status: 'pending',
    createdAt,
    updatedAt: createdAt,
    payload: null,
    state: {},
    steps: {},
    stepExecutionPath: [],
    suspended: [],
    resumeLabels: {},
    childRuns: [],
  }
}
