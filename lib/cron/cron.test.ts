import { Cron as Croner } from 'croner'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCron } from './cron.ts'
import { lastTime, nextTime } from './next-time.ts'
import { isZone, offsetAt } from './zone.ts'

/** The next times after a moment, as the clock of the zone is read in ISO 8601. */
function times(expression: string, after: string, count: number, zone = 'UTC'): string[] {
  const cron = parseCron(expression)
  const found: string[] = []
  for (let time = Date.parse(after); found.length < count;) {
    time = nextTime(cron, zone, time) ?? Number.NaN
    const offset = offsetAt(zone, time)
    found.push(`${new Date(time + offset).toISOString().slice(0, 16)}${hoursOf(offset)}`)
  }
  return found
}

function hoursOf(offset: number): string {
  return offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${Math.abs(offset) / 3600_000}`
}

/** A field of an expression: any, a number, a range, a step, or a list of such. */
function field(min: number, max: number): fc.Arbitrary<string> {
  const number = fc.integer({ min, max })
  const range = fc.tuple(number, number).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`)
  const step = fc
    .tuple(fc.oneof(fc.constant('*'), range), fc.integer({ min: 1, max: max - min }))
    .map(([base, by]) => `${base}/${by}`)
  const part = fc.oneof(number.map(String), range, step)
  const list = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(','))
  return fc.oneof({ weight: 2, arbitrary: fc.constant('*') }, { weight: 3, arbitrary: list })
}

const expressions = fc
  .tuple(field(0, 59), field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6))
  .map((fields) => fields.join(' '))
const moments = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2040, 0) })

/** Whether an expression of six fields means a moment, field by field. */
function isMeant(expression: string, at: Date): boolean {
  const fields = expression.split(' ')
  const now = [
    at.getUTCSeconds(),
    at.getUTCMinutes(),
    at.getUTCHours(),
    at.getUTCDate(),
    at.getUTCMonth() + 1,
  ]
  const fits = [...now, at.getUTCDay()].map((value, i) => listed(fields[i] ?? '', i).includes(value))
  const [isSecond, isMinute, isHour, isDay, isMonth, isWeekday] = fits
  const isDate = fields[3] === '*' || fields[5] === '*' ? isDay && isWeekday : isDay || isWeekday
  return Boolean(isSecond && isMinute && isHour && isMonth && isDate)
}

const FIRST = [0, 0, 0, 1, 1, 0]
const LAST = [59, 59, 23, 31, 12, 6]

function listed(field: string, i: number): number[] {
  return field.split(',').flatMap((part) => {
    const [range = '', step = '1'] = part.split('/')
    const [from = FIRST[i] ?? 0, to = range === '*' ? (LAST[i] ?? 0) : from] =
      range === '*' ? [] : range.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, n) => from + n).filter((_, n) => n % Number(step) === 0)
  })
}

