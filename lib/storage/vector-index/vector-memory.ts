import type { Arena, Span } from './arena.ts'
import { createArena } from './arena.ts'
import { createJsKernel } from './js-kernel.ts'
import type { Kernel } from './kernel.ts'

/** Of the 128 MB that an isolate has: some 40,000 vectors of 768 numbers, or 120,000 of 256. */
export const VECTOR_MEMORY_BYTES = 32 << 20

/** Where the kernel finds a query and puts its answers, before all rows. A vector has at most 20,000 numbers. */
export const OUT = 0
export const OUT_ROWS = 1024
export const PICKED = 4 * OUT_ROWS
export const FLOAT_QUERY = PICKED + 4 * (OUT_ROWS + 16)
export const BYTE_QUERY = FLOAT_QUERY + 80_064
const ROWS = 2 << 16

/**
 * The memory that the indexes of an isolate share: rows lie in it, ready for the kernel. It holds no truth, so
 * anything in it may go when room is needed: the rows of whichever index was not asked for the longest time.
 */
export interface VectorMemory {
  kernel: Kernel
  /** The rows of one more index. */
  openShelf(): Shelf
  /** Room for as long as `use` takes, beyond the budget if need be. */
  borrow<Result>(size: number, use: (address: number) => Result): Result
}

/** What is kept of one index, by a number for each stretch of rows. */
export interface Shelf {
  /** Where it lies, if it is still there. The index counts as asked. */
  find(key: number): number | undefined
  /**
   * Room for it, empty. Others make way; rows of the same index only if that is asked for: a scan would throw out what
   * it needs next.
   */
  place(key: number, size: number, options?: { overOwn?: boolean }): number | undefined
  drop(key: number): void
  dropAll(): void
}

export interface VectorMemoryOptions {
  /** Default: {@link VECTOR_MEMORY_BYTES}. */
  budget?: number
  /** Default: the one in plain JavaScript. */
  kernel?: Kernel
}

export function createVectorMemory({
  budget = VECTOR_MEMORY_BYTES,
  kernel = createJsKernel(),
}: VectorMemoryOptions = {}): VectorMemory {
  kernel.grow(ROWS)
  const arena = createArena(ROWS, (end) => kernel.grow(end))
  return {
    kernel,
    openShelf: createShelves(arena, budget),
    borrow: (size, use) => {
      const span = arena.take(size, Number.POSITIVE_INFINITY)
      if (!span) throw new RangeError(`Cannot lend ${size} bytes of memory`)
      try {
        return use(span.address)
      } finally {
        arena.give(span)
      }
    },
  }
}

type Spans = Map<number, Span>

function createShelves(arena: Arena, budget: number): () => Shelf {
  /** Those that hold something, the one that was asked last at the end. */
  const shelves = new Set<Spans>()
  const touch = (spans: Spans): void => {
    shelves.delete(spans)
    if (spans.size > 0) shelves.add(spans)
  }
  const drop = (spans: Spans, key: number): void => {
    const span = spans.get(key)
    if (!span) return
    spans.delete(key)
    arena.give(span)
    if (spans.size === 0) shelves.delete(spans)
  }
  const makeRoom = (size: number, own: Spans, overOwn: boolean): Span | undefined => {
    for (;;) {
      const span = arena.take(size, budget)
      if (span) return span
      const others = [...shelves].find((spans) => spans !== own)
      const spans = others ?? (overOwn ? own : undefined)
      const [key] = spans?.keys() ?? []
      if (!spans || key === undefined) return undefined
      drop(spans, key)
    }
  }
  return () => {
    const spans: Spans = new Map()
    return {
      find: (key) => {
        touch(spans)
        return spans.get(key)?.address
      },
      place: (key, size, { overOwn = false } = {}) => {
        drop(spans, key)
        const span = makeRoom(size, spans, overOwn)
        if (!span) return undefined
        spans.set(key, span)
        touch(spans)
        return span.address
      },
      drop: (key) => drop(spans, key),
      dropAll: () => [...spans.keys()].forEach((key) => drop(spans, key)),
    }
  }
}
