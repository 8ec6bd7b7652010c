import type { JsonObject, JsonValue } from '../../protocol/json.ts'

/** A schedule as it is kept. Times are in milliseconds since 1970. */
export interface KeptSchedule {
  id: string
  workflowId: string
  cron: string
  timezone?: string
  status: string
  nextAt: number
  lastAt?: number
  lastRunId?: string
  lastRun?: JsonObject
  inputData: JsonValue
  initialState?: JsonObject
  runtimeContext: JsonObject
  resourceId?: string
  metadata?: JsonObject
  createdAt: number
  updatedAt: number
  isDeclared: boolean
  catchUp?: string
  overlap?: string
}

/** `GET /api/schedules/:scheduleId`, and each of the list. */
export function toMastraSchedule(kept: KeptSchedule): JsonObject {
  const { nextAt, lastAt, runtimeContext, ...rest } = kept
  const hasContext = Object.keys(runtimeContext).length > 0
  return {
    ...rest,
    nextFireAt: nextAt,
    ...(lastAt !== undefined && { lastFireAt: lastAt }),
    ...(hasContext && { requestContext: runtimeContext }),
  }
}

/** A trigger as it is kept. */
export interface KeptTrigger {
  id: number
  kind: string
  due: number
  at: number
  outcome: 'waiting' | 'started' | 'skipped' | 'failed'
  runId?: string
  error?: string
  run?: JsonObject
}

const OUTCOMES = { waiting: 'deferred', started: 'published', skipped: 'skipped', failed: 'failed' }

/** Each of `GET /api/schedules/:scheduleId/triggers`. */
export function toMastraTrigger(scheduleId: string, kept: KeptTrigger): JsonObject {
  const { id, kind, due, at, outcome, runId = null, error, run } = kept
  return {
    id: `${scheduleId}/${id}`,
    scheduleId,
    runId,
    scheduledFireAt: due,
    actualFireAt: at,
    outcome: OUTCOMES[outcome],
    triggerKind: kind,
    ...(error !== undefined && { error }),
    ...(run && { run }),
  }
}
