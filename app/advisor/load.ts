import type { Domain } from './domain.ts'
import type { Scale } from './read-scale.ts'

/** The three figures that everything is sized by. */
export interface Load {
  readonly dailyUsers: number
  /** Requests a second at the peak. */
  readonly peakRps: number
  readonly dataGb: number
}

/** Daily users where nobody said a number. */
const ASSUMED_USERS = 10_000

const DAY = 86_400

/** Completes what a text said to a whole load, by the habits of the domain's users. */
export function loadOf({ dailyUsers, peakRps, dataGb }: Scale, { traffic }: Domain): Load {
  const { requestsPerUser, peak, mbPerUser } = traffic
  const fromRate = peakRps === undefined ? undefined : (peakRps * DAY) / (requestsPerUser * peak)
  const users = Math.max(1, Math.round(dailyUsers ?? fromRate ?? ASSUMED_USERS))
  return {
    dailyUsers: users,
    peakRps: peakRps ?? Math.max(1, Math.round((users * requestsPerUser * peak) / DAY)),
    dataGb: dataGb ?? Math.max(1, Math.round((users * mbPerUser) / 1024)),
  }
}

export const SIZES = ['small', 'medium', 'large', 'massive'] as const
export type Size = (typeof SIZES)[number]

/** The size of a load, by the largest of its three figures. */
export function sizeOf({ dailyUsers, peakRps, dataGb }: Load): Size {
  const levels = [
    level(dailyUsers, 1e4, 1e5, 1e6),
    level(peakRps, 200, 2000, 20_000),
    level(dataGb, 500, 10_000, 200_000),
  ]
  return SIZES[Math.max(...levels)] ?? 'small'
}

const level = (value: number, ...bounds: number[]): number => bounds.filter((bound) => value >= bound).length

/** Requests of a month: the peak stands for a fraction of the day. */
export const requestsOf = ({ peakRps }: Load, { traffic }: Domain): number =>
  (peakRps / traffic.peak) * DAY * 30

/** 1234567 as "1.2M". */
export function short(value: number): string {
  for (const [unit, size] of [
    ['B', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const)
    if (value >= size * 0.9995)
      return `${Number((value / size).toPrecision(value / size >= 100 ? 3 : 2))}${unit}`
  return String(Math.round(value))
}

/** Gigabytes as people say them. */
export function storage(gigabytes: number): string {
  if (gigabytes >= 1024 ** 2) return `${Number((gigabytes / 1024 ** 2).toPrecision(2))} PB`
  return gigabytes >= 1024 ? `${Number((gigabytes / 1024).toPrecision(2))} TB` : `${gigabytes} GB`
}
