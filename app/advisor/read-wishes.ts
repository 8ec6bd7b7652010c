import type { Domain } from './domain.ts'
import { CONSTRAINTS } from './constraints.ts'
import { FEATURES } from './features.ts'

/** What a text wishes for by name. */
export interface Wishes {
  readonly features: readonly string[]
  /** Features that were taken out again. */
  readonly dropped: readonly string[]
  readonly constraints: readonly string[]
}

/** Reads features and constraints from a text. Of each, what is said last holds: "with chat. Remove the chat." */
export function readWishes(text: string, domain: Pick<Domain, 'features'>): Wishes {
  const said = FEATURES.map(({ id, said }) => ({ id, last: lastMention(text, said) }))
  const dropped = said.filter(({ last }) => last?.isDenied).map(({ id }) => id)
  const wanted = said.filter(({ last }) => last && !last.isDenied).map(({ id }) => id)
  const features = FEATURES.map(({ id }) => id).filter(
    (id) => wanted.includes(id) || (domain.features.includes(id) && !dropped.includes(id)),
  )
  return { features, dropped, constraints: readConstraints(text) }
}

function readConstraints(text: string): string[] {
  const said = CONSTRAINTS.flatMap((constraint) => {
    const last = lastMention(text, constraint.said)
    return last && !last.isDenied ? [{ ...constraint, at: last.at }] : []
  })
  return said
    .filter(({ id, at }) => !said.some((other) => other.excludes?.includes(id) && other.at > at))
    .map(({ id }) => id)
}

/** Words before a mention that take it back, with at most three words between: "remove the in-app chat". */
const DENIAL =
  /\b(?:no longer|no|not|without|remove|removing|drop|dropping|skip|exclude|excluding|minus|(?:don|doesn|won)['’]?t (?:need|want)|do not (?:need|want)|instead of|get rid of|take out)\s+(?:[\w-]+\s+){0,3}$/i

function lastMention(text: string, said: RegExp): { at: number; isDenied: boolean } | undefined {
  const last = [...text.matchAll(said)].at(-1)
  if (!last) return undefined
  const before = text.slice(Math.max(0, last.index - 60), last.index)
  const clause =
    before.split(/[.;!?\n]|,(?!\s*(?:and|or)\b)|\b(?:but|with|add|adding|and add)\b/i).at(-1) ?? ''
  return { at: last.index, isDenied: DENIAL.test(clause) }
}
