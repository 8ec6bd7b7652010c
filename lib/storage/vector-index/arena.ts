/** A stretch of memory. */
export interface Span {
  address: number
  size: number
}

/**
 * Shares out a memory in stretches. The first gap that is long enough is taken; gaps that touch become one. What it
 * has once reached it never gives back to the machine, since the memory of a WASM module cannot shrink.
 */
export interface Arena {
  /** Undefined if there is no room below `limit`; beyond it there may be gaps that were taken with a higher one. */
  take(size: number, limit: number): Span | undefined
  give(span: Span): void
}

/** `start` is the first address that may be used; `grow` is called before anything beyond the memory's end is given. */
export function createArena(start: number, grow: (end: number) => void): Arena {
  /** In the order of their addresses. */
  const gaps: Span[] = []
  let end = start
  return {
    take: (wanted, limit) => {
      const size = align(wanted)
      const at = gaps.findIndex((gap) => gap.size >= size && gap.address + size <= limit)
      const gap = gaps[at]
      if (gap) {
        const { address } = gap
        if (gap.size === size) gaps.splice(at, 1)
        else gaps[at] = { address: address + size, size: gap.size - size }
        return { address, size }
      }
      // The last gap, if it reaches to the end, is grown into.
      const last = gaps.at(-1)
      const address = last && last.address + last.size === end ? last.address : end
      if (address + size > limit) return undefined
      grow(address + size)
      if (address < end) gaps.pop()
      end = address + size
      return { address, size }
    },
    give: (span) => {
      const after = gaps.findIndex(({ address }) => address > span.address)
      const at = after < 0 ? gaps.length : after
      const [before, next] = [gaps[at - 1], gaps[at]]
      const joinsBefore = before !== undefined && before.address + before.size === span.address
      const joinsNext = next !== undefined && span.address + span.size === next.address
      const address = joinsBefore ? before.address : span.address
      const stop = joinsNext ? next.address + next.size : span.address + span.size
      const from = at - (joinsBefore ? 1 : 0)
      gaps.splice(from, (joinsBefore ? 1 : 0) + (joinsNext ? 1 : 0), { address, size: stop - address })
    },
  }
}

/** Rows are read sixteen bytes at a time; whole lines of the cache are read best. */
function align(size: number): number {
  return Math.ceil(size / 64) * 64
}
