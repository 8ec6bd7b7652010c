import type { Schedule, ScheduleTrigger, ScheduledRun } from '../../cron/schedules.ts'
import type { JsonObject } from '../../protocol/json.ts'

/** A schedule as it is kept. Times are in milliseconds since 1970. */
export type KeptSchedule = Omit<Schedule, 'nextFireAt' | 'lastFireAt' | 'requestContext'> & {
  nextAt: number
  lastAt?: number
  runtimeContext: JsonObject
}

/** `GET /api/schedules/:scheduleId`, and each of the list. */
export function toMastraSchedule({ nextAt, lastAt, runtimeContext, ...rest }: KeptSchedule): Schedule {
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
  kind: ScheduleTrigger['triggerKind']
  due: number
  at: number
  outcome: keyof typeof OUTCOMES
  runId?: string
  error?: string
  run?: ScheduledRun
}

const OUTCOMES = { waiting: 'deferred', started: 'published', skipped: 'skipped', failed: 'failed' } as const

/** Each of `GET /api/schedules/:scheduleId/triggers`. */
export function toMastraTrigger(scheduleId: string, kept: KeptTrigger): ScheduleTrigger {
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
