import type { Sql } from '../sql.ts'
import { pointsAtOnce, readVectors } from './points.ts'
import type { PackedRow, Point } from './rows.ts'
import { byteStride, FACTS_BYTES, pack } from './rows.ts'
import type { Directory, Segment } from './segments.ts'
import {
  countLiving,
  dropSegment,
  isDead,
  markDead,
  readPacked,
  readSeqs,
  watermark,
  writeSegment,
} from './segments.ts'
import type { Space } from './space.ts'

// How points come into segments and out of them. All of it is called within the transaction of the change that makes
// it necessary, so that at no moment a point is in a segment and in the tail, or in neither.

/** How much of an index waits, and how much is packed together. */
export interface Limits {
  /** Points in the tail before they are packed: there they are slower to find, but cheaper to write. */
  tail: number
  /** Rows of a segment. */
  segment: number
}

/** The platform's limit for a row is 2 MB. */
const MOST_BYTES = 1_500_000
/** What a query may have to read anew when the tail was changed. */
const TAIL_BYTES = 2 << 20

export function limitsOf({ dimension }: Space): Limits {
  return {
    tail: Math.min(256, Math.ceil(TAIL_BYTES / (4 * dimension))),
    segment: Math.min(1000, Math.floor(MOST_BYTES / (byteStride(dimension) + FACTS_BYTES))),
  }
}

/** Packs the tail. A last segment that is not full is written anew with what comes behind it. */
export function foldTail(sql: Sql, space: Space, directory: Directory, { segment: most }: Limits): void {
  const last = directory.segments.at(-1)
  let after = watermark(directory, space)
  let rows: (PackedRow | Point)[] = []
  let first: number | undefined
  if (last && countLiving(last) < most) {
    rows = livingRows(sql, space, last)
    first = last.first
    dropSegment(sql, directory, last)
  }
  for (;;) {
    const more = readVectors(sql, space, after, Math.min(most - rows.length, pointsAtOnce(space)))
    rows.push(...more.map(({ key, vector }) => ({ seq: key - space.base, vector })))
    first ??= more[0]?.key
    after = more.at(-1)?.key ?? after
    if (more.length > 0 && rows.length < most) continue
    if (first !== undefined) writeRows(sql, space, directory, { first, last: after }, rows)
    if (more.length === 0) return
    rows = []
    first = undefined
  }
}

/** Marks the rows of points that are gone. A segment of which half is dead is written anew, and one that is all dead goes. */
export function bury(
  sql: Sql,
  space: Space,
  directory: Directory,
  keys: readonly number[],
  limits: Limits,
): void {
  const packed = watermark(directory, space)
  const gone = new Set(keys.filter((key) => key <= packed))
  if (gone.size === 0) return
  for (const segment of directory.segments) {
    const own = [...gone].filter((key) => segment.first <= key && key <= segment.last)
    if (own.length === 0) continue
    const seqs = readSeqs(sql, segment)
    const dead = new Uint8Array(Math.ceil(segment.count / 8))
    if (segment.dead) dead.set(segment.dead)
    seqs.forEach((seq, slot) => {
      if (gone.has(space.base + seq)) dead[slot >> 3] = (dead[slot >> 3] ?? 0) | (1 << (slot & 7))
    })
    markDead(sql, segment, dead)
  }
  // The list as it is now: what is written meanwhile needs none of it.
  for (const segment of directory.segments) compact(sql, space, directory, segment, limits)
}

/** Writes a segment anew if half of it is dead, together with the one before it if one has room for both. */
function compact(
  sql: Sql,
  space: Space,
  directory: Directory,
  segment: Segment,
  { segment: most }: Limits,
): void {
  const living = countLiving(segment)
  if (living * 2 > segment.count) return
  const at = directory.segments.findIndex(({ key }) => key === segment.key)
  const before = directory.segments[at - 1]
  const joined = before && living > 0 && countLiving(before) + living <= most ? [before, segment] : [segment]
  const rows = joined.flatMap((one) => livingRows(sql, space, one))
  for (const one of joined) dropSegment(sql, directory, one)
  const range = { first: joined[0]?.first ?? segment.first, last: segment.last }
  writeRows(sql, space, directory, range, rows)
}

function livingRows(sql: Sql, space: Space, segment: Segment): PackedRow[] {
  const packed = readPacked(sql, space, segment)
  return Array.from({ length: packed.count }, (_, slot) => ({ packed, slot })).filter(
    ({ slot }) => !isDead(segment, slot),
  )
}

function writeRows(
  sql: Sql,
  { dimension, metric }: Space,
  directory: Directory,
  range: Pick<Segment, 'first' | 'last'>,
  rows: readonly (PackedRow | Point)[],
): void {
  if (rows.length > 0) writeSegment(sql, directory, range, rows.length, pack(dimension, metric, rows))
}
