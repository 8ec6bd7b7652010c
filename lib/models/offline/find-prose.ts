import type { Evidence, Finder, Found } from './evidence.ts'
import { fit } from './fit.ts'
import { lookup } from './known.ts'
import type { Leaf } from './leaves.ts'
import { mentionsOf, quotedIn } from './mentions.ts'
import type { Mention } from './mentions.ts'
import { isCarried, isProse, isSearch } from './roles.ts'
import { isAlike, wordsOf } from './words.ts'

// Sentences: the request itself, what it carries ("say **hello**"), or what it points at ("**the summary**").

type IsFree = (mention: Mention<unknown>) => boolean

/** A sentence for the properties that take one. What points at a result that is not there yet is a guess. */
export const findProse: Finder = (leaf, shape, evidence, isFree) => {
  if ((shape.type !== 'string' && shape.type !== 'any') || !isProse(leaf)) return undefined
  const { text, previous, prose } = evidence
  const told = toldFor(leaf, evidence, isFree)
  if (told) {
    const source: Found['source'] = isCarried(leaf) && /^https?:\S+/.test(told.value) ? 'guess' : 'text'
    const value = source === 'guess' && prose ? undefined : fit(shape, told.value)
    if (value !== undefined) return { value, source, spans: [told] }
  }
  if (!leaf.required) return undefined
  const awaited = isCarried(leaf) && pointedAt(evidence) !== undefined
  const passed = leaf.name.toLowerCase() === 'subject' ? prose?.split('\n')[0] : prose
  if (isCarried(leaf) && passed) return { value: fit(shape, passed), source: awaited ? 'guess' : 'result' }
  const before = previous?.[leaf.name]
  const whole = typeof before === 'string' ? `${before.replace(/[.!?]?$/, '.')} ${text.trim()}` : text.trim()
  return { value: fit(shape, whole), source: isCarried(leaf) && POINTING.test(text) ? 'guess' : 'text' }
}

/** The result that "the summary" names, for a property that takes a text; before any of the same name. */
export const findPointed: Finder = (leaf, shape, evidence) => {
  if (!isCarried(leaf) || shape.type !== 'string') return undefined
  for (const noun of nounsPointed(evidence.text)) {
    const [value] = lookup(evidence.known, { stems: [noun], tool: [] }, shape)
    if (value !== undefined) return { value, source: 'result' }
  }
  return undefined
}

/** "My X is Y" for the two halves of a fact, `key` and `value`. */
export const findFact: Finder = (leaf, shape, { text }) => {
  const half = /^(?:key|attribute|field)$/i.test(leaf.name) ? 1 : /^value$/i.test(leaf.name) ? 2 : 0
  const fact = half > 0 ? /\b(?:my|our|the)\s+([\w' -]+?)\s+(?:is|are)\s+(.+?)[.!]*$/i.exec(text) : null
  const value = fact?.[half] === undefined ? undefined : fit(shape, fact[half])
  return value === undefined ? undefined : { value, source: 'text' }
}

/** The noun of another tool that the text points at ("translate **the summary**") and nothing known bears. */
export function pointedAt({ text, others, known }: Evidence): string | undefined {
  const borne = (noun: string) => known.some(({ key }) => key.at(-1) === noun)
  return nounsPointed(text).find((noun) => others.has(noun) && !borne(noun))
}

/** Words that point at something said or found elsewhere. */
const POINTING = /\b(?:it|them|this|that|these|those|the (?:results?|summary|report|list|answer|forecast))\b/i

const nounsPointed = (text: string): string[] =>
  [...text.matchAll(/\b(?:the|that|this)\s+(\p{L}+)/giu)].flatMap(([, noun = '']) =>
    wordsOf(noun).map(({ stem }) => stem),
  )

function toldFor(leaf: Leaf, { text, tool }: Evidence, isFree: IsFree): Mention | undefined {
  if (!isCarried(leaf) && !isSearch(leaf)) return undefined
  const quoted = quotedIn(text)
  const told = quoted.find((one) => isFree(one)) ?? (leaf.required ? quoted[0] : undefined)
  const found = told ?? (isCarried(leaf) ? carriedBy(text, tool) : soughtBy(text))
  return found && (leaf.required || isFree(found)) ? trimmed(found, isFree) : undefined
}

/** Without a tail that another property has taken: "good morning" of "good morning **into German**". */
function trimmed(told: Mention, isFree: IsFree): Mention {
  const tail = /\s+(?:to|into|in|as|for|on|at|by)\s+(\S+(?:\s\S+)?)$/i.exec(told.value)
  if (!tail) return told
  const start = told.start + tail.index
  const end = told.end
  if (isFree({ value: '', start, end })) return told
  return trimmed({ value: told.value.slice(0, tail.index), start: told.start, end: start }, isFree)
}

/** What follows "saying", "remind me to", a colon, or the verb of the tool. */
function carriedBy(text: string, tool: readonly string[]): Mention | undefined {
  const [told] = mentionsOf(
    text,
    /\b(?:saying|that says|to say|telling \w+|with the (?:message|text|note|body|content))(?: that)?:?\s+(.+)$|\b(?:remind me|remember|note|tell \w+) (?:to|that)\s+(.+?)[.!]?$|\b(?:add|put|append)\s+(.+?)\s+(?:to|on|onto|into)\s+(?:my|the|our)\b|^[^:\n]{1,60}:\s+([\s\S]+)$/gi,
  )
  if (told) return told
  const [verb] = wordsOf(text)
  if (!verb || !tool.some((stem) => isAlike(stem, verb.stem))) return undefined
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
    /\b(?:search|look|find|query|google|browse)\b[^.?!]*?\b(?:for|about|on|up)\s+(.+?)[.?!]*$|\babout\s+(.+?)[.?!]*$|^\W*(?:search|find)\s+(?:me\s+)?(?:\d+\s+)?(.+?)[.?!]*$/gi,
  )[0]
}
