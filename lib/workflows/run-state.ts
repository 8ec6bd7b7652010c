import type { JsonObject, JsonValue } from '../protocol/json.ts'
import type { ParentRun, RunOutcome, StepError, StepPath } from '../protocol/run-event.ts'
import type { RunTrigger } from '../protocol/run-trigger.ts'
import type { FlowDefinition, FlowNode } from './graph.ts'
import { executableAt } from './graph.ts'
import type { RunStatus, StepRecord } from './result.ts'
import type { Step } from './step-definition.ts'
import type { Compensable, Unwinding } from './unwinding.ts'

/** One execution of a step at its place, from its first start until it has settled. */
export interface Unit {
  path: StepPath
  stepId: string
  /** Its place in its node: which of the parallel steps, which item, which round. */
  sub: number
  flow: Flow
  status: 'running' | 'retrying' | 'sleeping' | 'suspended' | 'awaiting'
  input: JsonValue
  /** How often it was begun. What an earlier try brings is refused. */
  attempt: number
  /** How often it has failed. */
  retries: number
  startedAt: number
  /** When it is tried again, its sleep is over, or it waits no longer. */
  due?: number
  /** The name of the event that it waits for. */
  event?: string
  /** The run that it has started, of several tries the last. */
  child?: ChildRunState
  suspendPayload?: JsonValue
  suspendedAt?: number
  /** It waits for secrets of the runtime context: what it had suspended with before, if it had. */
  lacksContext?: { suspendPayload?: JsonValue; isReconciling?: true }
  resumeData?: JsonValue
  label?: string
  /** The workflow that is executed there. */
  inner?: Flow
}

/** The `sub` of what is no step: a condition, or the time of a sleep, that waits for secrets in its node. */
export const DECISION = -1

/** What a step is begun with in place of what came before. */
export interface Given {
  sub: number
  input?: JsonValue | undefined
  resumeData?: JsonValue | undefined
  suspendPayload?: JsonValue | undefined
}

/** A run that a step has started, as far as it is known. */
export interface ChildRunState {
  runId: string
  workflowId: string
  status: 'running' | 'suspended' | 'waiting'
}

/** The node that a workflow has come to. */
export interface OpenNode {
  definition: FlowNode
  /** What has not settled, by its place. */
  units: Map<number, Unit>
  outputs: JsonValue[]
  settled: number
  /** How many there will be; of a loop it is not known. */
  total: number
  /** The next item that is to begin, of a list. */
  next: number
  /** Units that are suspended: they hold nobody up. */
  suspended: number
  /** Which branches are executed. */
  chosen?: readonly number[]
  /** What one of its places is begun with, where the run goes on from a step of another. */
  given?: Given
  /** Somebody's code is being asked what follows. Not of the log: after a crash it is asked again. */
  isDeciding?: true
}

/** A workflow that is being executed: the run's own, or one inside a step. */
export interface Flow {
  definition: FlowDefinition
  /** What stands before the paths of its nodes. */
  prefix: string
  input: JsonValue
  /** Whether its schema has seen the input. */
  isEntered: boolean
  /** It is looking at it now. Not of the log, as `isDeciding`. */
  isEntering?: true
  /** The node that it has come to. */
  index: number
  /** What that node is given. */
  value: JsonValue
  node?: OpenNode
  steps: Map<string, StepRecord>
  /** The step that was given something else than what came before it. */
  replaced?: string
  executionPath: string[]
  /** Where it is executed; undefined for the run's own. */
  unit?: Unit
}

