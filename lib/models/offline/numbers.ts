import type { Mention } from './mentions.ts'

/** A number in a text: its value, its currency or percent sign if any, and where it stands. */
export interface Amount extends Mention<number> {
  readonly sign: string
}

const WORDS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen ' +
  'seventeen eighteen nineteen twenty'
const NAMES: { readonly [word: string]: number } = {
  ...Object.fromEntries(WORDS.split(' ').map((word, value) => [word, value])),
  thirty: 30,
  forty: 40,
  fifty: 50,
  dozen: 12,
  hundred: 100,
  thousand: 1000,
  million: 1e6,
}

const SCALE: { readonly [suffix: string]: number } = {
  k: 1e3,
  thousand: 1e3,
  m: 1e6,
  million: 1e6,
  b: 1e9,
  bn: 1e9,
  billion: 1e9,
}

/** Numbers in digits (`1,500.50`, `100k`, `$20`, `5%`) and in words up to twenty, in order. */
export function numbersIn(text: string): Amount[] {
  const digits =
    /(?<![\p{L}\d_#.-]|\d,)([$€£¥]\s?)?((?<!\d\s*)-)?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?:(k|m|b|bn)\b|\s(thousand|million|billion)\b)?\s?(%)?(?!\d|[.:/-]\d)/giu
  const found = [...text.matchAll(digits)].map((match): Amount => {
    const [whole, currency, minus, number = '', suffix, word, percent] = match
    const scale = SCALE[(suffix ?? word ?? '').toLowerCase()] ?? 1
    const value = Number(number.replaceAll(',', '')) * scale * (minus ? -1 : 1)
    return {
      value,
      sign: (currency ?? percent ?? '').trim(),
      start: match.index,
      end: match.index + whole.length,
    }
  })
  const spelled = [...text.matchAll(/(?<!\b(?:that|this|which|no|the|number|\d)\s)\b([a-z]+)\b/gi)]
    .filter((match) => Object.hasOwn(NAMES, match[0].toLowerCase()))
    .map((match): Amount => {
      const value = NAMES[match[0].toLowerCase()] ?? 0
      return { value, sign: '', start: match.index, end: match.index + match[0].length }
    })
  const apart = spelled.filter(
    (word) => !found.some(({ start, end }) => word.start < end && start < word.end),
  )
  return [...found, ...apart].sort((a, b) => a.start - b.start)
}

/** An arithmetic expression of at least two operands (`12 * (7 + 1)`), as written. */
export function expressionIn(text: string): Mention | undefined {
  const match = /[(\d][\d\s().,]*(?:\s*[-+*/×÷^%]\s*[-(\d][\d\s().,]*)+/.exec(text)
  if (!match || /^\d{4}-\d\d-\d\d/.test(match[0]) || !/\d\s*\)*\s*[-+*/×÷^%]/.test(match[0])) return undefined
  const value = match[0].replace(/[\s.,]+$/, '')
  const spaced = /\s[-+*/×÷^%]|[-+*/×÷^%]\s|[+*/×÷^]/.test(value)
  return spaced ? { value, start: match.index, end: match.index + value.length } : undefined
}
