import type { FilterNode } from '../filter.ts'
import type { Sql } from '../sql.ts'
import type { ScanQuery } from './bounds.ts'
import { createCandidates } from './candidates.ts'
import type { Candidate, Candidates } from './candidates.ts'
import type { Extremes, RowFacts } from './rows.ts'
import { extremesOf } from './rows.ts'
import { placeQuery, scanBlock } from './scan.ts'
import type { Mask } from './scan.ts'
import type { Directory, Segment } from './segments.ts'
import { readDirectory, readPacked, watermark } from './segments.ts'
import type { Space } from './space.ts'
import { createTail } from './tail.ts'
import type { Shelf, VectorMemory } from './vector-memory.ts'
import { createVerdicts, maskOf } from './verdicts.ts'

/**
 * What memory holds of an index: its directory, rows on their shelf, verdicts of filters. All of it can be read again,
 * so that losing it costs time alone.
 */
export interface View {
  /** Everybody who may be among the nearest, the most promising first. Never misses one. */
  search(sql: Sql, vector: Float32Array, topK: number, filter: FilterNode | undefined): Candidate[]
  /** The index was changed, by more than points that came. Called once that is committed, with what it is now. */
  refresh(directory: Directory): void
  /** Gives back its memory. */
  close(): void
}

export function createView(memory: VectorMemory, space: Space): View {
  const shelf = memory.openShelf()
  const tail = createTail(memory, shelf, space)
  const verdicts = createVerdicts()
  const segments = createSegmentRows(memory, shelf, space)
  let directory: Directory | undefined
  return {
    search: (sql, vector, topK, filter) => {
      directory ??= readDirectory(sql, space)
      const query = placeQuery(memory, space.metric, vector)
      const candidates = createCandidates(topK)
      // First, because it makes room where the segments of the same index have taken all.
      tail.read(sql, watermark(directory, space), (block) => {
        const mask = filter && verdicts.ofTail(sql, space.base, block.seqs, filter)
        scanBlock(memory, block, mask, query, candidates)
      })
      for (const segment of directory.segments) {
        const seqs = (): Uint32Array => segments.seqs(sql, segment)
        const verdict = filter && verdicts.ofSegment(sql, space.base, segment, seqs, filter)
        const mask = maskOf(segment, verdict)
        if (mask !== 'none') segments.scan(sql, segment, mask, query, candidates)
      }
      return candidates.take()
    },
    refresh: (changed) => {
      directory = changed
      tail.forget()
      verdicts.keepOnly(directory.segments)
      segments.keepOnly(directory.segments)
    },
    close: () => shelf.dropAll(),
  }
}

interface SegmentRows {
  scan(sql: Sql, segment: Segment, mask: Mask, query: ScanQuery, candidates: Candidates): void
  seqs(sql: Sql, segment: Segment): Uint32Array
  keepOnly(segments: readonly Segment[]): void
}

/** What is known of the rows of a segment, wherever they lie. */
interface Known extends RowFacts {
  stride: number
  extremes: Extremes
}

/** The rows of segments: kept on the shelf while there is room, else read for each scan anew. */
function createSegmentRows(memory: VectorMemory, shelf: Shelf, space: Space): SegmentRows {
  const facts = new Map<number, Known>()
  const load = (
    sql: Sql,
    segment: Segment,
  ): { codes: Int8Array; known: Known; address: number | undefined } => {
    const packed = readPacked(sql, space, segment)
    const { codes, stride, scales, errors, lengths, seqs } = packed
    const extremes = extremesOf(packed, packed.count)
    const address = shelf.place(segment.key, codes.length)
    if (address === undefined) {
      facts.delete(segment.key)
      return { codes, known: { stride, extremes, scales, errors, lengths, seqs }, address }
    }
    put(memory, address, codes)
    // Copies, so that the codes before them can go.
    const [a, b, c, d] = [scales.slice(), errors.slice(), lengths.slice(), seqs.slice()]
    const known = { stride, extremes, scales: a, errors: b, lengths: c, seqs: d }
    facts.set(segment.key, known)
    return { codes, known, address }
  }
  return {
    scan: (sql, segment, mask, query, candidates) => {
      const { count } = segment
      const scanAt = (address: number, known: Known): void =>
        scanBlock(
          memory,
          { kind: 'bytes', address, count, base: space.base, ...known },
          mask,
          query,
          candidates,
        )
      const kept = shelf.find(segment.key)
      const found = facts.get(segment.key)
      if (kept !== undefined && found) return scanAt(kept, found)
      const { codes, known, address } = load(sql, segment)
      if (address !== undefined) return scanAt(address, known)
      memory.borrow(codes.length, (aside) => {
        put(memory, aside, codes)
        scanAt(aside, known)
      })
    },
    seqs: (sql, segment) => facts.get(segment.key)?.seqs ?? load(sql, segment).known.seqs,
    keepOnly: (segments) => {
      const kept = new Set(segments.map(({ key }) => key))
      for (const key of facts.keys()) {
        if (kept.has(key)) continue
        facts.delete(key)
        shelf.drop(key)
      }
    },
  }
}

function put({ kernel }: VectorMemory, address: number, codes: Int8Array): void {
  new Int8Array(kernel.memory(), address, codes.length).set(codes)
}
