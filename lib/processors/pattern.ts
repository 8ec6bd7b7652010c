import { redactSecrets } from '../telemetry/redact.ts'

/** Something to be found in texts. */
export interface FilterPattern {
  /** As tripwires and warnings name it. */
  name: string
  /**
   * Its time must be linear in the text, or whoever writes the text can hold the turn: no quantifier within a
   * quantifier over the same letters.
   */
  pattern: RegExp
  /** What stands in for it. Default: `[redacted]`. */
  replacement?: string
  /**
   * The length of the longest match, in UTF-16 units. Default: 256. In a stream a longer one may be found in part or
   * not at all; what stands around a match may count for it up to 64 units before it and one after it.
   */
  maxLength?: number
  /**
   * Matches a character that can be part of a match. A stream holds back only the tail that consists of such; without
   * it, always the last `maxLength` units.
   */
  chars?: RegExp
  /**
   * How many units of a match count, from its start; 0 if it is none, or less than 0 if so many units from its start
   * hold none at all. Default: all.
   */
  accept?: (match: string, before: string) => number
  /** What stands in for this match, instead of `replacement`. */
  replace?: (match: string, before: string) => string
}

export type PresetName = 'pii' | 'secrets' | 'urls'

const EMAIL: FilterPattern = {
  name: 'email',
  pattern: /[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24}/gu,
  replacement: '[email]',
  maxLength: 605,
  chars: /[\p{L}\p{N}._%+@-]/u,
}

/** International numbers, and those of North America. National forms of other countries look like any number. */
const PHONE: FilterPattern = {
  name: 'phone',
  pattern:
    /(?<![\w+])(?:(?:\+|00)[1-9](?:[ ().-]{0,2}\d){6,14}|(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4})(?!\d)/g,
  replacement: '[phone]',
  maxLength: 48,
  chars: /[\d ().+-]/,
}

/** Unbroken, or in the groups that are printed on cards: any numbers in a row would too often pass the sum. */
const CREDIT_CARD: FilterPattern = {
  name: 'credit-card',
  pattern:
    /(?<!\d)(?=[3-6]|2[2-7])(?:\d{13,19}|\d{4}[ -]?\d{6}[ -]?\d{4,5}|\d{4}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?)(?!\d)/g,
  replacement: '[credit-card]',
  maxLength: 23,
  chars: /[\d -]/,
  accept: (match) => longestPrefix(match, /\d/, isCardNumber),
}

/** https://en.wikipedia.org/wiki/International_Bank_Account_Number#Validating_the_IBAN */
const IBAN: FilterPattern = {
  name: 'iban',
  pattern: /(?<![\p{L}\p{N}])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![\p{L}\p{N}])/gu,
  replacement: '[iban]',
  maxLength: 44,
  chars: /[A-Z0-9 ]/,
  accept: (match) => longestPrefix(match, /[A-Z0-9]/, isIban),
}

const SSN: FilterPattern = {
  name: 'ssn',
  pattern: /(?<![\d-])(?!000|666|9\d\d)\d{3}([ -])(?!00)\d{2}\1(?!0000)\d{4}(?!\d)/g,
  replacement: '[ssn]',
  maxLength: 11,
  chars: /[\d -]/,
}

const AFTER_BEARER = /\bbearer\s{1,8}$/i

/** Any word that the redaction of our own messages would not let through. */
const SECRET: FilterPattern = {
  name: 'secret',
  pattern: /[A-Za-z0-9*._~+/=-]{8,4096}/g,
  maxLength: 4096,
  chars: /[A-Za-z0-9*._~+/=-]/,
  accept: (match, before) => (redactWord(match, before) === match ? -match.length : match.length),
  replace: redactWord,
}

const URL: FilterPattern = {
  name: 'url',
  pattern: /(?:https?:\/\/|(?<![\p{L}\p{N}])www\.)[^\s<>"'`]{1,2048}/giu,
  replacement: '[url]',
  maxLength: 2056,
  chars: /[^\s<>"'`]/u,
  // What closes a sentence or a bracket around it is not the link's.
  accept: (match) => match.length - (/[.,;:!?)\]}]{1,8}$/.exec(match)?.[0].length ?? 0),
}

export const PRESETS: Record<PresetName, readonly FilterPattern[]> = {
  pii: [EMAIL, PHONE, CREDIT_CARD, IBAN, SSN],
  secrets: [SECRET],
  urls: [URL],
}

/** https://en.wikipedia.org/wiki/Luhn_algorithm */
export function hasLuhnDigit(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i += 1) {
    const digit = Number(digits[digits.length - 1 - i])
    const weighted = i % 2 === 1 ? digit * 2 : digit
    sum += weighted > 9 ? weighted - 9 : weighted
  }
  return sum % 10 === 0
}

function isCardNumber(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '')
  return digits.length >= 13 && hasLuhnDigit(digits)
}

function isIban(text: string): boolean {
  const letters = text.replaceAll(' ', '')
  if (letters.length < 15 || letters.length > 34) return false
  let rest = 0
  for (const letter of letters.slice(4) + letters.slice(0, 4)) {
    const value = Number.parseInt(letter, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}

/** The longest beginning that ends with a whole group and passes: what follows a number may look like more of it. */
function longestPrefix(match: string, inGroup: RegExp, isOne: (text: string) => boolean): number {
  for (let end = match.length; end > 0; end -= 1) {
    const next = match[end]
    if (next !== undefined && inGroup.test(next)) continue
    if (isOne(match.slice(0, end))) return match.slice(0, end).trimEnd().length
  }
  return 0
}

function redactWord(word: string, before: string): string {
  const isToken = AFTER_BEARER.test(before) && redactSecrets(`bearer ${word}`) !== `bearer ${word}`
  return isToken ? '[redacted]' : redactSecrets(word)
}
