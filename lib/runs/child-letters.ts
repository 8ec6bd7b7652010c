import { addressOfChild } from '../protocol/run-id.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { RunEvent, RunOutcome, StepPath } from '../protocol/run-event.ts'
import type { Change } from '../workflows/drive.ts'
import type { ChildNews, KinMessage } from '../workflows/kin.ts'
import { MAX_DEPTH, hearChild, openChildren } from '../workflows/kin.ts'
import type { WorkflowResult } from '../workflows/result.ts'
import type { RunState, Unit } from '../workflows/run-state.ts'
import { errorField } from '../telemetry/logger.ts'
import { readErrorResponse } from '../formats/error-response.ts'
import type { Letter } from './letter.ts'
import type { RunParts } from './parts.ts'
import type { RunRequest } from './run-request.ts'
import type { RunOrigin } from './run-rows.ts'
import { CHECK_MS } from './wake.ts'

/** What a run tells its kin, as the letter that is committed with what caused it. */
export function toLetter(
  run: RunState,
  { runtimeContext, secretKeys, trace }: RunOrigin,
  message: KinMessage,
): Letter {
  if (message.type === 'tell') {
    const { parent, news } = message
    return { address: parent.address, call: { type: 'child', news } }
  }
  const { runId, workflowId } = message.child
  const address = addressOfChild(runId)
  if (message.type === 'cancel') return { address, call: { type: 'cancel' } }
  const { path, input: inputData } = message.unit
  const parent = { address: run.address ?? '', runId: run.runId, path, depth: (run.parent?.depth ?? 0) + 1 }
  const request = {
    runId,
    workflowId,
    inputData,
    runtimeContext,
    ...(secretKeys && { secretKeys }),
    parent,
    ...(run.resourceId !== undefined && { resourceId: run.resourceId }),
    ...(trace && { trace }),
  }
  return { address, call: { type: 'start', request, address, format: 'ack' } }
}

/** What a run that is deleted before its end tells the one that has started it, and those that it has started. */
export function farewells(run: RunState): Letter[] {
  const { parent, runId, outcome } = run
  const cancels = [...openChildren(run).keys()].map((childId): Letter => {
    return { address: addressOfChild(childId), call: { type: 'cancel' } }
  })
  if (!parent || outcome) return cancels
  const news: ChildNews = { path: parent.path, runId, status: 'deleted' }
  return [{ address: parent.address, call: { type: 'child', news } }, ...cancels]
}

/** The same for one that cannot be read: its events say without their fold who is to be told of its end. */
export function unreadFarewells(
  events: Iterable<RunEvent>,
  end: RunOutcome | { status: 'deleted' },
): Letter[] {
  const letters: Letter[] = []
  const open = new Map<StepPath, string>()
  for (const event of events) {
    if (event.type === 'run-start' && event.parent) {
      const { runId, parent } = event
      letters.push({
        address: parent.address,
        call: { type: 'child', news: { path: parent.path, runId, ...end } },
      })
    } else if (event.type === 'child-start') open.set(event.path, event.runId)
    else if (event.type === 'step-result' || event.type === 'step-fail' || event.type === 'step-retry')
      open.delete(event.path)
  }
  for (const runId of open.values())
    letters.push({ address: addressOfChild(runId), call: { type: 'cancel' } })
  return letters
}

/** @throws EdgewiseError if runs have started runs too often, or the run that is there is not this parent's. */
export function checkParent({ runId, parent }: Pick<RunRequest, 'runId' | 'parent'>, known?: RunState): void {
  if (!parent) return
  if (parent.depth > MAX_DEPTH) {
    const message = `Runs may start runs ${MAX_DEPTH} deep: run "${parent.runId}" is ${MAX_DEPTH} deep`
    throw new EdgewiseError('invalid_request', message)
  }
  const isIts = !known || (known.parent?.runId === parent.runId && known.parent.path === parent.path)
  if (!isIts)
    throw new EdgewiseError('resource_mismatch', `Run "${runId}" was not started by run "${parent.runId}"`)
}

/** The news that a run which was to be started could not be; undefined if the letter was about something else. */
export function refusal(call: Letter['call'], { name, message, code }: EdgewiseError): ChildNews | undefined {
  if (call.type !== 'start' || !call.request.parent) return undefined
  return {
    path: call.request.parent.path,
    runId: call.request.runId,
    status: 'failed',
    error: { name, message, code },
    isFinal: true,
  }
}

/** The change that news of a child makes. */
export function childChange({ services }: RunParts, run: RunState, news: ChildNews): Change {
  return hearChild(
    run,
    news,
    () => services.now(),
    () => services.random(),
  )
}

/**
 * Asks the runs that have been waited for long how they stand, as many as this invocation may. Each that was asked, or
 * could not be, is asked the next time.
 */
export async function* askChildren(
  { services, rows, calls, alarm }: RunParts,
  run: RunState,
  now: number,
): AsyncGenerator<ChildNews> {
  const isLate = (unit: Unit): boolean => (askedAt.get(unit) ?? unit.startedAt) <= now - CHECK_MS
  const late = [...openChildren(run)].filter(([, unit]) => isLate(unit))
  if (late.length === 0) return
  const unsent = new Set(rows.readLetters().map(({ letter }) => letter.address))
  for (const [runId, unit] of late) {
    const { path } = unit
    const address = addressOfChild(runId)
    if (unsent.has(address)) continue
    if (calls.left <= 0) return alarm.ringBy(now)
    calls.take()
    askedAt.set(unit, now)
    try {
      const response = await services.callRun(address, { type: 'result' })
      if (response.ok) yield toNews(await response.json(), { path, runId })
      else {
        const error = await readErrorResponse(response)
        if (error.code === 'run_not_found') yield { path, runId, status: 'deleted' }
      }
    } catch (error) {
      services.logger.warn('child run not heard of', { childRunId: runId, ...errorField(error) })
    }
  }
}

/** When runs were last asked, in this life. */
const askedAt = new WeakMap<Unit, number>()

function toNews(result: WorkflowResult, which: Pick<ChildNews, 'path' | 'runId'>): ChildNews {
  // What is JSON is still so after its way here.
  if (result.status === 'success') return { ...which, status: 'success', result: result.result as never }
  if (result.status === 'failed') return { ...which, status: 'failed', error: result.error }
  if (result.status === 'pending') return { ...which, status: 'running' }
  return { ...which, status: result.status === 'paused' ? 'waiting' : result.status }
}
