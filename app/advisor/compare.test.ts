import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compare } from './compare.ts'
import { CONSTRAINTS } from './constraints.ts'
import type { Design } from './design.ts'
import { DOMAINS } from './domains.ts'
import { general } from './domains/general.ts'
import { dollars, estimate, timeOf } from './estimate.ts'
import { FEATURES } from './features.ts'
import { loadOf } from './load.ts'
import { read } from './read.ts'
import { nextQuestions, recommendationOf, summarize } from './summary.ts'

const all = [...DOMAINS, general]
const architectures = ['serverless', 'microservices'] as const
const sized = (domain: Design['domain'], dailyUsers: number, constraints: string[] = []): Design => ({
  appName: 'An app',
  domain,
  features: domain.features,
  constraints,
  load: loadOf({ dailyUsers, notes: [] }, domain),
})
const recommended = (text: string) => compare(read(text).design).recommended

describe('estimates', () => {
  it('of the example that the documents give are of its order', () => {
    const { design } = read('A ride-sharing app for 100k daily users with real-time tracking and payments')
    const { serverless, microservices } = compare(design)
    expect(serverless.monthlyUsd).toEqual([expect.closeTo(1500, -3), expect.closeTo(6000, -3)])
    expect(microservices.monthlyUsd).toEqual([expect.closeTo(9000, -3.5), expect.closeTo(30_000, -4)])
    expect([timeOf(serverless.weeks), timeOf(microservices.weeks)]).toEqual(['3-6 weeks', '3-5 months'])
    expect([serverless.team, microservices.team]).toEqual([
      [2, 5],
      [9, 15],
    ])
  })

  it.each(architectures)('never fall when the users grow (%s)', (platform) => {
    const users = fc.integer({ min: 1, max: 1e8 })
    fc.assert(
      fc.property(fc.constantFrom(...all), users, users, (domain, one, other) => {
        const [few, many] = [Math.min(one, other), Math.max(one, other)].map((count) =>
          estimate(sized(domain, count), platform),
        )
        expect(few?.monthlyUsd[0]).toBeLessThanOrEqual(many?.monthlyUsd[0] ?? 0)
        expect(few?.monthlyUsd[1]).toBeLessThanOrEqual(many?.monthlyUsd[1] ?? 0)
      }),
    )
  })

  it('are ranges of plain numbers for any design', () => {
    const design = fc.record({
      appName: fc.string(),
      domain: fc.constantFrom(...all),
      features: fc.subarray(FEATURES.map(({ id }) => id)),
      constraints: fc.subarray(CONSTRAINTS.map(({ id }) => id)),
      load: fc.record({
        dailyUsers: fc.integer({ min: 1, max: 1e10 }),
        peakRps: fc.integer({ min: 1, max: 1e10 }),
        dataGb: fc.integer({ min: 1, max: 1e10 }),
      }),
    })
    fc.assert(
      fc.property(design, (one) => {
        const comparison = compare(one)
        for (const platform of architectures) {
          const { monthlyUsd, team, weeks, items } = comparison[platform]
          for (const [low, high] of [monthlyUsd, team, weeks, ...items.map(({ usd }) => usd)]) {
            expect(low).toBeGreaterThan(0)
            expect(high).toBeGreaterThanOrEqual(low)
          }
        }
        for (const { serverless, microservices } of comparison.matrix)
          for (const score of [serverless, microservices])
            expect(score >= 1 && score <= 10 && Number.isInteger(score)).toBe(true)
        expect(comparison.reasons.length).toBeGreaterThan(0)
        expect(summarize(one)).not.toMatch(/undefined|NaN|Infinity/)
      }),
    )
  })

  it.each(architectures)('follow constraints and features (%s)', (platform) => {
    const [domain = general] = DOMAINS
    const usd = (constraints: string[], features = domain.features) =>
      estimate({ ...sized(domain, 50_000, constraints), features }, platform).monthlyUsd[1]
    expect(usd(['low-cost'])).toBeLessThan(usd([]))
    expect(usd(['high-availability'])).toBeGreaterThan(usd([]))
    expect(usd(['multi-region'])).toBeGreaterThan(usd(['high-availability']))
    expect(usd([], ['tracking', 'search', 'uploads'])).toBeGreaterThan(usd([]))
  })

  it('are said as people say them', () => {
    expect(dollars([1500, 6000])).toBe('$1,500-6,000')
    expect(timeOf([2, 4])).toBe('2-4 weeks')
    expect(timeOf([13, 26])).toBe('3-6 months')
  })
})

describe('the recommendation', () => {
  it.each([
    ['A ride-sharing app for 100k daily users', 'serverless'],
    ['A clinic app for a startup', 'serverless'],
    ['An online shop for 5k users', 'serverless'],
    ['An IoT platform for 5M sensors', 'microservices'],
    [
      'A fintech with 40 engineers that already runs on Kubernetes, no vendor lock-in, 800k users',
      'microservices',
    ],
    ['An analytics platform for 2M users and 30 engineers', 'microservices'],
  ])('for %j is %s', (text, architecture) => {
    expect(recommended(text)).toBe(architecture)
  })

  it('is one, with its first reason, and says when it is close', () => {
    const clear = compare(read('A ride-sharing app for 100k users').design)
    expect(recommendationOf(clear)).toMatch(
      /^Take the serverless architecture\. It costs less at this load: \$/,
    )
    expect(clear.isClear).toBe(true)
    const close = CONSTRAINTS.filter(({ leans }) => leans).map(({ id }) =>
      compare(sized(general, 60_000, [id, 'multi-cloud'])),
    )
    expect(close.some(({ isClear }) => !isClear)).toBe(true)
    for (const one of close.filter(({ isClear }) => !isClear))
      expect(recommendationOf(one)).toContain('close call')
  })

  it('of any load has reasons that name its own figures', () => {
    const { reasons } = compare(read('An IoT platform for 5M sensors').design)
    expect(reasons[0]).toMatch(/^At \d+k requests\/s a cluster that is always busy costs less: \$/)
  })
})

it.each(all)('what may be asked next of $id is understood', (domain) => {
  const design = sized(domain, 20_000)
  const questions = nextQuestions(design, 'serverless')
  expect(questions.length).toBeGreaterThan(3)
  const [, feature = '', scale = '', place = ''] = questions
  expect(read(feature).wishes.features).toHaveLength(1)
  expect(read(scale).scale.dailyUsers).toBe(200_000)
  expect(read(place).design.constraints).toEqual(['eu-only'])
})
