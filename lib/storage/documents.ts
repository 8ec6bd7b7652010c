import type { JsonObject } from '../protocol/json.ts'

/** A value that documents can be found and ordered by. Numbers come before texts. */
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
  /** The declared field that orders the answer. Documents without it are not found. */
  by: string
  order?: 'ascending' | 'descending'
  /** Bounds of the field, both included. */
  from?: IndexValue
  to?: IndexValue
  limit: number
  skip?: number
}

export interface DocumentPage {
  documents: Document[]
  /** How many there are within the bounds. */
  total: number
}

/**
 * Documents in collections.
 *
 * **Contract:** every call may be made twice without harm, and calls may arrive in any order: the version decides.
 * What `put` has resolved for, the next `get` or `query` sees.
 */
export interface Documents {
  put(collection: string, document: Document): Promise<void>
  get(collection: string, id: string): Promise<Document | undefined>
  delete(collection: string, id: string, version: number): Promise<void>
  query(collection: string, query: DocumentQuery): Promise<DocumentPage>
}
