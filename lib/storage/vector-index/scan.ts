import type { VectorMetric } from '../vectors.ts'
import type { Bounds, ScanQuery } from './bounds.ts'
import { closeBounds, neededSum, roughBounds } from './bounds.ts'
import type { Candidates } from './candidates.ts'
import type { Kernel } from './kernel.ts'
import { mostOfQuery, prepare, round } from './quantize.ts'
import type { Block } from './rows.ts'
import { byteStride, floatStride } from './rows.ts'
import type { VectorMemory } from './vector-memory.ts'
import { BYTE_QUERY, FLOAT_QUERY, OUT, OUT_ROWS, PICKED } from './vector-memory.ts'

/** Which rows of a block may be found: those with something else than 0. Undefined: all. */
export type Mask = Uint8Array | undefined

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

/** Of most rows the sum is less than any row of the block needs, which is all that is looked at. */
function offerRun(
  kernel: Kernel,
  { block, from, count }: { block: Block; from: number; count: number },
  mask: Mask,
  query: ScanQuery,
  candidates: Candidates,
): void {
  // What left the numbers of 32 bits on its way says nothing: it stays, and so does what is no number.
  const isOut = ({ nearness, error }: Bounds): boolean =>
    nearness + error < candidates.least && nearness !== -Infinity
  const picked = kernel.pick(OUT, count, neededSum(block, query, candidates.least), PICKED)
  const sums = new Float32Array(kernel.memory(), OUT, count)
  for (const place of new Int32Array(kernel.memory(), PICKED, picked)) {
    const slot = from + place
    const sum = sums[place] ?? 0
    const rough = roughBounds(block, query, slot, sum)
    if (isOut(rough) || mask?.[slot] === 0) continue
    const bounds = closeBounds(kernel, block, query, slot, sum) ?? rough
    if (isOut(bounds)) continue
    candidates.offer(block.base + (block.seqs[slot] ?? 0), bounds.nearness, bounds.error)
  }
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