describe('a cron expression', () => {
  it('has five fields, or six with seconds first', () => {
    expect(times('30 9 * * *', '2026-11-21T10:00Z', 2)).toEqual(['2026-11-22T09:30Z', '2026-11-23T09:30Z'])
    const cron = parseCron('*/20 * * * * *')
    expect(nextTime(cron, 'UTC', 1)).toBe(20_000)
    expect(nextTime(cron, 'UTC', 20_000)).toBe(40_000)
  })

  it('knows names, steps, lists, Sunday as 0 and 7, and nicknames', () => {
    const seen = { from: '2026-11-21T00:00Z', count: 3 } as const
    const of = (expression: string): string[] => times(expression, seen.from, seen.count)
    expect(of('0 0 * JAN,jul Mon')).toEqual(of('0 0 ? 1,7 1'))
    expect(of('0 0 * * 5-7')).toEqual(['2026-11-22T00:00Z', '2026-11-27T00:00Z', '2026-11-28T00:00Z'])
    expect(of('0 0 * * 7')).toEqual(of('0 0 * * SUN'))
    expect(of('10/25 0 * * *')).toEqual(['2026-11-21T00:10Z', '2026-11-21T00:35Z', '2026-11-22T00:10Z'])
    expect(of('@weekly')).toEqual(of('0 0 * * 0'))
    expect(of('0 0 29 2 *')).toEqual(['2028-02-29T00:00Z', '2032-02-29T00:00Z', '2036-02-29T00:00Z'])
  })

  it('means either where days of the month and of the week are listed', () => {
    expect(times('0 0 13 * FRI', '2026-11-08T00:00Z', 3)).toEqual([
      '2026-11-13T00:00Z',
      '2026-11-20T00:00Z',
      '2026-11-27T00:00Z',
    ])
  })

  it.each([
    ['', '5 fields'],
    ['* * * *', 'this has 4'],
    ['* * * * * * *', 'this has 7'],
    ['60 * * * *', '"60" is no minute'],
    ['* 24 * * *', '"24" is no hour'],
    ['* * 0 * *', '"0" is no day'],
    ['* * * 13 *', '"13" is no month'],
    ['* * * FOO *', '"FOO" is no month'],
    ['* * * ANF *', '"ANF" is no month'],
    ['* * * * 8', '"8" is no weekday'],
    ['*/0 * * * *', '"*/0" is no minute'],
    ['5-1 * * * *', '"5-1" is no minute'],
    ['*-5 * * * *', '"*-5" is no minute'],
    ['? * * * *', '"?" is no minute'],
    ['1,,2 * * * *', '"" is no minute'],
    ['-1 * * * *', '"-1" is no minute'],
    ['1.5 * * * *', '"1.5" is no minute'],
    ['0 0 L * *', '"L" is no day'],
    ['at nine each day', 'this has 4'],
    ['at nine each day please', '"at" is no minute'],
  ])('is refused: %s', (expression, why) => {
    expect(() => parseCron(expression)).toThrow(why)
  })

  it('may never come', () => {
    expect(nextTime(parseCron('0 0 31 2 *'), 'UTC', 0)).toBeUndefined()
  })

  // Of days of the month and of the week together that reader leaves out the first of a month now and then.
  it('comes when another reader of such expressions says, or before it, and always when all its fields say so', () => {
    fc.assert(
      fc.property(expressions, moments, (expression, after) => {
        const theirs = new Croner(expression, { timezone: 'UTC' }).nextRun(new Date(after))?.getTime()
        const ours = nextTime(parseCron(expression), 'UTC', after)
        if (ours === undefined) return expect(theirs).toBeUndefined()
        expect(ours).toBeGreaterThan(after)
        expect(ours).toBeLessThanOrEqual(theirs ?? Infinity)
        expect(isMeant(expression, new Date(ours))).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('came last where counting up to it says', () => {
    fc.assert(
      fc.property(expressions, moments, fc.integer({ min: 0, max: 3 }), (expression, after, count) => {
        const cron = parseCron(expression)
        const zone = 'Europe/Berlin'
        let time: number | undefined
        for (let i = 0; i < count; i += 1) time = nextTime(cron, zone, time ?? after)
        const until = time ?? (nextTime(cron, zone, after) ?? 0) - 1
        expect(lastTime(cron, zone, after, until)).toBe(time)
      }),
      { numRuns: 100 },
    )
  })
})

const inSpring = (expression: string, count: number): string[] =>
  times(expression, '2026-03-28T23:30Z', count, 'Europe/Berlin')

const inAutumn = (expression: string, count: number): string[] =>
  times(expression, '2026-10-24T23:45Z', count, 'Europe/Berlin')

describe('a time zone', () => {
  it('is known by its name', () => {
    expect(['Europe/Berlin', 'UTC', 'America/New_York'].every(isZone)).toBe(true)
    expect(['Mars/Olympus', '', 'Berlin!'].some(isZone)).toBe(false)
  })

  it('leaves times out when its clock is put forward: they come as much later', () => {
    // On the 29th of March 2026, 2:00 is followed by 3:00.
    expect(inSpring('30 2 * * *', 2)).toEqual(['2026-03-29T03:30+2', '2026-03-30T02:30+2'])
    expect(inSpring('0 3 * * *', 2)).toEqual(['2026-03-29T03:00+2', '2026-03-30T03:00+2'])
    expect(inSpring('*/30 2,3 * * *', 3)).toEqual([
      '2026-03-29T03:00+2',
      '2026-03-29T03:30+2',
      '2026-03-30T02:00+2',
    ])
    expect(inSpring('0 * * * *', 3)).toEqual([
      '2026-03-29T01:00+1',
      '2026-03-29T03:00+2',
      '2026-03-29T04:00+2',
    ])
  })

  it('shows times twice when its clock is put back: certain hours come once, every hour in both', () => {
    // On the 25th of October 2026, 3:00 is followed by 2:00.
    expect(inAutumn('30 2 * * *', 2)).toEqual(['2026-10-25T02:30+2', '2026-10-26T02:30+1'])
    expect(inAutumn('*/30 * * * *', 5)).toEqual([
      '2026-10-25T02:00+2',
      '2026-10-25T02:30+2',
      '2026-10-25T02:00+1',
      '2026-10-25T02:30+1',
      '2026-10-25T03:00+1',
    ])
  })

  it('is read minute by minute, and every minute that is meant comes', () => {
    const zones = [
      'Europe/Berlin',
      'America/St_Johns',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'Africa/Cairo',
    ]
    const days = fc.constantFrom(
      '2026-03-28',
      '2026-10-24',
      '2026-04-04',
      '2026-10-03',
      '2026-11-01',
      '2026-03-08',
    )
    const starts = fc.tuple(days, fc.integer({ min: 0, max: 1440 }))
    const every = fc.tuple(field(0, 59), field(0, 23)).map(([minute, hour]) => `${minute} ${hour} * * *`)
    fc.assert(
      fc.property(every, fc.constantFrom(...zones), starts, (expression, zone, [day, minutes]) => {
        const after = Date.parse(`${day}T00:00Z`) + minutes * 60_000
        const until = after + 36 * 3600_000
        const cron = parseCron(expression)
        const found: number[] = []
        for (let time = after; (time = nextTime(cron, zone, time) ?? Infinity) <= until;) found.push(time)
        expect(found).toEqual(minutesMeant(expression, zone, after, until))
      }),
      { numRuns: 40 },
    )
  })
})

const offsets = new Map<string, number>()

/** To ask it costs a few microseconds: too much for every minute of every case. */
function knownOffset(zone: string, time: number): number {
  const key = `${zone} ${Math.floor(time / 60_000)}`
  const offset = offsets.get(key) ?? offsetAt(zone, time)
  offsets.set(key, offset)
  return offset
}

/** What the words of the rule say, looked at minute by minute. */
function minutesMeant(expression: string, zone: string, after: number, until: number): number[] {
  const { minutes, hours } = parseCron(expression)
  const isMeant = (shown: number): boolean =>
    minutes.has(new Date(shown).getUTCMinutes()) && hours.has(new Date(shown).getUTCHours())
  const found: number[] = []
  for (let time = after - (after % 60_000) + 60_000; time <= until; time += 60_000) {
    const shown = time + knownOffset(zone, time)
    // Shown a little while before as well, by a clock that was ahead.
    const ahead = [1800_000, 3600_000].find(
      (shift) => knownOffset(zone, time - shift) - knownOffset(zone, time) === shift,
    )
    // A clock that was not yet put forward would now show this, which nobody sees.
    const behind = [1800_000, 3600_000].find(
      (shift) => knownOffset(zone, time) - knownOffset(zone, time - shift) === shift,
    )
    const isLeftOut = behind !== undefined && isMeant(shown - behind)
    const isRepeated = ahead !== undefined && hours.size < 24
    if ((isMeant(shown) && !isRepeated) || isLeftOut) found.push(time)
  }
  return found
}
