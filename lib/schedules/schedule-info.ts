import type { AgentTarget, DeclaredAgentSchedule } from '../agents/schedule-options.ts'
import type { Declared } from '../cron/timing.ts'
import type { RunStatus } from '../workflows/result.ts'
import type { DeclaredSchedule } from '../workflows/schedule-options.ts'

/** What a schedule of a workflow starts, when, and whose it is. */
export type WorkflowSpec = Omit<DeclaredSchedule, 'id'> & {
  /** Whose runs it starts. */
  resourceId?: string
}

/** What a schedule tells an agent, when, and where. */
export type AgentSpec = Omit<Declared, 'id'> & AgentTarget

export type ScheduleSpec = WorkflowSpec | AgentSpec

/** What the code declares. */
export type DeclaredSpec = DeclaredSchedule | DeclaredAgentSchedule

export type ScheduleStatus = 'active' | 'paused'

/** A schedule with all that is known of it. Times are in milliseconds since 1970. */
export type ScheduleInfo = ScheduleSpec & {
  id: string
  status: ScheduleStatus
  /** The code declares it: it is changed there. */
  isDeclared: boolean
  createdAt: number
  updatedAt: number
  /** When it is due next; while it is paused, when it would be. */
  nextAt: number
  lastAt?: number
  lastRunId?: string
}

/** What may be changed of a schedule that is there, by what it starts. */
export type ScheduleChange = Partial<
  Omit<WorkflowSpec, 'workflowId' | 'agentId'> &
    Pick<AgentSpec, 'prompt' | 'name' | 'ifActive'> & { status: ScheduleStatus }
>

/** One time at which a schedule started a run, or did not. */
export interface Trigger {
  /** Counts up. */
  id: number
  kind: 'schedule-fire' | 'manual'
  /** The same for whatever is tried for it. */
  key: string
  /** The time that it was due at. */
  due: number
  /** The time at which it came about. */
  at: number
  /** `waiting`: the run is not reached yet. `skipped`: it was too late, or the run before was still going. */
  outcome: 'waiting' | 'started' | 'skipped' | 'failed'
  /** Of an agent's it is known once the run has started. */
  runId?: string
  /** Why no run was started. */
  error?: string
  /** How the run ended. */
  run?: RunEnd
}

/** How a run stands that a schedule started. */
export type RunEnd = {
  status: RunStatus
  startedAt: number
  completedAt?: number
  durationMs?: number
  error?: string
}
