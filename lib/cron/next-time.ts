import type { Cron } from './cron.ts'
import { offsetAt, turnOf } from './zone.ts'

/**
 * The first moment after another at which a clock on a wall of the zone shows a time of the expression; undefined if
 * none comes within years. Times are in milliseconds since 1970.
 *
 * Where the clock is put forward, a time that it leaves out comes as much later as it was put forward. Where it is put
 * back, what is bound to certain hours comes once, the first time; what is meant every hour comes in both.
 */
export function nextTime(cron: Cron, zone: string, after: number): number | undefined {
  let from = Math.floor(after / SECOND) * SECOND + SECOND
  let start = from
  let offset = offsetAt(zone, from)
  let before = offset
  // A change of the clock that was a moment ago still moves what it left out.
  if (offsetAt(zone, from - LONGEST_CHANGE) !== offset) {
    start = turnOf(zone, from - LONGEST_CHANGE, from)
    before = offsetAt(zone, start - SECOND)
  }
  for (;;) {
    const best = nextInSpan(cron, { from, start, before, offset })
    if (best === undefined || offsetAt(zone, best) === offset) return best
    // The clock changes on the way there.
    start = turnOf(zone, from, best)
    before = offset
    offset = offsetAt(zone, start)
    from = Math.max(from, start)
  }
}

/**
 * The last moment at which the expression was met, after one and not after another. The two are how often apart does
 * not matter: it is found by halving.
 */
export function lastTime(cron: Cron, zone: string, after: number, until: number): number | undefined {
  const isPast = (time: number): boolean => (nextTime(cron, zone, time) ?? Infinity) <= until
  if (!isPast(after)) return undefined
  let low = after
  let high = until
  while (high - low > SECOND) {
    const middle = Math.floor((low + high) / 2)
    if (isPast(middle)) low = middle
    else high = middle
  }
  return nextTime(cron, zone, low)
}

const SECOND = 1000
const HOUR = 3600_000
const DAY = 24 * HOUR

/** No clock of today is put forward or back by more. */
const LONGEST_CHANGE = 3 * HOUR

/** A time in which the clock of a zone goes evenly. */
interface Span {
  /** No answer before this. */
  from: number
  /** When it began. */
  start: number
  /** The clock's distance from UTC before that, and since. */
  before: number
  offset: number
}

function nextInSpan(cron: Cron, { from, start, before, offset }: Span): number | undefined {
  const isEveryHour = cron.hours.size === 24
  const isRepeated = before > offset && !isEveryHour
  const shown = nextShown(cron, Math.max(from + offset, isRepeated ? start + before : -Infinity))
  const plain = shown === undefined ? undefined : shown - offset
  if (before >= offset) return plain
  const left = nextShown(cron, Math.max(from + before, start + before))
  if (left === undefined || left >= start + offset) return plain
  return Math.min(left - before, plain ?? Infinity)
}

/** The first time at or after another that a clock shows and that is meant, both as if they were UTC. */
function nextShown(cron: Cron, from: number): number | undefined {
  const clock = new Date(Math.ceil(from / SECOND) * SECOND)
  const end = clock.getUTCFullYear() + YEARS
  while (clock.getUTCFullYear() <= end) {
    const midnight = Math.floor(clock.getTime() / DAY) * DAY
    if (!cron.months.has(clock.getUTCMonth() + 1))
      clock.setTime(Date.UTC(clock.getUTCFullYear(), clock.getUTCMonth() + 1))
    else if (!isDay(cron, clock)) clock.setTime(midnight + DAY)
    else if (!cron.hours.has(clock.getUTCHours())) clock.setTime(midnight + (clock.getUTCHours() + 1) * HOUR)
    else if (!cron.minutes.has(clock.getUTCMinutes())) clock.setUTCMinutes(clock.getUTCMinutes() + 1, 0)
    else if (!cron.seconds.has(clock.getUTCSeconds())) clock.setTime(clock.getTime() + SECOND)
    else return clock.getTime()
  }
  return undefined
}

/** A 29th of February may be eight years away. */
const YEARS = 9

function isDay({ days, weekdays, isAnyDay, isAnyWeekday }: Cron, clock: Date): boolean {
  const isListed = days.has(clock.getUTCDate())
  const isOfWeek = weekdays.has(clock.getUTCDay())
  return isAnyDay || isAnyWeekday ? isListed && isOfWeek : isListed || isOfWeek
}
