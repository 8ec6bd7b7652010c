import { namesAfter, namesIn } from './entities.ts'
import type { Evidence, Finder, Found } from './evidence.ts'
import { isOfOthers } from './find-number.ts'
import { fit } from './fit.ts'
import type { Leaf } from './leaves.ts'
import { idsIn, quotedIn } from './mentions.ts'
import { isId, prepositionsOf } from './roles.ts'
import { choicesOf, itemsOf } from './schema.ts'
import type { Shape } from './schema.ts'
import { isAlike, isWeak, wordsOf } from './words.ts'

/** A list of texts: after its name, or quotations, names or plain words that stand side by side. */
export const findList: Finder = (leaf, shape, evidence, isFree) => {
  const takesText = itemsOf(shape).some((item) => ['string', 'any'].includes(item.type) && !choicesOf(item))
  if (shape.type !== 'array' || !takesText) return undefined
  if (isId(leaf)) return marksIn(leaf, shape, evidence)
  const { text, tool } = evidence
  const after = namesAfter(text, prepositionsOf(leaf).words).filter(([first]) => isFree(first))
  const names = [...after, ...namesIn(text, () => false)].filter(([first]) => isFree(first))
  const longest = names.toSorted((a, b) => b.length - a.length)[0] ?? []
  const words = wordsBeside(text).map((item) => withoutVerb(item, tool))
  const lists = [
    announced(text, leaf.name),
    quotedIn(text).map(({ value }) => value),
    longest.length > 1 ? longest.map(({ value }) => value) : [],
    leaf.required || after.length > 0 ? words : [],
    longest.map(({ value }) => value),
  ]
  for (const list of lists) {
    const value = list.length > 0 ? fit(shape, list.filter(Boolean)) : undefined
    if (value !== undefined) return { value, source: list === words ? 'guess' : 'text', spans: longest }
  }
  return undefined
}

/** The marks of the text; names are none. */
function marksIn(leaf: Leaf, shape: Shape, evidence: Evidence): Found | undefined {
  const ids = isOfOthers(leaf, evidence) ? [] : idsIn(evidence.text).filter(({ value }) => /\D/.test(value))
  const value =
    ids.length > 0
      ? fit(
          shape,
          ids.map((id) => id.value),
        )
      : undefined
  return value === undefined ? undefined : { value, source: 'text', spans: ids }
}

/** "ingredients: a, b", "ingredients like a and b". */
function announced(text: string, name: string): string[] {
  const key = name.replace(/([a-z\d])([A-Z])/g, '$1 $2')
  const list = String.raw`([^.;:?!\n]*(?:[,&]|\band\b)[^.;:?!\n]*)`
  const found = new RegExp(String.raw`\b${key}\b\s*(?:are|:|=|like|such as)\s+${list}`, 'iu').exec(text)?.[1]
  return found ? split(found) : []
}

const STOP =
  'with|under|over|in|on|to|for|from|of|at|by|about|into|my|the|our|a|an|that|which|please|is|are|be|and|or|then|using|within'
const ITEM = String.raw`(?:(?!(?:${STOP})\b)[\p{L}\d'-]+)(?: (?!(?:${STOP})\b)[\p{L}\d'-]+){0,2}`

/** Plain words that stand side by side: "with **tomatoes, beans and rice** under ...". */
function wordsBeside(text: string): string[] {
  const list = new RegExp(
    String.raw`(?<![\p{L}\d'-])(?:${ITEM}(?:,\s*${ITEM})*,?\s+and\s+${ITEM}|${ITEM}(?:,\s*${ITEM})+)`,
    'iu',
  )
  const found = list.exec(text)?.[0]
  return found ? split(found) : []
}

const split = (list: string): string[] => list.split(/\s*(?:,\s*(?:and\s+)?|\band\b|&)\s*/).filter(Boolean)

/** Without words at its head that name the tool: "milk" of "**add** milk". */
function withoutVerb(item: string, tool: readonly string[]): string {
  const words = wordsOf(item)
  const first = words.find(({ stem }) => !isWeak(stem) && !tool.some((own) => isAlike(own, stem)))
  return first ? item.slice(first.start) : item
}
