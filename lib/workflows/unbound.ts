import { Follower } from '../log/follower.ts'
import { LiveLog } from '../log/live-log.ts'
import { createMemoryLog } from '../log/memory-log.ts'
import { EdgewiseError } from '../protocol/error.ts'
import { randomId } from '../protocol/id.ts'
import type { JsonObject } from '../protocol/json.ts'
import type { Offset } from '../protocol/offset.ts'
import { START, formatOffset } from '../protocol/offset.ts'
import type { ParentRun, RunEvent, RunStart } from '../protocol/run-event.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import { MAX_TIMER_MS, wait } from '../streams/wait.ts'
import { createTelemetry } from '../telemetry/span.ts'
import type { StepRuntime } from './context.ts'
import { toInfo, toRecord, toResult } from './describe-run.ts'
import { describeLive } from './live-graph.ts'
import { cancelRun, checkRestart } from './cancel-run.ts'
import { Drive } from './drive.ts'
import { startRun } from './fold.ts'
import type { FlowDefinition } from './graph.ts'
import { checkInput, checkState } from './input.ts'
import { Kin, openChildren } from './kin.ts'
import { resumeRun } from './resume-run.ts'
import type { RunCommand, RunEntry, RunIds, WorkflowRunner } from './runner.ts'
import { sendEvent } from './send-event.ts'
import type { KinPorts, Relative } from './unbound-kin.ts'
import { hear, tellKin } from './unbound-kin.ts'
import { nextDue } from './unit-events.ts'
import { findTarget, joinPath } from './travel-target.ts'
import { planTravel } from './travel.ts'
import { runWords } from './words.ts'

/** A run of a bare definition: it lives as long as the process. */
interface MemoryRun extends Relative {
  log: LiveLog<RunEvent>
}

/** Runs that have ended are kept for those who ask later, but not all of them for ever. */
const KEPT_RUNS = 1000

const runsOf = new WeakMap<FlowDefinition, Map<string, MemoryRun>>()

/** Runs bare definitions in memory: without an app, and not beyond the process. */
export const unboundRunner: WorkflowRunner = {
  newRunId: () => randomId('run'),
  run: async (workflow, ids, command) => {
    const held = await take(workflow, ids, command)
    await settle(held)
    return toResult(held.run)
  },
  begin: async (workflow, ids, command) => {
    await take(workflow, ids, command)
  },
  stream: (workflow, ids, command) => streamCommand(workflow, ids, command),
  observe: (workflow, ids, after) => observe(workflow, ids, after),
  result: async (workflow, ids) => toResult(find(workflow, ids).run),
  get: async (workflow, { runId }) => {
    const held = runsOf.get(workflow)?.get(runId)
    return held && toRecord(held.run)
  },
  describe: async (workflow, ids) => {
    const { run, log } = find(workflow, ids)
    const { runId, workflowId, status, createdAt, updatedAt } = toInfo(run)
    const after = [...allOf(log)].at(-1)?.offset ?? START
    const graph = describeLive(workflow, eventsOf(log))
    return { runId, workflowId, status, createdAt, updatedAt, after: formatOffset(after), graph }
  },
  sendEvent: async (workflow, ids, { id = randomId('evt'), event, data }) => {
    const { drive, run } = find(workflow, ids)
    return sendEvent(run, { id, event, data }, { submit: (change) => drive.submit(change), now: Date.now })
  },
  cancel: async (workflow, ids) => cancel(find(workflow, ids)),
  remove: async (workflow, { runId }) => {
    const held = runsOf.get(workflow)?.get(runId)
    if (!held) return false
    const { run, drive, log } = held
    for (const unit of openChildren(run).values())
      if (unit.child) tellKin(held, [{ type: 'cancel', unit, child: unit.child }], kin)
    if (held.parent && run.parent && !run.outcome)
      void hear(held.parent, { path: run.parent.path, runId, status: 'deleted' })
    drive.stop(new EdgewiseError('aborted', 'The run was deleted'))
    log.reset()
    return runsOf.get(workflow)?.delete(runId) ?? false
  },
  list: async (workflow, { resourceId, status, before = Infinity, limit = 20 }) =>
    [...(runsOf.get(workflow)?.values() ?? [])]
      .map(({ run }) => toInfo(run))
      .filter(
        (info) => info.createdAt <= before && (resourceId === undefined || info.resourceId === resourceId),
      )
      .filter((info) => status === undefined || info.status === status)
      .toReversed()
      .slice(0, limit),
}

