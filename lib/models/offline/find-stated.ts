import { datesIn, timeIn, toIsoDate } from './dates.ts'
import type { Finder } from './evidence.ts'
import { pointedAt } from './find-prose.ts'
import { fit } from './fit.ts'
import { lookup } from './known.ts'
import { formattedIn, listedAfter, mentionsOf, namedIn } from './mentions.ts'
import type { Mention } from './mentions.ts'
import { expressionIn } from './numbers.ts'
import { isCarried, isDate, isExpression, prepositionsOf } from './roles.ts'
import { choicesOf, itemsOf, textOf } from './schema.ts'
import type { Shape } from './schema.ts'
import { isAlike, wordsOf } from './words.ts'

// What the text or a result gives in so many words.

/** `key: value` in the text. */
export const findNamed: Finder = (leaf, shape, { text }, isFree) => {
  for (const mention of namedIn(text, leaf.name).filter(isFree)) {
    const said = shape.type === 'array' ? listAt(text, mention.start) : flagOf(shape, mention.value)
    const value = fit(shape, said) ?? fit(shape, mention.value.split(/\s/)[0])
    if (value !== undefined) return { value, source: 'text', spans: [mention] }
  }
  return undefined
}

/** A list from a place on, to the end of the sentence or the next key. */
const listAt = (text: string, start: number): string[] =>
  (/^.*?(?=[.;\n)\]]|$|,?\s*\b[\w-]+\s*[:=])/.exec(text.slice(start))?.[0] ?? '')
    .split(/\s*(?:,\s*(?:and\b)?|\band\b|&)\s*/)
    .map((item) => item.replace(/^["']|["']$/g, ''))
    .filter(Boolean)

function flagOf({ type }: Shape, said: string): unknown {
  if (type !== 'boolean') return said
  return /^(?:true|yes|on)$/i.test(said) || (/^(?:false|no|off)$/i.test(said) ? false : said)
}

/** A result of this turn that has the property's name. */
export const findCarried: Finder = (leaf, shape, evidence, isFree) =>
  findEchoed(leaf, shape, { ...evidence, known: evidence.known.filter(({ isEcho }) => !isEcho) }, isFree)

/** The same, from values too that a tool was given and says again: the text itself ranks above these. */
export const findEchoed: Finder = (leaf, shape, evidence) => {
  const { known, tool } = evidence
  if (isCarried(leaf) && pointedAt(evidence)) return undefined
  if (shape.type === 'boolean' || (choicesOf(shape) && known.length === 0)) return undefined
  const [value, ...more] = lookup(known, { stems: leaf.stems, tool }, shape)
  return value === undefined ? undefined : { value, source: 'result', more }
}

/** An allowed value that the text mentions, best after the preposition that suits the property. */
export const findChoice: Finder = (leaf, shape, { text }, isFree) => {
  const items = shape.type === 'array' ? itemsOf(shape)[0] : undefined
  const choices = choicesOf(items ?? shape)
  if (!choices) return undefined
  const before = new RegExp(
    String.raw`\b(?:${prepositionsOf(leaf).words.join('|')})\s+(?:an?\s+|the\s+)?$`,
    'i',
  )
  const said = choices
    .flatMap((choice) => mentionsOfChoice(text, choice).map((mention) => ({ ...mention, value: choice })))
    .filter((mention) => isFree(mention))
    .map((mention) => ({ mention, led: before.test(text.slice(0, mention.start)) ? 0 : 1 }))
    .sort((a, b) => a.led - b.led || a.mention.start - b.mention.start)
    .map(({ mention }) => mention)
  if (items) {
    const value = fit(shape, [...new Set(said.map((mention) => mention.value))])
    return said.length > 0 && value !== undefined ? { value, source: 'text', spans: said } : undefined
  }
  const [first] = said
  return first && { value: first.value, source: 'text', spans: [first] }
}

/** Dates, times, addresses, expressions: values that are known by their form. */
export const findFormatted: Finder = (leaf, shape, { text, system, earlier }, isFree) => {
  if (shape.type !== 'string' && shape.type !== 'any') return undefined
  const format = formatOf(shape, leaf.name)
  const context = `${system} ${earlier.join(' ')}`
  if (isExpression(leaf)) {
    const mention = expressionIn(text)
    if (mention)
      return {
        value: mention.value.replaceAll('×', '*').replaceAll('÷', '/'),
        source: 'text',
        spans: [mention],
      }
  }
  if (format.startsWith('date') || isDate(leaf)) {
    const found = sorted(text, datesIn(text).filter(isFree), prepositionsOf(leaf).words)
    for (const mention of found) {
      const value = fit(shape, dateAs(format, mention.value, text, context)) ?? fit(shape, mention.value)
      if (value !== undefined) return { value, source: 'text', spans: [mention] }
    }
  }
  const time = format === 'time' || /time$/i.test(leaf.name) ? timeIn(text) : undefined
  const clock = time && (fit(shape, `${time}Z`) ?? fit(shape, time))
  if (format === 'time' && clock) return { value: clock, source: 'text' }
  const [mention] = formattedIn(text, format).filter(
    (one) => isFree(one) && fit(shape, one.value) !== undefined,
  )
  return mention && { value: fit(shape, mention.value), source: 'text', spans: [mention] }
}

/** Words of the text that a pattern accepts. */
export const findPattern: Finder = (_leaf, shape, { text }, isFree) => {
  if (shape.type !== 'string' || !textOf(shape.schema['pattern']) || shape.schema['format']) return undefined
  const words = mentionsOf(text, /[^\s,;"'()]*[^\s,;"'().!?:]/g).filter(isFree)
  const fitting = words.filter(({ value }) => value.length > 1 && fit(shape, value) !== undefined)
  const [first] = fitting
  return (
    first && { value: first.value, source: 'text', spans: [first], more: listedAfter(text, first, fitting) }
  )
}

/** A switch that the text mentions, on unless a negation stands before it. */
export const findSwitch: Finder = (leaf, shape, { text }) => {
  if (shape.type !== 'boolean') return undefined
  const words = wordsOf(text)
  const turned =
    /^(?:is)?(?:on|enabled?|active|power)$/i.test(leaf.name) &&
    /\b(on|off|enable|disable|activate|deactivate)\b/i.exec(text)?.[1]
  if (turned) return { value: !/^(?:off|disable|deactivate)$/i.test(turned), source: 'text' }
  const names = leaf.stems.filter((stem) => !/^(?:is|has|includ|should|enabl|with|allow|show|be)$/.test(stem))
  const at = words.findIndex(({ stem }) => names.includes(stem))
  const all = names.every((name) => words.some(({ stem }) => stem === name))
  if (at < 0 || !all) return undefined
  const before = words.slice(Math.max(0, at - 3), at).map(({ raw }) => raw.toLowerCase())
  const isOff = before.some((word) =>
    /^(?:no|not|without|never|skip|exclude|disable|omit|don['’]?t|dont)$/.test(word),
  )
  return { value: !isOff, source: 'text' }
}

function formatOf(shape: Shape, name: string): string {
  const format = textOf(shape.schema['format'])
  if (format) return format
  if (/e-?mail/i.test(name)) return 'email'
  return /ur[il]$|link$|website$/i.test(name) ? 'uri' : ''
}

function dateAs(format: string, wording: string, text: string, context: string): string | undefined {
  const iso = toIsoDate(wording, context)
  if (format !== 'date-time' || !iso) return iso
  return /T\d/.test(wording) ? wording.replace(/(T[\d:.]+)$/, '$1Z') : `${iso}T${timeIn(text) ?? '00:00:00'}Z`
}

function mentionsOfChoice(text: string, choice: unknown): Mention[] {
  const plain = String(choice).replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
  const loose = plain.replace(/[\s_-]+/g, String.raw`[\s_-]*`)
  const exact = mentionsOf(text, new RegExp(String.raw`(?<![\p{L}\d])${loose}(?:e?s)?(?![\p{L}\d])`, 'giu'))
  if (exact.length > 0 || typeof choice !== 'string') return exact
  const [target, ...rest] = wordsOf(choice)
  if (!target || rest.length > 0) return []
  const operator = OPERATORS[choice]
  const signs = operator ? mentionsOf(text, operator) : []
  const alike = wordsOf(text).filter(({ stem }) =>
    operator ? isAlike(stem, target.stem) : stem === target.stem,
  )
  return [...signs, ...alike.map(({ raw, start, end }) => ({ value: raw, start, end }))]
}

const OPERATORS: { readonly [choice: string]: RegExp } = {
  add: /\d\s*(\+)/g,
  subtract: /\d\s+(-)\s/g,
  multiply: /\d\s*([*×])/g,
  divide: /\d\s*([/÷])/g,
}

function sorted(text: string, found: Mention[], prepositions: readonly string[]): Mention[] {
  const led = new RegExp(String.raw`\b(?:${prepositions.join('|')})\s+$`, 'i')
  return [...found.filter(({ start }) => led.test(text.slice(0, start))), ...found]
}
