import { affinityOf } from './choose.ts'
import type { Profile } from './choose.ts'

/** The part of a request that is about one tool, when it asks for several; the whole if there is one. */
export function clauseFor(request: string, profile: Profile, wanted: readonly Profile[]): string {
  if (wanted.length < 2) return request
  const clauses = clausesOf(request)
  let owner: Profile | undefined
  const own: string[] = []
  for (const clause of clauses) {
    const ranked = wanted
      .map((one) => ({ one, score: affinityOf(clause, one) }))
      .sort((a, b) => b.score - a.score || Number(b.one === owner) - Number(a.one === owner))
    const best = ranked[0]
    if (best && best.score >= 0.8) owner = best.one
    const mine = ranked.find(({ one }) => one === profile)
    if (owner === profile || (mine && best && mine.score >= 0.8 && mine.score === best.score))
      own.push(clause)
  }
  return own.length > 0 ? own.join(' and ') : request
}

/** Sentences, and their parts around "then", "and", "also", ";". Quotations and decimals stay whole. */
export function clausesOf(text: string): string[] {
  const kept: string[] = []
  const masked = text.replace(
    /"[^"]*"|“[^”]*”|\S+@\S+|\d[.,]\d/g,
    (quoted) => `\uE000${kept.push(quoted) - 1}\uE000`,
  )
  return masked
    .split(
      /[.;!?\n]+(?:\s|$)|\s*,?\s*\b(?:and then|then|and also|also|after that|and|plus)\b\s*,?|,\s+(?=\p{Ll})/u,
    )
    .map((clause) => clause.replace(/\uE000(\d+)\uE000/g, (_, index) => kept[Number(index)] ?? '').trim())
    .filter(Boolean)
}
