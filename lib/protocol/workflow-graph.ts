import type { JsonObject } from './json.ts'
import type { StepError, StepPath } from './run-event.ts'

/**
 * `pending`: it may still begin. `skipped`: it never will. `waiting`: for an event, or for a moment, in a sleep or before
 * it is tried again. `canceled`: it was left while it ran or waited.
 */
export type LiveStatus =
  | 'pending'
  | 'running'
  | 'waiting'
  | 'suspended'
  | 'success'
  | 'failed'
  | 'canceled'
  | 'skipped'

/** What a run has done at a place of its graph. Times are in milliseconds since 1970. */
export type LiveStep = {
  /** Where it was executed, as in the run's events; of several executions the one that is shown. */
  path: StepPath
  status: LiveStatus
  attempt?: number
  startedAt?: number
  endedAt?: number
  /** When a sleep is over, it is tried again, or waits no longer. */
  due?: number
  /** By which it can be resumed. */
  label?: string
  error?: StepError
  /** The run that it has started, and how that stands until it has ended. */
  childRunId?: string
  childStatus?: 'running' | 'suspended' | 'waiting'
  /** What it had done is made good, or was. */
  compensation?: LiveCompensation
  /** Of rounds and items, where there was more than one: how many stand how. */
  counts?: Partial<Record<LiveStatus, number>>
}

/** How the compensation of a step stands: `waiting` to be tried again, `suspended` for lost secrets, `failed` for good. */
export type LiveCompensation = {
  status: 'running' | 'waiting' | 'suspended' | 'success' | 'failed'
  attempt: number
  startedAt: number
  endedAt?: number
  due?: number
  error?: StepError
}

/** A step as a description shows it. Schemas are JSON Schema. */
export type StepDescription = {
  id: string
  description: string
  /** What it was made from; `workflow` is one that is executed as a step. */
  from: 'function' | 'agent' | 'tool' | 'mapping' | 'event' | 'run' | 'workflow'
  /** It is executed once this event has come; `event` steps only give its data. `resumeSchema` says what it must fit. */
  waitsFor?: { event: string; timeoutMs?: number }
  /** Of a `run`: a run of this workflow is started, and waited for. */
  starts?: { workflowId: string }
  /** It says what it suspends or resumes with. */
  canSuspend: boolean
  inputSchema?: JsonObject
  outputSchema?: JsonObject
  stateSchema?: JsonObject
  suspendSchema?: JsonObject
  resumeSchema?: JsonObject
  /** Of a workflow. */
  graph?: GraphNode[]
  /** In the description of a run. */
  live?: LiveStep
}

/** One node of a workflow; nodes are executed one after the other. */
export type GraphNode =
  | { type: 'step'; step: StepDescription }
  | { type: 'parallel'; steps: StepDescription[] }
  | { type: 'branch'; steps: StepDescription[] }
  | { type: 'loop'; kind: 'dowhile' | 'dountil'; step: StepDescription }
  | { type: 'foreach'; step: StepDescription; concurrency: number }
  /** `due` in milliseconds, or, with `isUntil`, since 1970; absent if a function decides it. */
  | { type: 'sleep'; id: string; isUntil: boolean; due?: number; live?: LiveStep }

/** A workflow as a user interface draws it. */
export type WorkflowDescription = {
  id: string
  description: string
  inputSchema?: JsonObject
  outputSchema?: JsonObject
  stateSchema?: JsonObject
  graph: GraphNode[]
}

/** A run as a user interface draws it: the workflow's graph, each place with how the run stands there. */
export type RunDescription = {
  runId: string
  workflowId: string
  status: string
  createdAt: number
  updatedAt: number
  /** Events after this place are not in the graph yet: follow the run from here. */
  after: string
  graph: GraphNode[]
}
