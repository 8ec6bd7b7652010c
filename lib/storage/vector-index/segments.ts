import type { Sql } from '../sql.ts'
import { numberOf } from '../sql.ts'
import type { Packed } from './rows.ts'
import { openPacked } from './rows.ts'
import type { Space } from './space.ts'

/**
 * What of an index is packed: stretches of its points, in the order of their keys. What comes behind the last key of
 * the last segment is the tail. `dead` are the rows whose points are gone, a bit each; the rows themselves stand in a
 * table of their own, so that a death does not write them anew.
 */
export const SEGMENTS_TABLES = [
  'CREATE TABLE IF NOT EXISTS segments (key INTEGER PRIMARY KEY, first INTEGER, last INTEGER, count INTEGER, dead BLOB)',
  'CREATE TABLE IF NOT EXISTS packed (key INTEGER PRIMARY KEY, data BLOB)',
]

export interface Segment {
  key: number
  /** Keys of points: those of its rows lie between, both included. */
  first: number
  last: number
  count: number
  dead: Uint8Array | undefined
}

/** The segments of an index, in the order of their points, as a transaction finds and changes them. */
export interface Directory {
  segments: Segment[]
  /** Where the next segment goes. No key is given twice in one transaction: who reads along knows rows by it. */
  nextKey: number
}

export function readDirectory(sql: Sql, { base, end }: Space): Directory {
  const segments = sql
    .run('SELECT * FROM segments WHERE key > ? AND key < ? ORDER BY first', base, end)
    .map((row): Segment => {
      const { dead } = row
      return {
        key: numberOf(row, 'key'),
        first: numberOf(row, 'first'),
        last: numberOf(row, 'last'),
        count: numberOf(row, 'count'),
        dead: dead instanceof ArrayBuffer ? new Uint8Array(dead) : undefined,
      }
    })
  return { segments, nextKey: Math.max(base, ...segments.map(({ key }) => key)) + 1 }
}

/** The last key that is packed; behind it is the tail. */
export function watermark({ segments }: Directory, { base }: Space): number {
  return segments.at(-1)?.last ?? base
}

export function readPacked(sql: Sql, { dimension }: Space, { key }: Segment): Packed {
  const [row] = sql.run('SELECT data FROM packed WHERE key = ?', key)
  return openPacked(bytesOf(key, row?.['data']), dimension)
}

/** The numbers of its points alone, which stand at the end. */
export function readSeqs(sql: Sql, { key, count }: Segment): Uint32Array {
  const [row] = sql.run('SELECT substr(data, ?) AS seqs FROM packed WHERE key = ?', -4 * count, key)
  return new Uint32Array(bytesOf(key, row?.['seqs']))
}

/** Writes a segment in the place of others, or behind all. */
export function writeSegment(
  sql: Sql,
  directory: Directory,
  { first, last }: Pick<Segment, 'first' | 'last'>,
  count: number,
  data: ArrayBuffer,
): void {
  const segment: Segment = { key: directory.nextKey, first, last, count, dead: undefined }
  directory.nextKey += 1
  sql.run('INSERT INTO packed (key, data) VALUES (?, ?)', segment.key, data)
  sql.run(
    'INSERT INTO segments (key, first, last, count) VALUES (?, ?, ?, ?)',
    segment.key,
    first,
    last,
    count,
  )
  directory.segments = [...directory.segments, segment].toSorted((a, b) => a.first - b.first)
}

export function dropSegment(sql: Sql, directory: Directory, { key }: Segment): void {
  sql.run('DELETE FROM segments WHERE key = ?', key)
  sql.run('DELETE FROM packed WHERE key = ?', key)
  directory.segments = directory.segments.filter((segment) => segment.key !== key)
}

export function markDead(sql: Sql, segment: Segment, dead: Uint8Array<ArrayBuffer>): void {
  sql.run('UPDATE segments SET dead = ? WHERE key = ?', dead.buffer, segment.key)
  segment.dead = dead
}

export function dropAllSegments(sql: Sql, { base, end }: Space): void {
  sql.run('DELETE FROM segments WHERE key > ? AND key < ?', base, end)
  sql.run('DELETE FROM packed WHERE key > ? AND key < ?', base, end)
}

export function isDead({ dead }: Segment, slot: number): boolean {
  return (((dead?.[slot >> 3] ?? 0) >> (slot & 7)) & 1) === 1
}

export function countLiving({ count, dead }: Segment): number {
  let living = count
  for (const bits of dead ?? []) for (let rest = bits; rest > 0; rest &= rest - 1) living -= 1
  return living
}

function bytesOf(key: number, value: unknown): ArrayBuffer {
  if (value instanceof ArrayBuffer) return value
  throw new TypeError(`Cannot read segment ${key} of a vector index: its rows are not there`)
}
