import type { Design } from './design.ts'
import { requestsOf } from './load.ts'
import { constraintOf } from './constraints.ts'
import { partsOf } from './parts.ts'
import type { Platform } from './platform.ts'

/** A span from the usual best to the usual worst. */
export type Range = readonly [low: number, high: number]

/** One line of the bill: US dollars a month, list prices of 2026 rounded to what a first plan needs. */
export interface CostItem {
  readonly item: string
  readonly usd: Range
}

/** What an architecture takes. */
export interface Estimate {
  readonly items: readonly CostItem[]
  /** US dollars a month for infrastructure; people and partners are not in it. */
  readonly monthlyUsd: Range
  readonly team: Range
  /** Weeks to a first release. */
  readonly weeks: Range
}

/** Estimates a design on a platform. More load never costs less. */
export function estimate(design: Design, platform: Platform['id']): Estimate {
  const factor = design.constraints.reduce((product, id) => product * (constraintOf(id)?.cost ?? 1), 1)
  const items = (platform === 'serverless' ? serverlessItems(design) : clusterItems(design)).map(
    ({ item, usd }) => ({
      item,
      usd: [usd[0] * factor, usd[1] * factor] as const,
    }),
  )
  const sum = (index: 0 | 1) => rounded(items.reduce((total, { usd }) => total + usd[index], 0))
  return {
    items: items.map(({ item, usd }) => ({ item, usd: [rounded(usd[0]), rounded(usd[1])] })),
    monthlyUsd: [sum(0), sum(1)],
    ...peopleOf(design, platform),
  }
}

/** Paid by use: requests, events, gigabytes; a little for each store that stands by. */
function serverlessItems(design: Design): CostItem[] {
  const { dataGb } = design.load
  const { services, doors } = partsOf(design)
  const millions = requestsOf(design.load, design.domain) / 1e6
  const streams = services.filter(({ work }) => work === 'stream').length
  const stores = new Set(services.map(({ store }) => store)).size
  return [
    { item: 'Functions and gateway', usd: times(millions, 1.6, 6) },
    { item: 'Events and streams', usd: times(millions, 0.4 + 0.2 * streams, 1.2 + 0.6 * streams) },
    {
      item: 'Databases',
      usd: plus(times(stores, 60, 220), times(millions, 0.8, 4), times(dataGb, 0.12, 0.4)),
    },
    ...(doors.includes('cdn')
      ? [{ item: 'Delivery network', usd: plus([10, 40], times(millions, 0.5, 3)) }]
      : []),
    { item: 'Logs and alarms', usd: plus([40, 150], times(millions, 0.15, 0.6)) },
  ]
}

/** Paid by the hour: nodes, brokers and databases that run whether they are used or not. */
function clusterItems(design: Design): CostItem[] {
  const { dataGb, peakRps } = design.load
  const { services, doors } = partsOf(design)
  const stores = new Set(services.map(({ store }) => store)).size
  const millions = requestsOf(design.load, design.domain) / 1e6
  const thousands = peakRps / 1000
  return [
    { item: 'Cluster, mesh and ingress', usd: [1100, 2800] },
    { item: 'Nodes', usd: plus(times(services.length, 260, 640), times(thousands, 700, 2400)) },
    { item: 'Kafka', usd: plus([1100, 3200], times(thousands, 160, 600)) },
    {
      item: 'Databases with replicas',
      usd: plus(times(stores, 1000, 3400), times(thousands, 280, 1100), times(dataGb, 0.1, 0.3)),
    },
    ...(doors.includes('cdn')
      ? [{ item: 'Delivery network', usd: plus([20, 60], times(millions, 0.5, 3)) }]
      : []),
    { item: 'Observability', usd: plus([700, 2200], times(services.length, 30, 90)) },
  ]
}

/** Regulated apps take longer: evidence is part of the first release. */
const isRegulated = ({ domain, features }: Design): boolean =>
  ['fintech', 'healthcare', 'digital-wallet'].includes(domain.id) || features.includes('payments')

function peopleOf(design: Design, platform: Platform['id']): Pick<Estimate, 'team' | 'weeks'> {
  const count = partsOf(design).services.length
  const extra = Math.max(0, count - 6)
  const regulated = isRegulated(design) ? 1 : 0
  if (platform === 'serverless') {
    const low = 2 + Math.floor(extra / 3)
    const weeks = 2 + Math.ceil(extra / 2) + regulated
    return { team: [low, low + 3], weeks: [weeks, weeks * 2] }
  }
  const low = Math.max(6, count + 2) + regulated
  const weeks = 9 + extra + 2 * regulated
  return { team: [low, low + 6], weeks: [weeks, weeks * 2] }
}

const times = (count: number, low: number, high: number): Range => [count * low, count * high]

const plus = (...ranges: Range[]): Range => [
  ranges.reduce((sum, [low]) => sum + low, 0),
  ranges.reduce((sum, [, high]) => sum + high, 0),
]

/** To two figures: more would say that it is known. */
const rounded = (usd: number): number => Number(usd.toPrecision(2))

export const midOf = ([low, high]: Range): number => (low + high) / 2

/** "$1,500-6,000". */
export const dollars = ([low, high]: Range): string =>
  `$${low.toLocaleString('en-US')}-${high.toLocaleString('en-US')}`

/** "2-4 weeks", "3-6 months". */
export function timeOf([low, high]: Range): string {
  return low >= 9 ? `${Math.round(low / 4.3)}-${Math.round(high / 4.3)} months` : `${low}-${high} weeks`
}
