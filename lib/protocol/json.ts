/** A value that survives `JSON.parse(JSON.stringify(value))` unchanged. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue }

export type JsonObject = { [key: string]: JsonValue }

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What is nested deeper cannot be read by all that reads JSON level by level. */
const MAX_DEPTH = 500

/**
 * The JSON form of any value, as `JSON.stringify` sees it: dates become ISO strings, `undefined` becomes `null`.
 *
 * @throws TypeError that says where, if the value holds a circle or a BigInt; RangeError if it is nested too deep.
 */
export function toJson(value: unknown): JsonValue {
  const text = stringify(value)
  if (text === undefined) return null
  const json: JsonValue = JSON.parse(text)
  // A level takes two brackets.
  if (text.length > 2 * MAX_DEPTH && isDeeper(json, MAX_DEPTH))
    throw new RangeError(`Cannot keep a value that is nested deeper than ${MAX_DEPTH} levels`)
  return json
}

/** Its words for a circle and a BigInt differ from engine to engine, and say of neither where it is. */
function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    const problem = cause instanceof TypeError && problemOf(value, '', [], new Set())
    if (!problem) throw cause
    throw new TypeError(`Cannot keep a value that is no JSON: ${problem}`, { cause })
  }
}

/** Undefined also if it lies too deep to be looked for. `above`: what holds it; `seen`: what is known to be sound. */
function problemOf(value: unknown, path: string, above: object[], seen: Set<object>): string | undefined {
  if (typeof value === 'bigint') return `${path || 'it'} is a BigInt`
  if (typeof value !== 'object' || value === null || seen.has(value) || 'toJSON' in value) return undefined
  if (above.includes(value)) return `${path} holds itself, it is a circle`
  if (above.length >= MAX_DEPTH) return undefined
  const isList = Array.isArray(value)
  above.push(value)
  for (const [key, item] of Object.entries(value)) {
    const problem = problemOf(item, isList ? `${path}[${key}]` : path ? `${path}.${key}` : key, above, seen)
    if (problem !== undefined) return problem
  }
  above.pop()
  seen.add(value)
  return undefined
}

function isDeeper(value: JsonValue, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  const inner = Array.isArray(value) ? value : Object.values(value)
  return levels === 0 || inner.some((item) => isDeeper(item, levels - 1))
}

/**
 * Where a value is not plain JSON, as a path such as `user.tags[2]`; undefined if it is JSON throughout.
 * Unlike {@link toJson} nothing is bent into shape: a Date, a function or NaN is reported.
 */
export function findNonJson(value: unknown, path = ''): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : path
  if (Array.isArray(value)) return firstOf(value.map((item, i) => [item, `${path}[${i}]`]))
  if (!isRecord(value) || !isPlain(value)) return path
  return firstOf(Object.entries(value).map(([key, item]) => [item, path ? `${path}.${key}` : key]))
}

function firstOf(entries: [unknown, string][]): string | undefined {
  for (const [item, path] of entries) {
    const found = findNonJson(item, path)
    if (found !== undefined) return found
  }
  return undefined
}

/** Made by `{}` or from JSON, not by a class. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
