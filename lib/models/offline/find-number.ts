import { datesIn } from './dates.ts'
import type { Evidence, Finder, Found } from './evidence.ts'
import { fit } from './fit.ts'
import type { Leaf } from './leaves.ts'
import { formattedIn, idsIn, overlaps, quotedIn } from './mentions.ts'
import { numbersIn } from './numbers.ts'
import type { Amount } from './numbers.ts'
import { isId, nounsOf } from './roles.ts'
import { itemsOf } from './schema.ts'
import type { Shape } from './schema.ts'
import { isAlike, isStop, wordsOf } from './words.ts'

// Numbers of the text: first by the words beside them, then in order.

/** The number that stands nearest to a word of the property's name or description. */
export const findNumberByWord: Finder = (leaf, shape, { text }, isFree) => {
  if (!isNumeric(shape)) return undefined
  const scored = amountsIn(text)
    .filter(isFree)
    .map((amount) => ({ amount, score: affinity(leaf, amount, text) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
  return asFound(shape, scored[0]?.amount)
}

/** The first number that no other property has taken; for one that is required. */
export const findNumberInOrder: Finder = (leaf, shape, evidence, isFree) => {
  if (!leaf.required || !isNumeric(shape) || isOfOthers(leaf, evidence)) return undefined
  return asFound(
    shape,
    amountsIn(evidence.text).find((amount) => isFree(amount)),
  )
}

/** All free numbers, for a list of numbers. */
export const findNumbers: Finder = (_leaf, shape, { text }, isFree) => {
  if (shape.type !== 'array' || !itemsOf(shape).some(isNumeric)) return undefined
  const amounts = amountsIn(text).filter(isFree)
  const value = fit(
    shape,
    amounts.map((amount) => amount.value),
  )
  return amounts.length === 0 || value === undefined ? undefined : { value, source: 'text', spans: amounts }
}

/** Whether the value is another tool's to give: the thing it is of is named by that tool and not by the text. */
export function isOfOthers(leaf: Leaf, { text, others, tool }: Evidence): boolean {
  const said = wordsOf(text).map(({ stem }) => stem)
  return (
    isId(leaf) &&
    nounsOf(leaf).some((noun) => others.has(noun) && !tool.includes(noun) && !said.includes(noun))
  )
}

const isNumeric = ({ type }: Shape): boolean => type === 'number' || type === 'integer'

function asFound(shape: Shape, amount: Amount | undefined): Found | undefined {
  const value = amount && fit(shape, amount.value)
  return value === undefined || !amount ? undefined : { value, source: 'text', spans: [amount] }
}

function amountsIn(text: string): Amount[] {
  const marked = idsIn(text).filter(({ value }) => /\D/.test(value))
  const other = [
    ...datesIn(text),
    ...quotedIn(text),
    ...marked,
    ...['email', 'uri', 'uuid', 'ipv4'].flatMap((format) => formattedIn(text, format)),
  ]
  return numbersIn(text).filter((amount) => !other.some((mention) => overlaps(mention, amount)))
}

const MONEY = /^(?:pric|amount|cost|budget|total|fee|money|salar|pay|spend|balanc|maxpric|revenu|valu)/
const SHARE = /^(?:percent|pct|rat|discount|tip|tax|interest|share|vat)/
const COUNTS = /^(?:limit|count|max|top|n|siz|numb|results?|most|first)$/

/** How near the words of a property stand to a number; a word right after it counts most ("3 days"). */
function affinity(leaf: Leaf, amount: Amount, text: string): number {
  if (amount.sign === '%' && leaf.stems.some((stem) => SHARE.test(stem))) return 9
  if (amount.sign && amount.sign !== '%' && leaf.stems.some((stem) => MONEY.test(stem))) return 8
  if (amount.sign) return 0
  const words = wordsOf(text)
  const before = words.filter(({ end }) => end <= amount.start).toReversed()
  const after = words.filter(({ start }) => start >= amount.end)
  const attached = /^-?([a-z]+)/i.exec(text.slice(amount.end))?.[1]
  let best = 0
  for (const [side, list] of [after, before].entries()) {
    const near = list.slice(0, 4).filter(({ stem }) => !isStop(stem))
    for (const [distance, { stem, raw }] of near.entries()) {
      if (/^\d/.test(raw)) break
      const weight = leaf.stems.includes(stem)
        ? 6
        : leaf.stems.some((own) => isAlike(own, stem) || isUnitOf(own, raw))
          ? 5
          : COUNTS.test(stem) && leaf.stems.some((own) => COUNTS.test(own))
            ? 4
            : leaf.about.includes(stem) && distance < 2
              ? 2
              : 0
      best = Math.max(best, weight / (1 + distance + side * 0.5))
    }
  }
  return best + (attached && leaf.stems.some((own) => isUnitOf(own, attached)) ? 4 : 0)
}

const UNITS: readonly (readonly [RegExp, RegExp])[] = [
  [/^(?:duration|minut|tim)/, /^min(?:ute)?s?$/i],
  [/^(?:duration|hour)/, /^(?:h|hrs?|hours?)$/i],
  [/^(?:night|day|duration|stay|length)/, /^(?:nights?|days?)$/i],
  [/^(?:age|year)/, /^years?$/i],
  [/^(?:distanc|km|kilomet|length|radius)/, /^(?:km|kilomet\w+|miles?|m|met\w+)$/i],
  [/^(?:weight|mass|kg)/, /^(?:kg|kilos?|g|grams?|lbs?|pounds?)$/i],
  [
    /^(?:people|person|guest|part|seat|adult|attende|travel)/,
    /^(?:people|persons?|guests?|adults?|of us|travell?ers?|seats?)$/i,
  ],
  [MONEY, /^(?:dollars?|euros?|usd|eur|gbp|pounds?|bucks)$/i],
]

const isUnitOf = (own: string, unit: string): boolean =>
  UNITS.some(([name, units]) => name.test(own) && units.test(unit))
