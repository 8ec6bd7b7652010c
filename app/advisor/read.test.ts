import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { analyze } from './analysis.ts'
import { CONSTRAINTS } from './constraints.ts'
import { cleanName, lineOf } from './design.ts'
import type { Design } from './design.ts'
import { designOf } from './design-of.ts'
import { DOMAINS } from './domains.ts'
import { general } from './domains/general.ts'
import { FEATURES } from './features.ts'
import { read } from './read.ts'

const featuresOf = (text: string) => read(text).design.features
const constraintsOf = (text: string) => read(text).design.constraints

describe('features', () => {
  it.each([
    ['an app with payments', ['payments']],
    ['Add payment processing to that design', ['payments']],
    ['live tracking of couriers', ['tracking', 'delivery']],
    ['with in-app chat and push notifications', ['chat', 'notifications']],
    ['users can search and leave reviews', ['search', 'reviews']],
    ['with an AI assistant', ['ai-assistant']],
    ['it needs SSO and an audit trail', ['audit-log', 'single-sign-on']],
    ['photo uploads and video calls', ['uploads', 'video']],
    ['works offline', ['offline']],
    ['an app', []],
  ])('are read from %j', (text, features) => {
    expect(featuresOf(text)).toEqual(features)
  })

  it.each([
    ['with chat. Remove the chat', []],
    ['with chat but without payments', ['chat']],
    ['no payments, add search', ['search']],
    ['without payments. Add payments after all', ['payments']],
    ["we don't need the in-app chat, but search", ['search']],
    ['drop search and add reviews', ['reviews']],
  ])('are taken out again in %j', (text, features) => {
    expect(featuresOf(text)).toEqual(features)
  })

  it('of the domain can be taken out, and it is said', () => {
    const analysis = analyze('A social network without chat')
    expect(analysis.features).toEqual(['Notifications', 'Photo and file uploads'])
    expect(analysis.assumptions).toContain('Left out as you said: Chat')
  })
})

describe('constraints', () => {
  it.each([
    ['EU only', ['eu-only']],
    ['all data stays in the EU', ['eu-only']],
    ['Make it cheaper', ['low-cost']],
    ['it must be highly available', ['high-availability']],
    ['we already run Kubernetes', ['kubernetes']],
    ['our existing Kubernetes cluster', ['kubernetes']],
    ['no vendor lock-in', ['multi-cloud']],
    ['We only have 3 developers', ['small-team']],
    ['for a startup', ['small-team']],
    ['60 engineers', ['large-team']],
    ['an MVP in two weeks', ['fast-launch']],
    ['below 50 ms', ['low-latency']],
    ['What about HIPAA?', ['hipaa']],
    ['Now show me the Kubernetes version', []],
    ['an app', []],
  ])('are read from %j', (text, constraints) => {
    expect(constraintsOf(text)).toEqual(constraints)
  })

  it('of two that cannot stand together the last one holds', () => {
    expect(constraintsOf('Make it cheaper. No, highly available')).toEqual(['high-availability'])
    expect(constraintsOf('Worldwide. Then EU only')).toEqual(['eu-only'])
    expect(constraintsOf('EU only. Then worldwide')).toEqual(['multi-region'])
  })

  it('change the analysis', () => {
    expect(analyze('A chat app. EU only').compliance).toContainEqual(expect.stringContaining('EU regions'))
    expect(analyze('A chat app').compliance).not.toContainEqual(expect.stringContaining('EU regions'))
  })
})

describe('a change of mind', () => {
  it('starts over', () => {
    const { design } = read(
      'A ride-sharing app for 100k users with payments. Forget that: a chat app instead for 5k students.',
    )
    expect(design).toMatchObject({ domain: { id: 'social' }, load: { dailyUsers: 5000 } })
    expect(design.features).not.toContain('payments')
  })

  it('does not when only a part is exchanged', () => {
    const { design } = read('A ride-sharing app for 100k users. With payments instead of chat.')
    expect(design).toMatchObject({ domain: { id: 'ride-sharing' }, features: ['payments', 'tracking'] })
  })
})

describe('the name', () => {
  it.each([
    ['A ride-sharing app called "Hop On"', 'Hop On'],
    ['An app named Zippy for taxis', 'Zippy'],
    ['A taxi app called Zip Zap with chat', 'Zip Zap'],
    ['A ride-sharing app', 'Ride-sharing app'],
    ['An app', 'General web app'],
    ['An app called "a; domain=iot"', 'a domain iot'],
  ])('is read from %j', (text, name) => {
    expect(read(text).design.appName).toBe(name)
  })
})

const design: fc.Arbitrary<Design> = fc.record({
  appName: fc
    .string({ minLength: 1 })
    .map(cleanName)
    .filter((name) => name !== ''),
  domain: fc.constantFrom(...DOMAINS, general),
  features: fc.subarray(FEATURES.map(({ id }) => id)),
  constraints: fc.subarray(CONSTRAINTS.map(({ id }) => id)),
  load: fc.record({
    dailyUsers: fc.integer({ min: 1, max: 1e10 }),
    peakRps: fc.integer({ min: 1, max: 1e10 }),
    dataGb: fc.integer({ min: 1, max: 1e10 }),
  }),
})

describe('the line of a design', () => {
  it('gives the design back, whatever it is', () => {
    fc.assert(
      fc.property(design, (one) => {
        expect(designOf(lineOf(one))).toEqual(one)
      }),
    )
  })

  it('takes any text for a design', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.string().map((tail) => `domain=iot; users=${tail}`),
    )
    fc.assert(
      fc.property(text, (line) => {
        const { load, appName } = designOf(line)
        for (const value of Object.values(load))
          expect(Number.isInteger(value) && value >= 1 && value <= 1e10).toBe(true)
        expect(appName).not.toBe('')
      }),
    )
  })

  it('leaves out what it does not know', () => {
    expect(
      designOf(
        'app=; domain=nope; users=-5; rps=x; gb=1e99; features=chat,nope,chat; constraints=eu-only,nope',
      ),
    ).toEqual({
      appName: 'General web app',
      domain: general,
      features: ['chat'],
      constraints: ['eu-only'],
      load: { dailyUsers: 1, peakRps: 1, dataGb: 1e10 },
    })
  })

  it('may be plain words', () => {
    expect(designOf('An IoT platform for 50k sensors, EU only')).toMatchObject({
      domain: { id: 'iot' },
      constraints: ['eu-only'],
      load: { dailyUsers: 50_000 },
    })
  })
})

it.each(['a ', 'pay ', 'no ', 'called "', 'instead. ', 'in the eu ', 'without a b c '])(
  'a long text of %j is read soon',
  (unit) => {
    // Its own time alone, whatever else the machine does meanwhile.
    const start = process.cpuUsage()
    analyze(unit.repeat(20_000 / unit.length))
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(2000)
  },
)
