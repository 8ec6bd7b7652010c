import type { JsonObject } from '../protocol/json.ts'

/** A value that documents can be found and ordered by. Numbers come before texts; texts are ordered by code points. */
export type IndexValue = string | number

export interface Document {
  id: string
  body: JsonObject
  /** The fields it can be queried by. */
  index: Record<string, IndexValue>
  /**
   * Counts up with every change, over the document's whole life and beyond its deletion: what comes with an older
   * version than the stored one is out of date and changes nothing. Milliseconds since 1970 serve well.
   */
  version: number
}

export interface DocumentQuery {
  /** The declared field that orders the answer; equal values are ordered by id. Documents without it are not found. */
  by: string
  order?: 'ascending' | 'descending'
  /** Bounds of the field, both included. */
  from?: IndexValue
  to?: IndexValue
  /** At most 1000. */
  limit: number
  skip?: number
  /** Goes on behind a page: its `next`, with the same `by` and `order`. What changed meanwhile is met where it now stands. */
  after?: string
  /** Counts what lies within the bounds. It costs one more look at the storage. */
  withTotal?: boolean
}

export interface DocumentPage {
  documents: Document[]
  /** How many there are within the bounds, before `skip`, `after` and `limit`. There if the query asked for it. */
  total?: number
  /** The cursor of the page that follows. Absent on the last page. */
  next?: string
}

/**
 * Documents in collections.
 *
 * **Contract:** every call may be made twice without harm, and calls may arrive in any order: the version decides.
 * What `put` has resolved for, the next `get` or `query` sees. Each document of one `put` is written whole or not at
 * all; several of them are no transaction. Arguments that cannot be meant (an id that is no well-formed text, an
 * index value that is no finite number) are a TypeError or a RangeError; a cursor that is none is an EdgewiseError
 * `invalid_request`. A storage that cannot be reached rejects with `storage_unavailable`.
 */
export interface Documents {
  put(collection: string, ...documents: Document[]): Promise<void>
  get(collection: string, id: string): Promise<Document | undefined>
  /** In the order of the ids, undefined where there is none. */
  getMany(collection: string, ids: readonly string[]): Promise<(Document | undefined)[]>
  delete(collection: string, id: string, version: number): Promise<void>
  query(collection: string, query: DocumentQuery): Promise<DocumentPage>
  /** Erases a collection with the memory of what was deleted in it: a late write brings its document back. */
  clear(collection: string): Promise<void>
  /** The same of one document that was deleted. Where there is no such call its id stays. */
  forget?(collection: string, id: string): Promise<void>
}
