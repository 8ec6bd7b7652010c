import { namesAfter, namesIn } from './entities.ts'
import type { Names } from './entities.ts'
import type { Evidence, Finder, Found } from './evidence.ts'
import { isOfOthers } from './find-number.ts'
import { fit } from './fit.ts'
import type { Leaf } from './leaves.ts'
import { calledIn, idsIn, mentionsOf, quotedIn } from './mentions.ts'
import type { Mention } from './mentions.ts'
import { isCarried, isDate, isId, isProse, isSearch, nounsOf, prepositionsOf } from './roles.ts'
import { choicesOf, itemsOf } from './schema.ts'
import type { Shape } from './schema.ts'
import { isStop, isWeak, relatedTo, wordsOf } from './words.ts'

// Names, marks, sentences and lists of the text.

type IsFree = (mention: Mention<unknown>) => boolean

/** A mark such as `A-17`, best beside the noun of the property; the marks listed after it are its siblings. */
export const findId: Finder = (leaf, shape, evidence, isFree) => {
  if (!isText(shape) || !isId(leaf) || isOfOthers(leaf, evidence)) return undefined
  const { text, tool } = evidence
  const nouns = nounsOf(leaf)
  const ids = idsIn(text).filter((id) => isFree(id) && fit(shape, id.value) !== undefined)
  const ranked = ids
    .map((id) => ({ id, noun: nounBefore(text, id) }))
    .filter(
      ({ noun }) =>
        !noun || nouns.length === 0 || nouns.includes(noun) || tool.includes(noun) || isWeak(noun),
    )
    .sort((a, b) => Number(nouns.includes(b.noun)) - Number(nouns.includes(a.noun)))
  const [first] = ranked
  if (!first) return undefined
  const more: string[] = []
  let { end } = first.id
  for (const id of [...ids].sort((a, b) => a.start - b.start).filter(({ start }) => start > first.id.start)) {
    if (!/^\s*(?:,|\band\b|&)+\s*(?:and\s+)?#?$/i.test(text.slice(end, id.start))) continue
    more.push(id.value)
    end = id.end
  }
  return { value: first.id.value, source: 'text', spans: [first.id], more }
}

/** `called X`, for names and titles; a name after the preposition that suits the property for the others. */
export const findPlaced: Finder = (leaf, shape, { text, previous }, isFree) => {
  if (!isText(shape) || isId(leaf) || isProse(leaf) || isDate(leaf))
    return calledFor(leaf, shape, text, isFree)
  const called = calledFor(leaf, shape, text, isFree)
  if (called) return called
  const { own, words } = prepositionsOf(leaf)
  if (own && words[0] === 'from' && !/\bfrom\b/i.test(text)) {
    const [unit] = mentionsOf(text, /\d\s?([\p{L}°]+)/gu).filter(isFree)
    if (unit) return { value: fit(shape, unit.value), source: 'text', spans: [unit] }
  }
  const names = namesAfter(text, previous ? [...words, 'about'] : words).filter(
    ([first]) => isFree(first) && fit(shape, first.value) !== undefined,
  )
  const proper = names.filter(([{ value }]) => /^\p{Lu}/u.test(value))
  return namesFound(shape, proper[0] ?? (own ? names[0] : undefined), isFree, 'text')
}

/** The request itself, or what it carries; for properties that take a sentence. */
export const findProse: Finder = (leaf, shape, evidence, isFree) => {
  if (!isText(shape) || !isProse(leaf)) return undefined
  const { text, previous, prose, tool } = evidence
  const [quoted] = isCarried(leaf) || isSearch(leaf) ? quotedIn(text).filter(isFree) : []
  const told =
    quoted ?? (isCarried(leaf) ? carriedBy(text, tool) : isSearch(leaf) ? soughtBy(text) : undefined)
  if (told && fit(shape, told.value) !== undefined)
    return { value: fit(shape, told.value), source: 'text', spans: [told] }
  const passed = leaf.name.toLowerCase() === 'subject' ? prose?.split('\n')[0] : prose
  if (isCarried(leaf) && passed) return { value: fit(shape, passed), source: 'result' }
  const before = previous?.[leaf.name]
  const whole = typeof before === 'string' ? `${before.replace(/[.!?]?$/, '.')} ${text.trim()}` : text.trim()
  const value = leaf.required || !isCarried(leaf) ? fit(shape, whole) : undefined
  const source = isCarried(leaf) && POINTING.test(text) ? 'guess' : 'text'
  return value === undefined || (!leaf.required && !told) ? undefined : { value, source }
}

/** Words that point at something said or found elsewhere. */
const POINTING = /\b(?:it|them|this|that|these|those|the (?:results?|summary|report|list|answer|forecast))\b/i

/** A list: names, marks or quotations that stand side by side. */
export const findList: Finder = (leaf, shape, { text }, isFree) => {
  if (shape.type !== 'array' || !itemsOf(shape).some((item) => isText(item) && !choicesOf(item)))
    return undefined
  const key = leaf.name.replace(/([a-z\d])([A-Z])/g, '$1 $2')
  const told = mentionsOf(
    text,
    new RegExp(
      String.raw`\b${key}\b\s*(?:are|:|=|like|such as)?\s+([^.;:?!\n]*[,&][^.;:?!\n]*|[^.;:?!\n]*\band\b[^.;:?!\n]*)`,
      'giu',
    ),
  )
  const lists = [
    told.flatMap(({ value }) => value.split(/\s*(?:,\s*(?:and\s+)?|\band\b|&)\s*/)).filter(Boolean),
  ]
  const names = [...namesAfter(text, prepositionsOf(leaf).words), ...namesIn(text, () => false)].filter(
    (one) => isFree(one[0]),
  )
  const longest = names.sort((a, b) => b.length - a.length)[0] ?? []
  lists.push(
    quotedIn(text).map(({ value }) => value),
    isId(leaf) ? idsIn(text).map(({ value }) => value) : [],
    longest.map(({ value }) => value),
  )
  for (const list of lists.filter(({ length }) => length > 0)) {
    const value = fit(shape, list)
    if (value !== undefined) return { value, source: 'text', spans: longest }
  }
  const guess = leaf.required ? phraseList(text) : []
  return guess.length > 0 ? { value: fit(shape, guess), source: 'guess' } : undefined
}

/** A name or quotation that nothing else has taken; for a required text. */
export const findName: Finder = (leaf, shape, evidence, isFree) => {
  if (!isOpen(leaf, shape)) return undefined
  const { text } = evidence
  const [quoted] = quotedIn(text).filter(isFree)
  if (quoted && fit(shape, quoted.value) !== undefined)
    return { value: fit(shape, quoted.value), source: 'text', spans: [quoted] }
  const isKnown = (word: string) => {
    const own = wordsOf(word)[0]?.stem ?? ''
    return isTopic(own, evidence) || isWeak(own) || evidence.others.has(own)
  }
  const names = namesIn(text, (word) => !isKnown(word)).find((list) => list.some((one) => isFree(one)))
  return namesFound(shape, names, isFree, 'guess')
}

/** The first words that say nothing about the tool and that nothing else has taken; for a required text. */
export const findLeftover: Finder = (leaf, shape, evidence, isFree) =>
  isOpen(leaf, shape) ? leftover(shape, evidence, isFree) : undefined

const isOpen = (leaf: Leaf, shape: Shape): boolean =>
  isText(shape) && leaf.required && !isId(leaf) && !isDate(leaf)

const isText = (shape: Shape): boolean => shape.type === 'string' || shape.type === 'any'

function calledFor(leaf: Leaf, shape: Shape, text: string, isFree: IsFree): Found | undefined {
  if (!isText(shape) || !leaf.stems.some((stem) => /^(?:nam|titl|label|project|team|subject)/.test(stem)))
    return undefined
  const [called] = [
    ...calledIn(text),
    ...(/title|label|subject/i.test(leaf.name) ? quotedIn(text) : []),
  ].filter(isFree)
  return called && { value: fit(shape, called.value), source: 'text', spans: [called] }
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

function nounBefore(text: string, id: Mention): string {
  const words = wordsOf(text.slice(0, id.start)).toReversed()
  const noun = words.find(
    ({ stem }) => !/^(?:ids?|numb|no|nr|cod|key|ref|is|with|the)$/.test(stem) && !/\d/.test(stem),
  )
  return !noun || isStop(noun.stem) ? '' : noun.stem
}

/** What follows "saying", "remind me to", a colon, or the verb of the tool. */
function carriedBy(text: string, tool: readonly string[]): Mention | undefined {
  const [told] = mentionsOf(
    text,
    /\b(?:saying|that says|to say|telling \w+|with the (?:message|text|note|body|content))(?: that)?:?\s+(.+)$|\b(?:remind me|remember|note|tell \w+) (?:to|that)\s+(.+?)[.!]?$|\b(?:add|put|append)\s+(.+?)\s+(?:to|on|onto|into)\s+(?:my|the|our)\b|^[^:\n]{1,60}:\s+([\s\S]+)$/gi,
  )
  if (told) return told
  const [verb] = wordsOf(text)
  if (!verb || !tool.some((stem) => stem === verb.stem || relatedTo(stem).includes(verb.stem)))
    return undefined
  const [rest] = mentionsOf(
    text.slice(verb.end),
    /^\s+(?:(?:me|this|the following|a|an|new)\s+)*(\S[\s\S]{2,}?)[.!]?$/g,
  )
  if (!rest || POINTING.test(rest.value)) return undefined
  return { value: rest.value, start: rest.start + verb.end, end: rest.end + verb.end }
}

/** What a search is for: "search the docs **for durable objects**". */
function soughtBy(text: string): Mention | undefined {
  const request = text.replace(/,?\s*\b(?:top|first|limit|max(?:imum)?|at most)\s+\w+(?:\s+\w+)?[.?!]*$/i, '')
  return mentionsOf(
    request,
    /\b(?:search|look|find|query|google|browse)\b[^.?!]*?\b(?:for|about|on|up)\s+(.+?)[.?!]*$|\babout\s+(.+?)[.?!]*$/gi,
  )[0]
}

function phraseList(text: string): string[] {
  const [list] = mentionsOf(
    text,
    /(?:^|:|\b\w+\s)((?:[\w'-]+(?: [\w'-]+)?,\s*)+(?:and\s+)?[\w'-]+|[\w'-]+ and [\w'-]+)/g,
  )
  return list ? list.value.split(/,\s*(?:and\s+)?|\s+and\s+/) : []
}

function leftover(shape: Shape, evidence: Evidence, isFree: IsFree): Found | undefined {
  const { text } = evidence
  const run: Mention[] = []
  for (const word of wordsOf(text)) {
    const mention = { value: word.raw, start: word.start, end: word.end }
    const fits =
      isFree(mention) &&
      !isStop(word.stem) &&
      !isTopic(word.stem, evidence) &&
      !isWeak(word.stem) &&
      !/^\d/.test(word.raw)
    if (fits) run.push(mention)
    else if (run.length > 0) break
  }
  const [first] = run
  const end = run.at(-1)?.end
  if (!first || end === undefined || run.length > 4) return undefined
  const value = fit(shape, text.slice(first.start, end))
  return value === undefined
    ? undefined
    : { value, source: 'guess', spans: [{ value, start: first.start, end }] }
}

/** Words that name the tool say what to do, not with what. */
const isTopic = (stem: string, { tool }: Evidence): boolean =>
  isStop(stem) || tool.some((own) => own === stem || relatedTo(own).includes(stem))
