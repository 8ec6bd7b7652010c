import type { Domain } from './domain.ts'
import type { Load } from './load.ts'

/** What an architecture is made from: all that the analysis decided, and nothing else. */
export interface Design {
  readonly appName: string
  readonly domain: Domain
  readonly features: readonly string[]
  readonly constraints: readonly string[]
  readonly load: Load
}

/**
 * A design as one line, so that a model can hand it from tool to tool without a slip:
 * `app=Rides; domain=ride-sharing; users=100000; rps=694; gb=391; features=tracking,payments; constraints=eu-only`.
 */
export function lineOf({ appName, domain, features, constraints, load }: Design): string {
  const parts = [
    `app=${appName}`,
    `domain=${domain.id}`,
    `users=${load.dailyUsers}`,
    `rps=${load.peakRps}`,
    `gb=${load.dataGb}`,
    `features=${features.join()}`,
    `constraints=${constraints.join()}`,
  ]
  return parts.join('; ')
}

/** A name without the marks that a design's line is made of, on one line, of at most forty characters. */
export const cleanName = (name: string): string =>
  [...name.replace(/[\p{C}\p{Z};=]+/gu, ' ').trim()].slice(0, 40).join('').trim()

/** What an app is called that has no name. */
export const usualName = ({ title }: Domain): string => `${title.replace(/ app$/, '')} app`
