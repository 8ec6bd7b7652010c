import { isPlain, isRecord } from '../protocol/json.ts'

/**
 * The key of a question: the SHA-256 of all that matters to its answer, so that nothing of it can be read in the key.
 *
 * @throws TypeError if something in it has no text of its own, such as a function or a Map.
 */
export async function hashKey(question: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(canonical(question))
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** One text for all spellings of a value: the order of keys does not matter, and what is undefined is not there. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join()}]`
  // No JSON begins so.
  if (value instanceof Uint8Array) return `bytes ${value.join()}`
  // Addresses and dates are records without keys; their JSON is what they say.
  if (isRecord(value) && !('toJSON' in value)) {
    // What a Map or a Set holds is under none of its keys: all of them would be one question.
    if (!isPlain(value)) throw new TypeError(`A ${value.constructor.name} has no JSON`)
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    // No two keys are the same.
    entries.sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join()}}`
  }
  const text = typeof value === 'number' && !Number.isFinite(value) ? undefined : JSON.stringify(value)
  if (text === undefined) throw new TypeError(`A ${typeof value} has no JSON`)
  return text
}
