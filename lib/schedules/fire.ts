import { addressOfWorkflowRun, mintWorkflowRunId } from '../protocol/run-id.ts'
import { readErrorResponse } from '../formats/error-response.ts'
import type { RunCall } from '../runs/run-call.ts'
import type { RunRecord } from '../workflows/result.ts'
import { findDue } from './due.ts'
import type { ScheduleParts } from './parts.ts'
import { commit } from './parts.ts'
import type { RunEnd, ScheduleInfo, Trigger } from './schedule-info.ts'
import type { ScheduleMeta } from './schedule-rows.ts'

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
  const isHeldUp = before.info.overlap === 'skip' && (await isGoing(parts))
  // Whoever came meanwhile has done it.
  const meta = rows.readMeta()
  const now = services.now()
  const due = meta && findDue(meta, now)
  if (!due) return false
  await commit(parts, () => {
    due.times.forEach((time, i) => {
      // Of several that come at once the first is still going when the second comes.
      const isSkipped = due.isMissed || isHeldUp || (meta.info.overlap === 'skip' && i > 0)
      const said = isSkipped ? ({ outcome: 'skipped' } as const) : start(parts, meta.info, String(time))
      if ('runId' in said) Object.assign(meta.info, { lastAt: now, lastRunId: said.runId })
      rows.addTrigger({ kind: 'schedule-fire', due: time, at: now, ...said })
    })
    meta.info.nextAt = due.nextAt
    meta.version = Math.max(meta.version + 1, now)
    rows.writeMeta(meta)
    setAlarm(meta)
  })
  return due.nextAt <= now
}

/** Starts a run now, and moves nothing. Of one nonce one run. */
export async function fireByHand(
  parts: ScheduleParts,
  meta: ScheduleMeta,
  { nonce, setAlarm }: { nonce: string; setAlarm: (meta: ScheduleMeta) => void },
): Promise<Trigger> {
  const { rows, services } = parts
  const now = services.now()
  const said = start(parts, meta.info, nonce)
  const find = (): Trigger | undefined => rows.readTriggers().find(({ runId }) => runId === said.runId)
  const known = find()
  if (known) return known
  const trigger = { kind: 'manual', due: now, at: now, ...said } as const
  await commit(parts, () => {
    rows.addTrigger(trigger)
    Object.assign(meta.info, { lastAt: now, lastRunId: said.runId })
    meta.version = Math.max(meta.version + 1, now)
    rows.writeMeta(meta)
    setAlarm(meta)
  })
  return find() ?? { ...trigger, id: 0 }
}

/** The run of a trigger has one id, whoever makes it up and however often. */
function start({ boundTo, scheduleId }: ScheduleParts, { workflowId }: ScheduleInfo, key: string) {
  // Ids of schedules have no "~", and names of runs may have no ".".
  const name = `sched_${scheduleId}_${key}`.replaceAll('.', '~')
  return { outcome: 'waiting' as const, runId: mintWorkflowRunId(() => name, boundTo, workflowId) }
}

/** Starts the runs that were noted. Rejects if one cannot be reached: it is tried again. */
export async function startRuns(parts: ScheduleParts): Promise<void> {
  const { rows, services, platform } = parts
  const waiting = rows.readWaiting()
  // What is said elsewhere must be true here whatever happens next.
  if (waiting.length > 0) await platform.sync()
  for (const trigger of waiting) {
    const meta = rows.readMeta()
    if (!meta || meta.isDeleted) return
    const address = runAddressOf(parts, meta.info, trigger)
    const response = await services.callRun(address, startCall(meta.info, trigger, address))
    const error = response.ok ? undefined : await readErrorResponse(response)
    if (error && response.status >= 500) throw error
    if (response.ok) await response.body?.cancel()
    if (rows.readMeta()?.info.createdAt !== meta.info.createdAt) return
    const outcome = error ? 'failed' : 'started'
    await commit(parts, () =>
      rows.writeTrigger({ ...trigger, outcome, ...(error && { error: error.message }) }),
    )
  }
}

function startCall(info: ScheduleInfo, { runId = '' }: Trigger, address: string): RunCall {
  const { workflowId, inputData, initialState, runtimeContext, resourceId } = info
  const request = {
    runId,
    workflowId,
    inputData,
    runtimeContext,
    ...(initialState && { initialState }),
    ...(resourceId !== undefined && { resourceId }),
  }
  return { type: 'start', request, address, format: 'ack' }
}

function runAddressOf(
  { boundTo }: ScheduleParts,
  { workflowId }: ScheduleInfo,
  { runId = '' }: Trigger,
): string {
  const address = addressOfWorkflowRun(boundTo, workflowId, runId)
  if (address === undefined) throw new Error(`Cannot reach run "${runId}": it is another's`)
  return address
}

/** Whether the run that was started last is still going, or is not even begun. */
async function isGoing(parts: ScheduleParts): Promise<boolean> {
  const last = parts.rows.readTriggers().find(({ runId }) => runId !== undefined)
  if (last?.outcome === 'waiting') return true
  return last?.outcome === 'started' && !isEnd((await lookAt(parts, last))?.status)
}

function isEnd(status: RunEnd['status'] | undefined): boolean {
  return status === undefined || status === 'success' || status === 'failed' || status === 'canceled'
}

/** How the run of a trigger stands; undefined if it is gone. Once it has ended that is remembered. */
export async function lookAt(parts: ScheduleParts, trigger: Trigger): Promise<RunEnd | undefined> {
  const { rows, services } = parts
  const meta = rows.readMeta()
  if (trigger.run || trigger.outcome !== 'started' || !meta) return trigger.run
  const response = await services.callRun(runAddressOf(parts, meta.info, trigger), { type: 'record' })
  if (response.status >= 500) throw await readErrorResponse(response)
  if (!response.ok) return undefined
  const { status, createdAt: startedAt, updatedAt, error }: RunRecord = await response.json()
  if (!isEnd(status)) return { status, startedAt }
  const ended = { completedAt: updatedAt, durationMs: updatedAt - startedAt }
  const run: RunEnd = { status, startedAt, ...ended, ...(error && { error: error.message }) }
  if (rows.readMeta()?.info.createdAt === meta.info.createdAt) rows.writeTrigger({ ...trigger, run })
  return run
}
