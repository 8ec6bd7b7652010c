import { readErrorResponse } from '../formats/error-response.ts'
import type { EdgewiseError } from '../protocol/error.ts'
import type { RunRecord } from '../workflows/result.ts'
import { findDue } from './due.ts'
import type { ScheduleParts } from './parts.ts'
import { commit } from './parts.ts'
import type { RunEnd, ScheduleInfo, Trigger } from './schedule-info.ts'
import type { ScheduleMeta } from './schedule-rows.ts'
import { askTarget, runIdOf, startTarget } from './target.ts'

/**
 * Notes what is due, with the time that follows, in one transaction: whoever looks next, another alarm or another
 * scheduler, finds it no longer due. True if more is.
 */
export async function fireDue(
  parts: ScheduleParts,
  setAlarm: (meta: ScheduleMeta) => void,
): Promise<boolean> {
  const { rows, services } = parts
  const before = rows.readMeta()
  if (!before || !findDue(before, services.now())) return false
  const isHeldUp = await isGoing(parts, before.info)
  // Whoever came meanwhile has done it.
  const meta = rows.readMeta()
  const now = services.now()
  const due = meta && findDue(meta, now)
  if (!due) return false
  await commit(parts, () => {
    due.times.forEach((time, i) => {
      // Of several that come at once the first is still going when the second comes.
      const isSkipped = due.isMissed || isHeldUp || (meta.info.overlap === 'skip' && i > 0)
      const key = String(time)
      const said: Said = isSkipped ? { outcome: 'skipped' } : noted(parts, meta.info, key)
      if (!isSkipped) Object.assign(meta.info, lastOf(now, said))
      rows.addTrigger({ kind: 'schedule-fire', key, due: time, at: now, ...said })
    })
    meta.info.nextAt = due.nextAt
    meta.version = Math.max(meta.version + 1, now)
    rows.writeMeta(meta)
    setAlarm(meta)
  })
  return due.nextAt <= now
}

/** Starts a run now, and moves nothing. Of one key one run. */
export async function fireByHand(
  parts: ScheduleParts,
  meta: ScheduleMeta,
  { key, setAlarm }: { key: string; setAlarm: (meta: ScheduleMeta) => void },
): Promise<void> {
  const { rows, services } = parts
  if (findByHand(parts, key)) return
  const now = services.now()
  const said = noted(parts, meta.info, key)
  await commit(parts, () => {
    rows.addTrigger({ kind: 'manual', key, due: now, at: now, ...said })
    Object.assign(meta.info, lastOf(now, said))
    meta.version = Math.max(meta.version + 1, now)
    rows.writeMeta(meta)
    setAlarm(meta)
  })
}

/** What was started by hand under a key. */
export function findByHand({ rows }: ScheduleParts, key: string): Trigger | undefined {
  return rows.readTriggers().find((trigger) => trigger.kind === 'manual' && trigger.key === key)
}

function noted(parts: ScheduleParts, info: ScheduleInfo, key: string): Said {
  const runId = runIdOf(parts, info, key)
  return { outcome: 'waiting', ...(runId !== undefined && { runId }) }
}

function lastOf(lastAt: number, { runId }: Said) {
  return { lastAt, ...(runId !== undefined && { lastRunId: runId }) }
}

/** Starts the runs that were noted. Rejects if one cannot be reached: it is tried again. */
export async function startRuns(parts: ScheduleParts): Promise<void> {
  const { rows, platform } = parts
  const waiting = rows.readWaiting()
  // What is said elsewhere must be true here whatever happens next.
  if (waiting.length > 0) await platform.sync()
  for (const trigger of waiting) {
    const meta = rows.readMeta()
    if (!meta || meta.isDeleted) return
    const response = await startTarget(parts, meta.info, trigger)
    if (response.status >= 500) throw await readErrorResponse(response)
    const said = response.ok ? await started(response) : refused(meta.info, await readErrorResponse(response))
    const now = rows.readMeta()
    if (!now || now.info.createdAt !== meta.info.createdAt) return
    await commit(parts, () => {
      rows.writeTrigger({ ...trigger, ...said })
      if (said.runId === undefined || said.runId === trigger.runId) return
      now.info.lastRunId = said.runId
      now.version = Math.max(now.version + 1, parts.services.now())
      rows.writeMeta(now)
    })
  }
}

type Said = Pick<Trigger, 'outcome' | 'error' | 'runId'>

async function started(response: Response): Promise<Said> {
  const { runId }: { runId?: string } = await response.json()
  return { outcome: 'started', ...(runId !== undefined && { runId }) }
}

/** A thread that is busy may have to be left alone. */
function refused(info: ScheduleInfo, { code, message }: EdgewiseError): Said {
  const isLeft = code === 'thread_busy' && 'ifActive' in info && info.ifActive?.behavior === 'discard'
  return { outcome: isLeft ? 'skipped' : 'failed', error: message }
}

/**
 * Whether the run that was started last is still going, or is not even begun, and is not to be joined by another. How
 * an agent's ended is learned here in any case: without a thread it is not kept for long.
 */
async function isGoing(parts: ScheduleParts, { overlap, agentId }: ScheduleInfo): Promise<boolean> {
  const isAlone = overlap === 'skip'
  if (!isAlone && agentId === undefined) return false
  const last = parts.rows.readTriggers().find(({ outcome }) => outcome !== 'skipped')
  if (last?.outcome !== 'started') return isAlone && last?.outcome === 'waiting'
  const looked = lookAt(parts, last)
  return isAlone
    ? !isEnd((await looked)?.status)
    : looked.then(
        () => false,
        () => false,
      )
}

function isEnd(status: RunEnd['status'] | undefined): boolean {
  return status === undefined || status === 'success' || status === 'failed' || status === 'canceled'
}

/** How the run of a trigger stands; undefined if it is gone. Once it has ended that is remembered. */
export async function lookAt(parts: ScheduleParts, trigger: Trigger): Promise<RunEnd | undefined> {
  const { rows } = parts
  const meta = rows.readMeta()
  if (trigger.run || trigger.outcome !== 'started' || !meta) return trigger.run
  const response = await askTarget(parts, meta.info, trigger)
  if (response.status >= 500) throw await readErrorResponse(response)
  if (!response.ok) return undefined
  const run =
    meta.info.workflowId === undefined ? await response.json<RunEnd>() : toRunEnd(await response.json())
  if (isEnd(run.status) && rows.readMeta()?.info.createdAt === meta.info.createdAt)
    rows.writeTrigger({ ...trigger, run })
  return run
}

function toRunEnd({ status, createdAt: startedAt, updatedAt, error }: RunRecord): RunEnd {
  if (!isEnd(status)) return { status, startedAt }
  const ended = { completedAt: updatedAt, durationMs: updatedAt - startedAt }
  return { status, startedAt, ...ended, ...(error && { error: error.message }) }
}
