import type { ParentRun, RunEvent, RunOutcome, StepPath } from '../protocol/run-event.ts'
import type { Change } from './drive.ts'
import type { Ending } from './execute.ts'
import type { ChildRunState, RunState, Unit } from './run-state.ts'
import { resumeEvent } from './resume.ts'
import { isHeld, unitOf } from './run-state.ts'
import { endingEvent } from './unit-events.ts'

/** How a run that another has started stands, as the other is told. */
export type ChildNews = ChildWord & (ChildStanding | ChildEnd)

type ChildWord = { path: StepPath; runId: string }
type ChildStanding = { status: 'running' | 'suspended' | 'waiting' }
type ChildEnd =
  | RunOutcome
  /** It is not there: somebody has deleted it. */
  | { status: 'deleted' }
  /** It could not be started. */
  | (Extract<RunOutcome, { status: 'failed' }> & { isFinal: true })

/** What a run tells the runs that it has started, and the one that has started it, once it is committed. */
export type KinMessage =
  | { type: 'start'; unit: Unit; child: ChildRunState }
  | { type: 'cancel'; unit: Unit; child: ChildRunState }
  | { type: 'tell'; parent: ParentRun; news: ChildNews }

/** How deep runs may start runs: a workflow that starts itself must come to an end. */
export const MAX_DEPTH = 8

/** Finds out, commit by commit, what a run must tell its kin: a function of its state before and after. */
export class Kin {
  readonly #run: RunState
  /** The runs whose ends are waited for. */
  #open: Map<string, Unit>

  constructor(run: RunState) {
    this.#run = run
    this.#open = openChildren(run)
  }

  /** What follows from events that are in the state already, and are committed now. */
  take(events: readonly RunEvent[]): KinMessage[] {
    const run = this.#run
    // Nearly all runs have no kin.
    if (run.awaiting.size === 0 && this.#open.size === 0 && !run.parent) return []
    const before = this.#open
    this.#open = openChildren(run)
    const messages: KinMessage[] = []
    for (const [runId, unit] of this.#open)
      if (!before.has(runId) && unit.child) messages.push({ type: 'start', unit, child: { ...unit.child } })
    for (const [runId, unit] of before)
      if (!this.#open.has(runId) && !hasSettled(events, unit.path) && unit.child)
        messages.push({ type: 'cancel', unit, child: { ...unit.child, runId } })
    // Its end is still waited for.
    if (events.some(({ type }) => type === 'run-compensate'))
      for (const unit of this.#open.values())
        if (unit.child) messages.push({ type: 'cancel', unit, child: { ...unit.child } })
    const news = run.parent && standing(run, events)
    if (run.parent && news)
      messages.push({
        type: 'tell',
        parent: run.parent,
        news: { path: run.parent.path, runId: run.runId, ...news },
      })
    return messages
  }
}

/**
 * The units that wait for runs which they have started, by the ids of those. Of a run that is over: none. One that waits
 * for its turn to be restarted starts others then.
 */
export function openChildren({ awaiting, outcome, status }: RunState): Map<string, Unit> {
  const open = new Map<string, Unit>()
  if (outcome || status === 'pending') return open
  for (const unit of awaiting) if (unit.child) open.set(unit.child.runId, unit)
  return open
}

/**
 * The change that news of a child makes in the run that has started it. News that are old, or of a run that is no
 * longer waited for, make none.
 */
export function hearChild(run: RunState, news: ChildNews, now: () => number, random: () => number): Change {
  return (say) => {
    const unit = unitOf(run, news.path)
    if (run.outcome || run.status === 'pending') return undefined
    if (!unit || !run.awaiting.has(unit) || unit.child?.runId !== news.runId) return undefined
    const at = now()
    const event = toEvent(run, unit, news, at, random)
    if (!event) return undefined
    // A pause lasts until somebody says so, whatever comes meanwhile.
    if (run.status !== 'running' && !isHeld(run) && !isIdle(news))
      say(resumeEvent(at, run.stepping !== undefined))
    say(event)
    return unit.flow
  }
}

function toEvent(
  { unwinding }: RunState,
  unit: Unit,
  news: ChildNews,
  at: number,
  random: () => number,
): RunEvent | undefined {
  const { path, stepId, child } = unit
  if (isEnd(news)) {
    const ending = toEnding(news)
    // No other follows it in a run that is about to end.
    if (unwinding && ending.type === 'fail') ending.isFinal = true
    return endingEvent(unit, ending, at, random)
  }
  const { runId, status } = news
  return child?.status === status ? undefined : { type: 'child-status', at, path, stepId, runId, status }
}

function isEnd(news: ChildNews): news is ChildWord & ChildEnd {
  return news.status !== 'running' && news.status !== 'suspended' && news.status !== 'waiting'
}

function toEnding(news: ChildWord & ChildEnd): Ending {
  if (news.status === 'success') return { type: 'result', output: news.result }
  if (news.status === 'failed') return { type: 'fail', error: news.error, isFinal: 'isFinal' in news }
  // Somebody wanted it so.
  const code = news.status === 'canceled' ? 'child_canceled' : 'child_deleted'
  const message = `Run "${news.runId}", which the step had started, was ${news.status}`
  return { type: 'fail', error: { name: 'Error', code, message }, isFinal: true }
}

function isIdle({ status }: ChildNews): boolean {
  return status === 'suspended' || status === 'waiting'
}

/** How a run stands for its parent, if events that are committed have changed that. */
function standing(
  { outcome, status }: RunState,
  events: readonly RunEvent[],
): ChildStanding | RunOutcome | undefined {
  if (!events.some(({ type }) => CHANGES.has(type))) return undefined
  if (outcome) return outcome
  return { status: status === 'suspended' || status === 'running' ? status : 'waiting' }
}

const CHANGES = new Set<RunEvent['type']>([
  'run-suspend',
  'run-wait',
  'run-pause',
  'run-resume',
  'run-restart',
  'run-compensate',
  'run-end',
])

/** The step itself has said what came of it. */
function hasSettled(events: readonly RunEvent[], path: StepPath): boolean {
  return events.some(
    (event) =>
      (event.type === 'step-result' || event.type === 'step-fail' || event.type === 'step-retry') &&
      event.path === path,
  )
}