/** All that is known of a run: the fold of its log. */
export interface RunState {
  runId: string
  workflowId: string
  /** The name of the object that holds it; undefined in memory. Not of the log: whoever holds the run knows it. */
  address?: string
  resourceId?: string
  /** The run that has started it. */
  parent?: ParentRun
  /** The schedule that has. */
  trigger?: RunTrigger
  /** Its workflow has a limit: it begins, and is restarted, when its turn comes. */
  isQueued?: true
  status: RunStatus
  root: Flow
  state: JsonObject
  createdAt: number
  updatedAt: number
  /** Steps that are being executed: those that hold a workflow are not counted. */
  running: Set<Unit>
  /** Those that wait for a moment. */
  timers: Set<Unit>
  /** Those that wait for somebody. */
  suspended: Set<Unit>
  /** Those that wait for an event, or a run that they have started, in the order in which they began to. */
  awaiting: Set<Unit>
  /** Made when the first event comes. */
  mailbox?: Mailbox
  /** How many questions to somebody's code are open. */
  deciding: number
  /** How many steps have settled: a life that adds nothing to it came no further. */
  progress: number
  /** The first failure: nothing new begins. */
  failure?: StepError
  /** The units that failed, for a restart. */
  failed: Unit[]
  outcome?: RunOutcome
  /** Steps that were done and would have to be compensated, in the order in which they ended. */
  compensable?: Compensable[]
  /** The nonces of calls that were taken. Made with the first. */
  nonces?: Set<string>
  /** It is about to end, and compensates them. */
  unwinding?: Unwinding
  /** It pauses after each step: whether the one for this time was begun. */
  stepping?: 'ready' | 'begun'
}

/** The events that came to a run. */
export interface Mailbox {
  /** Of all that came: one that comes again is known by it. */
  ids: Set<string>
  /** Those that no step has taken, in the order in which they came, by their ids. */
  waiting: Map<string, Mail>
  /** The length of their data, as JSON. */
  length: number
}

interface Mail {
  event: string
  data: JsonValue
  length: number
}

export function newFlow(definition: FlowDefinition, prefix: string, input: JsonValue, unit?: Unit): Flow {
  return {
    definition,
    prefix,
    input,
    isEntered: unit === undefined || definition.inputSchema === undefined,
    index: 0,
    value: input,
    steps: new Map(),
    executionPath: [],
    ...(unit && { unit }),
  }
}

/** A place: a workflow, a node of it, and a place there. */
export interface Place {
  flow: Flow
  index: number
  sub: number
}

/** The place of a path; undefined if the run is not, or no longer, at it. */
export function placeOf(run: RunState, path: StepPath): Place | undefined {
  let flow = run.root
  const parts = path.split('/')
  for (const [i, part] of parts.entries()) {
    const [index = '', sub = '0'] = part.split('.')
    const place = { flow, index: Number(index), sub: Number(sub) }
    if (i === parts.length - 1) return place
    const inner = unitAt(place)?.inner
    if (!inner) return undefined
    flow = inner
  }
  return undefined
}

export function unitAt({ flow, index, sub }: Place): Unit | undefined {
  return flow.index === index ? flow.node?.units.get(sub) : undefined
}

/** The unit at a path, if it has begun and not settled. */
export function unitOf(run: RunState, path: StepPath): Unit | undefined {
  const place = placeOf(run, path)
  return place && unitAt(place)
}

/** The step that is executed at a unit; undefined if that is a workflow, a sleep or a decision. */
export function stepOf({ flow, sub }: Unit): Step | undefined {
  if (sub === DECISION) return undefined
  const executable = flow.node && executableAt(flow.node.definition, sub)
  return executable?.kind === 'step' ? executable : undefined
}

/** Whether this very call has come before, and was taken: to take it again would do what it asks twice. */
export function isTaken({ nonces }: RunState, nonce: string | undefined): boolean {
  return nonce !== undefined && nonces?.has(nonce) === true
}

/** Whether nothing follows, whatever comes, until somebody lets the run go on. */
export function isHeld({ status }: RunState): boolean {
  return status === 'paused' || status === 'pending'
}

/** Whether the end of a run that it has started is waited for. */
export function hasChild({ awaiting }: RunState): boolean {
  for (const { child } of awaiting) if (child) return true
  return false
}

/** Whether one of them works: then something comes of it without anybody's doing. */
export function hasRunningChild({ awaiting }: RunState): boolean {
  for (const { child } of awaiting) if (child?.status === 'running') return true
  return false
}

/** The path of a place in a node. */
export function pathOf({ prefix, index }: Flow, node: FlowNode, sub: number): StepPath {
  return node.type === 'step' || node.type === 'sleep' ? `${prefix}${index}` : `${prefix}${index}.${sub}`
}

/** The id of a node's step, under which its result is known; of parallel steps and branches each has its own. */
export function stepIdAt(node: FlowNode, sub: number): string {
  if (node.type === 'sleep') return node.id
  const step = 'steps' in node ? node.steps[sub] : node.step
  return step?.id ?? '?'
}
