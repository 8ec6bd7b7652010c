import type { JsonObject, JsonValue } from '../protocol/json.ts'
import { isRecord } from '../protocol/json.ts'

/** Notes that an agent keeps of a thread or of its owner: text by a template, or an object by a schema. */
export interface WorkingMemory {
  content: string | JsonObject
  /** The changes that it has taken in last: one that comes again is not made again. */
  applied: string[]
}

/** A change. `id` is the same for every try of it. */
export type WorkingChange = { id: string } & (
  | { type: 'set'; content: string | JsonObject }
  | { type: 'merge'; patch: JsonObject }
)

export const DEFAULT_TEMPLATE = `# About the user
- **Name**:
- **Where they live**:
- **What they do**:
- **What they like**:
- **What they dislike**:
- **What they are working towards**:
- **Facts to remember**:`

/** How many changes are remembered, so that late repetitions are known. */
const APPLIED = 20

/** The memory after a change. One that it has taken in already changes nothing. */
export function applyChange(memory: WorkingMemory | undefined, change: WorkingChange): WorkingMemory {
  const before = memory ?? { content: '', applied: [] }
  if (before.applied.includes(change.id)) return before
  const applied = [...before.applied, change.id].slice(-APPLIED)
  if (change.type === 'set') return { content: change.content, applied }
  const content = typeof before.content === 'string' ? {} : before.content
  return { content: mergePatch(content, change.patch), applied }
}

/**
 * JSON Merge Patch (RFC 7396): objects are merged key by key, null takes a key away, and everything else, lists
 * included, replaces what was there.
 */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map(Object.entries(target))
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key)
    else merged.set(key, mergeValue(merged.get(key), value))
  }
  return Object.fromEntries(merged)
}

/** Proof of the casts: what is a record and JSON is an object of JSON. */
function mergeValue(before: JsonValue | undefined, value: JsonValue): JsonValue {
  if (!isRecord(value)) return value
  return mergePatch(isRecord(before) ? (before as JsonObject) : {}, value as JsonObject)
}

/** As prompts and routes show it; empty if nothing is kept. */
export function workingText({ content }: WorkingMemory): string {
  if (typeof content === 'string') return content
  return Object.keys(content).length > 0 ? JSON.stringify(content, null, 2) : ''
}
