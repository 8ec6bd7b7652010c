import * as z from 'zod'
import { compare } from '../advisor/compare.ts'
import { designOf } from '../advisor/design-of.ts'
import { dollars, timeOf } from '../advisor/estimate.ts'
import type { Estimate } from '../advisor/estimate.ts'
import { recommendationOf } from '../advisor/summary.ts'

export const architecture = z.enum(['serverless', 'microservices'])
const pair = { serverless: z.string(), microservices: z.string() }

export const compareOutput = z.object({
  recommendation: z.string(),
  recommended: architecture,
  basis: z.string(),
  estimates: z.array(z.object({ estimate: z.string(), ...pair })),
  monthlyBill: z.array(z.object({ architecture, item: z.string(), cost: z.string() })),
  tradeOffs: z.array(
    z.object({
      dimension: z.string(),
      serverless: z.int().min(1).max(10),
      microservices: z.int().min(1).max(10),
      better: z.enum(['serverless', 'microservices', 'even']),
      why: z.string(),
    }),
  ),
})

/** Both architectures for a design, side by side. */
export function comparisonOf(line: string): z.output<typeof compareOutput> {
  const comparison = compare(designOf(line))
  const { recommended, matrix, serverless, microservices } = comparison
  const side = (estimate: string, of: (one: Estimate) => string) => ({
    estimate,
    serverless: of(serverless),
    microservices: of(microservices),
  })
  return {
    recommendation: recommendationOf(comparison),
    recommended,
    basis: 'Rough list prices for infrastructure: no people, no partners, no discounts',
    estimates: [
      side('Cost a month', ({ monthlyUsd }) => dollars(monthlyUsd)),
      side('Developers', ({ team }) => team.join('-')),
      side('Time to MVP', ({ weeks }) => timeOf(weeks)),
    ],
    monthlyBill: [...billOf('serverless', serverless), ...billOf('microservices', microservices)],
    tradeOffs: [...matrix],
  }
}

const billOf = (architecture: 'serverless' | 'microservices', { items }: Estimate) =>
  items.map(({ item, usd }) => ({ architecture, item, cost: dollars(usd) }))
