import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import { leavesOf } from './leaves.ts'
import type { Leaf } from './leaves.ts'
import { expressionIn } from './numbers.ts'
import { isProse } from './roles.ts'
import { choicesOf, isRecord, itemsOf } from './schema.ts'
import type { Schema } from './schema.ts'
import { contentOf, isAlike, isStop, isWeak, namesOf, relatedTo, stem, wordsOf } from './words.ts'

/** A tool as its words. */
export interface Profile {
  readonly name: string
  readonly description: string
  readonly schema: Schema
  readonly leaves: readonly Leaf[]
  /** Stems of its name, without stop words. */
  readonly stems: readonly string[]
  /** Stem to weight: words of the name weigh most, of parameter descriptions least. */
  readonly bag: ReadonlyMap<string, number>
  /** It changes something: never called on a mere question. */
  readonly isActing: boolean
}

export function profileOf(tool: LanguageModelV4FunctionTool): Profile {
  const input: unknown = tool.inputSchema
  const schema = isRecord(input) ? input : {}
  const leaves = leavesOf(schema, schema, '')
  const stems = namesOf(tool.name).filter((stem) => !isStop(stem))
  const bag = new Map<string, number>()
  const put = (words: readonly string[], weight: number) => {
    for (const word of words) if (!isStop(word)) bag.set(word, Math.max(bag.get(word) ?? 0, weight))
  }
  for (const { stems, about, shapes } of leaves) {
    put(about, 0.8)
    put(stems, 1.2)
    for (const shape of shapes) {
      const choices =
        shape.type === 'array' ? itemsOf(shape).flatMap((item) => choicesOf(item) ?? []) : choicesOf(shape)
      put((choices ?? []).map(String).flatMap(namesOf), 1.5)
    }
  }
  put(contentOf(tool.description ?? ''), 1.2)
  put(stems, 3)
  const description = tool.description ?? ''
  return { name: tool.name, description, schema, leaves, stems, bag, isActing: ACTING.has(stems[0] ?? '') }
}

const ACTING = new Set(
  (
    'issue send create delete remove cancel book pay update submit charge buy publish post refund transfer approve schedule ' +
    'add set write save close open assign notify reserve order place register subscribe deploy restart email make apply grant'
  )
    .split(' ')
    .map(stem),
)

const FIRST = 1.5
const ENOUGH = 1.8

/** A tool that the text calls for, how much, and where its first word stands. */
export interface Choice {
  readonly profile: Profile
  readonly score: number
  readonly at: number
}

/**
 * The tools that the text calls for, in the order of their words. Each next one must be called for by words
 * that those before it leave unexplained. `least` is what the first one must score.
 */
export function choose(text: string, profiles: readonly Profile[], least = FIRST): Choice[] {
  const words = saidIn(text)
  const idf = rarity(words, profiles)
  const explained = new Map<string, number>()
  const open = profiles.filter((profile) => isAllowed(text, words, profile))
  const chosen: Choice[] = []
  while (chosen.length < open.length) {
    const scored = open
      .filter((profile) => !chosen.some((one) => one.profile === profile))
      .map((profile) => ({ profile, score: scoreOf(profile, words, idf, explained, text) }))
      .sort((a, b) => b.score - a.score)
    const [best] = scored
    if (!best || best.score < (chosen.length === 0 ? least : ENOUGH)) break
    const hits = words.filter((word) => weightOf(best.profile, word) > 0 && (explained.get(word) ?? 0) < 1.2)
    chosen.push({ ...best, at: Math.min(...hits.map((word) => words.indexOf(word))) })
    for (const word of words)
      explained.set(word, Math.max(explained.get(word) ?? 0, weightOf(best.profile, word)))
  }
  return chosen.sort((a, b) => a.at - b.at)
}

/** Whether the text speaks of a tool in words that the tools already called do not explain. */
export function isRelevant(
  text: string,
  profile: Profile,
  profiles: readonly Profile[],
  called: readonly Profile[],
): boolean {
  const words = saidIn(text)
  const explained = new Map(
    words.map((word) => [word, Math.max(0, ...called.map((one) => weightOf(one, word)))]),
  )
  const score = scoreOf(profile, words, rarity(words, profiles), explained, text)
  return isAllowed(text, words, profile) && score >= 0.6
}

/** How much of a clause is about a tool. */
export const affinityOf = (clause: string, profile: Profile): number =>
  saidIn(clause).reduce((sum, word) => sum + weightOf(profile, word) * (isWeak(word) ? 0.3 : 1), 0)

