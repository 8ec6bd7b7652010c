import { branchOf, leavesOf } from './leaves.ts'
import type { Leaf } from './leaves.ts'
import { fit } from './fit.ts'
import { mentionsOf } from './mentions.ts'
import { neutral } from './neutral.ts'
import { isRecord } from './schema.ts'
import type { Schema } from './schema.ts'
import { contentOf } from './words.ts'

/**
 * The arguments mended by what an error says: a field it names, values it allows, a bound, a letter case.
 * Undefined if it says nothing of use. `filled` is what a fresh look at the request would give.
 */
export function correct(
  schema: Schema,
  input: unknown,
  error: unknown,
  request: string,
  filled: unknown,
): Schema | undefined {
  if (!isRecord(input)) return isRecord(filled) ? filled : undefined
  const text = (typeof error === 'string' ? error : JSON.stringify(error)).replaceAll('\\"', '"')
  const leaves = leavesOf(schema, schema, request).filter(({ path }) => path.lastIndexOf('/') === 0)
  const named = leaves.filter((leaf) => isNamed(leaf, text))
  const allowed = allowedIn(text)
  const suspects = named.length > 0 ? named : leaves.filter(({ name }) => quotes(text, input[name]))
  const fallback =
    allowed.length > 0 && leaves.length > 0
      ? leaves.filter(({ name }) => typeof input[name] === 'string').slice(0, 1)
      : []
  for (const leaf of suspects.length > 0 ? suspects : fallback) {
    const fresh = isRecord(filled) ? filled[leaf.name] : undefined
    const value = mend({ leaf, value: input[leaf.name], text, allowed, request, fresh })
    if (value !== undefined && JSON.stringify(value) !== JSON.stringify(input[leaf.name]))
      return { ...input, [leaf.name]: value }
  }
  return undefined
}

interface Fault {
  readonly leaf: Leaf
  readonly value: unknown
  /** What the error says, and the values it allows. */
  readonly text: string
  readonly allowed: readonly string[]
  readonly request: string
  readonly fresh: unknown
}

function mend({ leaf, value, text, allowed, request, fresh }: Fault): unknown {
  const shape = leaf.shapes.find(({ type }) => type !== 'null') ?? branchOf(leaf.shapes, request)
  if (!shape) return undefined
  const wanted = nearest(allowed, value, request)
  if (wanted !== undefined) return fit(shape, wanted) ?? wanted
  if (typeof value === 'number') return bounded(value, text)
  if (value === undefined && /required|missing|provide|undefined|must (?:have|be given)/i.test(text))
    return fresh ?? neutral(leaf.shapes)
  if (typeof value !== 'string') return undefined
  if (/upper[- ]?case/i.test(text)) return value.toUpperCase()
  if (/lower[- ]?case/i.test(text)) return value.toLowerCase()
  if (/number|numeric|digits/i.test(text) && /\d/.test(value)) return fit(shape, value.replace(/[^\d.]/g, ''))
  return /invalid|format|must|expected/i.test(text) ? fresh : undefined
}

const isNamed = ({ name }: Leaf, text: string): boolean =>
  new RegExp(String.raw`(?<![\p{L}\d])${name}(?![\p{L}\d"]*\s*":\s*[^\[])`, 'iu').test(
    text.replace(/Value: \{.*?\}\.?\s/s, ''),
  )

const quotes = (text: string, value: unknown): boolean =>
  typeof value === 'string' && value !== '' && text.includes(value)

/** "one of 'a', 'b'", "allowed values: a, b", "did you mean c?", and zod's `values`. */
function allowedIn(text: string): string[] {
  const list = /\bone of(?: the following)?\s*:?\s*(.+)/is.exec(text)?.[1] ?? LISTS.exec(text)?.[1]
  if (!list) return []
  const quoted = mentionsOf(
    list.split(/["']?(?:path|message|received)["']?\s*:|, (?:got|received|not)\b/i)[0] ?? '',
    /"([^"]+)"|'([^']+)'|`([^`]+)`/g,
  )
  if (quoted.length > 0) return quoted.map(({ value }) => value)
  const head = list.split(/[.?!\n](?:\s|$)|\(|, (?:got|received|not)\b/)[0] ?? ''
  const parts = head.split(/\s*(?:,\s*(?:or\s+|and\s+)?|\||\bor\b|\band\b)\s*/).filter(Boolean)
  return parts.every((part) => /^[\w-]+(?: [\w-]+)?$/.test(part)) &&
    (parts.length > 1 || /did you mean/i.test(text))
    ? parts
    : []
}

const LISTS =
  /\b(?:allowed(?: values)?|valid \w+|available|supported|options|choices|choose(?: from)?|must be(?: either)?|did you mean|expected|values")(?: are| is|:|\s)*\s*[:=]?\s*(.+)/is

/** The allowed value that the request speaks of, or that looks like the refused one; else the first. */
function nearest(allowed: readonly string[], value: unknown, request: string): string | undefined {
  const said = new Set(contentOf(request))
  const refused = String(value).toLowerCase()
  const scored = allowed
    .map((one) => ({
      one,
      score:
        (contentOf(one).some((stem) => said.has(stem)) ? 4 : 0) +
        (one.toLowerCase() === refused ? 3 : 0) +
        (one.toLowerCase()[0] === refused[0] ? 1 : 0),
    }))
    .filter(({ one }) => one !== value)
    .sort((a, b) => b.score - a.score)
  return scored[0]?.one
}

/** The number moved inside the bound that the text names. */
function bounded(value: number, text: string): number | undefined {
  const number = (pattern: RegExp) => {
    const found = pattern.exec(text)?.[1]
    return found === undefined ? undefined : Number(found)
  }
  const low = number(
    /(?:at least|minimum(?: is| of)?|>=|no less than|between|greater than or equal to)\D{0,10}(-?\d+(?:\.\d+)?)/i,
  )
  const high = number(
    /(?:at most|maximum(?: is| of)?|<=|no more than|up to|between -?[\d.]+ and|less than or equal to)\D{0,10}(-?\d+(?:\.\d+)?)/i,
  )
  if (low !== undefined && value < low) return low
  if (high !== undefined && value > high) return high
  return value <= 0 && /positive|greater than (?:0|zero)|> ?0/i.test(text) ? 1 : undefined
}
