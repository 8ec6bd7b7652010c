import { choose, instructed, isQuestion, takesQuestions } from './choose.ts'
import type { Profile } from './choose.ts'
import type { Conversation, Turn } from './conversation.ts'
import { formattedIn } from './mentions.ts'
import { isProse } from './roles.ts'
import { recallExactly } from './recall.ts'
import { isStatement, isTalk } from './talk.ts'
import { contentOf, wordsOf } from './words.ts'

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
  const since = refersBack(request) ? lastWorked(conversation) : undefined
  const called = choose(request, profiles).map(({ profile }) => profile)
  const chosen = called.length > 0 ? [...openers(request, called, profiles), ...called] : []
  if (chosen.length > 0) return { goals: chosen, by: 'words', ...(since && { since }) }
  const before = isElliptic(request)
    ? conversation.turns.findLast((one) => toolsOf(one, profiles).length > 0)
    : undefined
  const again = before ? toolsOf(before, profiles) : []
  if (before && again.length > 0) return { goals: again, by: 'follow-up', since: before }
  if (isStatement(request)) return { goals: [], by: 'words' }
  const told = contentOf(request).length > 2 || isQuestion(request) ? instructed(system, profiles) : []
  if (told.length > 0) return { goals: told, by: 'instructions' }
  const by = isQuestion(request) ? 'question' : 'brief'
  const open = profiles.filter(by === 'question' ? takesQuestions : (one) => takesBriefs(one, request))
  return { goals: open.slice(0, 1), by }
}

/** Whether a request leans on what was said before: "it", "that one", "now", "again". */
export const refersBack = (text: string): boolean =>
  /\b(?:it|its|that|this|them|those|these|same|again|instead|previous|last one|there)\b|^\W*(?:and|now|also|or|then)\b/i.test(
    text,
  )

/** Whether a request is only the changed part of the one before: "and in Rome?", "what about Friday?", "A-17". */
const isElliptic = (text: string): boolean =>
  !isStatement(text) &&
  (/^\W*(?:and|or|now|also|then|same|what about|how about|no|ok(?:ay)?)\b/i.test(text)
    ? wordsOf(text).length < 10
    : wordsOf(text).length < 4)

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
const takesBriefs = ({ leaves, isActing }: Profile, request: string): boolean =>
  !isActing &&
  contentOf(request).length > 3 &&
  leaves.some(
    (leaf) => leaf.required && isProse(leaf) && /requirement|brief|idea|spec|goal|problem/i.test(leaf.name),
  ) &&
  leaves.every((leaf) => !leaf.required || isProse(leaf))

const opens = ({ leaves, isActing }: Profile): boolean =>
  !isActing && leaves.some(({ name, required }) => required && /ur[il]$|link$/i.test(name))