/** Tools that instructions name, or whose whole name they spell in words; in the order of the instructions. */
export function instructed(system: string, profiles: readonly Profile[]): Profile[] {
  const words = wordsOf(system).map(({ stem }) => stem)
  return profiles
    .map((profile) => ({ profile, at: system.indexOf(profile.name) }))
    .map(({ profile, at }) => ({ profile, at: at >= 0 ? at : spelled(profile, words) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)
    .map(({ profile }) => profile)
}

/** A tool that can take any question: it searches or answers, and needs only a sentence. */
export const takesQuestions = ({ bag, leaves, isActing }: Profile): boolean =>
  !isActing &&
  [...QUESTIONS].some((word) => bag.has(word)) &&
  leaves.filter(({ required }) => required).every((leaf) => isProse(leaf)) &&
  leaves.some((leaf) => isProse(leaf))

const QUESTIONS = new Set(
  'search retrieve recall knowledge document docs question answer ask passages faq'.split(' ').map(stem),
)

/** The words of a text that can choose a tool; of a long one, those of its beginning. */
function saidIn(text: string): string[] {
  const head = text.slice(0, 2000)
  return [...contentOf(head), ...(expressionIn(head) ? [stem('calculate')] : [])]
}

/** What a word says for a tool. */
export function weightOf({ bag }: Profile, word: string): number {
  const related = relatedTo(word).map((other) => (bag.get(other) ?? 0) * 0.8)
  return Math.max(bag.get(word) ?? 0, ...related)
}

/** One for a word of a single tool, less the more tools share it. */
function rarity(words: readonly string[], profiles: readonly Profile[]): ReadonlyMap<string, number> {
  const count = profiles.length
  return new Map(
    words.map((word) => {
      const weights = profiles.map((profile) => weightOf(profile, word))
      const share = weights.reduce((sum, weight) => sum + weight, 0) / (Math.max(...weights) || 1)
      return [word, Math.min(1, Math.log(1 + count / (share || 1)) / Math.log(1 + count))]
    }),
  )
}

function scoreOf(
  profile: Profile,
  words: readonly string[],
  idf: ReadonlyMap<string, number>,
  explained: ReadonlyMap<string, number>,
  text: string,
): number {
  const [first = '', ...rest] = profile.stems
  const nouns = rest.length > 0 && isWeak(first) ? rest : profile.stems
  const isNamed = nouns.every((own) => words.some((word) => word === own || relatedTo(word).includes(own)))
  const canSearch =
    profile.leaves.some((leaf) => leaf.required && isProse(leaf)) &&
    /^\W*(?:please\s+)?(?:search|find|look)/i.test(text)
  let score = 0
  for (const word of words) {
    const gain = Math.max(0, weightOf(profile, word) - (explained.get(word) ?? 0))
    const isSearching = canSearch && isAlike(stem('search'), word) && takesQuestions(profile)
    score += gain * (idf.get(word) ?? 1) * (isWeak(word) && !isNamed && !isSearching ? 0.4 : 1)
  }
  return score > 0 && profile.isActing && !isQuestion(text) && commands(words, profile) ? score + 1 : score
}

/** Whether the first word that counts is what a tool does: "**refund** order 7" for `issueRefund`. */
export const commands = ([head = '']: readonly string[], { stems }: Profile): boolean =>
  stems.includes(head) || relatedTo(head).includes(stems[0] ?? '')

/** Whether a text asks to be told something, rather than that something be done. */
export const isQuestion = (text: string): boolean =>
  /^\W*(?:what|how|which|who|when|where|why|is|are|does|do|did|was|were|should|will)\b/i.test(text) &&
  !/\bplease\b/i.test(text)

/** What acts is not called by a question that lacks its verb, nor by "don't send", "without sending". */
function isAllowed(text: string, words: readonly string[], { stems, isActing }: Profile): boolean {
  const [verb = ''] = stems
  if (isActing && isQuestion(text) && !words.includes(verb)) return false
  const forbidden = text.matchAll(/\b(?:don['’]?t|do not|never|without)\s+(\w+)/gi)
  return [...forbidden].every(([, word = '']) => stem(word.toLowerCase()) !== verb)
}

function spelled({ stems }: Profile, words: readonly string[]): number {
  const strong = stems.filter((stem) => !isWeak(stem))
  const all = strong.length > 1 && strong.every((own) => words.includes(own))
  return all ? Math.min(...strong.map((own) => words.indexOf(own))) + 1e6 : -1
}
