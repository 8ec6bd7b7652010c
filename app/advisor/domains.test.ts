import { describe, expect, it } from 'vitest'
import { analyze } from './analysis.ts'
import { designOf } from './design-of.ts'
import { detectDomain } from './detect-domain.ts'
import { DOMAINS } from './domains.ts'
import { general } from './domains/general.ts'
import { draw } from './draw.ts'
import { FEATURES, featureOf } from './features.ts'
import { toMermaid } from './graph.ts'
import { partsOf } from './parts.ts'
import { MICROSERVICES, SERVERLESS } from './platform.ts'

/** What each domain must speak of: in its analysis, and in what is drawn of it. */
const MUST: readonly { id: string; request: string; says: RegExp[]; draws: RegExp[] }[] = [
  {
    id: 'ride-sharing',
    request: 'A ride-sharing app for 100k daily users',
    says: [/real-time GPS/i, /driver matching/i, /surge pricing/i, /geohash/i, /location history/i],
    draws: [/Driver matching/, /GPS location/, /Surge pricing/, /Driver app/],
  },
  {
    id: 'e-commerce',
    request: 'An online shop for sneakers',
    says: [/inventory/i, /payments/i, /order management/i, /PCI-DSS/, /StockItem/],
    draws: [/Inventory/, /Checkout payments/, /Order management/, /Product catalog/],
  },
  {
    id: 'fintech',
    request: 'A neobank for freelancers',
    says: [/PCI-DSS/, /double-entry/i, /fraud/i, /money-laundering/i, /idempotency/i],
    draws: [/Double-entry ledger/, /Fraud scoring/, /Card token vault/],
  },
  {
    id: 'digital-wallet',
    request: 'A digital wallet for students',
    says: [/P2P transfers/i, /QR payments/i, /bill splitting/i, /e-money/i],
    draws: [/P2P transfers/, /QR payments/, /Bill splitting/],
  },
  {
    id: 'healthcare',
    request: 'A telemedicine platform for clinics',
    says: [/HIPAA/, /patient data security/i, /FHIR/, /audit trail/i, /consent/i],
    draws: [/Patient records/, /Access audit trail/, /Consent/],
  },
  {
    id: 'social',
    request: 'A social network for gardeners',
    says: [/real-time feeds/i, /notifications/i, /presence/i, /Digital Services Act/],
    draws: [/Feed fan-out/, /Presence/, /Notifications/],
  },
  {
    id: 'streaming',
    request: 'A video streaming service for documentaries',
    says: [/CDN/, /adaptive bitrate/i, /DRM/, /rights by territory/i],
    draws: [/Transcoding ladder/, /DRM licences/, /Playback sessions/],
  },
  {
    id: 'iot',
    request: 'An IoT platform for smart meters',
    says: [/device management/i, /telemetry/i, /edge processing/i, /firmware/i, /signed updates/i],
    draws: [/Device registry/, /Telemetry ingest/, /Edge runtime/, /IoT Core|EMQX/],
  },
  {
    id: 'integration',
    request: 'An enterprise integration hub between SAP and Salesforce',
    says: [/message routing/i, /transformation/i, /orchestration/i, /dead-letter/i, /canonical/i],
    draws: [/Content-based router/, /Message transformation/, /Orchestration/],
  },
  {
    id: 'analytics',
    request: 'A product analytics platform',
    says: [/data pipelines/i, /dashboards/i, /aggregation/i, /consent before tracking/i],
    draws: [/Data pipeline/, /Dashboards/, /Aggregation/],
  },
  {
    id: 'marketplace',
    request: 'A marketplace for vintage furniture',
    says: [/listings/i, /escrow/i, /commission/i, /DAC7/],
    draws: [/Listings/, /Escrow/, /Commission and payouts/],
  },
]

it('knows eleven domains', () => {
  expect(MUST.map(({ id }) => id)).toEqual(DOMAINS.map(({ id }) => id))
})

