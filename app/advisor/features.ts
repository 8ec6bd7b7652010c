import type { Service } from './domain.ts'

/** Something that users may ask for by name, in any domain. */
export interface Feature {
  readonly id: string
  readonly title: string
  readonly said: RegExp
  /** What it adds, unless the domain has services of its own for it. */
  readonly services: readonly Service[]
  readonly compliance?: string
  readonly integration?: string
  readonly door?: 'socket' | 'cdn'
}

/** The features that are recognised. */
export const FEATURES: readonly Feature[] = [
  {
    id: 'payments',
    title: 'Payments',
    said: /\b(?:(?:in-app |card |online )?payments?(?: process\w+)?|pay(?:ing)? (?:by|with|in)|credit cards?|checkout|stripe|paypal)\b/gi,
    services: [
      {
        id: 'payments',
        name: 'Payments',
        does: 'Authorises, captures, refunds, once by key',
        work: 'flow',
        store: 'relational',
        calls: 'Payment provider',
      },
    ],
    compliance: 'PCI-DSS SAQ A: card data stays with the payment provider',
    integration: 'Payment provider',
  },
  {
    id: 'tracking',
    title: 'Real-time tracking',
    said: /\b(?:(?:real[- ]?time|live|gps|location|delivery|package|order)[- ]track\w*|track(?:ing)? (?:in real[- ]?time|location|couriers?|drivers?|deliver\w+)|live (?:map|location)|gps|geo-?fenc\w*)\b/gi,
    services: [
      {
        id: 'tracking',
        name: 'Live tracking',
        does: 'Takes positions, tells those who watch',
        work: 'stream',
        store: 'cache',
        calls: 'Maps',
      },
    ],
    compliance: 'Location history is personal data: short retention',
    integration: 'Maps',
    door: 'socket',
  },
  {
    id: 'chat',
    title: 'Chat',
    said: /\b(?:(?:in-app |live |group |direct |real-?time )?(?:chat(?:s|ting)?|messaging|messages)|dms?)\b/gi,
    services: [
      {
        id: 'chat',
        name: 'Chat',
        does: 'Messages in order, read marks',
        work: 'request',
        store: 'documents',
      },
    ],
    door: 'socket',
  },
  {
    id: 'notifications',
    title: 'Notifications',
    said: /\b(?:(?:push |email |sms )?(?:notifications?|alerts?|reminders?)|notify\w*)\b/gi,
    services: [
      {
        id: 'notifier',
        name: 'Notifications',
        does: 'Push, mail and text by preference',
        work: 'event',
        store: 'documents',
        calls: 'Push and mail delivery',
      },
    ],
    integration: 'Push and mail delivery',
  },
  {
    id: 'search',
    title: 'Search',
    said: /\b(?:full-?text |faceted )?search(?:es|ing|able)?\b/gi,
    services: [
      {
        id: 'search',
        name: 'Search',
        does: 'An index that follows the records',
        work: 'event',
        store: 'search',
      },
    ],
  },
  {
    id: 'recommendations',
    title: 'Recommendations',
    said: /\b(?:recommendations|recommend(?:er|ation engine)|personali[sz]\w+|suggested \w+)\b/gi,
    services: [
      {
        id: 'recommender',
        name: 'Recommendations',
        does: 'Ranks by what alike people chose',
        work: 'job',
        store: 'cache',
      },
    ],
  },
  {
    id: 'uploads',
    title: 'Photo and file uploads',
    said: /\b(?:uploads?|photos?|pictures?|images?|file sharing|attachments?|documents? (?:storage|sharing))\b/gi,
    services: [
      {
        id: 'media',
        name: 'Media uploads',
        does: 'Signed uploads, virus scan, thumbnails',
        work: 'event',
        store: 'files',
      },
    ],
    door: 'cdn',
  },
  {
    id: 'video',
    title: 'Video',
    said: /\b(?:videos?(?! ?(?:stream|on demand|platform|service))(?: (?:calls?|chats?|consult\w*|conferenc\w+|visits?|clips?))?|live ?stream\w*|webrtc)\b/gi,
    services: [
      {
        id: 'video',
        name: 'Video sessions',
        does: 'Rooms, relays, recordings',
        work: 'request',
        store: 'files',
        calls: 'Video relay (WebRTC)',
      },
    ],
    integration: 'Video relay (WebRTC)',
    door: 'socket',
  },
  {
    id: 'subscriptions',
    title: 'Subscriptions',
    said: /\b(?:subscriptions?|recurring (?:billing|payments?)|memberships?|paid plans?)\b/gi,
    services: [
      {
        id: 'billing',
        name: 'Subscription billing',
        does: 'Plans, renewals, failed payments',
        work: 'job',
        store: 'relational',
        calls: 'Payment provider',
      },
    ],
    integration: 'Payment provider',
  },
  {
    id: 'reviews',
    title: 'Reviews and ratings',
    said: /\b(?:reviews?|ratings?|star[- ]rating)\b/gi,
    services: [
      {
        id: 'reviews',
        name: 'Reviews',
        does: 'Ratings, moderation, averages',
        work: 'event',
        store: 'documents',
      },
    ],
  },
  {
    id: 'booking',
    title: 'Booking',
    said: /\b(?:bookings?|reservations?|appointments?|schedul(?:e|es|ing)|calendars?)\b/gi,
    services: [
      {
        id: 'booking',
        name: 'Booking',
        does: 'Slots that are never sold twice',
        work: 'request',
        store: 'relational',
      },
    ],
  },
  {
    id: 'dashboards',
    title: 'Dashboards',
    said: /\b(?:dashboards?|reporting|analytics|charts?|kpis?)\b/gi,
    services: [
      { id: 'dashboards', name: 'Dashboards', does: 'Roll-ups and charts', work: 'job', store: 'warehouse' },
    ],
  },
  {
    id: 'inventory',
    title: 'Inventory',
    said: /\b(?:inventory|stock (?:levels?|management)|warehouses?)\b/gi,
    services: [
      { id: 'stock', name: 'Stock', does: 'Counts and reservations', work: 'event', store: 'relational' },
    ],
  },
  {
    id: 'delivery',
    title: 'Delivery',
    said: /\b(?:deliver(?:y|ies)|couriers?|shipping|dispatch\w*)\b/gi,
    services: [
      {
        id: 'delivery',
        name: 'Delivery dispatch',
        does: 'Assigns couriers, plans routes',
        work: 'event',
        store: 'documents',
        calls: 'Carriers',
      },
    ],
    integration: 'Carriers',
  },
  {
    id: 'fraud-detection',
    title: 'Fraud detection',
    said: /\b(?:fraud(?: (?:detection|prevention|scoring))?|anti-fraud|anomaly detection)\b/gi,
    services: [
      {
        id: 'fraud-score',
        name: 'Fraud scoring',
        does: 'Rules and a model on risky steps',
        work: 'event',
        store: 'cache',
      },
    ],
  },
  {
    id: 'audit-log',
    title: 'Audit log',
    said: /\baudit(?:s|ing|able)?(?: (?:logs?|trails?))?\b/gi,
    services: [
      {
        id: 'audit-log',
        name: 'Audit log',
        does: 'Who did what, unchangeable',
        work: 'event',
        store: 'files',
      },
    ],
  },
  {
    id: 'single-sign-on',
    title: 'Single sign-on',
    said: /\b(?:sso|single sign-?on|saml|oidc|social (?:login|sign-?in)|oauth)\b/gi,
    services: [
      {
        id: 'federation',
        name: 'Sign-on federation',
        does: 'Trades partner identities for ours',
        work: 'request',
        store: 'cache',
        calls: 'Identity providers',
      },
    ],
    integration: 'Identity providers',
  },
  {
    id: 'ai-assistant',
    title: 'AI assistant',
    said: /\b(?:ai|llm|gpt|rag|chat ?bots?|machine learning|ml model\w*)\b/gi,
    services: [
      {
        id: 'assistant',
        name: 'AI assistant',
        does: 'Answers from your own records',
        work: 'request',
        store: 'search',
        calls: 'Language model',
      },
    ],
    compliance: 'AI Act: users are told that a machine answers',
    integration: 'Language model',
  },
  {
    id: 'offline',
    title: 'Offline use',
    said: /\b(?:offline(?:[- ](?:first|mode|use|sync\w*))?)\b/gi,
    services: [
      {
        id: 'sync',
        name: 'Offline sync',
        does: 'Takes changes later, mends conflicts',
        work: 'request',
        store: 'documents',
      },
    ],
  },
]

export const featureOf = (id: string): Feature | undefined => FEATURES.find((feature) => feature.id === id)
