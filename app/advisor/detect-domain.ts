import type { Domain } from './domain.ts'
import { DOMAINS } from './domains.ts'
import { general } from './domains/general.ts'

/** Which domain a text speaks of, and how sure that is. */
export interface Detected {
  readonly domain: Domain
  /** `clear`: one domain leads. `close`: others fit as well. `unknown`: none does, the domain is the general one. */
  readonly certainty: 'clear' | 'close' | 'unknown'
  /** Titles of the domains that fit as well, or that little speaks for. */
  readonly others: readonly string[]
}

/** A word that names a domain weighs three, one that is only heard in it weighs one; below this none is taken. */
const ENOUGH = 2
const NAMED = 3

/** Finds the domain of a text by its words; of equals the one that is named first. */
export function detectDomain(text: string): Detected {
  const ranked = DOMAINS.map((domain) => ({ domain, ...weigh(text, domain) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.at - b.at)
  const [best, ...rest] = ranked
  if (!best || best.score < ENOUGH)
    return { domain: general, certainty: 'unknown', others: ranked.map(({ domain }) => domain.title) }
  const others = rest.filter(({ score }) => score >= NAMED && best.score - score < 2)
  return {
    domain: best.domain,
    certainty: others.length > 0 ? 'close' : 'clear',
    others: others.map(({ domain }) => domain.title),
  }
}

function weigh(text: string, { named, heard }: Domain): { score: number; at: number } {
  const names = [...text.matchAll(named)]
  const words = new Set([...text.matchAll(heard)].map(([word]) => word.toLowerCase()))
  const isNamed = names.length > 0
  const said = new Set(names.map(([word]) => word.toLowerCase()))
  return {
    score: NAMED * Math.min(2, said.size) + Math.min(3, words.size),
    at: isNamed ? (names[0]?.index ?? 0) : text.length,
  }
}
