/** A value that survives `JSON.parse(JSON.stringify(value))` unchanged. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue }

export type JsonObject = { [key: string]: JsonValue }

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The JSON form of any value, as `JSON.stringify` sees it: dates become ISO strings, `undefined` becomes `null`.
 *
 * @throws TypeError if the value holds a circle or a BigInt.
 */
export function toJson(value: unknown): JsonValue {
  const text = JSON.stringify(value)
  return text === undefined ? null : JSON.parse(text)
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
