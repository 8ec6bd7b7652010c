import { EdgewiseError } from '../protocol/error.ts'
import type { Erasing } from '../protocol/erasing.ts'
import { addressOfChild } from '../protocol/run-id.ts'
import { toResult } from '../workflows/describe-run.ts'
import { errorField } from '../telemetry/logger.ts'
import type { RunState } from '../workflows/run-state.ts'
import { expiryOf } from './alarm.ts'
import { forgetCreated } from './created.ts'
import type { Letter } from './letter.ts'
import { isMisfit, readEntries } from './load.ts'
import { postRelease } from './lease.ts'
import { drain } from './outbox.ts'
import { announceRun } from './run-list.ts'
import type { RunParts } from './parts.ts'
import type { RunCall, RunErasing } from './run-call.ts'
import type { RunMeta } from './run-rows.ts'
import { retryUnreadAt } from './standing.ts'

/** As much of a run as is needed to erase it. */
interface Erasable {
  readonly parts: RunParts
  readonly meta: RunMeta | undefined
  /** In memory, if it is there. */
  readonly state: RunState | undefined
  readonly isCompensating: boolean
  cancel(): Promise<boolean>
  remove(erasing?: readonly Letter[]): Promise<boolean>
  tellAll(): Promise<void>
}

/** A letter that asks for an erasure is repeated until it is done. */
export async function answerRemoval(
  run: Erasable,
  call: RunCall & { type: 'remove' | 'erase' },
): Promise<Response> {
  if (call.type === 'remove') return Response.json(await run.remove())
  if (await eraseRun(run, call)) return Response.json(true)
  throw new EdgewiseError('storage_unavailable', 'The run is not erased yet')
}

/**
 * Erases a run because all that its owner has is erased, and with it the runs that it has started. It is canceled
 * first, and what it has done is made good. True once nothing of it is left; until then it is to be asked again.
 */
async function eraseRun(run: Erasable, asked: RunErasing): Promise<boolean> {
  const { parts } = run
  const { rows } = parts
  await parts.alarm.load()
  const { meta } = run
  if (!meta) {
    const created = rows.readCreated()
    if (created && isMeant(created, asked)) await forgetCreated(parts)
    else if (!created && rows.hasTables) await run.tellAll()
    return !rows.hasTables || rows.readCreated() !== undefined
  }
  if (!isMeant(meta.info, asked)) return true
  if (!asked.isForced && !(await endRun(run))) return false
  tellOfUndone(parts, meta.info.workflowId, run.state)
  await run.remove(childrenOf(parts, asked))
  return !rows.hasTables
}

/**
 * Of what could not be told for long the owner may have been erased by those who could not know of it: then it goes as
 * well. Never throws.
 */
export async function heedErasure(run: Erasable): Promise<void> {
  const { parts, meta } = run
  if (!parts.isLate) return
  const resourceId = meta?.info.resourceId
  try {
    const before = resourceId === undefined ? undefined : await parts.services.erasedAt?.(resourceId)
    if (resourceId !== undefined && before !== undefined && !(await eraseRun(run, { resourceId, before })))
      return
    parts.isLate = false
  } catch (error) {
    parts.services.logger.warn('run not known to be erased, it is tried again', errorField(error))
  }
}

/** When it is to be erased, whether it can be read or not. */
function expiryOfRun({ meta, parts }: Pick<Erasable, 'meta' | 'parts'>): number | undefined {
  return meta && expiryOf(meta.info, parts.services.getWorkflow(meta.info.workflowId))
}

/** Erases a run that has ended long enough ago, once all others have heard of its end. */
export async function retire(run: Erasable): Promise<void> {
  const { parts } = run
  const expiresAt = expiryOfRun(run)
  if (expiresAt !== undefined && expiresAt <= parts.services.now() && !parts.rows.hasOutbox)
    await run.remove()
}

/** The alarm of a run that is not in memory, and may be one that cannot be read. */
export function wakeUnread(run: Pick<Erasable, 'meta' | 'parts'>): void {
  const { alarm, services } = run.parts
  alarm.ringBy(retryUnreadAt(run.meta, services.now()))
  alarm.set(undefined, expiryOfRun(run))
}

/** In one transaction: the rows of a run are gone, and others are to hear of it. `erasing`: because its owner's are. */
export function clearRun(
  { platform, rows, alarm }: RunParts,
  meta: RunMeta,
  letters: readonly Letter[],
  erasing?: readonly Letter[],
): void {
  platform.sql.transaction(() => {
    rows.clear()
    announceRun(rows, meta, erasing ? 'erased' : 'deleted')
    for (const letter of [...letters, ...(erasing ?? [])]) rows.postLetter(letter)
    postRelease(rows, meta)
    alarm.set(undefined)
  })
}

/** Under the same id there may be another's by now, or one that was begun since. */
function isMeant(
  { resourceId, createdAt }: { resourceId?: string; createdAt: number },
  { resourceId: owner, before }: Erasing,
): boolean {
  return resourceId === owner && createdAt <= before
}

/** Ends the run. True once it has ended, and has told that to those who wait for it. */
async function endRun(run: Erasable): Promise<boolean> {
  try {
    await run.cancel()
  } catch (error) {
    // It cannot be read, and it is erased all the same.
    if (!isMisfit(error)) throw error
  }
  if (run.isCompensating) return false
  await drain(run.parts, run.state)
  return run.parts.rows.readLetters().length === 0
}

/** All runs that it has ever started are its owner's, too, whether a list knows of them or not. */
function childrenOf(parts: RunParts, { resourceId }: Erasing): Letter[] {
  const letters = new Map<string, Letter>()
  for (const { event } of readEntries(parts)) {
    if (event.type !== 'child-start') continue
    const address = addressOfChild(event.runId)
    // It was begun by a run that is erased, whenever that was.
    letters.set(address, { address, call: { type: 'erase', resourceId, before: parts.services.now() } })
  }
  return [...letters.values()]
}

/** Soon nothing but the log will know that somebody must see to it. */
function tellOfUndone({ services }: RunParts, workflowId: string, run: RunState | undefined): void {
  if (!run?.unwinding) return
  const { status, ...result } = toResult(run)
  const failed = 'compensation' in result ? (result.compensation?.failed ?? []) : []
  if (run.outcome && failed.length === 0) return
  services.logger.error('run erased, and not all that it had done was made good', {
    runId: run.runId,
    workflowId,
    status,
    steps: failed.map(({ step }) => step),
  })
}
