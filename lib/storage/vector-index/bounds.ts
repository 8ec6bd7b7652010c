import type { VectorMetric } from '../vectors.ts'
import type { Kernel } from './kernel.ts'
import type { Block } from './rows.ts'

/** What nearness is computed with: the query in both of its forms, which lie in the memory. */
export interface ScanQuery {
  metric: VectorMetric
  length: number
  floats: { scale: number; error: number }
  bytes: { scale: number; error: number }
}

/**
 * Nearness is what orders scores: the cosine, the dot product, or the squared distance below 0. That of the vector is
 * off by at most `error`: by how far row and query may be from what they stand for, and by the few computations here.
 */
export interface Bounds {
  nearness: number
  error: number
}

/** From the facts of a row and what the kernel says of it. */
export function roughBounds(block: Block, query: ScanQuery, slot: number, sum: number): Bounds {
  const length = block.lengths[slot] ?? 0
  const product = sum * (block.scales[slot] ?? 0) * query[block.kind].scale
  return toBounds(query, length, product, errorOf(block, query, block.errors[slot] ?? 0, length))
}

/**
 * Closer, for the price of reading the row once more, where it is of bytes; undefined where that says nothing.
 *
 * A vector is a part along its row's codes and a part across them. The first is known, and so is the query's; only the
 * parts across are not, and they are short where both point to where the codes do. So the nearer a row is to the query,
 * the better its nearness is known.
 */
export function closeBounds(
  kernel: Kernel,
  block: Block,
  query: ScanQuery,
  slot: number,
  sum: number,
): Bounds | undefined {
  const length = block.lengths[slot] ?? 0
  const rowError = block.errors[slot] ?? 0
  const scale = block.scales[slot] ?? 0
  // Of what is shorter 32 bits say too little.
  if (block.kind === 'floats' || length < 1e-30 || scale === 0) return undefined
  const codes = Math.sqrt(kernel.square(block.address + slot * block.stride, block.stride))
  // From |vector - scale * codes| = error: how much of the vector, and of the query, lies along the codes.
  const along = (length * length + (scale * codes) ** 2 - rowError * rowError) / (2 * scale * codes)
  const queryAlong = (sum * query.bytes.scale) / codes
  // The facts are told in 32 bits: that may make up for more than what lies across.
  const across = Math.sqrt(Math.max(0, length * length - along * along) + 1e-6 * length * length)
  const reach = query.length + query.bytes.error
  const queryAcross = Math.sqrt(Math.max(0, reach * reach - queryAlong * queryAlong) + 1e-6 * reach * reach)
  const error = across * queryAcross + query.bytes.error * length + 1e-6 * reach * length + 1e-30
  return Number.isFinite(error) ? toBounds(query, length, along * queryAlong, error) : undefined
}

/** What the kernel must say of a row at least, whichever of the block it is, for its nearness to reach `least`. */
export function neededSum(block: Block, query: ScanQuery, least: number): number {
  const { scale, error, length, leastLength } = block.extremes
  const bounds = toBounds(query, leastLength, 0, errorOf(block, query, error, length))
  const product = (least - bounds.error - bounds.nearness) / (query.metric === 'euclidean' ? 2 : 1)
  // Below 0 the smallest scale would count. The last digits are those of the few steps here.
  return product > 0 ? (product / (scale * query[block.kind].scale)) * (1 - 1e-9) : -Infinity
}

/** How far the product with a row may be from that with its vector. */
function errorOf({ kind }: Block, query: ScanQuery, rowError: number, rowLength: number): number {
  const reach = rowLength + rowError
  return query.length * rowError + query[kind].error * reach + 4e-7 * query.length * reach + 1e-30
}

function toBounds(query: ScanQuery, rowLength: number, product: number, error: number): Bounds {
  if (query.metric !== 'euclidean') return { nearness: product, error }
  const squares = rowLength * rowLength + query.length * query.length
  return { nearness: 2 * product - squares, error: 2 * error + 4e-7 * squares }
}
