import { namesAfter, namesIn } from './entities.ts'
import type { Names } from './entities.ts'
import type { Evidence, Finder, Found } from './evidence.ts'
import { isOfOthers } from './find-number.ts'
import { fit } from './fit.ts'
import type { Leaf } from './leaves.ts'
import { calledIn, idsIn, listedAfter, mentionsOf, quotedIn } from './mentions.ts'
import type { Mention } from './mentions.ts'
import { isDate, isId, isProse, nounsOf, prepositionsOf } from './roles.ts'
import type { Shape } from './schema.ts'
import { isAlike, isStop, isWeak, wordsOf } from './words.ts'

// Names and marks of the text.

type IsFree = (mention: Mention<unknown>) => boolean

/** A mark such as `A-17`, best beside the noun of the property; the marks listed after it are its siblings. */
export const findId: Finder = (leaf, shape, evidence, isFree) => {
  if (!isText(shape) || !isId(leaf) || isOfOthers(leaf, evidence)) return undefined
  const { text, tool } = evidence
  const nouns = nounsOf(leaf)
  const ids = idsIn(text).filter((id) => isFree(id) && fit(shape, id.value) !== undefined)
  const [first] = ids
    .map((id) => ({ id, noun: nounBefore(text, id) }))
    .filter(
      ({ id, noun }) => nouns.includes(noun) || tool.includes(noun) || canStandAlone(id, noun, nouns, text),
    )
    .sort((a, b) => Number(nouns.includes(b.noun)) - Number(nouns.includes(a.noun)))
  if (!first) return undefined
  return { value: first.id.value, source: 'text', spans: [first.id], more: listedAfter(text, first.id, ids) }
}

/** `called X`, for names and titles. */
export const findCalled: Finder = (leaf, shape, { text }, isFree) => {
  if (!isText(shape) || !leaf.stems.some((stem) => /^(?:nam|titl|label|project|team|subject)/.test(stem)))
    return undefined
  const quoted = /title|label|subject/i.test(leaf.name) ? quotedIn(text) : []
  const [called] = [...calledIn(text), ...quoted].filter(isFree)
  return called && { value: fit(shape, called.value), source: 'text', spans: [called] }
}

/** A name after the preposition that suits the property. */
export const findPlaced: Finder = (leaf, shape, { text, previous }, isFree) => {
  if (!isText(shape) || isId(leaf) || isProse(leaf) || isDate(leaf)) return undefined
  const { own, words } = prepositionsOf(leaf)
  if (own && words[0] === 'from' && !/\bfrom\b/i.test(text)) {
    const [unit] = mentionsOf(text, /\d\s?([\p{L}°]+)/gu).filter(isFree)
    if (unit) return { value: fit(shape, unit.value), source: 'text', spans: [unit] }
  }
  const names = namesAfter(text, previous ? [...words, 'about'] : words)
  const fitting = names.filter(([first]) => isFree(first) && fit(shape, first.value) !== undefined)
  const proper = fitting.find(([{ value }]) => /^\p{Lu}/u.test(value))
  return namesFound(shape, proper ?? (own ? fitting[0] : undefined), isFree, 'text')
}

/** A name or quotation that nothing else has taken; for a required text. */
export const findName: Finder = (leaf, shape, evidence, isFree) => {
  if (!isOpen(leaf, shape)) return undefined
  const { text, others } = evidence
  const [quoted] = quotedIn(text).filter(isFree)
  const value = quoted && fit(shape, quoted.value)
  if (quoted && value !== undefined) return { value, source: 'text', spans: [quoted] }
  const isName = (word: string) => {
    const own = wordsOf(word)[0]?.stem ?? ''
    return !isTopic(own, evidence) && !isWeak(own) && !others.has(own)
  }
  const names = namesIn(text, isName).find((list) => list.some((one) => isFree(one)))
  return namesFound(shape, names, isFree, 'guess')
}

/** The first words that say nothing about the tool and that nothing else has taken; for a required text. */
export const findLeftover: Finder = (leaf, shape, evidence, isFree) => {
  if (!isOpen(leaf, shape)) return undefined
  const { text } = evidence
  const run: Mention[] = []
  for (const { raw, stem, start, end } of wordsOf(text)) {
    const mention = { value: raw, start, end }
    const isSpent = !isFree(mention) || isTopic(stem, evidence) || isWeak(stem) || /^\d/.test(raw)
    if (!isSpent) run.push(mention)
    else if (run.length > 0) break
  }
  const [first] = run
  const end = run.at(-1)?.end
  if (!first || end === undefined || run.length > 4) return undefined
  const value = fit(shape, text.slice(first.start, end))
  return { value, source: 'guess', spans: [{ value, start: first.start, end }] }
}

const isText = (shape: Shape): boolean => shape.type === 'string' || shape.type === 'any'

const isOpen = (leaf: Leaf, shape: Shape): boolean =>
  isText(shape) && leaf.required && !isId(leaf) && !isDate(leaf)

function nounBefore(text: string, id: Mention): string {
  const words = wordsOf(text.slice(0, id.start)).toReversed()
  const noun = words.find(
    ({ stem }) => !/^(?:ids?|numb|no|nr|cod|key|ref|is|with|the)$/.test(stem) && !/\d/.test(stem),
  )
  return !noun || isStop(noun.stem) ? '' : noun.stem
}

/** Whether a mark needs no noun beside it. A plain number does, unless it is all there is. */
function canStandAlone(id: Mention, noun: string, nouns: readonly string[], text: string): boolean {
  const isPlain = /^\d+$/.test(id.value) && text[id.start - 1] !== '#'
  if (nouns.length === 0) return true
  return isPlain ? id.value === text.trim() : !noun || isWeak(noun)
}

function namesFound(
  shape: Shape,
  names: Names | undefined,
  isFree: IsFree,
  source: Found['source'],
): Found | undefined {
  const [first, ...rest] = (names ?? []).filter((name) => isFree(name))
  const value = first && fit(shape, first.value)
  if (!first || value === undefined) return undefined
  return { value, source, spans: [first], more: rest.map((name) => name.value) }
}

/** Words that name the tool say what to do, not with what. */
const isTopic = (stem: string, { tool }: Evidence): boolean =>
  isStop(stem) || tool.some((own) => isAlike(own, stem))
