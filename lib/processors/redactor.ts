import type { TextTransform } from './block-text.ts'
import type { FilterPattern } from './pattern.ts'

/** How much of what was already given is kept, for patterns that look back. */
const LOOK_BACK = 64
const MAX_LENGTH = 256

/**
 * Replaces what the patterns find, in a text that comes in pieces. Each pattern is searched for from left to right as
 * if it were alone; finds that overlap are replaced as one, in the words of the first.
 *
 * A find is certain once all that could belong to it is there: a pattern's own tail, the letters at the end that may
 * still grow into a match, decides how far it is. What lies before every pattern's tail is given, the rest is held.
 *
 * `onFind` is told the name of each find before anything from there on is given; it may throw.
 */
export function createRedactor(
  patterns: readonly FilterPattern[],
  onFind?: (name: string) => void,
): TextTransform {
  const scans = patterns.map(toScan)
  const buffer: Buffer = { text: '', base: 0, given: 0 }
  let finds: Find[] = []
  const advance = (isEnd: boolean): string => {
    const end = buffer.base + buffer.text.length
    let certain = end
    for (const scan of scans) {
      const tail = isEnd ? end : tailOf(scan, buffer)
      finds.push(...search(scan, buffer, tail))
      certain = Math.min(certain, tail)
    }
    if (!isEnd) certain = beforeHalf(certain, buffer)
    const ripe = finds.filter(({ start }) => start < certain).toSorted(byPlace)
    finds = finds.filter(({ start }) => start >= certain)
    for (const { name } of ripe) onFind?.(name)
    const out = give(buffer, ripe, certain)
    trim(buffer, scans)
    return out
  }
  return {
    push: (text) => {
      buffer.text += text
      return advance(false)
    },
    end: () => advance(true),
  }
}

/** Replaces what the patterns find in a whole text. */
export function redactText(
  patterns: readonly FilterPattern[],
  text: string,
  onFind?: (name: string) => void,
): string {
  const redactor = createRedactor(patterns, onFind)
  return redactor.push(text) + redactor.end()
}

/** All places are counted from the start of the text; `base` is that of the first unit that is still kept. */
interface Buffer {
  text: string
  base: number
  given: number
}

interface Scan {
  pattern: FilterPattern
  order: number
  regex: RegExp
  chars: RegExp | undefined
  maxLength: number
  /** From where it searches on. */
  next: number
  /** Up to where its tail was looked for, and where that began. */
  seen: number
  tail: number
}

interface Find {
  name: string
  start: number
  end: number
  order: number
  replacement: string
}

function toScan(pattern: FilterPattern, order: number): Scan {
  const { pattern: regex, chars, maxLength = MAX_LENGTH } = pattern
  return {
    pattern,
    order,
    // A copy: the place where it searches on is its own.
    regex: new RegExp(regex.source, `${regex.flags.replaceAll(/[gy]/g, '')}g`),
    chars: chars && new RegExp(chars.source, chars.flags.replaceAll(/[gy]/g, '')),
    maxLength,
    next: 0,
    seen: 0,
    tail: 0,
  }
}

/** Where the letters begin that may still grow into a match. One more than the longest: what follows a match counts. */
function tailOf(scan: Scan, { text, base }: Buffer): number {
  const { chars, maxLength, seen } = scan
  const end = base + text.length
  const first = Math.max(base, end - maxLength - 1)
  scan.seen = end
  if (!chars) return first
  // What was looked at before need not be again: a long word would cost its square.
  let tail = end
  while (tail > Math.max(first, seen) && isLetter(chars, text, tail - 1 - base)) tail -= 1
  scan.tail = tail > seen ? tail : Math.max(first, scan.tail)
  return scan.tail
}

function isLetter(chars: RegExp, text: string, at: number): boolean {
  return isHalf(text.charCodeAt(at)) || chars.test(text[at] ?? '')
}

/** The finds that begin before `tail`, which later text cannot change. */
function* search(scan: Scan, { text, base }: Buffer, tail: number): Generator<Find, void> {
  const { regex, order, pattern } = scan
  const { name, replacement = '[redacted]', accept, replace } = pattern
  while (scan.next < tail) {
    regex.lastIndex = scan.next - base
    const match = regex.exec(text)
    if (!match || base + match.index >= tail) break
    const start = base + match.index
    const [whole] = match
    const before = text.slice(Math.max(0, match.index - LOOK_BACK), match.index)
    const length = accept ? accept(whole, before) : whole.length
    scan.next = start + Math.max(1, Math.abs(length))
    if (length <= 0) continue
    const found = whole.slice(0, length)
    yield { name, start, end: start + length, order, replacement: replace?.(found, before) ?? replacement }
  }
  scan.next = Math.max(scan.next, tail)
}

function byPlace(a: Find, b: Find): number {
  return a.start - b.start || b.end - a.end || a.order - b.order
}

function give(buffer: Buffer, finds: readonly Find[], certain: number): string {
  let out = ''
  for (const { start, end, replacement } of finds) {
    // It begins within one that was replaced: what is left of it goes with that.
    if (start >= buffer.given) out += sliceOf(buffer, start) + replacement
    buffer.given = Math.max(buffer.given, end)
  }
  if (certain > buffer.given) {
    out += sliceOf(buffer, certain)
    buffer.given = certain
  }
  return out
}

function sliceOf({ text, base, given }: Buffer, to: number): string {
  return text.slice(given - base, to - base)
}

function trim(buffer: Buffer, scans: readonly Scan[]): void {
  // What was given may be ahead of a pattern that found nothing there: overlapping finds are given at once.
  const first = Math.min(buffer.given, ...scans.map(({ next }) => next))
  const keep = Math.max(buffer.base, first - LOOK_BACK)
  buffer.text = buffer.text.slice(keep - buffer.base)
  buffer.base = keep
}

/** A place that does not part the two halves of a character. */
function beforeHalf(place: number, { text, base }: Buffer): number {
  const last = text.charCodeAt(place - base - 1)
  return last >= 0xd800 && last <= 0xdbff ? place - 1 : place
}

function isHalf(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}
