import { parseCron } from '../cron/cron.ts'
import { lastTime, nextTime } from '../cron/next-time.ts'
import type { ScheduleInfo, ScheduleSpec } from './schedule-info.ts'
import type { ScheduleMeta } from './schedule-rows.ts'

/** What comes later than this was missed. */
const MISSED_MS = 60_000

/** Of so many missed times runs are started at once. The others follow. */
const AT_ONCE = 20

/** The first time of a schedule after a moment. Its expression was checked: it has one. */
export function nextDue(
  { cron, timezone = 'UTC' }: Pick<ScheduleSpec, 'cron' | 'timezone'>,
  after: number,
): number {
  return nextTime(parseCron(cron), timezone, after) ?? Infinity
}

/** What a schedule that is due is to do: the times to start runs for, or to skip, and when it is due next. */
export interface Due {
  times: number[]
  isMissed: boolean
  nextAt: number
}

/** Undefined if it is not due. */
export function findDue({ info, isDeleted }: ScheduleMeta, now: number): Due | undefined {
  const { status, nextAt, catchUp = 'latest' } = info
  if (isDeleted || status !== 'active' || nextAt > now) return undefined
  if (catchUp === 'all') return findAll(info, now)
  const last = lastTime(parseCron(info.cron), info.timezone ?? 'UTC', nextAt - 1, now) ?? nextAt
  const isMissed = catchUp === 'none' && now - last > MISSED_MS
  return { times: [last], isMissed, nextAt: nextDue(info, now) }
}

function findAll(info: ScheduleInfo, now: number): Due {
  const times: number[] = []
  let { nextAt } = info
  for (; nextAt <= now && times.length < AT_ONCE; nextAt = nextDue(info, nextAt)) times.push(nextAt)
  return { times, isMissed: false, nextAt }
}
