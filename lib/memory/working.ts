import type { JsonObject, JsonValue } from '../protocol/json.ts'
import { isRecord } from '../protocol/json.ts'

/** Notes that an agent keeps of a thread or of its owner: text by a template, or an object by a schema. */
export interface WorkingMemory {
  content: string | JsonObject
  /** The changes that it has taken in, the last ones at least: one that comes again is not made again. */
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

/** Characters: it is in every prompt. */
export const MAX_WORKING = 50_000

/** The memory after a change. One that it has taken in already changes nothing. */
export function applyChange(memory: WorkingMemory | undefined, change: WorkingChange): WorkingMemory {
  const before = memory ?? { content: '', applied: [] }
  if (before.applied.includes(change.id)) return before
  const applied = [...before.applied, change.id]
  if (change.type === 'set') return { content: change.content, applied }
  const content = typeof before.content === 'string' ? {} : before.content
  return { content: mergePatch(content, change.patch), applied }
}

/**
 * What is merged must not grow without end. One that has grown too long, by several writers at once, may shrink.
 *
 * @throws RangeError
 */
export function checkGrowth(memory: WorkingMemory | undefined, change: WorkingChange): void {
  if (change.type !== 'merge') return
  const length = lengthOf(applyChange(memory, change))
  if (length <= MAX_WORKING || length <= lengthOf(memory)) return
  throw new RangeError(
    `Cannot update the working memory: it would be ${length} characters long and may be ${MAX_WORKING}. Remove fields with null, or shorten them`,
  )
}

function lengthOf(memory: WorkingMemory | undefined): number {
  return JSON.stringify(memory?.content ?? '').length
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