function cancel({ run, drive }: MemoryRun): Promise<boolean> {
  return cancelRun(run, { submit: (change) => drive.submit(change), now: Date.now })
}

/** Resolves once the run has ended or nothing is left to do until somebody answers. */
async function settle({ run, drive, log }: MemoryRun): Promise<void> {
  // Where it only waits for a run that it has started, nothing works here.
  while (run.status === 'running' && log.tail)
    await (drive.working ?? new Promise<void>((resolve) => void log.onNews(resolve)))
}

async function* streamCommand(
  workflow: FlowDefinition,
  ids: RunIds,
  command: RunCommand,
): AsyncGenerator<RunEntry, void> {
  const place = runsOf.get(workflow)?.get(ids.runId)?.log.tail
  const held = await take(workflow, ids, command)
  yield* follow(held, command.type === 'start' ? origin : (place ?? origin))
}

async function* observe(
  workflow: FlowDefinition,
  ids: RunIds,
  after: Offset,
): AsyncGenerator<RunEntry, void> {
  yield* follow(find(workflow, ids), after)
}

const origin: Offset = { generation: 1, attempt: 0, position: 0 }

/** From a place on, until nothing is left to do and all was heard. */
async function* follow({ log, drive, run }: MemoryRun, after: Offset): AsyncGenerator<RunEntry, void> {
  const follower = new Follower<RunEvent>(log, after)
  for (;;) {
    // Asked before the log is read: what comes to an end in between is heard in the next round.
    const isOver = run.status === 'running' ? log.isOver : !drive.working || log.isOver
    const entries = follower.pull()
    yield* entries
    if (entries.length > 0) continue
    if (isOver || !log.tail) return
    const work = drive.working
    await (work ? Promise.race([follower.wait(), work.catch(() => undefined)]) : follower.wait())
  }
}

async function take(workflow: FlowDefinition, ids: RunIds, command: RunCommand): Promise<MemoryRun> {
  if (command.type === 'start') return start(workflow, ids, command)
  if (command.type === 'travel') return travel(workflow, ids, command)
  const held = find(workflow, ids)
  const { drive, run } = held
  if (command.type === 'resume')
    await resumeRun(run, command, { submit: (change) => drive.submit(change), now: Date.now })
  else {
    await drive.submit((say) => {
      if (run.status !== 'failed') return undefined
      checkRestart(run)
      say({ type: 'run-restart', at: Date.now() })
      return drive.rerun(say)
    })
  }
  return held
}

async function start(
  workflow: FlowDefinition,
  { runId, resourceId }: RunIds,
  { inputData, initialState, runtimeContext, perStep = false }: Omit<RunCommand & { type: 'start' }, 'type'>,
  parent?: { held: Relative; link: ParentRun },
): Promise<MemoryRun> {
  const known = runsOf.get(workflow)?.get(runId)
  if (known) return known
  const input = await checkInput(workflow, inputData)
  const state = await checkState(workflow, initialState)
  const at = Date.now()
  const event: RunStart = {
    type: 'run-start',
    at,
    runId,
    workflowId: workflow.id,
    input,
    state,
    ...(perStep && { perStep }),
    ...(resourceId !== undefined && { resourceId }),
    ...(parent && { parent: parent.link }),
  }
  return begin(workflow, [event], runtimeContext, parent?.held)
}

async function travel(
  workflow: FlowDefinition,
  { runId }: RunIds,
  { fromRunId, travel: asked, runtimeContext, perStep = false }: RunCommand & { type: 'travel' },
): Promise<MemoryRun> {
  const known = runsOf.get(workflow)?.get(runId)
  if (known) return known
  const said = eventsOf(find(workflow, { runId: fromRunId }).log)
  const at = Date.now()
  const taken = await planTravel(workflow, said, asked, at)
  const from = { runId: fromRunId, step: joinPath(findTarget(workflow, asked.step)) }
  const [start] = said
  if (start?.type !== 'run-start') throw new Error('Cannot read the run: its first event is missing')
  const { perStep: _perStep, parent: _parent, ...before } = start
  const event: RunStart = { ...before, at, runId, from, ...(perStep && { perStep }) }
  return begin(workflow, [event, ...taken], runtimeContext)
}

