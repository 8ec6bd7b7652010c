import type { Leaf } from './leaves.ts'
import { textOf } from './schema.ts'

// What a property's name promises about its value.

const rawWords = ({ name }: Leaf): string[] =>
  name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[\s_-]+/)

const last = (leaf: Leaf): string => rawWords(leaf).at(-1) ?? ''

const WHOLE = new Set(
  (
    'query question requirement requirements prompt input description request goal brief idea problem search term ' +
    'statement feedback instruction instructions context keyword keywords topic reason q claim sentence'
  ).split(' '),
)
const CARRIED = new Set(
  'text message body content subject note task title item todo comment memo fact summary reminder post caption markdown'.split(
    ' ',
  ),
)
const IDS = new Set('id ids number no code key ref reference sku uuid slug identifier handle'.split(' '))

/** Takes a whole sentence. */
export const isProse = (leaf: Leaf): boolean => WHOLE.has(last(leaf)) || CARRIED.has(last(leaf))

/** Takes what a command carries ("say **hello**", "add **milk**") rather than the command itself. */
export const isCarried = (leaf: Leaf): boolean => CARRIED.has(last(leaf))

export const isSearch = (leaf: Leaf): boolean => /^(?:query|search|term|keywords?|q|topic)$/.test(last(leaf))

/** Names a thing by a mark (`orderId`, `trackingNumber`), which must not be guessed from ordinary words. */
export function isId(leaf: Leaf): boolean {
  if (IDS.has(last(leaf))) return true
  const format = leaf.shapes.some(({ schema }) => ['uuid', 'email', 'uri'].includes(textOf(schema['format'])))
  return format || /^e-?mail|^ur[il]|phone/i.test(last(leaf))
}

/** The stems that say which thing an id is of: `order` of `orderId`. */
export const nounsOf = (leaf: Leaf): string[] =>
  leaf.stems.filter(
    (stem) => !/^(?:ids?|numb|no|cod|key|ref|refer|referenc|sku|uuid|slug|identif|handl|track)$/.test(stem),
  )

/** Whether a property wants a date by its name. */
export const isDate = (leaf: Leaf): boolean =>
  /^(?:date|day|when|deadline|due|departure|arrival|checkin|checkout)$/.test(last(leaf))

export const isExpression = (leaf: Leaf): boolean =>
  /^(?:expression|expr|formula|equation|calculation)$/.test(last(leaf))

const PREPOSITIONS: readonly (readonly [RegExp, string])[] = [
  [/^(?:from|origin|source|start|sender|departure)/, 'from'],
  [/^(?:to|destination|target|recipient|end|into|dest|arrival)/, 'to into in'],
  [
    /^(?:city|location|place|country|region|town|address|area|where|venue|state|zip|airport|island)/,
    'in near at for around to of from',
  ],
  [
    /^(?:person|people|user|customer|owner|author|assignee|attendee|contact|guest|employee|friend|client|name|team|participant)/,
    'for by with to from of between',
  ],
  [/^(?:language|lang|locale|currency|unit|format|style|tone)/, 'to into in as'],
  [/^(?:about|topic)/, 'about on regarding of'],
  [/^(?:date|day|when|deadline|due|time)/, 'on at by before for'],
]

/** The prepositions that usually stand before such a value, the likeliest first. */
export function prepositionsOf(leaf: Leaf): { own: boolean; words: readonly string[] } {
  const parts = rawWords(leaf)
  for (const part of [parts[0] ?? '', ...parts.toReversed()]) {
    const row = PREPOSITIONS.find(([pattern]) => pattern.test(part))
    if (row) return { own: true, words: row[1].split(' ') }
  }
  return { own: false, words: 'for of in about on to with at by from'.split(' ') }
}
