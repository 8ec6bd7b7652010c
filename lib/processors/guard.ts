import type { LanguageModelV4 } from '@ai-sdk/provider'
import type { HookOptions } from './processor.ts'
import type { JudgeInput, Verdict } from './judge.ts'
import { flaggedBy, judge } from './judge.ts'

/** What the guards that ask a model have in common. */
export interface GuardOptions<Category extends string> {
  id?: string
  /** What judges. A small and fast one does. */
  model: LanguageModelV4
  /** What to look for: names of the guard's own categories, or further ones with their meaning. Default: its own. */
  categories?: readonly Category[] | Readonly<Record<string, string>>
  /** From which score on a category counts as found, for all or by category. Default: 0.7. */
  threshold?: number | Readonly<Record<string, number>>
  /** More that the judge is told: what is normal here, what never is. */
  instructions?: string
  /**
   * What happens when the judge fails, is too slow or cannot be understood: `block` stops the turn, `allow` lets the
   * text pass with a warning. Default: `block`, since a text may well be written to make the judge fail.
   */
  onFailure?: 'block' | 'allow'
  /** Milliseconds a judgement may take. Default: 20 seconds. */
  timeoutMs?: number
}

export type Guard = (
  text: string,
  hook: Pick<HookOptions, 'abort' | 'warn' | 'signal'>,
) => Promise<Finding | undefined>

/** What was found in a text. `reason` names the categories, never the text. */
export interface Finding extends Verdict<string> {
  flagged: string[]
  reason: string
}

const DEFAULT_THRESHOLD = 0.7

/** Judges texts as the options say; undefined for a text in which nothing was found. */
export function createGuard<Category extends string>(
  {
    model,
    categories,
    threshold = DEFAULT_THRESHOLD,
    instructions,
    onFailure = 'block',
    timeoutMs,
  }: GuardOptions<Category>,
  { known, task, label, isRewriting = false }: GuardKind<Category>,
): Guard {
  const chosen = toCategories(categories, known)
  const thresholdOf = (name: string): number =>
    typeof threshold === 'number' ? threshold : (threshold[name] ?? DEFAULT_THRESHOLD)
  const asked: Omit<JudgeInput<string>, 'text' | 'signal'> = {
    model,
    categories: chosen,
    task: instructions === undefined ? task : `${task}\n${instructions}`,
    isRewriting,
    ...(timeoutMs !== undefined && { timeoutMs }),
  }
  return async (text, { abort, warn, signal }) => {
    if (text.trim() === '') return undefined
    let verdict: Verdict<string>
    try {
      verdict = await judge({ ...asked, text, signal })
    } catch {
      signal.throwIfAborted()
      if (onFailure === 'block') return abort(`${label} could not be ruled out: the judge failed`)
      warn('guard_failed', `${label} could not be ruled out: the judge failed, and the text passed`)
      return undefined
    }
    const flagged = flaggedBy(verdict.scores, thresholdOf)
    if (flagged.length === 0) return undefined
    return { ...verdict, flagged, reason: `${label}: ${flagged.join(', ')}` }
  }
}

export interface GuardKind<Category extends string> {
  known: Readonly<Record<Category, string>>
  task: string
  /** How reasons begin. */
  label: string
  isRewriting?: boolean
}

function toCategories<Category extends string>(
  categories: GuardOptions<Category>['categories'],
  known: Readonly<Record<Category, string>>,
): Readonly<Record<string, string>> {
  if (!categories) return known
  if (!isList(categories)) return categories
  return Object.fromEntries(categories.map((name) => [name, known[name]]))
}

/** `Array.isArray` does not know lists that may not be changed. */
function isList<Category extends string>(
  categories: NonNullable<GuardOptions<Category>['categories']>,
): categories is readonly Category[] {
  return Array.isArray(categories)
}
