import type { JsonObject } from './json.ts'

/** A runtime context in two. */
export interface SplitContext {
  /** What may be written down. */
  kept: JsonObject
  secrets: JsonObject
}

/** `secretKeys` are never written down. */
export function splitContext(context: JsonObject, secretKeys: readonly string[]): SplitContext {
  const isSecret = ([key]: [string, unknown]): boolean => secretKeys.includes(key)
  const entries = Object.entries(context)
  return {
    kept: Object.fromEntries(entries.filter((entry) => !isSecret(entry))),
    secrets: Object.fromEntries(entries.filter(isSecret)),
  }
}
