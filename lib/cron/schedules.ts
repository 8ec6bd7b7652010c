import type { JsonObject, JsonValue } from '../protocol/json.ts'
import type { Timing } from './timing.ts'

// The words in which code and requests speak of schedules; they are Mastra's.

interface Common extends Omit<Timing, 'runtimeContext'> {
  /** Whose runs it starts. A caller who is bound to a resource makes its own alone. */
  resourceId?: string
  /** The runtime context of its runs: JSON, and no secrets. */
  requestContext?: JsonObject
  /** Default: `active`. */
  status?: ScheduleStatus
}

interface OfWorkflow {
  /** It must fit the workflow's `inputSchema`. Default: null. */
  inputData?: unknown
  initialState?: JsonObject
}

interface OfAgent {
  /** What the agent is told each time, as a user would say it. */
  prompt: string
  /** A label, to find it by in lists. */
  name?: string
  /** What is done while the thread is busy. Default: `deliver`, the turn waits in its queue. `discard`: it is skipped. */
  ifActive?: { behavior?: 'deliver' | 'discard' }
}

export type ScheduleStatus = 'active' | 'paused'

/** What is to be started, when, and with what. Without an `id` it gets one. */
export type CreateSchedule = Common &
  (
    | ({ workflowId: string } & OfWorkflow)
    /** Without a thread each time is a run of its own. */
    | ({ agentId: string; threadId?: string } & OfAgent)
  )

/** What may be changed: of an agent's not the thread, nor whose it is. */
export type UpdateSchedule = Partial<Omit<Common, 'id'> & OfWorkflow & OfAgent>

export interface ListedSchedules {
  workflowId?: string
  agentId?: string
  threadId?: string
  resourceId?: string
  name?: string
  status?: ScheduleStatus
}

/** A schedule with all that is known of it. Times are in milliseconds since 1970. */
export type Schedule = Omit<Common, 'id' | 'status'> &
  Partial<OfAgent> & {
    id: string
    /** What it starts, one of the two. */
    workflowId?: string
    agentId?: string
    threadId?: string
    inputData?: JsonValue
    initialState?: JsonObject
    status: ScheduleStatus
    /** When it is due next; while it is paused, when it would be. */
    nextFireAt: number
    lastFireAt?: number
    lastRunId?: string
    /** How that run stands. Lists do not tell. */
    lastRun?: ScheduledRun
    /** The code declares it: it is changed there. */
    isDeclared: boolean
    createdAt: number
    updatedAt: number
  }

/** How a run stands that a schedule started. */
export interface ScheduledRun {
  status: string
  startedAt: number
  completedAt?: number
  durationMs?: number
  error?: string
}

/** One time at which a schedule started a run, or did not. */
export interface ScheduleTrigger {
  id: string
  scheduleId: string
  /** Null where no run was started, or an agent's is not reached yet. */
  runId: string | null
  scheduledFireAt: number
  actualFireAt: number
  /** `deferred`: the run is not reached yet. `published`: it was started. */
  outcome: 'deferred' | 'published' | 'skipped' | 'failed'
  triggerKind: 'schedule-fire' | 'manual'
  /** Why no run was started. */
  error?: string
  run?: ScheduledRun
}

/** `claimId` is the run's id; of an agent's that could not be reached yet, what it is tried under. */
export interface ScheduleClaim {
  scheduleId: string
  claimId: string
  scheduledFireAt: number
}

/** Of one key one is made, or started, however often it is asked for. */
export interface OnceOptions {
  idempotencyKey?: string
}

/**
 * The schedules that a caller may reach. What is not there, or not the caller's, is an EdgewiseError
 * `schedule_not_found`; what cannot be, `invalid_request` that names the field.
 */
export interface Schedules {
  /** @throws EdgewiseError also `workflow_not_found`, `agent_not_found`, `schedule_exists`, `runtime_context_invalid`. */
  create(wanted: CreateSchedule, options?: OnceOptions): Promise<Schedule>
  /** Undefined if there is none. */
  get(id: string): Promise<Schedule | undefined>
  /** The newest first. */
  list(filter?: ListedSchedules): Promise<Schedule[]>
  update(id: string, change: UpdateSchedule): Promise<Schedule>
  /** Nothing more is started until it is resumed. */
  pause(id: string): Promise<Schedule>
  /** It goes on from now: what was missed is left. */
  resume(id: string): Promise<Schedule>
  /** Starts a run now, and moves no time. */
  run(id: string, options?: OnceOptions): Promise<ScheduleClaim>
  /** Its runs stay. False if there was none. */
  delete(id: string): Promise<boolean>
  /** What it has started, the newest first: at most `limit` (default 20), between two times of `actualFireAt`. */
  triggers(id: string, query?: { limit?: number; from?: number; to?: number }): Promise<ScheduleTrigger[]>
}
