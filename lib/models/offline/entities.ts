import type { Mention } from './mentions.ts'

const CAPITAL = String.raw`\p{Lu}[\p{L}\d'’.-]*[\p{L}\d]|\p{Lu}`
const NAME = String.raw`(?:${CAPITAL})(?:\s+(?:(?:of|de|la|del|di|da|von|van|the|upon)\s+){0,2}(?:${CAPITAL}))*`
const NEXT = String.raw`\s*(?:,\s*(?:and\s+|or\s+)?|\band\s+|\bor\s+|&\s*|\bvs\.?\s+|\bversus\s+)(?:in\s+|for\s+)?`

const BOUNDARY =
  /^(?:today|tomorrow|tonight|yesterday|now|right|please|this|next|last|on|at|with|and|or|for|in|to|from|of|by|the|a|an|is|are|was|will|be|if|when|that|which|who|what|how|it|me|my|you|your|as|using|via|than|then|but|so|about|per|like|monday|tuesday|wednesday|thursday|friday|saturday|sunday|week|weekend|month|morning|evening|currently|i|we|us|them|there|here)$/i

/** A name with the names listed beside it: `Rome`, then `Paris` and `Oslo` of "in Rome, Paris and Oslo". */
export type Names = readonly [Mention, ...Mention[]]

/** Names that follow one of the prepositions, with the ones listed after them; lower-case phrases count too. */
export function namesAfter(text: string, prepositions: readonly string[]): Names[] {
  const found: Names[] = []
  for (const preposition of prepositions) {
    const head = new RegExp(
      String.raw`(?<![\p{L}\d])${preposition}\s+(?:the\s+(?:city|town|country)\s+of\s+)?(?:the\s+)?`,
      'giu',
    )
    for (const match of text.matchAll(head)) {
      const at = match.index + match[0].length
      const names = listAt(text, at) ?? phraseAt(text, at)
      if (names) found.push(names)
    }
  }
  return found
}

/** Capitalised names anywhere. A sentence's first word counts only if `isName` takes its lower-case form. */
export function namesIn(text: string, isName: (word: string) => boolean): Names[] {
  const found: Names[] = []
  for (const match of text.matchAll(new RegExp(String.raw`(?<![\p{L}\d'’-])${NAME}`, 'gu'))) {
    const [first = ''] = match[0].split(/\s/)
    const skip = isName(first.toLowerCase()) ? 0 : first.length + 1
    const at = match.index + skip
    if (skip > match[0].length || found.some((names) => names.some(({ end }) => end > at))) continue
    const names = listAt(text, at)
    if (names) found.push(names)
  }
  return found
}

function listAt(text: string, at: number): Names | undefined {
  const first = nameAt(text, at)
  if (!first) return undefined
  const rest: Mention[] = []
  let end = first.end
  for (;;) {
    const link = new RegExp(NEXT, 'iuy')
    link.lastIndex = end
    const gap = link.exec(text)?.[0]
    const next = gap === undefined ? undefined : nameAt(text, end + gap.length)
    if (!next) return [first, ...rest]
    rest.push(next)
    end = next.end
  }
}

function nameAt(text: string, at: number): Mention | undefined {
  const pattern = new RegExp(NAME, 'uy')
  pattern.lastIndex = at
  const match = pattern.exec(text)
  if (!match || BOUNDARY.test(match[0])) return undefined
  return { value: match[0], start: at, end: at + match[0].length }
}

/** Up to three lower-case words until one that cannot belong to a name. */
function phraseAt(text: string, at: number): Names | undefined {
  const words: Mention[] = []
  for (const match of text.slice(at).matchAll(/(\s*)([\p{L}\d'’-]+)/guy)) {
    const [, gap = '', value = ''] = match
    if (BOUNDARY.test(value) || /^\d+$/.test(value) || words.length === 3) break
    const start = at + match.index + gap.length
    words.push({ value, start, end: start + value.length })
  }
  const [first] = words
  const last = words.at(-1)
  return first && last
    ? [{ value: text.slice(first.start, last.end), start: first.start, end: last.end }]
    : undefined
}
