import type { Sql } from '../sql.ts'
import { limitsOf } from './fold.ts'
import { pointsAtOnce, readVectors } from './points.ts'
import type { Block, RowFacts } from './rows.ts'
import { extremesOf, floatStride, writeFloats } from './rows.ts'
import type { Space } from './space.ts'
import type { Shelf, VectorMemory } from './vector-memory.ts'

/** Where the tail lies on the shelf of its index: no segment has this key. */
const TAIL = 0
const LEAST_ROWS = 16

/** The points that are not packed yet, as floats: read from their rows, and then only what has come since. */
export interface Tail {
  /** Calls `use` with all of it. */
  read(sql: Sql, after: number, use: (block: Block) => void): void
  /** Something else than new points came: it is read anew. */
  forget(): void
}

export function createTail(memory: VectorMemory, shelf: Shelf, space: Space): Tail {
  const stride = floatStride(space.dimension)
  let facts = createFacts(0)
  let extremes = extremesOf(facts, 0)
  let count = 0
  const write = (address: number, vectors: ReturnType<typeof readVectors>): void => {
    for (const { key, vector } of vectors) {
      const row = new Float32Array(memory.kernel.memory(), address + count * stride, stride / 4)
      writeFloats({ seq: key - space.base, vector }, space.metric, row, facts, count)
      count += 1
    }
    extremes = extremesOf(facts, count)
  }
  const blockAt = (address: number): Block => {
    const { scales, errors, lengths } = facts
    const seqs = facts.seqs.subarray(0, count)
    return {
      kind: 'floats',
      address,
      count,
      stride,
      base: space.base,
      extremes,
      scales,
      errors,
      lengths,
      seqs,
    }
  }
  return {
    read: (sql, after, use) => {
      let address = shelf.find(TAIL)
      if (address === undefined) count = 0
      for (;;) {
        const seen = count === 0 ? after : space.base + (facts.seqs[count - 1] ?? 0)
        const more = readVectors(sql, space, seen, pointsAtOnce(space))
        if (more.length === 0) break
        const needed = count + more.length
        if (address === undefined || needed > facts.seqs.length) {
          const capacity = Math.max(needed, Math.min(limitsOf(space).tail, Math.max(LEAST_ROWS, 2 * needed)))
          const moved = move(memory, shelf, address, count * stride, capacity * stride)
          if (moved === undefined) return readAside(memory, sql, space, after, use)
          address = moved
          facts = copyFacts(facts, count, capacity)
        }
        write(address, more)
      }
      if (address !== undefined && count > 0) use(blockAt(address))
    },
    forget: () => {
      shelf.drop(TAIL)
      count = 0
    },
  }
}

/** A longer place for the same bytes; undefined if there is no room. */
function move(
  { kernel }: VectorMemory,
  shelf: Shelf,
  from: number | undefined,
  used: number,
  size: number,
): number | undefined {
  const bytes = from === undefined ? undefined : new Uint8Array(kernel.memory(), from, used).slice()
  const to = shelf.place(TAIL, size, { overOwn: true })
  if (to !== undefined && bytes) new Uint8Array(kernel.memory(), to, used).set(bytes)
  return to
}

/** Where nothing can be kept: all of it, anew each time. */
function readAside(
  memory: VectorMemory,
  sql: Sql,
  space: Space,
  after: number,
  use: (block: Block) => void,
): void {
  const stride = floatStride(space.dimension)
  const vectors = readVectors(sql, space, after, Number.MAX_SAFE_INTEGER)
  if (vectors.length === 0) return
  memory.borrow(vectors.length * stride, (address) => {
    const facts = createFacts(vectors.length)
    for (const [slot, { key, vector }] of vectors.entries()) {
      const row = new Float32Array(memory.kernel.memory(), address + slot * stride, stride / 4)
      writeFloats({ seq: key - space.base, vector }, space.metric, row, facts, slot)
    }
    const count = vectors.length
    const extremes = extremesOf(facts, count)
    use({ kind: 'floats', address, count, stride, base: space.base, extremes, ...facts })
  })
}

function createFacts(capacity: number): RowFacts {
  return {
    scales: new Float32Array(capacity),
    errors: new Float32Array(capacity),
    lengths: new Float32Array(capacity),
    seqs: new Uint32Array(capacity),
  }
}

function copyFacts(facts: RowFacts, count: number, capacity: number): RowFacts {
  const copy = createFacts(capacity)
  copy.scales.set(facts.scales.subarray(0, count))
  copy.errors.set(facts.errors.subarray(0, count))
  copy.lengths.set(facts.lengths.subarray(0, count))
  copy.seqs.set(facts.seqs.subarray(0, count))
  return copy
}
