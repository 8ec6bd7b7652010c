import type { Counts } from './erase-owned.ts'

/** What is asked of the object that erases. */
export type ErasureCall =
  /** Erases all that the resource owns. May come again. */
  | { type: 'erase-all' }
  /** When it was erased last. */
  | { type: 'erased-at' }

/** What is told of an erasure. */
export interface ErasureReport {
  erased: Counts
  /** Something is left: it is erased as soon as that can be done. */
  isPending?: true
}