/** A run begins, with what it takes over from another. */
async function begin(
  workflow: FlowDefinition,
  [event, ...taken]: [RunStart, ...RunEvent[]],
  runtimeContext: JsonObject,
  parent?: Relative,
): Promise<MemoryRun> {
  const run = startRun(workflow, event)
  const relations = new Kin(run)
  const log = new LiveLog(
    createMemoryLog(),
    runWords(() => workflow),
  )
  log.beginGeneration(0, 1)
  const drive = new Drive(run, new RuntimeContext(runtimeContext), {
    now: Date.now,
    random: Math.random,
    wait,
    telemetry: createTelemetry(),
    runtime: UNBOUND,
    maxWaitMs: Infinity,
    durable: async () => undefined,
    progress: (progress) => log.push(progress),
    commit: (events) => {
      for (const said of events) log.push(said)
      log.takeRows()
      log.publish()
      tellKin(held, relations.take(events), kin)
      if (run.status !== 'running') void ringLater(held)
    },
  })
  const telling = Promise.resolve()
  const held: MemoryRun = { run, drive, log, runtimeContext, telling, ...(parent && { parent }) }
  keep(workflow, held)
  await drive.submit((say) => {
    for (const one of [event, ...taken]) say(one)
    return 'all'
  })
  return held
}

/** How runs in memory reach those that they have started. */
const kin: KinPorts = {
  start: async (workflow, ids, { held, link, ...asked }) => {
    await start(workflow, ids, asked, { held, link })
  },
  cancel: async (workflow, runId) => {
    const held = runsOf.get(workflow)?.get(runId)
    if (held) await cancel(held)
  },
}

/** What waits for an event, and no longer than to a moment, is woken then: nothing else goes on. */
async function ringLater({ run, drive }: MemoryRun): Promise<void> {
  for (;;) {
    const due = run.status === 'running' || run.outcome ? undefined : nextDue(run)
    if (due === undefined) return
    if (due <= Date.now()) return void drive.submit(() => undefined).catch(() => undefined)
    await wait(Math.min(due - Date.now(), MAX_TIMER_MS))
  }
}

function keep(workflow: FlowDefinition, held: MemoryRun): void {
  const runs = runsOf.get(workflow) ?? new Map<string, MemoryRun>()
  runsOf.set(workflow, runs)
  runs.set(held.run.runId, held)
  if (runs.size <= KEPT_RUNS) return
  for (const [id, { run }] of runs) {
    if (!run.outcome) continue
    runs.delete(id)
    return
  }
}

/** All that has been said. */
function* allOf(log: LiveLog<RunEvent>): Generator<RunEntry> {
  const follower = new Follower<RunEvent>(log, START)
  for (let entries = follower.pull(); entries.length > 0; entries = follower.pull()) yield* entries
}

/** All of it that is kept. */
function eventsOf(log: LiveLog<RunEvent>): RunEvent[] {
  return [...allOf(log)].flatMap(({ event }) => ('at' in event ? [event] : []))
}

function find(workflow: FlowDefinition, { runId }: RunIds): MemoryRun {
  const held = runsOf.get(workflow)?.get(runId)
  if (held) return held
  throw new EdgewiseError('run_not_found', `There is no run "${runId}" of workflow "${workflow.id}"`)
}

const UNBOUND: StepRuntime = {
  getAgent: (name) => missing('agent', name),
  getTool: (name) => missing('tool', name),
  documents: (shard) => missing('documents', shard),
  keyValue: (shard) => missing('keyValue', shard),
  vectors: (shard) => missing('vectors', shard),
  bind: (agent) => agent,
  sendEvent: (workflowId) => missing('workflow', workflowId),
  get schedules() {
    return missing('schedules', 'of an app')
  },
}

function missing(what: string, name: string): never {
  throw new ReferenceError(
    `Cannot get ${what} "${name}": the workflow is not bound, take it from the runtime with app.getWorkflow()`,
  )
}
