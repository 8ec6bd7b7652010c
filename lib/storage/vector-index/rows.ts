import type { VectorMetric } from '../vectors.ts'
import { BYTES_STEP, FLOATS_STEP } from './kernel.ts'
import { prepare, round, roundUp } from './quantize.ts'

/** What is known of each row beside its numbers. */
export interface RowFacts {
  /** What a sum of the kernel is multiplied with, beside the query's own scale. */
  scales: Float32Array
  /** How far the row may be from its vector. */
  errors: Float32Array
  /** Of the vector as it is compared. */
  lengths: Float32Array
  /** The numbers that its points have within their index, growing. */
  seqs: Uint32Array
}

/** What no row of many goes beyond: most of them are out by that alone, without a look at their own facts. */
export interface Extremes {
  scale: number
  error: number
  length: number
  leastLength: number
}

/** Rows in the memory, ready for the kernel. */
export interface Block extends RowFacts {
  kind: 'floats' | 'bytes'
  address: number
  count: number
  stride: number
  /** What the key of a point is, less its number. */
  base: number
  /** Of all its rows. */
  extremes: Extremes
}

/** A vector under the number that it has within its index. */
export interface Point {
  seq: number
  vector: Float32Array
}

/** Vectors packed to one byte a number, as a segment is stored: the rows, then their facts. */
export interface Packed extends RowFacts {
  data: ArrayBuffer
  count: number
  stride: number
  codes: Int8Array
}

/** What the facts of a row take in a stored segment. */
export const FACTS_BYTES = 16

export function byteStride(dimension: number): number {
  return Math.ceil(dimension / BYTES_STEP) * BYTES_STEP
}

export function floatStride(dimension: number): number {
  return Math.ceil((4 * dimension) / FLOATS_STEP) * FLOATS_STEP
}

export function openPacked(data: ArrayBuffer, dimension: number): Packed {
  const stride = byteStride(dimension)
  const count = data.byteLength / (stride + FACTS_BYTES)
  const facts = (place: number): number => count * (stride + 4 * place)
  return {
    data,
    count,
    stride,
    codes: new Int8Array(data, 0, count * stride),
    scales: new Float32Array(data, facts(0), count),
    errors: new Float32Array(data, facts(1), count),
    lengths: new Float32Array(data, facts(2), count),
    seqs: new Uint32Array(data, facts(3), count),
  }
}

export function extremesOf({ scales, errors, lengths }: RowFacts, count: number): Extremes {
  const extremes = { scale: 0, error: 0, length: 0, leastLength: Infinity }
  for (let slot = 0; slot < count; slot += 1) {
    const length = lengths[slot] ?? 0
    extremes.scale = Math.max(extremes.scale, scales[slot] ?? 0)
    extremes.error = Math.max(extremes.error, errors[slot] ?? 0)
    extremes.length = Math.max(extremes.length, length)
    extremes.leastLength = Math.min(extremes.leastLength, length)
  }
  return extremes
}

/** A row that is packed already, and is taken over as it is. */
export interface PackedRow {
  packed: Packed
  slot: number
}

/** Packs rows in the order in which they come. */
export function pack(
  dimension: number,
  metric: VectorMetric,
  rows: readonly (PackedRow | Point)[],
): ArrayBuffer {
  const stride = byteStride(dimension)
  const to = openPacked(new ArrayBuffer(rows.length * (stride + FACTS_BYTES)), dimension)
  for (const [slot, row] of rows.entries()) {
    if ('packed' in row) {
      copyRow(row, to, slot)
      continue
    }
    const { numbers, length } = prepare(metric, row.vector)
    const codes = to.codes.subarray(slot * stride, slot * stride + dimension)
    const { scale, error } = round(numbers, 127, codes)
    to.scales[slot] = scale
    to.errors[slot] = roundUp(error)
    to.lengths[slot] = length
    to.seqs[slot] = row.seq
  }
  return to.data
}

/** Writes a vector as a row of floats, filled up with zeros, and what is known of it. */
export function writeFloats(
  { seq, vector }: Point,
  metric: VectorMetric,
  row: Float32Array,
  facts: RowFacts,
  slot: number,
): void {
  const { numbers, length } = prepare(metric, vector)
  row.fill(0)
  row.set(numbers)
  facts.scales[slot] = 1
  // Each of the kernel's sums is one of at least four that run side by side, and a direction is rounded once more.
  facts.errors[slot] = roundUp(length * (vector.length / 4 + 16) * 2 ** -23)
  facts.lengths[slot] = length
  facts.seqs[slot] = seq
}

function copyRow({ packed, slot }: PackedRow, to: Packed, at: number): void {
  const { stride } = to
  to.codes.set(packed.codes.subarray(slot * stride, (slot + 1) * stride), at * stride)
  to.scales[at] = packed.scales[slot] ?? 0
  to.errors[at] = packed.errors[slot] ?? 0
  to.lengths[at] = packed.lengths[slot] ?? 0
  to.seqs[at] = packed.seqs[slot] ?? 0
}
