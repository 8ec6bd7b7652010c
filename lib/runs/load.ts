import type { LogEntry } from '../log/row.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { RunEvent, RunOutcome } from '../protocol/run-event.ts'
import { applyRunEvent, startRun } from '../workflows/fold.ts'
import type { FlowDefinition } from '../workflows/graph.ts'
import type { RunInfo } from '../workflows/result.ts'
import type { RunState } from '../workflows/run-state.ts'
import { postRelease } from './lease.ts'
import type { RunParts } from './parts.ts'
import { announceRun } from './run-list.ts'
import type { RunMeta } from './run-rows.ts'
import { farewells, unreadFarewells } from './child-letters.ts'
import type { Letter } from './letter.ts'
import { findChange } from './shape.ts'

const ROWS_AT_ONCE = 256

/**
 * The run's state, folded from its rows.
 *
 * @throws EdgewiseError `workflow_not_found` or `workflow_changed` if the app's definition is no longer the one that
 *   the run has been following.
 */
export function loadRun(parts: RunParts, meta: RunMeta): RunState {
  const definition = definitionOf(parts, meta.info)
  const events = [...readEntries(parts)].map(({ event }) => event)
  const origin = parts.rows.readOrigin()
  const change = origin && findChange(origin.shape, definition, pathsOf(events))
  if (change !== undefined) throw changed(meta, change)
  const [first, ...rest] = events
  if (first?.type !== 'run-start')
    throw new Error(`Cannot read run "${meta.info.runId}": its first row is missing`)
  const run = { ...startRun(definition, first), address: meta.address }
  for (const event of rest) applyRunEvent(run, event)
  return run
}

export function changed({ info: { runId, workflowId } }: RunMeta, change: string): EdgewiseError {
  const message = `Cannot go on with run "${runId}": workflow "${workflowId}" was changed where the run has been, ${change}`
  return new EdgewiseError('workflow_changed', message)
}

/** The same; undefined if it cannot be read. */
function tryLoad(parts: RunParts, meta: RunMeta): RunState | undefined {
  try {
    return loadRun(parts, meta)
  } catch {
    return undefined
  }
}

/** The app's definition is not, or no longer, the one that the run follows. */
export function isMisfit(error: unknown): error is EdgewiseError {
  return (
    error instanceof EdgewiseError &&
    (error.code === 'workflow_changed' || error.code === 'workflow_not_found')
  )
}

/** Ends a run whose state cannot be folded. The meta row is changed and written. */
export function endUnread(parts: RunParts, meta: RunMeta, outcome: RunOutcome): void {
  const { services, rows, platform, log, alarm } = parts
  const at = services.now()
  const letters = unreadFarewells(saidIn(parts), outcome)
  meta.generation += 1
  meta.version = Math.max(meta.version + 1, at)
  meta.info = { ...meta.info, status: outcome.status, updatedAt: at }
  log.beginGeneration(0, meta.generation)
  log.push({ type: 'run-end', at, ...outcome })
  platform.sql.transaction(() => {
    rows.writeMeta(meta)
    rows.append(log.takeRows())
    announceRun(rows, meta)
    postRelease(rows, meta)
    for (const letter of letters) rows.postLetter(letter)
    alarm.set(undefined)
  })
  platform.waitUntil(
    platform.sync().then(
      () => log.publish(),
      () => undefined,
    ),
  )
}

/** @throws EdgewiseError `workflow_not_found`. */
export function definitionOf(
  { services }: RunParts,
  { runId, workflowId }: Pick<RunInfo, 'runId' | 'workflowId'>,
): FlowDefinition {
  const definition = services.getWorkflow(workflowId)
  if (definition) return definition
  throw new EdgewiseError(
    'workflow_not_found',
    `Cannot go on with run "${runId}": there is no workflow "${workflowId}" any more`,
  )
}

/** All that is committed of a run's log, with its places. */
export function* readEntries({ rows, log }: RunParts): Generator<LogEntry<RunEvent>> {
  let after = { generation: 0, attempt: 0, position: 0 }
  for (;;) {
    const found = rows.readAfter(after, ROWS_AT_ONCE)
    for (const row of found) {
      yield* log.words.unpack(row, row.start)
      after = { generation: row.generation, attempt: 0, position: row.end }
    }
    if (found.length < ROWS_AT_ONCE) return
  }
}

/** What a run that is deleted tells its kin, whether it can be read or not. */
export function lastLetters(parts: RunParts, meta: RunMeta, known: RunState | undefined): Letter[] {
  const run = known ?? tryLoad(parts, meta)
  return run ? farewells(run) : unreadFarewells(saidIn(parts), { status: 'deleted' })
}

/** The same without their places. */
function* saidIn(parts: RunParts): Generator<RunEvent> {
  for (const { event } of readEntries(parts)) yield event
}

/** Where they were said. */
export function* pathsOf(events: readonly RunEvent[]): Generator<string> {
  for (const event of events) if ('path' in event) yield event.path
}
