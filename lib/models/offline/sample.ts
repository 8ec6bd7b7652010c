import { matches } from './fit.ts'

/**
 * A short text that a pattern accepts, at least `least` characters where the pattern leaves that open, or
 * undefined for patterns beyond this sampler (look-around, back-references).
 */
export function sampleOf(pattern: string, least = 0): string | undefined {
  for (const repeat of [0, least, 1]) {
    const reader: Reader = { rest: pattern, repeat }
    const text = readAlternatives(reader)
    if (text !== undefined && text.length >= least && new RegExp(pattern).test(text)) return text
  }
  return matches(pattern, '') && least === 0 ? '' : undefined
}

interface Reader {
  rest: string
  readonly repeat: number
}

/** Reads `a|b|c` up to a closing bracket; the first alternative is the sample. */
function readAlternatives(reader: Reader): string | undefined {
  let first: string | undefined
  let current = ''
  while (reader.rest !== '' && reader.rest[0] !== ')') {
    if (reader.rest[0] === '|') {
      first ??= current
      current = ''
      reader.rest = reader.rest.slice(1)
      continue
    }
    const atom = readAtom(reader)
    if (atom === undefined) return undefined
    current += atom.repeat(readCount(reader))
  }
  return first ?? current
}

function readAtom(reader: Reader): string | undefined {
  const token = /^(?:\((?:\?:|\?<\w+>)?|\\[\s\S]|\[(?:\\.|[^\]\\])*\]|[\s\S])/.exec(reader.rest)?.[0] ?? ''
  reader.rest = reader.rest.slice(token.length)
  if (token.startsWith('(')) {
    if (reader.rest.startsWith('?')) return undefined
    const inner = readAlternatives(reader)
    reader.rest = reader.rest.slice(1)
    return inner
  }
  if (token === '^' || token === '$' || token === '\\b') return ''
  if (token === '.') return 'a'
  if (token.startsWith('\\')) return CLASSES.exec(token) ? (pick(token) ?? '') : token.slice(1)
  return token.startsWith('[') ? pick(token) : token
}

const CLASSES = /^\\[dDwWsS]$/

/** The plainest character of a class: a letter, a digit, else whatever it holds. */
function pick(charClass: string): string | undefined {
  const test = new RegExp(`^${charClass}$`)
  const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))
  return ['a', 'A', '1', '0', '-', ...printable].find((character) => test.test(character))
}

function readCount(reader: Reader): number {
  const quantifier = /^(?:[?*+]|\{(\d+)(,?)(\d*)\})\??/.exec(reader.rest)
  if (!quantifier) return 1
  reader.rest = reader.rest.slice(quantifier[0].length)
  const low = quantifier[1] ? Number(quantifier[1]) : quantifier[0].startsWith('+') ? 1 : 0
  const high = quantifier[1] && !quantifier[2] ? low : quantifier[3] ? Number(quantifier[3]) : Infinity
  const most = quantifier[0].startsWith('?') ? 1 : high
  return Math.min(Math.max(low, reader.repeat), most)
}
