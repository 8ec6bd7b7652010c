import { choose, instructed, isQuestion, takesQuestions, weightOf } from './choose.ts'
import type { Profile } from './choose.ts'
import type { Conversation, Turn } from './conversation.ts'
import { formattedIn } from './mentions.ts'
import { isProse } from './roles.ts'
import { recallExactly } from './recall.ts'
import { isStatement, isTalk } from './talk.ts'
import { contentOf, isWeak, wordsOf } from './words.ts'

/** What the user is after, in tools. */
export interface Intent {
  readonly goals: readonly Profile[]
  /**
   * How the goals were found: by the words of the request, by going on from an earlier turn, by the agent's
   * instructions, or because the tool takes any question, or any brief.
   */
  readonly by: 'words' | 'follow-up' | 'instructions' | 'question' | 'brief'
  /** The turn that this one goes on from. */
  readonly since?: Turn
}

/** Reads the intent of the running turn. Empty goals: nothing here is work for a tool. */
export function intentOf(conversation: Conversation, profiles: readonly Profile[]): Intent {
  const { turn, system } = conversation
  const { request } = turn
  if (isTalk(request) || recallExactly(conversation)) return { goals: [], by: 'words' }
  const brief = briefed(conversation, profiles)
  const isChange = isAmending(request) || isQuestion(request)
  const isLeaning = brief ? !isFresh(request) && (isChange || refersBack(request)) : refersBack(request)
  const worked = lastWorked(conversation)
  const since = isLeaning ? worked : undefined
  const isNear = since || (worked && !saysMore(request, profiles))
  const called = choose(request, profiles, isNear ? LEANING : undefined).map(({ profile }) => profile)
  const chosen = called.length > 0 ? [...openers(request, called, profiles), ...called] : []
  if (brief && !since && !isMostly(request, chosen)) return { goals: brief, by: 'instructions' }
  if (chosen.length > 0)
    return since
      ? { goals: [...revised(conversation, chosen, profiles), ...chosen], by: 'words', since }
      : { goals: chosen, by: 'words' }
  const before =
    isElliptic(request) ||
    (isAmending(request) && (since || briefedBefore(conversation, profiles).length > 0))
      ? conversation.turns.findLast((one) => toolsOf(one, profiles).length > 0)
      : undefined
  const again = before ? toolsOf(before, profiles) : []
  if (before && again.length > 0)
    return { goals: [...revised(conversation, again, profiles), ...again], by: 'follow-up', since: before }
  if (isStatement(request)) return { goals: [], by: 'words' }
  const told = contentOf(request).length > 2 || isQuestion(request) ? instructed(system, profiles) : []
  if (told.length > 0) {
    const changed = since ?? (isChange ? worked : undefined)
    return { goals: told, by: 'instructions', ...(changed && { since: changed }) }
  }
  const by = isQuestion(request) ? 'question' : 'brief'
  const open = profiles.filter(by === 'question' ? takesQuestions : (one) => takesBriefs(one, request))
  return { goals: open.slice(0, 1), by }
}

/** Whether a request leans on what was said before: "it", "that one", "now", "again". */
export const refersBack = (text: string): boolean =>
  /\b(?:it|its|that|this|them|those|these|same|again|instead|previous|last one|which one|both|there)\b|^\W*(?:and|now|also|or|then)\b/i.test(
    text,
  )

/** Whether a request is only the changed part of the one before: "and in Rome?", "what about Friday?", "A-17". */
const isElliptic = (text: string): boolean =>
  !isStatement(text) &&
  (/^\W*(?:and|or|now|also|then|same|what about|how about|no|ok(?:ay)?)\b/i.test(text)
    ? wordsOf(text).length < 10
    : wordsOf(text).length < 4)

/** Whether a request changes what was made before: "make it cheaper", "add search to that", "without the map". */
const isAmending = (text: string): boolean =>
  /^\W*(?:(?:please|now|and|also|then|but|ok(?:ay)?|can you|could you|let['’]?s|what if|i|we|want|need)\W+)*(?:add|include|extend|remove|drop|without|with|make|change|switch|use|keep|suppose|assume|replace|only|it)\b/i.test(
    text,
  )

/** How much a word must say for a tool where earlier work is spoken of: one that only this tool has. */
const LEANING = 1.1

/** The tools that the instructions name, if the request is a brief and the first of them begins with one. */
function briefed(
  { turn, system }: Conversation,
  profiles: readonly Profile[],
): readonly Profile[] | undefined {
  const told = instructed(system, profiles)
  const [first] = told
  return told.length > 1 && first && takesBriefs(first, turn.request) ? told : undefined
}

/** Whether a brief begins something new, whatever "it" and "that" stand in it: "An app that ...". */
const isFresh = (text: string): boolean =>
  /^\W*(?:(?:please|now|ok(?:ay)?|build|design|create|make|plan|develop|i|we|want|need|to|me|us)\W+)*an?\s/i.test(
    text,
  )

/** Whether the tools found by words explain most of a request: of a brief a word or two may name one. */
function isMostly(request: string, chosen: readonly Profile[]): boolean {
  const words = contentOf(request).filter((word) => !isWeak(word))
  const own = words.filter((word) => chosen.some((profile) => weightOf(profile, word) > 0))
  return own.length * 2 > words.length
}

/** Whether a request says more than which tools it wants. */
export const saysMore = (request: string, goals: readonly Profile[]): boolean =>
  contentOf(request).some((word) => !isWeak(word) && !goals.some((profile) => weightOf(profile, word) > 0))

/** The tools that took a brief before, if the request says more than which tools it wants: it changes the brief. */
function revised(conversation: Conversation, goals: readonly Profile[], profiles: readonly Profile[]) {
  return saysMore(conversation.turn.request, goals)
    ? briefedBefore(conversation, profiles).filter((one) => !goals.includes(one))
    : []
}

function briefedBefore({ turns }: Conversation, profiles: readonly Profile[]): Profile[] {
  const names = new Set(turns.flatMap(({ calls }) => calls.map(({ toolName }) => toolName)))
  return profiles.filter((one) => names.has(one.name) && isBriefed(one))
}

const lastWorked = ({ turns }: Conversation): Turn | undefined =>
  turns.findLast(({ calls }) => calls.length > 0)

function toolsOf({ calls, request }: Turn, profiles: readonly Profile[]): Profile[] {
  const names = new Set(calls.map(({ toolName }) => toolName))
  const called = profiles.filter(({ name }) => names.has(name))
  return called.length > 0 ? called : choose(request, profiles).map(({ profile }) => profile)
}

/** A tool that opens the address the request gives, if none of those called for does. */
function openers(request: string, called: readonly Profile[], profiles: readonly Profile[]): Profile[] {
  if (formattedIn(request, 'uri').length === 0 || called.some(opens)) return []
  return profiles.filter(opens).slice(0, 1)
}

/** A tool that begins with a description of what is wanted, and a request that is one. */
const takesBriefs = (profile: Profile, request: string): boolean =>
  contentOf(request).length > 3 && isBriefed(profile)

const isBriefed = ({ leaves, isActing }: Profile): boolean =>
  !isActing &&
  leaves.some(
    (leaf) => leaf.required && isProse(leaf) && /requirement|brief|idea|spec|goal|problem/i.test(leaf.name),
  ) &&
  leaves.every((leaf) => !leaf.required || isProse(leaf))

const opens = ({ leaves, isActing }: Profile): boolean =>
  !isActing && leaves.some(({ name, required }) => required && /ur[il]$|link$/i.test(name))
