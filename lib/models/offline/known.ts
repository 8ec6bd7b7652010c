import { fit } from './fit.ts'
import { isRecord, itemsOf } from './schema.ts'
import type { Shape } from './schema.ts'
import { namesOf } from './words.ts'

/** A value that a tool has returned, with the stems of its key and of all that stands above it. */
export interface Known {
  readonly key: readonly string[]
  readonly above: readonly string[]
  readonly value: unknown
  /** The tool was given this value and only says it again. */
  readonly isEcho: boolean
}

/** Every value in a tool's result by its key, the outer before the inner. `input` is what the tool was given. */
export function knownIn(value: unknown, toolName: string, input?: unknown): Known[] {
  const given = isRecord(input) ? Object.values(input) : []
  let level: Known[] = [{ key: [], above: namesOf(toolName), value, isEcho: false }]
  const found: Known[] = []
  while (level.length > 0 && found.length < 2000) {
    found.push(...level)
    level = level.flatMap(({ key, above, value, isEcho }): Known[] => {
      if (Array.isArray(value))
        return value.slice(0, 100).map((item: unknown) => ({ key, above, value: item, isEcho }))
      if (!isRecord(value)) return []
      return Object.entries(value).map(([name, inner]) => ({
        key: namesOf(name),
        above: [...above, ...key],
        value: inner,
        isEcho: given.includes(inner),
      }))
    })
  }
  return found
}

/** A property that looks for its value: the stems of its name, and of the tool it belongs to. */
export interface Wanted {
  readonly stems: readonly string[]
  readonly tool: readonly string[]
}

/** All values known under this name that the shape takes, the best-named first. */
export function lookup(known: readonly Known[], wanted: Wanted, shape: Shape): unknown[] {
  const scored = known
    .map((one) => ({ value: fit(shape, one.value), score: likeness(one, wanted) }))
    .filter(({ value, score }) => value !== undefined && score > 0)
    .sort((a, b) => b.score - a.score)
  if (scored.length > 0 || shape.type !== 'array') return scored.map(({ value }) => value)
  const items = itemsOf(shape).flatMap((item) => lookup(known, wanted, item))
  const list = items.length > 0 ? fit(shape, [...new Set(items)]) : undefined
  return list === undefined ? [] : [list]
}

/** How surely a key means a property: the same name, or the same with words of its surroundings. Zero is no. */
function likeness({ key, above }: Known, { stems, tool }: Wanted): number {
  const name = withoutUnit(stems)
  const own = withoutUnit(key)
  const last = own.at(-1)
  const end = name.at(-1)
  if (last === undefined || end === undefined || !isSame(last, end)) return 0
  const extra = name.filter((stem) => !own.some((one) => isSame(one, stem)))
  const lacking = own.filter((stem) => !name.some((one) => isSame(one, stem)))
  if (extra.length === 0 && lacking.length === 0) return last === end ? 4 : 3
  if (lacking.length === 0 && extra.every((stem) => above.includes(stem))) return 2
  if (extra.length === 0 && lacking.every((stem) => tool.includes(stem) || above.includes(stem))) return 1
  return 0
}

const UNITS = new Set('c f celsius fahrenheit km m kg percent pct usd eur ms second minut iso cod'.split(' '))

const withoutUnit = (stems: readonly string[]): readonly string[] =>
  stems.length > 1 && UNITS.has(stems.at(-1) ?? '') ? stems.slice(0, -1) : stems

const ALIASES = [/^(?:lng|lon|longitud)$/, /^(?:cit|plac|loc|town)$/, /^(?:numb|num|no|nr|id)$/]

function isSame(a: string, b: string): boolean {
  if (a === b) return true
  if (a.length > 2 && b.length > 2 && (a.startsWith(b) || b.startsWith(a))) return true
  return ALIASES.some((alias) => alias.test(a) && alias.test(b))
}
