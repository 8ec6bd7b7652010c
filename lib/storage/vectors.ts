import type { JsonObject } from '../protocol/json.ts'
import type { VectorFilter } from './filter.ts'
import type { Ranks } from './fuse.ts'

/** How near two vectors are. */
export type VectorMetric = 'cosine' | 'euclidean' | 'dotproduct'

export interface VectorShape {
  /** How many numbers a vector has. */
  dimension: number
  /** Default: cosine. */
  metric?: VectorMetric
}

export interface VectorIndexInfo extends Required<VectorShape> {
  /** How many vectors it holds. */
  count: number
  /** How many writes queries may not see yet. */
  pendingCount: number
}

/** A vector under its id. Its numbers are kept as 32-bit floats. */
export interface VectorRecord {
  id: string
  vector: number[]
  /** What filters look at, and whatever a hit should bring along. Its `text` is what words are looked for in. */
  metadata?: JsonObject
}

export interface VectorQuery {
  vector: number[]
  /** At most 1000. */
  topK: number
  /**
   * Words to look for, beside what is near: names, numbers. Both are fused by their ranks. An adapter that knows no
   * words leaves it be.
   */
  text?: string
  filter?: VectorFilter
  /** Default: false. */
  includeVectors?: boolean
}

export interface VectorMatch {
  id: string
  /**
   * Nearer is higher: cosine gives (1 + cos) / 2, euclidean 1 / (1 + d²), dotproduct (1 + dot) / 2, on every
   * adapter, so that thresholds carry over. Of a match that was found by its words too: the same.
   */
  score: number
  /** Where a query with `text` found it. An adapter that knows no words gives none. */
  ranks?: Ranks
  metadata?: JsonObject
  vector?: number[]
}

export type VectorSelection = { ids: readonly string[] } | { prefix: string } | { filter: VectorFilter }

/**
 * Vectors in indexes. An index is the border: a query looks at one index and at nothing else.
 *
 * **Contract:** every call may be made twice without harm. `createIndex` with another shape than the index has is a
 * RangeError, and so is a vector of another dimension; an index that was not created is a ReferenceError, or an
 * empty index where the service knows only one shape for all. An upsert replaces a record whole.
 *
 * **Visibility:** what `upsert` has resolved for is kept, but `query`, `fetch` and `delete` by prefix or filter may
 * see it later: once `describeIndex` says `pendingCount: 0`. (In the Store object that is at once.) Who must recall
 * what was just said keeps it at hand and merges it in. A filter that lets little through may bring fewer than
 * `topK` hits on a service that filters after its search.
 *
 * **Words:** a query with `text` finds what is near and what holds its words (`words.ts` says what a word is), the first
 * of both first: reciprocal rank fusion, as `fuse.ts` does it. The first such query of an index may make it take up
 * words at all: what was there before is then found by them little by little.
 */
export interface Vectors {
  createIndex(index: string, shape: VectorShape): Promise<void>
  describeIndex(index: string): Promise<VectorIndexInfo | undefined>
  /** The indexes that hold something; empty ones may be among them. */
  listIndexes(): Promise<string[]>
  /** Erases it with all that it holds. */
  deleteIndex(index: string): Promise<void>
  /** Any number of records: an adapter cuts them into batches. */
  upsert(index: string, records: readonly VectorRecord[]): Promise<void>
  /** Nearest first; with words, those that are far up in both. */
  query(index: string, query: VectorQuery): Promise<VectorMatch[]>
  /** In the order of the ids, undefined where there is none. */
  fetch(index: string, ids: readonly string[]): Promise<(VectorRecord | undefined)[]>
  delete(index: string, selection: VectorSelection): Promise<void>
}
