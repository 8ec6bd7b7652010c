/** Where a service keeps what it knows. */
export type Store =
  | 'documents'
  | 'relational'
  | 'cache'
  | 'search'
  | 'files'
  | 'timeseries'
  | 'warehouse'
  | 'graph'

/**
 * What sets a service to work: a call that waits for an answer, an event, an endless stream, a flow of several steps
 * that must end as a whole, or the clock.
 */
export type Work = 'request' | 'event' | 'stream' | 'flow' | 'job'

/** How clients come in. */
export type Door = 'web' | 'socket' | 'cdn' | 'mqtt' | 'connector'

/** One part of an architecture, before it is known what it runs on. */
export interface Service {
  readonly id: string
  readonly name: string
  readonly does: string
  readonly work: Work
  readonly store?: Store
  /** The partner outside that it calls. */
  readonly calls?: string
  /** It is only there with this feature, and stands for the feature's own services. */
  readonly feature?: string
}

/** An event that one service tells and another works on. */
export type Flow = readonly [from: string, event: string, to: string]

/** How a domain's load behaves. */
export interface Traffic {
  readonly shape: 'spiky' | 'steady'
  readonly says: string
  /** Requests of one active user a day. */
  readonly requestsPerUser: number
  /** The peak over the day's mean. */
  readonly peak: number
  /** Megabytes kept for each active user. */
  readonly mbPerUser: number
}

/** What the advisor knows of one kind of app. */
export interface Domain {
  readonly id: string
  readonly title: string
  /** Words that name the domain. */
  readonly named: RegExp
  /** Words that are heard often in it, and elsewhere. */
  readonly heard: RegExp
  /** What makes it different from a plain web app. */
  readonly considerations: readonly string[]
  /** Who comes in, and by which door. */
  readonly clients: readonly (readonly [name: string, by: Door])[]
  readonly doors: readonly Door[]
  readonly services: readonly Service[]
  readonly flows: readonly Flow[]
  /** Features that an app of this kind always has. */
  readonly features: readonly string[]
  /** Entity and what it holds. */
  readonly dataModel: readonly (readonly [entity: string, holds: string])[]
  readonly compliance: readonly string[]
  readonly integrations: readonly string[]
  readonly traffic: Traffic
}
