import { constraintOf } from './constraints.ts'
import type { Design } from './design.ts'
import { dollars, estimate, midOf, timeOf } from './estimate.ts'
import type { Estimate } from './estimate.ts'
import { short, sizeOf } from './load.ts'
import { partsOf } from './parts.ts'

export type Architecture = 'serverless' | 'microservices'

/** One dimension of the trade-off, each side from 1 to 10. */
export interface Tradeoff {
  readonly dimension: string
  readonly serverless: number
  readonly microservices: number
  readonly better: Architecture | 'even'
  readonly why: string
}

/** Both architectures side by side, and the one to take. */
export interface Comparison {
  readonly serverless: Estimate
  readonly microservices: Estimate
  readonly matrix: readonly Tradeoff[]
  readonly recommended: Architecture
  /** Whether much or little speaks for it. */
  readonly isClear: boolean
  readonly reasons: readonly string[]
  /** What speaks for the other one. */
  readonly doubts: readonly string[]
}

/** Compares the two architectures for a design and takes the one that more speaks for; of equals the simpler one. */
export function compare(design: Design): Comparison {
  const serverless = estimate(design, 'serverless')
  const microservices = estimate(design, 'microservices')
  const points = pointsOf(design, serverless, microservices)
  const sum = (to: Architecture) =>
    points.filter((one) => one.to === to).reduce((total, { weight }) => total + weight, 0)
  const lead = sum('serverless') - sum('microservices')
  const recommended = lead >= 0 ? 'serverless' : 'microservices'
  const said = (isFor: boolean) =>
    points
      .filter(({ to }) => (to === recommended) === isFor)
      .toSorted((a, b) => b.weight - a.weight)
      .map(({ why }) => why)
  return {
    serverless,
    microservices,
    matrix: matrixOf(design, serverless, microservices),
    recommended,
    isClear: Math.abs(lead) >= 3,
    reasons: said(true),
    doubts: said(false),
  }
}

interface Point {
  readonly to: Architecture
  readonly weight: number
  readonly why: string
}

function pointsOf(design: Design, serverless: Estimate, microservices: Estimate): Point[] {
  const { domain, load, constraints } = design
  const size = sizeOf(load)
  const { services } = partsOf(design)
  const [paid, clustered] = [midOf(serverless.monthlyUsd), midOf(microservices.monthlyUsd)]
  const bills = `${dollars(serverless.monthlyUsd)} against ${dollars(microservices.monthlyUsd)} a month`
  const points: Point[] = []
  const add = (to: Architecture, weight: number, why: string) => points.push({ to, weight, why })
  if (paid < clustered * 0.8) add('serverless', 3, `It costs less at this load: ${bills}`)
  if (clustered < paid * 0.8)
    add(
      'microservices',
      5,
      `At ${short(load.peakRps)} requests/s a cluster that is always busy costs less: ${bills}, serverless first`,
    )
  if (size === 'small' || size === 'medium')
    add('serverless', 2, `A cluster would idle most of the day at ${short(load.dailyUsers)} daily users`)
  if (size === 'massive')
    add('microservices', 2, 'A load of this size reaches account quotas and is worth a platform team')
  if (domain.traffic.shape === 'spiky')
    add('serverless', 1, `Traffic comes in peaks, and capacity follows it: ${domain.traffic.says}`)
  else if (size !== 'small')
    add('microservices', 1, `Traffic is steady, so reserved nodes are well used: ${domain.traffic.says}`)
  add(
    'serverless',
    1,
    `A first release in ${timeOf(serverless.weeks)} instead of ${timeOf(microservices.weeks)}`,
  )
  if (services.length > 9)
    add('microservices', 1, `${services.length} services are enough for teams that release apart`)
  const streams = services.filter(({ work }) => work === 'stream')
  if (streams.length > 1 && size !== 'small' && size !== 'medium')
    add(
      'microservices',
      1,
      `Long-running streams (${streams.map(({ name }) => name).join(', ')}) suit processes that stay up`,
    )
  for (const id of constraints) {
    const [to, weight, why] = constraintOf(id)?.leans ?? []
    if (to && weight && why) add(to, weight, why)
  }
  return points
}

function matrixOf(design: Design, serverless: Estimate, microservices: Estimate): Tradeoff[] {
  const { load, constraints } = design
  const size = sizeOf(load)
  const ratio = midOf(microservices.monthlyUsd) / midOf(serverless.monthlyUsd)
  const isPortable = constraints.includes('multi-cloud')
  const count = partsOf(design).services.length
  return [
    row(
      'Scalability',
      size === 'massive' ? 8 : 9,
      9,
      size === 'massive'
        ? 'Account quotas have to be raised ahead of peaks'
        : 'Both grow with the load, one by itself, one by autoscalers',
    ),
    row(
      'Cost efficiency',
      score(6.5 + 1.2 * Math.log2(ratio)),
      score(6.5 - 1.2 * Math.log2(ratio)),
      `${dollars(serverless.monthlyUsd)} against ${dollars(microservices.monthlyUsd)} a month`,
    ),
    row(
      'Time to market',
      score(10.5 - serverless.weeks[0] / 2),
      score(10.5 - microservices.weeks[0] / 2),
      `${timeOf(serverless.weeks)} against ${timeOf(microservices.weeks)}`,
    ),
    row(
      'Latency',
      7,
      constraints.includes('low-latency') ? 9 : 8,
      'Cold starts add some 200 ms to rare calls; warm processes have none',
    ),
    row(
      'Operational complexity (low is good)',
      score(2 + count / 6),
      score(6 + count / 4),
      'Who patches, scales and watches it',
      true,
    ),
    row('Vendor lock-in (low is good)', isPortable ? 8 : 7, 3, 'What has to be written anew to move', true),
  ]
}

/** From 1 to 10. */
const score = (value: number): number => Math.max(1, Math.min(10, Math.round(value)))

function row(
  dimension: string,
  serverless: number,
  microservices: number,
  why: string,
  isLowGood = false,
): Tradeoff {
  const lead = (serverless - microservices) * (isLowGood ? -1 : 1)
  return {
    dimension,
    serverless,
    microservices,
    better: lead > 0 ? 'serverless' : lead < 0 ? 'microservices' : 'even',
    why,
  }
}
