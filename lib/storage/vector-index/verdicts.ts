import type { FilterNode } from '../filter.ts'
import type { Sql } from '../sql.ts'
import { fittingKeys } from './points.ts'
import type { Segment } from './segments.ts'
import { isDead } from './segments.ts'
import type { Mask } from './scan.ts'

/** How many filters are remembered for an index. What asks an index asks for the same few things. */
const MOST_FILTERS = 8

/**
 * Which rows pass which filter, found out from the metadata once: a point never changes, so what was found out stays
 * true for as long as the rows are the same. A byte a row and filter.
 */
export interface Verdicts {
  ofSegment(sql: Sql, base: number, segment: Segment, rows: () => Uint32Array, filter: FilterNode): Uint8Array
  ofTail(sql: Sql, base: number, seqs: Uint32Array, filter: FilterNode): Uint8Array
  /** Forgets the tail, and all segments but these. */
  keepOnly(segments: readonly Segment[]): void
}

const TAIL = 0

export function createVerdicts(): Verdicts {
  const byFilter = new Map<string, Map<number, Uint8Array>>()
  const of = (filter: FilterNode): Map<number, Uint8Array> => {
    const name = JSON.stringify(filter)
    const known = byFilter.get(name) ?? new Map<number, Uint8Array>()
    byFilter.delete(name)
    byFilter.set(name, known)
    const [oldest] = byFilter.keys()
    if (byFilter.size > MOST_FILTERS && oldest !== undefined) byFilter.delete(oldest)
    return known
  }
  return {
    ofSegment: (sql, base, segment, rows, filter) => {
      const known = of(filter)
      const found = known.get(segment.key)
      if (found) return found
      const keys = fittingKeys(sql, filter, segment.first, segment.last)
      const verdict = keys.length === 0 ? new Uint8Array(segment.count) : judge(rows(), 0, base, keys)
      known.set(segment.key, verdict)
      return verdict
    },
    ofTail: (sql, base, seqs, filter) => {
      const known = of(filter)
      const before = known.get(TAIL) ?? new Uint8Array()
      if (before.length === seqs.length) return before
      const verdict = new Uint8Array(seqs.length)
      verdict.set(before)
      const first = base + (seqs[before.length] ?? 0)
      const keys = fittingKeys(sql, filter, first, base + (seqs.at(-1) ?? 0))
      verdict.set(judge(seqs, before.length, base, keys), before.length)
      known.set(TAIL, verdict)
      return verdict
    },
    keepOnly: (segments) => {
      const kept = new Set(segments.map(({ key }) => key))
      for (const known of byFilter.values())
        for (const key of known.keys()) if (!kept.has(key)) known.delete(key)
    },
  }
}

/** The rows of a segment that may be found; undefined if that is all of them, `none` if it is not one. */
export function maskOf(segment: Segment, verdict: Mask): Mask | 'none' {
  if (verdict && !verdict.includes(1)) return 'none'
  if (!segment.dead) return verdict
  const mask = verdict?.slice() ?? new Uint8Array(segment.count).fill(1)
  for (let slot = 0; slot < mask.length; slot += 1) if (isDead(segment, slot)) mask[slot] = 0
  return mask
}

/** Both the numbers and the keys grow. */
function judge(seqs: Uint32Array, from: number, base: number, keys: readonly number[]): Uint8Array {
  const verdict = new Uint8Array(seqs.length - from)
  let next = 0
  for (let slot = from; slot < seqs.length; slot += 1) {
    const key = base + (seqs[slot] ?? 0)
    while ((keys[next] ?? Infinity) < key) next += 1
    if (keys[next] === key) verdict[slot - from] = 1
  }
  return verdict
}