describe.each(MUST)('$id', ({ id, request, says, draws }) => {
  it('is recognised', () => {
    expect(detectDomain(request)).toMatchObject({ domain: { id }, certainty: 'clear', others: [] })
  })

  it('says what is special about it', () => {
    const text = JSON.stringify(analyze(request))
    for (const words of says) expect(text).toMatch(words)
  })

  it.each([SERVERLESS, MICROSERVICES])('draws its own components on $id', (platform) => {
    const code = toMermaid(draw(designOf(analyze(request).design), platform))
    for (const words of draws) expect(code).toMatch(words)
  })

  it('fills each part of the analysis', () => {
    const analysis = analyze(request)
    expect(analysis.specialConsiderations).toHaveLength(3)
    expect(analysis.dataModel.length).toBeGreaterThan(3)
    expect(analysis.compliance.length).toBeGreaterThan(1)
    expect(analysis.integrations.length).toBeGreaterThan(1)
    expect(analysis.trafficPattern).toMatch(/\w+ \w+/)
  })
})

const all = [...DOMAINS, general]

it('gives each two domains different components, stores or partners', () => {
  for (const one of all) {
    for (const other of all.filter((domain) => domain !== one)) {
      const [mine, theirs] = [one, other].map(({ services }) => new Set(services.map(({ name }) => name)))
      const shared = [...(mine ?? [])].filter((name) => theirs?.has(name))
      expect(shared, `${one.id} and ${other.id}`).toEqual([])
    }
  }
  const shapes = all.map(({ services, doors }) =>
    services
      .map(({ work, store }) => `${work} ${store}`)
      .concat(doors)
      .sort()
      .join(),
  )
  expect(new Set(shapes).size).toBe(all.length)
})

describe.each(all)('the data of $id', ({ services, flows, features, clients, doors }) => {
  it('names only what there is', () => {
    const ids = services.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [from, , to] of flows) expect(ids).toEqual(expect.arrayContaining([from, to]))
    for (const feature of features) expect(featureOf(feature), feature).toBeDefined()
    for (const { feature } of services) if (feature) expect(features).toContain(feature)
    for (const [, door] of clients) expect(doors).toContain(door)
  })

  it('has no id that a feature has', () => {
    const added = new Set(FEATURES.flatMap((feature) => feature.services.map(({ id }) => id)))
    expect(services.filter(({ id }) => added.has(id))).toEqual([])
  })
})

describe('a text of several domains, or of none', () => {
  it('takes the one that is named first of two that fit alike, and says so', () => {
    const { domain, certainty, others } = detectDomain('A marketplace for taxis')
    expect([domain.id, certainty, others]).toEqual(['marketplace', 'close', ['Ride-sharing']])
    expect(analyze('A marketplace for taxis').assumptions[0]).toBe(
      'Read as Marketplace; Ride-sharing would fit as well, so say which if it is wrong',
    )
  })

  it('takes the one that more words speak for', () => {
    expect(detectDomain('A marketplace where patients book telemedicine visits with doctors').domain.id).toBe(
      'healthcare',
    )
    expect(detectDomain('A fintech dashboard').domain.id).toBe('fintech')
  })

  it('takes one that is not named if enough is heard of it', () => {
    expect(detectDomain('Users put products in a cart and go to checkout').domain.id).toBe('e-commerce')
  })

  it.each(['An app for beekeepers', '', 'asdf', '🚕', 'something with posts'])(
    'knows that it does not know %j',
    (text) => {
      expect(detectDomain(text)).toMatchObject({ domain: { id: 'general' }, certainty: 'unknown' })
      expect(analyze(text).assumptions[0]).toContain('No known domain was recognised')
    },
  )

  it('is not misled by parts of words', () => {
    for (const text of [
      'a scabbard collection',
      'a statistics class',
      'an auctioneering-free zone of bankside walks',
    ])
      expect(detectDomain(text).domain.id, text).toBe('general')
  })
})

const names = (text: string) => partsOf(designOf(analyze(text).design)).services.map(({ name }) => name)

it('lets a domain’s own service stand for a feature’s, and adds those that it lacks', () => {
  expect(names('An online shop with payments').filter((name) => /payment/i.test(name))).toEqual([
    'Checkout payments',
  ])
  expect(names('A ride-sharing app with payments')).toContain('Payments')
  expect(names('A ride-sharing app')).not.toContain('Payments')
  expect(names('An online shop without payments').filter((name) => /payment/i.test(name))).toEqual([])
})
