import type { RunEvent } from '../protocol/run-event.ts'
import type { Flow } from './run-state.ts'

/** The last moment that a Date can say, in milliseconds since 1970. */
const LAST_MOMENT = 8.64e15

/** A sleep's first words. What lies behind is over at once. */
export function sleepStart(
  flow: Flow,
  { id, isUntil }: { id: string; isUntil: boolean },
  time: number,
  at: number,
): Extract<RunEvent, { type: 'sleep-start' }> {
  const due = Math.min(Math.max(at, Math.ceil(isUntil ? time : at + time)), LAST_MOMENT)
  return { type: 'sleep-start', at, path: `${flow.prefix}${flow.index}`, stepId: id, due }
}

/** What is no time would be over at once, and a reminder be sent today. @throws RangeError. */
export function checkSleep(what: string, { isUntil }: { isUntil: boolean }, time: number): void {
  if (typeof time === 'number' && Number.isFinite(time)) return
  const need = isUntil ? 'a moment must be a Date that is one' : `${time} are no milliseconds`
  throw new RangeError(`${what}: ${need}`)
}

/** NaN for what is no date. */
export function timeOf(moment: Date): number {
  return moment instanceof Date ? moment.getTime() : Number.NaN
}
