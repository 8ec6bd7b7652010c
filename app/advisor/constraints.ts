/** A condition that the user sets on the whole, and what it does to it. */
export interface Constraint {
  readonly id: string
  readonly title: string
  readonly said: RegExp
  /** Against these it cannot stand: the one said last holds. */
  readonly excludes?: readonly string[]
  /** Added to the compliance of the analysis. */
  readonly compliance?: string
  /** Multiplies every estimate of cost. */
  readonly cost?: number
  /** Points for one of the architectures, and why. */
  readonly leans?: readonly [to: 'serverless' | 'microservices', weight: number, why: string]
}

/** The constraints that are recognised. */
export const CONSTRAINTS: readonly Constraint[] = [
  {
    id: 'eu-only',
    title: 'EU only',
    said: /\b(?:eu[- ]only|(?:only|stay\w*|hosted|kept?|data) (?:with)?in (?:the )?(?:eu|europe)|(?:eu|european) (?:data )?(?:residency|hosting|region)|gdpr|only (?:the )?(?:eu|europe)(?:an)?)\b/gi,
    excludes: ['multi-region'],
    compliance:
      'EU only: all data, backups and logs stay in EU regions; a processing agreement and a transfer assessment with each vendor',
    cost: 1.08,
  },
  {
    id: 'hipaa',
    title: 'HIPAA',
    said: /\bhipaa\b/gi,
    compliance:
      'HIPAA: an agreement with each vendor, health data encrypted apart, every access in an audit trail',
    cost: 1.1,
  },
  {
    id: 'low-cost',
    title: 'Lowest cost',
    said: /\b(?:cheap(?:er|est|ly)?|low(?:er|est)?[- ](?:cost|budget)s?|(?:tight|small|limited) budget|save money|cut (?:the )?costs?|reduce (?:the )?costs?|bootstrapp?ed|less expensive|cost[- ](?:effective|optimi\w+|sensitive))\b/gi,
    excludes: ['high-availability', 'multi-region'],
    cost: 0.7,
    leans: ['serverless', 2, 'Nothing is paid for while nobody calls, which suits a small budget'],
  },
  {
    id: 'high-availability',
    title: 'High availability',
    said: /\b(?:high(?:ly)?[- ]availab\w+|99\.9+ ?%?|mission[- ]critical|zero downtime|always[- ]on|fault[- ]toleran\w+|disaster recovery)/gi,
    excludes: ['low-cost'],
    cost: 1.5,
  },
  {
    id: 'multi-region',
    title: 'Several regions',
    said: /\b(?:multi[- ]?regions?|several regions|worldwide|global(?:ly)?|across continents)\b/gi,
    excludes: ['eu-only', 'low-cost'],
    compliance: 'Several regions: each user has a home region, and their data stays there',
    cost: 1.8,
  },
  {
    id: 'kubernetes',
    title: 'Kubernetes at hand',
    said: /\b(?:(?:already|currently) (?:run|use|have|on)\w* (?:\w+ ){0,2}(?:kubernetes|k8s)|(?:our|existing|own) (?:kubernetes|k8s)(?: cluster| platform)?|(?:kubernetes|k8s) (?:team|experts?|skills))\b/gi,
    leans: [
      'microservices',
      3,
      'You run Kubernetes already, so its platform cost is paid and its skills are there',
    ],
  },
  {
    id: 'multi-cloud',
    title: 'No lock-in',
    said: /\b(?:multi[- ]?cloud|(?:no|avoid\w*|without) (?:vendor )?lock-?in|cloud[- ](?:agnostic|neutral)|portable|on[- ]prem\w*|self[- ]hosted|own data ?cent\w+)\b/gi,
    leans: [
      'microservices',
      4,
      'Containers and open protocols move between clouds; managed functions do not',
    ],
  },
  {
    id: 'small-team',
    title: 'Small team',
    said: /\b(?:(?:small|tiny|two-person|one-person) team|solo (?:developer|founder)|alone|startup|start-up|(?:[1-5]|one|two|three|four|five) (?:developers?|engineers?|devs?|people team)|no devops)\b/gi,
    excludes: ['large-team'],
    leans: ['serverless', 3, 'A small team has no hours for clusters, meshes and brokers'],
  },
  {
    id: 'large-team',
    title: 'Large team',
    said: /\b(?:large (?:team|organi[sz]ation)|(?:many|several|multiple) teams|(?:[2-9]\d|\d{3,}) (?:developers?|engineers?|devs?)|enterprise|platform team)\b/gi,
    excludes: ['small-team'],
    leans: ['microservices', 3, 'Several teams can own services and release them apart'],
  },
  {
    id: 'fast-launch',
    title: 'Fast launch',
    said: /\b(?:mvp|prototype|asap|quickly|fast(?:er)? (?:launch|to market|mvp)|hackathon|in (?:a |two |three |\d )?weeks?|proof of concept|poc)\b/gi,
    leans: ['serverless', 2, 'The first release comes in weeks, as there is no platform to build first'],
  },
  {
    id: 'low-latency',
    title: 'Low latency',
    said: /\b(?:low[- ]latency|(?:under|below|sub-?|<) ?\d+ ?(?:ms|milliseconds?)|no cold starts?|ultra-?fast)\b/gi,
    leans: ['microservices', 2, 'Warm processes answer without cold starts'],
  },
]

export const constraintOf = (id: string): Constraint | undefined => CONSTRAINTS.find((one) => one.id === id)
