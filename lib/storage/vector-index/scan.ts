import type { VectorMetric } from '../vectors.ts'
import type { Candidates } from './candidates.ts'
import type { Kernel } from './kernel.ts'
import { mostOfQuery, prepare, round } from './quantize.ts'
import type { Extremes, RowFacts } from './rows.ts'
import { byteStride, floatStride } from './rows.ts'
import type { VectorMemory } from './vector-memory.ts'
import { BYTE_QUERY, FLOAT_QUERY, OUT, OUT_ROWS, PICKED } from './vector-memory.ts'

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

/** Which rows of a block may be found: those with something else than 0. Undefined: all. */
export type Mask = Uint8Array | undefined

/** What nearness is computed with: the query in both of its forms, which lie in the memory. */
export interface ScanQuery {
  metric: VectorMetric
  length: number
  floats: { scale: number; error: number }
  bytes: { scale: number; error: number }
}

/** Puts the query to where the kernel finds it. Good until the next one is put there. */
export function placeQuery({ kernel }: VectorMemory, metric: VectorMetric, vector: Float32Array): ScanQuery {
  const { numbers, length } = prepare(metric, vector)
  const memory = kernel.memory()
  const floats = new Float32Array(memory, FLOAT_QUERY, floatStride(vector.length) / 4)
  floats.fill(0).set(numbers)
  const codes = new Int16Array(memory, BYTE_QUERY, byteStride(vector.length)).fill(0)
  const bytes = round(numbers, mostOfQuery(codes.length), codes.subarray(0, vector.length))
  // A query that is no direction yet is exact as floats.
  return { metric, length, floats: { scale: 1, error: metric === 'cosine' ? 1e-7 : 0 }, bytes }
}

/** A gap of rows that may not be found is read all the same if it is shorter than this. */
const GAP = 8

/** Offers all rows of a block that may be found, and be near enough, to the candidates. */
export function scanBlock(
  { kernel }: VectorMemory,
  block: Block,
  mask: Mask,
  query: ScanQuery,
  candidates: Candidates,
): void {
  const { kind, address, stride, count } = block
  for (let from = nextRow(mask, 0, count); from < count;) {
    const to = endOfRun(mask, from, Math.min(count, from + OUT_ROWS))
    if (kind === 'floats') kernel.floats(address + from * stride, to - from, stride, FLOAT_QUERY, OUT)
    else kernel.bytes(address + from * stride, to - from, stride, BYTE_QUERY, OUT)
    offerRun(kernel, { block, from, count: to - from }, mask, query, candidates)
    from = nextRow(mask, to, count)
  }
}

/**
 * Nearness is what orders scores: the cosine, the dot product, or the squared distance below 0. Its error is bounded by
 * how far rows and query may be from what they stand for, and by what the few computations here are off. Of most rows
 * the sum is less than any row of the block needs, which is all that is looked at.
 */
function offerRun(
  kernel: Kernel,
  { block, from, count }: { block: Block; from: number; count: number },
  mask: Mask,
  query: ScanQuery,
  candidates: Candidates,
): void {
  const { scales, errors, lengths, seqs, base } = block
  const { scale } = query[block.kind]
  const isDistance = query.metric === 'euclidean'
  const picked = kernel.pick(OUT, count, neededSum(block, query, candidates.least), PICKED)
  const sums = new Float32Array(kernel.memory(), OUT, count)
  for (const place of new Int32Array(kernel.memory(), PICKED, picked)) {
    const slot = from + place
    const length = lengths[slot] ?? 0
    let nearness = (sums[place] ?? 0) * (scales[slot] ?? 0) * scale
    if (isDistance) nearness = 2 * nearness - length * length - query.length ** 2
    const error = errorOf(block, query, errors[slot] ?? 0, length)
    // What left the numbers of 32 bits on its way says nothing: it stays, and so does what is no number.
    if (nearness + error < candidates.least && nearness !== -Infinity) continue
    if (mask?.[slot] === 0) continue
    candidates.offer(base + (seqs[slot] ?? 0), nearness, error)
  }
}

/** What the kernel must say of a row at least, whichever of the block it is, for its nearness to reach `least`. */
function neededSum(block: Block, query: ScanQuery, least: number): number {
  const { scale, error, length, leastLength } = block.extremes
  let nearness = least - errorOf(block, query, error, length)
  if (query.metric === 'euclidean') nearness = (nearness + leastLength ** 2 + query.length ** 2) / 2
  // Below 0 the smallest scale would count. The last digits are those of the few steps here.
  return nearness > 0 ? (nearness / (scale * query[block.kind].scale)) * (1 - 1e-9) : -Infinity
}

/** How far the nearness of a row may be from that of its vector. */
function errorOf({ kind }: Block, query: ScanQuery, rowError: number, rowLength: number): number {
  const reach = rowLength + rowError
  const error = query.length * rowError + query[kind].error * reach + 4e-7 * query.length * reach + 1e-30
  if (query.metric !== 'euclidean') return error
  return 2 * error + 4e-7 * (rowLength * rowLength + query.length * query.length)
}

function nextRow(mask: Mask, from: number, count: number): number {
  if (!mask) return from
  let at = from
  while (at < count && mask[at] === 0) at += 1
  return at
}

function endOfRun(mask: Mask, from: number, most: number): number {
  if (!mask) return most
  let end = from + 1
  for (let at = end; at < most && at - end < GAP; at += 1) if (mask[at] !== 0) end = at + 1
  return end
}
