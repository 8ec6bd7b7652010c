/** Something a text says, and where it says it. */
export interface Mention<T = string> {
  readonly value: T
  readonly start: number
  readonly end: number
}

/** All matches of a pattern; the first group that took part is the value, else the whole match. */
export function mentionsOf(text: string, pattern: RegExp): Mention[] {
  return [...text.matchAll(pattern)].map((match) => {
    const value = match.slice(1).find((group) => group !== undefined) ?? match[0]
    const start = match.index + match[0].lastIndexOf(value)
    return { value, start, end: start + value.length }
  })
}

export const overlaps = (a: Mention<unknown>, b: Mention<unknown>): boolean =>
  a.start < b.end && b.start < a.end

/** What stands in quotation marks. An apostrophe inside a word opens nothing. */
export const quotedIn = (text: string): Mention[] =>
  mentionsOf(
    text,
    /["“]([^"“”]+)["”]|(?<![\p{L}\d])['‘]([^'‘’]{2,}(?:['’](?=\p{L})[^'‘’]+)*)['’](?!\p{L})|`([^`]+)`/gu,
  )

const FORMATS: { readonly [format: string]: RegExp } = {
  email: /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g,
  // A scheme without a bound would be looked for from each letter to the end of the text.
  uri: /\b[a-z][a-z\d+.-]{0,30}:\/\/[^\s<>"'),]*[^\s<>"'),.?!;:]/gi,
  uuid: /\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/gi,
  ipv4: /\b(?:\d{1,3}\.){3}\d{1,3}\b/g,
}

/** What looks like an email address, a URI, a UUID or an IP address: `format` is JSON Schema's word for it. */
export function formattedIn(text: string, format: string): Mention[] {
  const pattern = FORMATS[format === 'url' ? 'uri' : format]
  return pattern ? mentionsOf(text, pattern) : []
}

/** Words with a digit in them that are no plain numbers (`A-17`, `#42`, `ord_9`), best first, then plain ones. */
export function idsIn(text: string): Mention[] {
  const marked = mentionsOf(
    text,
    /(?<![\p{L}\d@./_-])#([\w-]+)|(?<![\p{L}\d@./_-])((?=[\w-]*\d)(?=[\w-]*[A-Za-z_])[\w-]*\w)/gu,
  )
  const plain = mentionsOf(text, /(?<![\w.,$€£-])(\d+)(?![\w%]|[.,]\d|-\d)/g)
  const ids = marked.filter(({ value }) => !/^\d+(?:k|m|st|nd|rd|th|[a-z]{1,3}|-[a-z]{3,}.*)$/i.test(value))
  return [...ids, ...plain]
}

/** The candidates that stand in one list with the first: only commas and "and" between them. */
export function listedAfter(text: string, first: Mention, candidates: readonly Mention[]): string[] {
  const more: string[] = []
  let { end } = first
  for (const one of candidates.toSorted((a, b) => a.start - b.start)) {
    if (
      one.start <= first.start ||
      !/^\s*(?:,|\band\b|&)+\s*(?:and\s+)?#?$/i.test(text.slice(end, one.start))
    )
      continue
    more.push(one.value)
    end = one.end
  }
  return more
}

const KEY_END = String.raw`(?=\s*(?:[,;\n)}]|[.!?](?:\s|$)|$|\band\b|\bwith\b|\b[\w-]+\s*[:=]))`

/** The values that the text gives outright: `city: Rome`, `city = Rome`, `the city is Rome`. */
export function namedIn(text: string, name: string): Mention[] {
  const parts = name.replace(/([a-z\d])([A-Z])/g, '$1 $2').split(/[\s_-]+/)
  const key = parts.map((part) => part.replace(/[^\p{L}\d]/gu, '.')).join(String.raw`[\s_-]*`)
  const value = String.raw`(?:"([^"]+)"|'([^']+)'|([^\s,;][^,;\n]*?)${KEY_END})`
  const given = mentionsOf(text, new RegExp(String.raw`(?<![\p{L}\d])${key}["']?\s*[:=]\s*${value}`, 'giu'))
  const told = new RegExp(
    String.raw`(?<![\p{L}\d])(?:the|my|its|whose|our|with)\s+${key}\s+(?:is|are|of)\s+${value}`,
    'giu',
  )
  return [
    ...given,
    ...mentionsOf(text, told).filter(({ value }) => !/^(?:the|a|an|it|in|on|not)\b/i.test(value)),
  ]
}

/** `called X`, `named X`, `titled X`, quoted or to the end of the phrase. */
export const calledIn = (text: string): Mention[] =>
  mentionsOf(
    text,
    /\b(?:named|called|titled|entitled|labell?ed)\s+(?:"([^"]+)"|'([^']+)'|(\S.*?)(?=\s*(?:[,;.!?\n]|$|\b(?:and|with|for|to|in|on|at|due|by)\b)))/gi,
  )
