/**
 * A cron expression that was read: which seconds, minutes, hours, days and months of a clock on the wall are meant. A
 * day must be of the month's days that are listed, or of the week's; where both lists are given, of either.
 */
export interface Cron {
  seconds: ReadonlySet<number>
  minutes: ReadonlySet<number>
  hours: ReadonlySet<number>
  days: ReadonlySet<number>
  /** From 1. */
  months: ReadonlySet<number>
  /** Sunday is 0. */
  weekdays: ReadonlySet<number>
  isAnyDay: boolean
  isAnyWeekday: boolean
}

const NICKNAMES: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

const MONTHS = 'JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC'
const WEEKDAYS = 'SUNMONTUEWEDTHUFRISAT'

/**
 * Reads an expression of five fields, or of six with seconds first: numbers, names of months and weekdays, `*`, `?` for
 * any day, ranges, lists and steps.
 *
 * @throws SyntaxError that says what is wrong.
 */
export function parseCron(expression: string): Cron {
  const fields = (NICKNAMES[expression.trim().toLowerCase()] ?? expression).trim().split(/\s+/)
  if (fields.length === 5) fields.unshift('0')
  if (fields.length !== 6)
    throw new SyntaxError(
      `a cron expression has 5 fields, or 6 with seconds first: this has ${fields.length}`,
    )
  const [second = '', minute = '', hour = '', day = '', month = '', weekday = ''] = fields
  return {
    seconds: readField('second', second, 0, 59),
    minutes: readField('minute', minute, 0, 59),
    hours: readField('hour', hour, 0, 23),
    days: readField('day', day, 1, 31),
    months: readField('month', month, 1, 12, MONTHS),
    weekdays: readWeekdays(weekday),
    isAnyDay: isAny(day),
    isAnyWeekday: isAny(weekday),
  }
}

/** Both 0 and 7 are Sunday. */
function readWeekdays(field: string): Set<number> {
  const weekdays = readField('weekday', field, 0, 7, WEEKDAYS)
  if (weekdays.delete(7)) weekdays.add(0)
  return weekdays
}

function isAny(field: string): boolean {
  return field === '*' || field === '?'
}

function readField(name: string, field: string, min: number, max: number, names = ''): Set<number> {
  const found = new Set<number>()
  for (const part of field.split(',')) {
    const [, first = '', last, step] = /^(\*|\?|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part) ?? []
    const isWide = first === '*' || (first === '?' && (name === 'day' || name === 'weekday'))
    const from = isWide ? min : readNumber(first, names, min)
    // "5/10" goes on from 5 to the end.
    const to = last !== undefined ? readNumber(last, names, min) : isWide || step !== undefined ? max : from
    const by = Number(step ?? 1)
    if (!(from >= min && to <= max && from <= to && by >= 1) || (isWide && last !== undefined))
      throw new SyntaxError(`"${part}" is no ${name} of a cron expression (${min}-${max})`)
    for (let value = from; value <= to; value += by) found.add(value)
  }
  return found
}

/** NaN, which is within no bounds, if it is none. */
function readNumber(text: string, names: string, min: number): number {
  const place = text.length === 3 ? names.indexOf(text.toUpperCase()) : -1
  if (place >= 0 && place % 3 === 0) return place / 3 + min
  return /^\d+$/.test(text) ? Number(text) : Number.NaN
}
