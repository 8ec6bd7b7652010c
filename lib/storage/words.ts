// What of a text can be looked for: its words, cut and folded by rules of our own, so that all storages find the same.

/** Longer runs of letters are no words: keys, hashes, files in base64. */
const LONGEST = 64
/** A query of more words than this is cut down to the most telling ones. */
const MOST_QUERY_WORDS = 64

/**
 * The words of a text, in their order, as often as they stand in it; in small letters, without accents, and without the
 * commonest ones, which say nothing. What is written together is found by its parts and as a whole (`A-1042`,
 * `a1042`, an address of mail), a long number by its last seven digits too, however it is grouped. Writings without
 * blanks between words are cut into pairs of letters that stand side by side.
 */
export function wordsOf(text: string): string[] {
  const folded = fold(text)
  const words = Array.from(folded.matchAll(TOGETHER), ([together]) => partsOf(together)).flat()
  const known = new Set(words)
  for (const [number] of folded.matchAll(LONG_NUMBER)) {
    const tail = number.replace(/[^0-9]/g, '').slice(-7)
    if (!known.has(tail)) words.push(tail)
  }
  return words
}

/** The words to look for, each once: those with digits, then the longest. Where there are too many, the first of them. */
export function queryWords(text: string): string[] {
  const words = [...new Set(wordsOf(text))]
  return words.toSorted((a, b) => toldBy(b) - toldBy(a)).slice(0, MOST_QUERY_WORDS)
}

function toldBy(word: string): number {
  return word.length + (/[0-9]/.test(word) ? LONGEST : 0)
}

const LEAST_LETTERS = 4
const LONGEST_ENDING = 3
const ONLY_LETTERS = /^[\p{L}\p{M}]+$/u

/**
 * What a word that no text holds is looked for by: by what begins with it (`edgew`), else by its beginning without what
 * may be its ending (`bookings`, `booking`, `bookin`, `booki`), the longest first. None for what is short or holds
 * digits: a number is that one or none.
 */
export function beginningsOf(word: string): string[] {
  const letters = Array.from(word)
  const cuts = Math.min(LONGEST_ENDING, letters.length - LEAST_LETTERS)
  if (cuts < 0 || !ONLY_LETTERS.test(word)) return []
  return Array.from({ length: cuts + 1 }, (_, cut) => letters.slice(0, letters.length - cut).join(''))
}

/** Letters and digits, and the signs that hold them together. */
const TOGETHER = /[\p{L}\p{N}\p{M}]+(?:[-_./@:+#'’&][\p{L}\p{N}\p{M}]+)*/gu
/** Either digits, letters of writings without blanks, or other letters. */
const UNBROKEN =
  '\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Hangul}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}\\p{scx=Myanmar}'
const PART = new RegExp(`\\p{N}+|[[\\p{L}\\p{M}]&&[${UNBROKEN}]]+|[[\\p{L}\\p{M}]--[${UNBROKEN}]]+`, 'gv')
const IS_UNBROKEN = new RegExp(`^[${UNBROKEN}]`, 'v')
/** At least seven digits, grouped as in telephone numbers. */
const LONG_NUMBER = /[0-9](?:[ ()./-]{0,2}[0-9]){6,}/g

function partsOf(together: string): string[] {
  const parts = together.match(PART) ?? []
  const words = parts.flatMap((part) => (IS_UNBROKEN.test(part) ? pairsOf(part) : [part]))
  // A letter that stands by itself is a name (`plan B`); one that was cut off is none.
  const telling = parts.length === 1 ? words : words.filter((word) => !/^[a-z]$/.test(word))
  const whole = parts.length > 1 && !parts.some((part) => IS_UNBROKEN.test(part)) ? [parts.join('')] : []
  return [...telling, ...whole].filter((word) => word.length <= LONGEST && !COMMON.has(word))
}

function pairsOf(run: string): string[] {
  const letters = Array.from(run)
  if (letters.length === 1) return letters
  return letters.slice(1).map((letter, at) => `${letters[at]}${letter}`)
}

/** Wide and joined forms become plain ones; accents go, but not the marks that make another letter of one in kana. */
function fold(text: string): string {
  const bare = text.normalize('NFKD').replace(/[\u0300-\u036f]/g, '')
  return bare
    .normalize('NFC')
    .toLowerCase()
    .replace(/[ßæœøłđı]/g, (letter) => LETTERS[letter] ?? letter)
}

/** Letters that do not come apart into one and its accent. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ı: 'i',
}

/** Only what is a name of nothing in any of these languages. How rare a word is does the rest. */
const COMMON = new Set(
  (
    'a an the this that these those and or but if of to in on at by for from with as is are was were be been do does ' +
    'did have has had i you he she it we they me him her us them my your his its our their there what which who how ' +
    'when where why not so can would should about der das und ist nicht ich ein eine mit le les est une des los las'
  ).split(' '),
)
