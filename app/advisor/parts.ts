import type { Design } from './design.ts'
import type { Door, Service } from './domain.ts'
import { featureOf } from './features.ts'
import type { Feature } from './features.ts'

/** What a design consists of, before it is known what it runs on. */
export interface Parts {
  readonly services: readonly Service[]
  readonly doors: readonly Door[]
  /** Partners that some service calls. */
  readonly partners: readonly string[]
  /** The features that the domain has no services of its own for. */
  readonly added: readonly Feature[]
}

/** The domain's services with the design's features; a domain's own service stands for the feature's. */
export function partsOf({ domain, features }: Design): Parts {
  const own = domain.services.filter(({ feature }) => feature === undefined || features.includes(feature))
  const covered = new Set(own.map(({ feature }) => feature))
  const added = features
    .filter((id) => !covered.has(id))
    .map(featureOf)
    .filter((feature) => feature !== undefined)
  const services = [...own, ...added.flatMap((feature) => feature.services)]
  const partners = services.map(({ calls }) => calls).filter((call) => call !== undefined)
  return {
    added,
    services,
    doors: [...new Set([...domain.doors, ...added.flatMap(({ door }) => door ?? [])])],
    partners: [...new Set(partners)],
  }
}
